"""
Pausing and resuming executions.

    RUNNING ──pause──▶ PAUSING ──checkpoint or end of the invocation──▶ PAUSED ──resume──▶ RUNNING

https://docs.aws.amazon.com/lambda/latest/dg/durable-pause-resume.html
"""

from dataclasses import replace
from typing import Any

from lambent.platform import Context
from lambent.services.lambda_.durable import changes, machine, shapes, store
from lambent.services.lambda_.durable.records import (
    INVOKED,
    PAUSED,
    PAUSING,
    RUNNING,
    Execution,
    Pause,
)
from lambent.services.lambda_.errors import ResourceConflict
from lambent.storage.database import Tx
from lambent.work import queue


def pause(tx: Tx, context: Context, arn: str, asked: Pause, client_token: str) -> None:
    """Pause a running execution; at once if the function does not run just then."""
    execution = store.get_by_arn(tx, arn)
    if execution.is_paused and client_token and execution.asked_with == client_token:
        return
    if execution.status != RUNNING:
        raise ResourceConflict(
            f"Durable execution cannot be paused while its status is {execution.status}."
        )
    execution = replace(execution, status=PAUSING, pause=asked, asked_with=client_token)
    if execution.phase != INVOKED:
        execution = begin_pause(tx, context, execution)
    store.put_execution(tx, execution)


def begin_pause(tx: Tx, context: Context, execution: Execution) -> Execution:
    """Nothing runs any more, or nothing may. The execution is not put."""
    asked = execution.pause
    if execution.status != PAUSING or asked is None:
        return execution
    paused = replace(execution, status=PAUSED, pause=replace(asked, began=context.clock.now()))
    details: dict[str, Any] = {
        "PauseRequestTimestamp": asked.asked,
        "ExecutionTimeoutPaused": asked.stops_timeout,
    }
    if asked.reason is not None:
        details["Reason"] = machine.wrapped(asked.reason)
    return changes.tell(tx, context, paused, "ExecutionPaused", details)


def resume(tx: Tx, context: Context, arn: str, reason: str | None, client_token: str) -> None:
    """Let a paused execution go on; the function is invoked if something is to be told it."""
    execution = store.get_by_arn(tx, arn)
    if execution.status == RUNNING and client_token and execution.asked_with == client_token:
        return
    if not execution.is_paused:
        raise ResourceConflict(
            f"Durable execution cannot be resumed while its status is {execution.status}."
        )
    was_paused, now = execution.status == PAUSED, context.clock.now()
    resumed = replace(execution, status=RUNNING, pause=None, asked_with=client_token)
    if was_paused:
        resumed = replace(resumed, deadline=_deadline(execution, now))
        queue.postpone(tx, changes.timeout_item(execution.id), resumed.deadline)
        details: dict[str, Any] = {"ResumeRequestTimestamp": now}
        if reason is not None:
            details["Reason"] = machine.wrapped(reason)
        resumed = changes.tell(tx, context, resumed, "ExecutionResumed", details)
        if resumed.is_owed or resumed.has_news:
            resumed = changes.wake(tx, context, resumed)
    store.put_execution(tx, resumed)


def _deadline(execution: Execution, now: float) -> float:
    """The time-out, put off by the pause if that stopped it."""
    ended = execution.pause
    if ended is None or ended.began is None or not ended.stops_timeout:
        return execution.deadline
    latest = execution.started + shapes.LONGEST_EXECUTION
    return min(execution.deadline + now - ended.began, latest)
