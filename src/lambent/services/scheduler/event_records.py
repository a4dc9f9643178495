"""The payloads that the scheduler sends; pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from lambent.services.scheduler.records import Firing
from lambent.targets import SDK_SERVICES, ApiCall

# What SQS takes of a body and its attributes; the attributes stay far below the difference.
_MOST_DEAD_LETTER = 250 * 1024
_MOST_ERROR_MESSAGE = 1_024
_SDK_NAMES = {boto3_name: sdk_name for sdk_name, boto3_name in SDK_SERVICES.items()}


def iso_time(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"


def execution_id(firing: Firing) -> str:
    """One for each attempt; the same again when an attempt is repeated after a crash."""
    cause = f"{firing.schedule_arn}\0{firing.revision}\0{firing.scheduled}\0{firing.retries}"
    return sha256(cause.encode()).hexdigest()[:16]


def with_context_attributes(text: str, firing: Firing) -> str:
    """The input with AWS's keywords replaced."""
    if "<aws.scheduler." not in text:
        return text
    return (
        text.replace("<aws.scheduler.schedule-arn>", firing.schedule_arn)
        .replace("<aws.scheduler.scheduled-time>", iso_time(firing.scheduled))
        .replace("<aws.scheduler.execution-id>", execution_id(firing))
        .replace("<aws.scheduler.attempt-number>", str(firing.retries + 1))
    )


def default_notification(firing: Firing) -> dict[str, Any]:
    """What a templated target gets when the schedule has no Input."""
    _, _, _, region, account, _ = firing.schedule_arn.split(":", 5)
    return {
        "version": "0",
        "id": execution_id(firing),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": iso_time(firing.scheduled),
        "region": region,
        "resources": [firing.schedule_arn],
        # AWS: a text, not an object.
        "detail": "{}",
    }


def dead_letter(
    firing: Firing, call: ApiCall, code: str, message: str, exhausted: str | None
) -> dict[str, Any]:
    """
    Body and attributes of the message for the dead-letter queue.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    body = json.dumps(call.params, default=_text, ensure_ascii=False)
    encoded = body.encode()
    truncated = len(encoded) > _MOST_DEAD_LETTER
    if truncated:
        body = encoded[:_MOST_DEAD_LETTER].decode(errors="ignore")
    attributes = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": (message or code)[:_MOST_ERROR_MESSAGE],
        "EXECUTION_ID": execution_id(firing),
        "IS_PAYLOAD_TRUNCATED": str(truncated).lower(),
        "RETRY_ATTEMPTS": str(firing.retries),
        "SCHEDULED_TIME": iso_time(firing.scheduled),
        "SCHEDULE_ARN": firing.schedule_arn,
        "TARGET_ARN": _operation_arn(call),
    }
    # AWS: only there when the error was one that is tried again.
    if exhausted is not None:
        attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
    return {"MessageBody": body, "MessageAttributes": _strings(attributes)}


def _strings(attributes: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }


def _operation_arn(call: ApiCall) -> str:
    service = _SDK_NAMES.get(call.service, call.service)
    action = call.operation[0].lower() + call.operation[1:]
    return f"arn:aws:scheduler:::aws-sdk:{service}:{action}"


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
