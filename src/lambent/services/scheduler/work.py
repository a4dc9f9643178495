"""
What the scheduler does later.

`fire` is the time itself: one write that enqueues the delivery and the next firing. `deliver`
calls the target as the schedule's role, again and again within the retry policy, and gives up
into the dead-letter queue. A crash in between repeats the call: at least once, as on AWS.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.scheduler import changes, event_records, rules, store
from lambent.services.scheduler.records import Firing, Schedule
from lambent.services.scheduler.target_rules import retry_policy
from lambent.services.scheduler.universal import with_model_names
from lambent.storage.database import Tx
from lambent.targets import ApiCall, delivery_call, is_universal, queue_url
from lambent.wire.model import service_model
from lambent.work import queue
from lambent.work.queue import WorkItem

_log = logging.getLogger(__name__)

# AWS's words for a failure of the scheduler's own.
_OWN_FAULT = AwsError(
    "Unexpected error occurred while processing the request",
    code="AWS.Scheduler.InternalServerError",
)


async def fire(context: Context, item: WorkItem) -> None:
    """The time has come: have the target called, and the schedule fire again."""

    def write(tx: Tx) -> None:
        schedule = _find_latest(tx, context, item)
        if schedule is not None:
            changes.fire(tx, context, schedule, item.payload["scheduled"])
        queue.finish(tx, item.id)

    await context.db.write(write)


async def deliver(context: Context, item: WorkItem) -> None:
    """Call the target, then finish, try again later, or give up."""
    schedule = await context.db.read(lambda tx: _find_latest(tx, context, item))
    # Once an event was tried it is delivered as it was meant, whatever becomes of its schedule.
    begun: dict[str, Any] | None = item.payload.get("begun")
    if begun is not None:
        target, firing = begun["target"], Firing(**begun["firing"])
    elif schedule is not None:
        target = schedule.target
        firing = rules.firing(schedule, item.payload["scheduled"])
    else:
        await _end(context, item)
        return
    call, error = await _call_target(context, target, firing)
    if error is None:
        await _end(context, item)
        return
    again = _again(context, target, firing, error)
    if isinstance(again, float):
        await _try_again(context, item, target, firing, again)
        return
    await _bury(context, target, firing, call=call, error=error, exhausted=again)
    await _end(context, item)


async def _call_target(
    context: Context, target: Mapping[str, Any], firing: Firing
) -> tuple[ApiCall, AwsError | None]:
    call = _target_call(target, firing)
    if rules.is_too_old(firing, retry_policy(target), context.clock.now()):
        return call, _OWN_FAULT
    caller = context.acting_as(target["RoleArn"])
    caller = caller.at(caller.account, call.region or context.region)
    try:
        await caller.call(call.service, call.operation, call.params)
    except AwsError as error:
        return call, error
    return call, None


def _target_call(target: Mapping[str, Any], firing: Firing) -> ApiCall:
    arn = Arn.parse(target["Arn"])
    text = target.get("Input")
    if is_universal(arn):
        filled = event_records.with_context_attributes(text or "{}", firing)
        return with_model_names(delivery_call(arn, filled))
    if text is None:
        notification = event_records.default_notification(firing)
        payload: object = notification["detail"] if arn.service == "events" else notification
    else:
        payload = event_records.with_context_attributes(text, firing)
    return delivery_call(arn, payload, target)


def _again(
    context: Context, target: Mapping[str, Any], firing: Firing, error: AwsError
) -> float | str | None:
    """When to try again; the exhausted condition; or None for an error that is permanent."""
    now, policy = context.clock.now(), retry_policy(target)
    if rules.is_too_old(firing, policy, now):
        return "MaximumEventAgeInSeconds"
    if not rules.can_succeed_later(error):
        return None
    return rules.retry_at(firing, policy, now)


async def _try_again(
    context: Context, item: WorkItem, target: Mapping[str, Any], firing: Firing, run_at: float
) -> None:
    retried = replace(firing, retries=firing.retries + 1)
    begun = {
        "target": target,
        "firing": {name: getattr(retried, name) for name in Firing.__slots__},
    }
    payload = {**item.payload, "begun": begun}
    await context.db.write(lambda tx: queue.postpone(tx, item.id, run_at, payload))


async def _bury(
    context: Context,
    target: Mapping[str, Any],
    firing: Firing,
    *,
    call: ApiCall,
    error: AwsError,
    exhausted: str | None,
) -> None:
    """Send what could not be delivered to the dead-letter queue, if the schedule has one."""
    dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
    if dead_letters is None:
        return
    arn = Arn.parse(dead_letters)
    # AWS: a dead letter has the code of the older protocol (seen in the guide's example).
    code = service_model(call.service).wire_code(error.code)
    letter = event_records.dead_letter(firing, call, code, error.message, exhausted)
    # AWS: the execution role must be allowed to send to the dead-letter queue.
    caller = context.acting_as(target["RoleArn"])
    caller = caller.at(caller.account, arn.region or context.region)
    try:
        await caller.call("sqs", "SendMessage", {"QueueUrl": queue_url(arn), **letter})
    except AwsError as lost:
        # AWS counts such an event in a metric and forgets it.
        _log.warning("%s: the dead-letter queue refused: %s", firing.schedule_arn, lost.message)


async def _end(context: Context, item: WorkItem) -> None:
    def write(tx: Tx) -> None:
        schedule = _find_latest(tx, context, item)
        if schedule is not None and item.payload["is_last"]:
            changes.complete(tx, schedule)
        queue.finish(tx, item.id)

    await context.db.write(write)


def _find_latest(tx: Tx, context: Context, item: WorkItem) -> Schedule | None:
    """The schedule, unless it was changed or deleted since the work was enqueued."""
    payload = item.payload
    schedule = store.find_schedule(
        tx, context.account, context.region, payload["group"], payload["name"]
    )
    if schedule is None or schedule.revision != payload["revision"]:
        return None
    return schedule
