"""The answer of states:startExecution.sync and .sync:2: what DescribeExecution would say."""

from typing import Any

from lambent.languages import asl
from lambent.services.stepfunctions.integrations.spelling import milliseconds
from lambent.services.stepfunctions.records import ExecutionRecord
from lambent.services.stepfunctions.redrives import redrive_status
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

    def data(text: str | None) -> Any:
        return parse_json(text) if parsed and text is not None else text

    status, reason = redrive_status(child, child.stopped_at or child.started_at)
    found: dict[str, Any] = {
        "Cause": child.cause,
        "Error": child.error,
        "ExecutionArn": child.arn,
        "Input": data(child.input),
        "InputDetails": {"Included": True},
        "Name": child.name,
        "Output": data(child.output),
        "OutputDetails": None if child.output is None else {"Included": True},
        "RedriveCount": child.redrive_count,
        "RedriveStatus": status,
        "RedriveStatusReason": reason or None,
        "StartDate": milliseconds(child.started_at),
        "StateMachineArn": machine_arn,
        "Status": child.status,
        "StopDate": None if child.stopped_at is None else milliseconds(child.stopped_at),
    }
    # An output that is null stays; what there is not has no member.
    has_output = child.output is not None
    return {
        name: value
        for name, value in found.items()
        if value is not None or (name == "Output" and has_output)
    }
