"""
Replays: archived events, put on their bus again.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html
"""

from dataclasses import replace
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed as MalformedArn
from lambent.platform import Context, Params, Reply
from lambent.services.events import archive_store, archiving, rules
from lambent.services.events.api.archives import check_filters
from lambent.services.events.api.paging import page_of, page_size, page_start
from lambent.services.events.errors import IllegalStatus, is_not_valid
from lambent.services.events.event_records import is_writable
from lambent.services.events.records import Replay
from lambent.storage.database import Tx


async def start_replay(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html"""
    destination = params["Destination"]
    for name in ("EventStartTime", "EventEndTime"):
        if not is_writable(params[name]):
            raise is_not_valid(name, f"{name} is out of range.")
    if params["EventStartTime"] >= params["EventEndTime"]:
        raise is_not_valid("EventEndTime", "EventStartTime must be before EventEndTime.")
    account, region, bus = rules.bus_place(destination["Arn"], context.account, context.region)
    replay = Replay(
        account=account,
        region=region,
        name=params["ReplayName"],
        description=params.get("Description", ""),
        archive=_archive_name(params["EventSourceArn"]),
        bus=bus,
        filter_arns=tuple(destination.get("FilterArns", ())),
        state="STARTING",
        events_from=params["EventStartTime"],
        events_to=params["EventEndTime"],
        started=context.clock.now(),
    )
    place = context.at(account, region)
    await context.db.write(lambda tx: archiving.add_replay(tx, place, replay))
    return {
        "ReplayArn": replay.arn,
        "State": replay.state,
        "ReplayStartTime": replay.started,
    }


async def cancel_replay(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CancelReplay.html"""

    def write(tx: Tx) -> Replay:
        known = archiving.get_replay(tx, context, params["ReplayName"])
        if known.state not in ("STARTING", "RUNNING"):
            raise IllegalStatus(f"Replay {known.name} is not in a valid state for this operation.")
        cancelling = replace(known, state="CANCELLING")
        archive_store.put_replay(tx, cancelling)
        return cancelling

    replay = await context.db.write(write)
    return {"ReplayArn": replay.arn, "State": replay.state}


async def describe_replay(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeReplay.html"""
    replay = await context.db.read(
        lambda tx: archiving.get_replay(tx, context, params["ReplayName"])
    )
    bus = f"arn:aws:events:{replay.region}:{replay.account}:event-bus/{replay.bus}"
    destination: dict[str, Any] = {"Arn": bus}
    if replay.filter_arns:
        destination["FilterArns"] = list(replay.filter_arns)
    reply = {"ReplayArn": replay.arn, "Destination": destination, **_listed(replay)}
    return {**reply, "Description": replay.description} if replay.description else reply


async def list_replays(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListReplays.html"""
    check_filters(params, "ListReplays")
    size = page_size(params)
    archive = _archive_name(params["EventSourceArn"]) if "EventSourceArn" in params else ""
    found = await context.db.read(
        lambda tx: archive_store.list_replays(
            tx,
            context.account,
            context.region,
            prefix=params.get("NamePrefix", ""),
            archive=archive,
            state=params.get("State", ""),
            after=page_start(params),
            limit=size + 1,
        )
    )
    return page_of("Replays", found, size, lambda one: one.name, _listed)


def _archive_name(text: str) -> str:
    try:
        kind, _, name = Arn.parse(text).resource.partition("/")
    except MalformedArn:
        kind, name = "", ""
    if kind != "archive" or not name:
        raise is_not_valid("EventSourceArn", "EventSourceArn must contain an archive ARN.")
    return name


def _listed(replay: Replay) -> dict[str, Any]:
    archive = f"arn:aws:events:{replay.region}:{replay.account}:archive/{replay.archive}"
    shown = {
        "ReplayName": replay.name,
        "EventSourceArn": archive,
        "State": replay.state,
        "StateReason": replay.state_reason or None,
        "EventStartTime": replay.events_from,
        "EventEndTime": replay.events_to,
        "EventLastReplayedTime": replay.last_replayed,
        "ReplayStartTime": replay.started,
        "ReplayEndTime": replay.ended,
    }
    return {name: value for name, value in shown.items() if value is not None}
