"""
One invocation of a durable function: what it is given, and what follows from its answer.

An execution has at most one. It is a work item, so that one which a crash has ended begins anew,
as another run: the checkpoints of the earlier one are refused from then on.
"""

from dataclasses import dataclass, replace
from typing import Any

from lambent.platform import Context
from lambent.services.lambda_.durable import changes, machine, pausing, rules, shapes, state, store
from lambent.services.lambda_.durable.answers import (
    Answer,
    Broke,
    Ended,
    Refused,
    Suspended,
    without_pending,
)
from lambent.services.lambda_.durable.records import (
    IDLE,
    INVOKED,
    PAUSED,
    ErrorObject,
    Execution,
)
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.backoff import exponential
from lambent.work.queue import WorkItem

_FIRST_RETRY, _LONGEST_RETRY = 1.0, 128.0


@dataclass(frozen=True, slots=True)
class Begun:
    execution: Execution
    event: bytes


def begin(tx: Tx, context: Context, item: WorkItem, run: str) -> Begun | None:
    """The execution, with what its function is given; None, with the item done, if nothing is."""
    execution = store.find_execution(tx, item.payload["execution"])
    number = item.payload["number"]
    if execution is None or execution.phase == IDLE or execution.invocations != number:
        queue.finish(tx, item.id)
        return None
    if execution.status == PAUSED or not execution.is_open:
        store.put_execution(tx, replace(execution, phase=IDLE, is_owed=execution.is_open))
        queue.finish(tx, item.id)
        return None
    updated = [
        operation.id
        for operation in store.list_changed(tx, execution.id, execution.seen)
        if operation.type != "EXECUTION"
    ]
    execution = replace(
        execution,
        phase=INVOKED,
        run=run,
        run_started=context.clock.now(),
        seen=execution.changes,
    )
    store.put_execution(tx, execution)
    operations, marker = state.page(tx, execution)
    return Begun(execution, shapes.invocation_event(execution, operations, marker, updated))


def end(tx: Tx, context: Context, run: Execution, answer: Answer) -> None:
    """Let the execution go on as the invocation `run` has answered."""
    execution = store.find_execution(tx, run.id)
    if execution is None or execution.run != run.run or execution.phase != INVOKED:
        return
    execution = replace(execution, phase=IDLE)
    if not isinstance(answer, Refused):
        execution = _tell_completed(tx, context, execution, answer)
    if not execution.is_open:
        store.put_execution(tx, execution)
        return
    if execution.status == PAUSED:
        # The pause has taken its token; whatever it said after that is said again on replay.
        store.put_execution(tx, replace(execution, is_owed=True))
        return
    match answer:
        case Ended(result=result, error=error, failed=failed):
            status = "FAILED" if failed else "SUCCEEDED"
            changes.close(tx, context, execution, status, result=result, error=error)
        case Suspended():
            _suspend(tx, context, execution)
        case Broke(error=error):
            _retry(tx, context, execution, error, rules.MOST_FAILURES)
        case Refused():
            refusals = execution.refusals + 1
            _wake_later(tx, context, replace(execution, refusals=refusals), refusals)


def _suspend(tx: Tx, context: Context, execution: Execution) -> None:
    awaits = any(machine.is_awaited(one) for one in store.list_awaited(tx, execution.id))
    if not (awaits or execution.has_news or execution.is_owed):
        most = rules.MOST_FAILURES_WITHOUT_PENDING
        _retry(tx, context, execution, without_pending(), most)
        return
    execution = replace(execution, failures=0, refusals=0)
    if execution.is_paused:
        execution = pausing.begin_pause(tx, context, execution)
    elif execution.has_news or execution.is_owed:
        execution = changes.wake(tx, context, execution)
    store.put_execution(tx, execution)


def _retry(tx: Tx, context: Context, execution: Execution, error: ErrorObject, most: int) -> None:
    failures = execution.failures + 1
    if failures >= most:
        changes.close(tx, context, execution, "FAILED", error=error)
        return
    _wake_later(tx, context, replace(execution, failures=failures, refusals=0), failures)


def _wake_later(tx: Tx, context: Context, execution: Execution, tries: int) -> None:
    if execution.is_paused:
        execution = pausing.begin_pause(tx, context, replace(execution, is_owed=True))
    else:
        wait = exponential(tries, first=_FIRST_RETRY, most=_LONGEST_RETRY)
        execution = changes.wake(tx, context, execution, context.clock.now() + wait)
    store.put_execution(tx, execution)


def _tell_completed(tx: Tx, context: Context, execution: Execution, answer: Answer) -> Execution:
    details: dict[str, Any] = {
        "StartTimestamp": execution.run_started,
        "EndTimestamp": context.clock.now(),
        "RequestId": execution.run,
    }
    if isinstance(answer, Ended | Broke) and answer.error is not None:
        details["Error"] = machine.wrapped(answer.error)
    return changes.tell(tx, context, execution, "InvocationCompleted", details)
