"""
Tells a target of an event: one try, and what follows from it.

    deliver ──told──▶ done
       │ failed for now ──▶ again later, within the target's retry policy
       └ failed for good ──▶ the dead-letter queue, if there is one
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import AwsError
from lambent.core.ids import uuid_from
from lambent.platform import Context
from lambent.services.events import (
    api_destinations,
    archiving,
    changes,
    event_records,
    inputs,
    matching,
    rules,
    target_rules,
)
from lambent.services.events.errors import DeliveryFailed
from lambent.services.events.event_records import read_json
from lambent.services.events.records import Event
from lambent.storage.database import Tx
from lambent.targets import ApiCall, delivery_call, queue_url
from lambent.work import queue
from lambent.work.queue import WorkItem

_log = logging.getLogger(__name__)

PRINCIPAL = "events.amazonaws.com"


@dataclass(frozen=True, slots=True)
class NotYet(Exception):
    """Not tried: it is to be tried at `at`, and that counts as no failure."""

    at: float
    payload: dict[str, Any]


async def deliver(context: Context, item: WorkItem) -> None:
    """Tell one target of one event, try again later, or give up."""
    try:
        finished = await _tell(context, item)
    except NotYet as later:
        await context.db.write(
            partial(queue.postpone, item_id=item.id, run_at=later.at, payload=later.payload)
        )
    except AwsError as error:
        await _failed(context, item, error)
    else:
        if not finished:
            await context.db.write(partial(queue.finish, item_id=item.id))


async def _tell(context: Context, item: WorkItem) -> bool:
    """True when the item was finished with its effects already."""
    payload = item.payload
    arn = Arn.parse(payload["target"]["Arn"])
    kind = target_rules.kind_of(arn)
    if kind == "event-bus":
        await context.db.write(partial(_to_bus, context=context, item=item, arn=arn))
        return True
    if kind == "archive":
        await context.db.write(partial(archiving.keep, context=context, item=item, arn=arn))
        return True
    body = _body(payload)
    if kind == "api-destination":
        await _wait_for_slot(context, arn, payload)
        await api_destinations.invoke(context, arn, body, payload)
        return False
    call = _call(arn, kind, body, payload)
    caller = caller_of(context, payload, call.region or arn.region)
    if kind == "logs":
        await _make_stream(caller, call)
    try:
        await caller.call(call.service, call.operation, call.params)
    except AwsError as error:
        # An earlier try has told it, and did not live to write it down.
        if error.code != "ExecutionAlreadyExists":
            raise
    return False


async def _wait_for_slot(context: Context, arn: Arn, payload: dict[str, Any]) -> None:
    """An API destination is invoked at its rate: each try has a time of its own."""
    now = context.clock.now()
    if "slot" in payload:
        return
    at = await context.db.write(partial(api_destinations.slot, arn=arn, now=now))
    if at > now:
        raise NotYet(at, {**payload, "slot": at})


def caller_of(context: Context, payload: Mapping[str, Any], region: str) -> Context:
    """Who calls: the target's role, or EventBridge itself."""
    caller = context.acting_as(payload["target"].get("RoleArn") or PRINCIPAL)
    if "trace" in payload:
        caller = replace(caller, request={"x-amzn-trace-id": payload["trace"]})
    return caller.at(caller.account, region or context.region)


def _body(payload: Mapping[str, Any]) -> str:
    try:
        return inputs.body_of(
            payload["target"],
            payload["event"],
            rule_arn=payload["rule"],
            ingested=payload["ingested"],
        )
    except inputs.InvalidJson as error:
        raise DeliveryFailed(str(error), "INVALID_JSON") from None


def _call(arn: Arn, kind: str, body: str, payload: Mapping[str, Any]) -> ApiCall:
    target = payload["target"]
    match kind:
        case "states":
            call = delivery_call(arn, body, target)
            # The same name for the same event: a try that is repeated starts no second one.
            name = f"{payload['id']}_{uuid_from(payload['rule'], target['Id'], body)}"
            return replace(call, params={**call.params, "name": name})
        case "kinesis":
            path = target.get("KinesisParameters", {}).get("PartitionKeyPath", "$.id")
            key = inputs.find(path, read_json(payload["event"]))
            return delivery_call(arn, body, {"KinesisParameters": {"PartitionKey": str(key)}})
        case "logs":
            stream = uuid_from(payload["id"], payload["rule"], target["Id"])
            time, message = inputs.log_line(body, payload["ingested"])
            place = {"Timestamp": time * 1000, "LogStreamName": stream}
            return delivery_call(arn, message, {"CloudWatchLogsParameters": place})
        case _:
            return delivery_call(arn, body, target)


async def _make_stream(caller: Context, call: ApiCall) -> None:
    place = {name: call.params[name] for name in ("logGroupName", "logStreamName")}
    try:
        await caller.call("logs", "CreateLogStream", place)
    except AwsError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise


def _to_bus(tx: Tx, context: Context, item: WorkItem, arn: Arn) -> None:
    """Another bus is told here and now: its rules' deliveries, and the end of this one."""
    payload = item.payload
    hops = payload.get("hops", 0) + 1
    if hops > rules.MOST_HOPS:
        words = f"The event was passed on by {hops - 1} event buses."
        raise DeliveryFailed(words, "INVALID_PARAMETER")
    event = Event(
        payload["id"],
        read_json(payload["event"]),
        payload["event"],
        payload["ingested"],
        payload.get("trace", ""),
        hops,
    )
    place = rules.bus_place(str(arn), context.account, context.region)
    changes.get_bus(tx, context, str(arn))
    found = matching.matches(tx, context.platform, place, [event])
    changes.enqueue_deliveries(tx, context.at(place[0], place[1]), found)
    queue.finish(tx, item.id)


async def _failed(context: Context, item: WorkItem, error: AwsError) -> None:
    payload, now = item.payload, context.clock.now()
    exhausted = None
    if rules.may_succeed_later(error):
        least = error.retry_after if isinstance(error, DeliveryFailed) else 0.0
        again = rules.retry_at(payload["target"], payload["since"], payload["retries"], now, least)
        if isinstance(again, float):
            retried = {**payload, "retries": payload["retries"] + 1}
            retried.pop("slot", None)
            await context.db.write(lambda tx: queue.postpone(tx, item.id, again, retried))
            return
        exhausted = again
    await _bury(context, payload, error, exhausted)
    await context.db.write(partial(queue.finish, item_id=item.id))


async def _bury(
    context: Context, payload: Mapping[str, Any], error: AwsError, exhausted: str | None
) -> None:
    dead_letters = payload["target"].get("DeadLetterConfig", {}).get("Arn")
    _log.info("%s gave up on %s: %s", payload["rule"], payload["target"]["Arn"], error.message)
    if dead_letters is None:
        return
    arn = Arn.parse(dead_letters)
    letter = event_records.dead_letter(payload, rules.error_code(error), error.message, exhausted)
    caller = context.acting_as(PRINCIPAL).at(context.account, arn.region or context.region)
    try:
        await caller.call("sqs", "SendMessage", {"QueueUrl": queue_url(arn), **letter})
    except AwsError as lost:
        # AWS counts such an event in a metric and forgets it.
        _log.warning("%s: the dead-letter queue refused: %s", payload["rule"], lost.message)
