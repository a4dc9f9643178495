"""
What Step Functions tells the default event bus; pure.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
from dataclasses import replace
from typing import Any

from lambent.services.stepfunctions.records import ExecutionRecord
from lambent.services.stepfunctions.redrives import redrive_status
from lambent.services.stepfunctions.rules import execution_arn, write_json

SOURCE = "aws.states"

_DETAIL_TYPE = "Step Functions Execution Status Change"
# AWS: of the escaped texts, together.
_MOST_DATA = 248 * 1024


def status_entry(execution: ExecutionRecord, status: str, at: float) -> dict[str, Any]:
    """What PutEvents takes. The execution may have come further than `status` meanwhile."""
    if status == "RUNNING":
        execution = replace(
            execution, status=status, stopped_at=None, output=None, error=None, cause=None
        )
    return {
        "Source": SOURCE,
        "DetailType": _DETAIL_TYPE,
        "Resources": [execution.arn],
        "Time": at,
        "Detail": write_json(_detail(execution, at)),
    }


def _detail(execution: ExecutionRecord, at: float) -> dict[str, Any]:
    """As DescribeExecution answers, with every member."""
    machine_arn = execution_arn(execution.arn).machine_arn
    status, reason = redrive_status(execution, at)
    given, output = execution.input, execution.output
    output_size = 0 if output is None else len(json.dumps(output))
    with_output = output is not None and output_size <= _MOST_DATA
    with_input = len(json.dumps(given)) + output_size <= _MOST_DATA
    return {
        "executionArn": execution.arn,
        "stateMachineArn": machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.started_at),
        "stopDate": _milliseconds(execution.stopped_at),
        "input": given if with_input else None,
        "output": output if with_output else None,
        "stateMachineVersionArn": _qualified(machine_arn, execution.version),
        "stateMachineAliasArn": _qualified(machine_arn, execution.alias),
        "redriveCount": execution.redrive_count,
        "redriveDate": _milliseconds(execution.redriven_at),
        "redriveStatus": status,
        "redriveStatusReason": reason or None,
        "inputDetails": {"included": with_input},
        "outputDetails": None if output is None else {"included": with_output},
        "error": execution.error,
        "cause": execution.cause,
    }


def _milliseconds(time: float | None) -> int | None:
    return None if time is None else round(time * 1000)


def _qualified(machine_arn: str, qualifier: object | None) -> str | None:
    return None if qualifier is None else f"{machine_arn}:{qualifier}"
