"""
What an update, the time, or an answer from outside does to an operation. Pure.

    STEP      STARTED ──RETRY──▶ PENDING ──due──▶ READY ──START──▶ STARTED ──▶ SUCCEEDED | FAILED
    CONTEXT   STARTED ──▶ SUCCEEDED | FAILED
    WAIT      STARTED ──due──▶ SUCCEEDED           or CANCELLED
    CALLBACK  STARTED ──answer──▶ SUCCEEDED | FAILED       ──due──▶ TIMED_OUT
    CHAINED_INVOKE  STARTED ──▶ SUCCEEDED | FAILED | TIMED_OUT | STOPPED
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambent.services.lambda_.durable import tokens
from lambent.services.lambda_.durable.records import ErrorObject, Execution, Operation

Update = Mapping[str, Any]

_WORDS = {
    "EXECUTION": "Execution",
    "CONTEXT": "Context",
    "STEP": "Step",
    "WAIT": "Wait",
    "CALLBACK": "Callback",
    "CHAINED_INVOKE": "ChainedInvoke",
}
_ENDINGS = {
    "STARTED": "Started",
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    "CANCELLED": "Cancelled",
    "TIMED_OUT": "TimedOut",
    "STOPPED": "Stopped",
}
# What an execution can wait for: the function may end with PENDING while there is one of these.
_AWAITED = frozenset(
    {
        ("STEP", "PENDING"),
        ("WAIT", "STARTED"),
        ("CALLBACK", "STARTED"),
        ("CHAINED_INVOKE", "STARTED"),
    }
)
_HAS_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT", "STOPPED"})


@dataclass(frozen=True, slots=True)
class Changed:
    """An operation after a change, and the history event that tells of it, if one does."""

    operation: Operation
    event: str | None
    details: dict[str, Any]


def applied(execution: Execution, update: Update, current: Operation | None, now: float) -> Changed:
    """The operation once an update is applied to it, which `rules` has allowed."""
    return _APPLY[update["Type"], update["Action"]](
        execution, current or _begun(update, now), update, now
    )


def fallen_due(operation: Operation, now: float) -> Changed | None:
    """What time has done to an operation; None while nothing is due."""
    at = due_at(operation)
    if at is None or at > now:
        return None
    if operation.type == "STEP":
        return Changed(replace(operation, status="READY", due=None), None, {})
    if operation.type == "WAIT":
        ended = replace(operation, status="SUCCEEDED", ended=now)
        return Changed(ended, "WaitSucceeded", {"Duration": operation.seconds})
    if operation.due is not None and operation.due <= now:
        late: ErrorObject = {"ErrorType": "Callback.Timeout", "ErrorMessage": "Callback timed out"}
    else:
        late = {
            "ErrorType": "Callback.Heartbeat",
            "ErrorMessage": "Callback timed out on heartbeat",
        }
    return completed(operation, "TIMED_OUT", now, error=late)


def completed(
    operation: Operation,
    status: str,
    now: float,
    *,
    result: str | None = None,
    error: ErrorObject | None = None,
) -> Changed:
    """An operation that something outside the function has ended."""
    ended = replace(operation, status=status, ended=now, result=result, error=error)
    told = {"Result": wrapped(result)} if status == "SUCCEEDED" else {"Error": wrapped(error)}
    return Changed(ended, _WORDS[operation.type] + _ENDINGS[status], told)


def due_at(operation: Operation) -> float | None:
    """When time will next do something to an operation."""
    if not is_awaited(operation):
        return None
    dues = [due for due in (operation.due, operation.heartbeat_due) if due is not None]
    return min(dues, default=None)


def is_awaited(operation: Operation) -> bool:
    return (operation.type, operation.status) in _AWAITED


def has_ended(operation: Operation) -> bool:
    return operation.status in _HAS_ENDED


def heard_from(operation: Operation, now: float) -> Operation:
    """A callback after a heartbeat."""
    if operation.heartbeat_seconds is None:
        return operation
    return replace(operation, heartbeat_due=now + operation.heartbeat_seconds)


def folded_contexts(contexts: Iterable[Operation]) -> frozenset[str]:
    """
    Of all contexts, by position: those whose operations a replay does not need.

    A context that has ended is replayed by its result, unless it asked for its operations.
    """
    folded: set[str] = set()
    for context in contexts:
        if context.parent_id in folded or (has_ended(context) and not context.replays_children):
            folded.add(context.id)
    return frozenset(folded)


def wrapped(payload: object) -> dict[str, Any]:
    """A payload as history events have it."""
    return {"Truncated": False} if payload is None else {"Payload": payload, "Truncated": False}


def _begun(update: Update, now: float) -> Operation:
    return Operation(
        update["Id"],
        update["Type"],
        "STARTED",
        0,
        0,
        now,
        parent_id=update.get("ParentId"),
        name=update.get("Name"),
        sub_type=update.get("SubType"),
    )


def _start(execution: Execution, operation: Operation, update: Update, now: float) -> Changed:
    started = replace(operation, status="STARTED", due=None)
    return Changed(started, _WORDS[operation.type] + "Started", {})


def _start_wait(execution: Execution, operation: Operation, update: Update, now: float) -> Changed:
    seconds = update["WaitOptions"]["WaitSeconds"]
    waiting = replace(operation, due=now + seconds, seconds=seconds)
    details = {"Duration": seconds, "ScheduledEndTimestamp": waiting.due}
    return Changed(waiting, "WaitStarted", details)


def _cancel_wait(execution: Execution, operation: Operation, update: Update, now: float) -> Changed:
    cancelled = replace(operation, status="CANCELLED", ended=now)
    error = update.get("Error")
    return Changed(cancelled, "WaitCancelled", {"Error": wrapped(error)} if error else {})


def _start_callback(
    execution: Execution, operation: Operation, update: Update, now: float
) -> Changed:
    options = update.get("CallbackOptions") or {}
    # AWS: zero is no time-out.
    seconds = options.get("TimeoutSeconds") or None
    heartbeat = options.get("HeartbeatTimeoutSeconds") or None
    waiting = replace(
        operation,
        seconds=seconds,
        due=now + seconds if seconds else None,
        heartbeat_seconds=heartbeat,
        heartbeat_due=now + heartbeat if heartbeat else None,
    )
    details: dict[str, Any] = {"CallbackId": tokens.callback_id(execution, operation.id)}
    if seconds:
        details["Timeout"] = seconds
    if heartbeat:
        details["HeartbeatTimeout"] = heartbeat
    return Changed(waiting, "CallbackStarted", details)


def _start_chained_invoke(
    execution: Execution, operation: Operation, update: Update, now: float
) -> Changed:
    details = {"FunctionName": update["ChainedInvokeOptions"]["FunctionName"]}
    return Changed(replace(operation, input=update.get("Payload")), "ChainedInvokeStarted", details)


def _retry(execution: Execution, operation: Operation, update: Update, now: float) -> Changed:
    delay = update["StepOptions"].get("NextAttemptDelaySeconds") or 0
    error = update.get("Error")
    waiting = replace(
        operation,
        status="PENDING",
        attempt=operation.attempt + 1,
        due=now + delay,
        result=update.get("Payload"),
        error=error,
    )
    retry = {"CurrentAttempt": waiting.attempt, "NextAttemptDelaySeconds": delay}
    # AWS: a step that asks to be tried again without an error has succeeded so far.
    if error is None:
        details = {"Result": wrapped(update.get("Payload")), "RetryDetails": retry}
        return Changed(waiting, "StepSucceeded", details)
    return Changed(waiting, "StepFailed", {"Error": wrapped(error), "RetryDetails": retry})


def _end(execution: Execution, operation: Operation, update: Update, now: float) -> Changed:
    status = "SUCCEEDED" if update["Action"] == "SUCCEED" else "FAILED"
    changed = completed(
        replace(operation, due=None),
        status,
        now,
        result=update.get("Payload"),
        error=update.get("Error"),
    )
    if operation.type == "STEP":
        attempt = operation.attempt + 1
        details = {**changed.details, "RetryDetails": {"CurrentAttempt": attempt}}
        return Changed(replace(changed.operation, attempt=attempt), changed.event, details)
    replays = bool((update.get("ContextOptions") or {}).get("ReplayChildren"))
    return replace(changed, operation=replace(changed.operation, replays_children=replays))


_APPLY: dict[tuple[str, str], Callable[[Execution, Operation, Update, float], Changed]] = {
    ("STEP", "START"): _start,
    ("STEP", "RETRY"): _retry,
    ("STEP", "SUCCEED"): _end,
    ("STEP", "FAIL"): _end,
    ("CONTEXT", "START"): _start,
    ("CONTEXT", "SUCCEED"): _end,
    ("CONTEXT", "FAIL"): _end,
    ("WAIT", "START"): _start_wait,
    ("WAIT", "CANCEL"): _cancel_wait,
    ("CALLBACK", "START"): _start_callback,
    ("CHAINED_INVOKE", "START"): _start_chained_invoke,
}
