"""What Step Functions does later: one function a kind of work, each ending in one write."""

import logging
from functools import partial
from typing import Any

from lambent.core.errors import AwsError
from lambent.languages import asl
from lambent.platform import Context
from lambent.services.stepfunctions import changes, commands, rules, tracing
from lambent.services.stepfunctions.event_records import status_entry
from lambent.services.stepfunctions.execution_logs import batches
from lambent.services.stepfunctions.integrations import calls, nested
from lambent.services.stepfunctions.integrations.failures import lost_failure
from lambent.services.stepfunctions.map_runs.work import map_run
from lambent.services.stepfunctions.records import NestedWait
from lambent.services.stepfunctions.seeds import new_seed
from lambent.services.stepfunctions.store import executions, machines, map_runs
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

__all__ = [
    "delete_machine",
    "execution_timeout",
    "expire",
    "go_on",
    "heartbeat_timeout",
    "log",
    "map_run",
    "nested_ended",
    "refuse",
    "retire",
    "stop_nested",
    "task",
    "task_timeout",
    "tell_status",
    "timer",
]

_log = logging.getLogger(__name__)

_BATCH = 500


async def _tell(context: Context, item: WorkItem, told: asl.Resumption) -> None:
    """Move the item's execution on, and finish the item."""
    seed = new_seed()
    arn = item.payload["execution"]

    def write(tx: Tx) -> None:
        changes.resume(tx, context, arn, told, seed)
        queue.finish(tx, item.id)

    await context.db.write(write)


async def task(context: Context, item: WorkItem) -> None:
    """
    Call the task's resource, then move the execution on with what came back.

    At most once: if an earlier try was under way, its end is not known, and it has failed.
    """
    payload = item.payload
    if item.attempt > 1:
        lost = lost_failure(payload["resource"])
        told: asl.Resumption = asl.TaskFailed(
            payload["frame"], payload["number"], lost.error, lost.cause
        )
    else:
        told = await _called(context, payload)
    seed = new_seed()
    await context.db.write(
        partial(_task_answered, context=context, item=item, told=told, seed=seed)
    )


async def _called(context: Context, payload: dict[str, Any]) -> asl.Resumption:
    caller = context.acting_as(payload["role"])
    if "trace" not in payload:
        return await calls.call(caller, payload)
    began = context.clock.now()
    told = await calls.call(tracing.carrying(caller, payload), payload)
    tracing.record_call(context, payload, told, began)
    return told


async def refuse(context: Context, item: WorkItem) -> None:
    """A task that cannot be begun."""
    payload = item.payload
    told = asl.TaskRefused(payload["frame"], payload["number"], payload["cause"])
    await _tell(context, item, told)


def _task_answered(
    tx: Tx, *, context: Context, item: WorkItem, told: asl.Resumption, seed: int
) -> None:
    payload = item.payload
    arn, frame, number = payload["execution"], payload["frame"], payload["number"]
    changed = changes.resume(tx, context, arn, told, seed)
    queue.finish(tx, item.id)
    if isinstance(told, asl.TaskSubmitted):
        if changed is not None and payload["pattern"] in ("sync", "sync2"):
            wait = NestedWait(told.output["ExecutionArn"], arn, frame, number, payload["pattern"])
            _wait_for_nested(tx, context, wait, seed)
    elif payload["limits"] and changed is not None:
        commands.end_limits(tx, changed.number, frame, number)


def _wait_for_nested(tx: Tx, context: Context, wait: NestedWait, seed: int) -> None:
    child = executions.find_execution(tx, wait.child_arn)
    if child is not None and child.status == "RUNNING":
        executions.add_nested_wait(tx, wait)
    else:
        _nested_has_ended(tx, context, wait, seed ^ 1)


def _nested_has_ended(tx: Tx, context: Context, wait: NestedWait, seed: int) -> None:
    child = executions.find_execution(tx, wait.child_arn)
    if child is None:
        told: nested.Answer = asl.TaskFailed(
            wait.frame, wait.number, "States.TaskFailed", f"{wait.child_arn} is gone."
        )
    else:
        machine_arn = rules.execution_arn(child.arn).machine_arn
        told = nested.answer_of(child, machine_arn, wait.frame, wait.number, wait.pattern)
    changes.answer(tx, context, wait.parent_arn, told, seed)


async def nested_ended(context: Context, item: WorkItem) -> None:
    """An execution that a state waited for with .sync has ended."""
    payload = item.payload
    wait = NestedWait(
        payload["execution"],
        payload["parent"],
        payload["frame"],
        payload["number"],
        payload["pattern"],
    )
    seed = new_seed()

    def write(tx: Tx) -> None:
        _nested_has_ended(tx, context, wait, seed)
        queue.finish(tx, item.id)

    await context.db.write(write)


async def stop_nested(context: Context, item: WorkItem) -> None:
    """The state that waited for another execution waits no more: stop that one too."""
    caller = context.acting_as(item.payload["role"])
    try:
        await caller.call("stepfunctions", "StopExecution", {"executionArn": item.payload["child"]})
    except AwsError:
        # Best effort, as on AWS: it may have ended, or the role may not stop it.
        pass
    await context.db.write(partial(queue.finish, item_id=item.id))


