"""PutEvents: events come in."""

from functools import partial
from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.events import changes, entry_rules, matching, rules
from lambent.services.events.entry_rules import Refusal, Sender
from lambent.services.events.records import Event, Match
from lambent.storage.database import Tx

Place = tuple[str, str, str]


async def put_events(context: Context, params: Params) -> Reply:
    """
    Take events, each alone: what a rule wants of them is durable when this answers.

    AWS: an event for a bus that does not exist is taken, and nobody hears of it.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    """
    entries = params["Entries"]
    entry_rules.check_size(entries)
    sender = Sender(
        context.account,
        context.region,
        context.clock.now(),
        context.principal.is_service,
        context.request.get("x-amzn-trace-id", ""),
    )
    taken: dict[Place, list[Event]] = {}
    answers: list[dict[str, Any]] = []
    for entry in entries:
        event = entry_rules.event_of(entry, new_uuid(), sender)
        if isinstance(event, Refusal):
            answers.append({"ErrorCode": event.code, "ErrorMessage": event.message})
            continue
        name = entry.get("EventBusName") or rules.DEFAULT_BUS
        place = rules.bus_place(name, context.account, context.region)
        taken.setdefault(place, []).append(event)
        answers.append({"EventId": event.id})
    await _pass_on(context, taken)
    failed = sum("ErrorCode" in answer for answer in answers)
    return {"FailedEntryCount": failed, "Entries": answers}


async def _pass_on(context: Context, taken: dict[Place, list[Event]]) -> None:
    found = await context.db.read(partial(_matches, context=context, taken=taken))
    # Where nobody listens there is nothing to remember, and no disk to wait for.
    if any(found.values()):
        await context.db.write(partial(_enqueue, context=context, found=found))


def _matches(tx: Tx, context: Context, taken: dict[Place, list[Event]]) -> dict[Place, list[Match]]:
    return {
        place: matching.matches(tx, context.platform, place, events)
        for place, events in taken.items()
    }


def _enqueue(tx: Tx, context: Context, found: dict[Place, list[Match]]) -> None:
    for (account, region, _), matches in found.items():
        changes.enqueue_deliveries(tx, context.at(account, region), matches)
