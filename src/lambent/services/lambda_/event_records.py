"""
The records that destinations get of asynchronous invokes. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an event ended. `response` is the function's last answer, None if it never ran."""

    condition: str
    attempts: int
    version: str
    response: bytes | None
    function_error: str | None


def invocation_record(
    request_id: str, payload: str, function_arn: str, outcome: Outcome, now: float
) -> str:
    """`function_arn` ends with a qualifier, be it `$LATEST`."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": _timestamp(now),
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": outcome.condition,
            "approximateInvokeCount": outcome.attempts,
        },
        "requestPayload": _embedded(payload.encode()),
    }
    if outcome.response is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": outcome.version}
        if outcome.function_error is not None:
            context["functionError"] = outcome.function_error
        record["responseContext"] = context
        record["responsePayload"] = _embedded(outcome.response)
    return orjson.dumps(record).decode()


def bus_entry(record: str, function_arn: str, bus_arn: str, succeeded: bool) -> dict[str, Any]:
    """What PutEvents takes; the record is the event's detail."""
    end = "Success" if succeeded else "Failure"
    return {
        "EventBusName": bus_arn,
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {end}",
        "Resources": [bus_arn, function_arn],
        "Detail": record,
    }


def object_key(function_name: str, now: float, random_id: str) -> str:
    """
    >>> object_key("orders", 1_735_689_600.0, "7c…")
    'aws/lambda/async/orders/2025/01/01/2025-01-01T00.00.00-7c…'
    """
    moment = datetime.fromtimestamp(now, UTC)
    return f"aws/lambda/async/{function_name}/{moment:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{random_id}"


def dead_letter_attributes(
    request_id: str, error_code: str, error_message: str
) -> dict[str, dict[str, str]]:
    """A dead letter is the event itself; what went wrong stands in the message's attributes."""
    return {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": error_code},
        "ErrorMessage": {
            "DataType": "String",
            "StringValue": error_message[:_MOST_CHARACTERS] or "-",
        },
    }


# AWS: the first kilobyte of the message.
_MOST_CHARACTERS = 1024


def _embedded(payload: bytes) -> Any:
    """JSON as it stands, which may hold numbers that orjson could not read; other text as text."""
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode(errors="replace")
    return orjson.Fragment(payload)


def _timestamp(now: float) -> str:
    moment = datetime.fromtimestamp(now, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