async def timer(context: Context, item: WorkItem) -> None:
    """A Wait, or the delay before a retry, is over."""
    await _tell(context, item, asl.TimerFired(*_wait(item)))


async def task_timeout(context: Context, item: WorkItem) -> None:
    """TimeoutSeconds have passed."""
    await _too_late(context, item, asl.TaskTimedOut(*_wait(item)))


async def heartbeat_timeout(context: Context, item: WorkItem) -> None:
    """HeartbeatSeconds have passed without a sign of life."""
    await _too_late(context, item, asl.HeartbeatMissed(*_wait(item)))


async def _too_late(
    context: Context, item: WorkItem, told: asl.TaskTimedOut | asl.HeartbeatMissed
) -> None:
    seed = new_seed()
    arn = item.payload["execution"]

    def write(tx: Tx) -> None:
        running = changes.resume(tx, context, arn, told, seed)
        if running is not None:
            commands.give_up(tx, running, told.frame, told.number, context.clock.now())
        queue.finish(tx, item.id)

    await context.db.write(write)


async def execution_timeout(context: Context, item: WorkItem) -> None:
    """The state machine's own TimeoutSeconds have passed."""
    await _tell(context, item, asl.ExecutionTimedOut())


async def go_on(context: Context, item: WorkItem) -> None:
    """There was more to do than one transition may hold."""
    await _tell(context, item, asl.Continue())


def _wait(item: WorkItem) -> tuple[str, int]:
    return item.payload["frame"], item.payload["number"]


async def log(context: Context, item: WorkItem) -> None:
    """Write events to the log group that the state machine names."""
    writer = context.acting_as("states.amazonaws.com")
    place = {"logGroupName": item.payload["group"], "logStreamName": item.payload["stream"]}
    for events in batches(item.payload["events"]):
        await _put_events(writer, place, events)
    await context.db.write(partial(queue.finish, item_id=item.id))


async def _put_events(writer: Context, place: dict[str, str], events: list[dict[str, Any]]) -> None:
    for _ in range(2):
        try:
            await writer.call("logs", "PutLogEvents", {**place, "logEvents": events})
            return
        except AwsError:
            # The stream is not there yet, or the group is gone: then nothing is logged, as on AWS.
            try:
                await writer.call("logs", "CreateLogStream", place)
            except AwsError:
                pass


async def tell_status(context: Context, item: WorkItem) -> None:
    """Tell the default event bus that an execution runs, or how it has ended."""
    execution = await context.db.read(
        partial(executions.find_execution, arn=item.payload["execution"])
    )
    if execution is not None:
        entry = status_entry(execution, item.payload["status"], item.payload["at"])
        teller = context.acting_as("states.amazonaws.com")
        try:
            await teller.call("events", "PutEvents", {"Entries": [entry]})
        except AwsError as error:
            # AWS gives its best effort, no more.
            _log.warning("%s: the event bus refused: %s", execution.arn, error.message)
    await context.db.write(partial(queue.finish, item_id=item.id))


async def expire(context: Context, item: WorkItem) -> None:
    """End what has run for a year."""
    seed = new_seed()

    before = item.payload["started_before"]

    def write(tx: Tx) -> None:
        arns, last = executions.list_running_since(tx, before, item.payload.get("after", 0), _BATCH)
        for place, arn in enumerate(arns):
            changes.resume(tx, context, arn, asl.ExecutionTimedOut(), seed + place)
        if last is None:
            queue.finish(tx, item.id)
        else:
            queue.postpone(tx, item.id, item.run_at, {**item.payload, "after": last})

    await context.db.write(write)


async def retire(context: Context, item: WorkItem) -> None:
    """Forget what executions left that ended long ago."""
    before = item.payload["stopped_before"]
    after = item.payload.get("after", 0)

    def write(tx: Tx) -> None:
        if item.payload["express"]:
            again = executions.remove_express_before(tx, before, _BATCH) == _BATCH
            payload = item.payload
        else:
            last = executions.remove_standard_before(tx, before, after, _BATCH)
            again = last is not None or _retire_map_runs(tx, before) == _BATCH
            payload = {**item.payload, "after": after if last is None else last}
        if again:
            queue.postpone(tx, item.id, item.run_at, payload)
        else:
            queue.finish(tx, item.id)

    await context.db.write(write)


def _retire_map_runs(tx: Tx, before: float) -> int:
    return map_runs.remove_map_runs(tx, "stopped_at < :before", _BATCH, before=before)


async def delete_machine(context: Context, item: WorkItem) -> None:
    """Stop what runs of a machine that is being deleted, then remove it with all it left."""
    number = item.payload["machine"]
    seed = new_seed()
    now = context.clock.now()

    def write(tx: Tx) -> None:
        machine = machines.machine_by_number(tx, number)
        unended = executions.list_unended(tx, number, _BATCH)
        for place, arn in enumerate(unended):
            changes.resume(tx, context, arn, asl.ExecutionStopped(), seed + place)
        if (
            len(unended) == _BATCH
            or map_runs.remove_map_runs(tx, "machine = :machine", _BATCH, machine=number) == _BATCH
            or executions.remove_executions_of(tx, number, _BATCH) == _BATCH
        ):
            queue.postpone(tx, item.id, now)
            return
        if machine is not None:
            machines.remove_machine(tx, machine)
        queue.finish(tx, item.id)

    await context.db.write(write)
