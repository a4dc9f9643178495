"""The answer of states:startExecution.sync and .sync:2: what DescribeExecution would say."""

from typing import Any

from lambent.languages import asl
from lambent.services.stepfunctions.records import ExecutionRecord
from lambent.services.stepfunctions.rules import parse_json, write_json

Answer = asl.TaskSucceeded | asl.TaskFailed


def answer_of(
    child: ExecutionRecord, machine_arn: str, frame: str, number: int, pattern: str
) -> Answer:
    """What the state that waited for `child` is told, now that it has ended."""
    described = description(child, machine_arn, parsed=pattern == "sync2")
    if child.status == "SUCCEEDED":
        return asl.TaskSucceeded(frame, number, output=described)
    return asl.TaskFailed(frame, number, "States.TaskFailed", write_json(described))


def description(child: ExecutionRecord, machine_arn: str, *, parsed: bool) -> dict[str, Any]:
    """`parsed`: .sync:2 gives input and output as JSON, .sync as text."""

    def data(text: str) -> Any:
        return parse_json(text) if parsed else text

    found: dict[str, Any] = {}
    if child.cause is not None:
        found["Cause"] = child.cause
    if child.error is not None:
        found["Error"] = child.error
    found |= {
        "ExecutionArn": child.arn,
        "Input": data(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
    }
    if child.output is not None:
        found["Output"] = data(child.output)
    found |= {
        "OutputDetails": {"Included": True},
        "RedriveCount": child.redrive_count,
        "RedriveStatus": redrive_status(child),
        # AWS: milliseconds, in this answer only.
        "StartDate": round(child.started_at * 1000),
        "StateMachineArn": machine_arn,
        "Status": child.status,
        "StopDate": round((child.stopped_at or 0.0) * 1000),
    }
    if child.status == "RUNNING":
        del found["StopDate"]
    return found


def redrive_status(execution: ExecutionRecord) -> str:
    return (
        "REDRIVABLE" if execution.status in ("FAILED", "TIMED_OUT", "ABORTED") else "NOT_REDRIVABLE"
    )
