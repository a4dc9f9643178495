"""
Operations, executions and events as the API and the invocations of functions have them. Pure.
"""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from lambent.services.lambda_.durable import tokens
from lambent.services.lambda_.durable.records import (
    DELETING,
    Execution,
    HistoryEvent,
    Operation,
)

# AWS: with its time-out stopped, an execution still ends after a year.
LONGEST_EXECUTION = 366 * 86_400.0

# In replies a time is in seconds, in the event of an invocation in milliseconds.
Time = Callable[[float], Any]


def operation(execution: Execution, one: Operation, time: Time = float) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Operation.html"""
    shape: dict[str, Any] = {
        "Id": one.id,
        "Type": one.type,
        "Status": one.status,
        "StartTimestamp": time(one.started),
    }
    for member, value in (
        ("ParentId", one.parent_id),
        ("Name", one.name),
        ("SubType", one.sub_type),
        ("EndTimestamp", None if one.ended is None else time(one.ended)),
    ):
        if value is not None:
            shape[member] = value
    member, details = _DETAILS[one.type]
    shape[member] = details(execution, one, time)
    return shape


def invocation_event(
    execution: Execution, page: Sequence[Operation], marker: str, updated: Sequence[str]
) -> bytes:
    """What a durable function is invoked with."""
    return orjson.dumps(
        {
            "DurableExecutionArn": execution.arn,
            "CheckpointToken": tokens.checkpoint_token(execution),
            "InitialExecutionState": {
                "Operations": [operation(execution, one, _milliseconds) for one in page],
                "NextMarker": marker,
            },
            "UpdatedOperationIds": updated,
        }
    )


def execution_reply(execution: Execution, root: Operation, *, with_data: bool) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html"""
    config: dict[str, Any] = {
        "ExecutionTimeout": execution.timeout,
        "RetentionPeriodInDays": execution.retention_days,
    }
    if execution.kms_key_arn:
        config["KMSKeyArn"] = execution.kms_key_arn
    reply = {
        **execution_summary(execution),
        "Version": execution.version,
        "TraceHeader": {"XAmznTraceId": execution.trace_header},
        "ExecutionDataIncluded": with_data,
        "DurableConfig": config,
    }
    reply.pop("KMSKeyArn", None)
    if with_data:
        reply["InputPayload"] = root.input
        if root.result is not None and execution.status == "SUCCEEDED":
            reply["Result"] = root.result
        if root.error is not None:
            reply["Error"] = root.error
    if execution.is_open:
        reply["ExpectedExecutionTimeoutTimestamp"] = expected_timeout(execution)
    if execution.is_paused and execution.pause is not None:
        pause = execution.pause
        reply["PauseDetails"] = {
            "PauseRequestTimestamp": pause.asked,
            "ExecutionTimeoutPaused": pause.stops_timeout,
            **({"Reason": pause.reason} if with_data and pause.reason is not None else {}),
        }
    return reply


def execution_summary(execution: Execution) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Execution.html"""
    summary: dict[str, Any] = {
        "DurableExecutionArn": execution.arn,
        "DurableExecutionName": execution.name,
        "FunctionArn": execution.function_arn,
        "Status": execution.status,
        "StartTimestamp": execution.started,
    }
    if execution.ended is not None and execution.status != DELETING:
        summary["EndTimestamp"] = execution.ended
    if execution.kms_key_arn:
        summary["KMSKeyArn"] = execution.kms_key_arn
    return summary


def expected_timeout(execution: Execution) -> float:
    """When the execution will time out, as far as is known."""
    pause = execution.pause
    if pause is not None and pause.began is not None and pause.stops_timeout:
        return execution.started + LONGEST_EXECUTION
    return execution.deadline


def event(one: HistoryEvent, *, with_data: bool) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Event.html"""
    shape: dict[str, Any] = {"EventType": one.type, "EventId": one.id, "EventTimestamp": one.at}
    for member, value in (
        ("Id", one.operation_id),
        ("ParentId", one.parent_id),
        ("Name", one.name),
        ("SubType", one.sub_type),
    ):
        if value is not None:
            shape[member] = value
    details = one.details if with_data else _without_data(one.details)
    shape[f"{one.type}Details"] = details
    return shape


def _without_data(details: dict[str, Any]) -> dict[str, Any]:
    """Payloads are left out, and said to be."""
    return {
        member: {"Truncated": True} if isinstance(value, dict) and "Truncated" in value else value
        for member, value in details.items()
    }


def _milliseconds(time: float) -> int:
    return round(time * 1000)


def _execution(execution: Execution, one: Operation, time: Time) -> dict[str, Any]:
    return {} if one.input is None else {"InputPayload": one.input}


def _context(execution: Execution, one: Operation, time: Time) -> dict[str, Any]:
    return {**_outcome(one), **({"ReplayChildren": True} if one.replays_children else {})}


def _step(execution: Execution, one: Operation, time: Time) -> dict[str, Any]:
    next_attempt = {} if one.due is None else {"NextAttemptTimestamp": time(one.due)}
    return {"Attempt": one.attempt, **next_attempt, **_outcome(one)}


def _wait(execution: Execution, one: Operation, time: Time) -> dict[str, Any]:
    return {} if one.due is None else {"ScheduledEndTimestamp": time(one.due)}


def _callback(execution: Execution, one: Operation, time: Time) -> dict[str, Any]:
    return {"CallbackId": tokens.callback_id(execution, one.id), **_outcome(one)}


def _chained_invoke(execution: Execution, one: Operation, time: Time) -> dict[str, Any]:
    return _outcome(one)


def _outcome(one: Operation) -> dict[str, Any]:
    outcome: dict[str, Any] = {}
    if one.result is not None:
        outcome["Result"] = one.result
    if one.error is not None:
        outcome["Error"] = one.error
    return outcome


_DETAILS: dict[str, tuple[str, Callable[[Execution, Operation, Time], dict[str, Any]]]] = {
    "EXECUTION": ("ExecutionDetails", _execution),
    "CONTEXT": ("ContextDetails", _context),
    "STEP": ("StepDetails", _step),
    "WAIT": ("WaitDetails", _wait),
    "CALLBACK": ("CallbackDetails", _callback),
    "CHAINED_INVOKE": ("ChainedInvokeDetails", _chained_invoke),
}
