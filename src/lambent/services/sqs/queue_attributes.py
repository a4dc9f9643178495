"""The attributes of a queue: their values, defaults and limits, and what they mean; pure."""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import orjson

from lambent.services.sqs.errors import (
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidParameterValue,
)
from lambent.services.sqs.records import Settings

_ARN = re.compile(r"arn:aws[\w-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}(\.fifo)?")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"(?=.{6,80}$)[A-Za-z0-9_-]+\.fifo")

# What a queue has without being told.
_DEFAULTS: Mapping[str, str] = {
    "VisibilityTimeout": "30",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
}
_FIFO_DEFAULTS: Mapping[str, str] = {
    **_DEFAULTS,
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
# AWS gives them; nobody sets them.
READ_ONLY = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
)


def check_queue_name(name: str, attributes: Mapping[str, str]) -> None:
    if attributes.get("FifoQueue") == "true":
        if not _FIFO_NAME.fullmatch(name):
            raise InvalidParameterValue(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or"
                " underscores, must end with .fifo suffix and be 1 to 80 in length"
            )
    elif not _NAME.fullmatch(name):
        raise InvalidParameterValue(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )


def check(attributes: Mapping[str, str], *, is_fifo: bool) -> None:
    """Raise InvalidAttributeName or InvalidAttributeValue for what cannot be set."""
    for name, value in attributes.items():
        test = _TESTS.get(name)
        if test is None or (name in _FIFO_ONLY and not is_fifo):
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
        if value == "" and name in _MAY_BE_EMPTY:
            continue
        if not test(value):
            raise InvalidAttributeValue(f"Invalid value for the parameter {name}.")


def merged(before: Mapping[str, str], change: Mapping[str, str]) -> dict[str, str]:
    """The attributes after a change; an empty text takes a policy away."""
    after = {**before, **change}
    return {name: value for name, value in after.items() if value != ""}


def with_defaults(attributes: Mapping[str, str]) -> dict[str, str]:
    defaults = _FIFO_DEFAULTS if attributes.get("FifoQueue") == "true" else _DEFAULTS
    shown = {**defaults, **attributes}
    if "KmsMasterKeyId" in attributes:
        shown.setdefault("KmsDataKeyReusePeriodSeconds", "300")
        if "SqsManagedSseEnabled" not in attributes:
            shown["SqsManagedSseEnabled"] = "false"
    return shown


@lru_cache(maxsize=4_096)
def read(text: str) -> tuple[Mapping[str, str], Settings]:
    """The stored attributes and what they mean. The same text gives the same objects."""
    attributes: dict[str, str] = orjson.loads(text)
    values = with_defaults(attributes)
    redrive = orjson.loads(attributes.get("RedrivePolicy", "{}"))
    settings = Settings(
        visibility_timeout=int(values["VisibilityTimeout"]),
        delay_seconds=int(values["DelaySeconds"]),
        retention_seconds=int(values["MessageRetentionPeriod"]),
        wait_seconds=int(values["ReceiveMessageWaitTimeSeconds"]),
        maximum_message_size=int(values["MaximumMessageSize"]),
        is_fifo=values.get("FifoQueue") == "true",
        content_based_deduplication=values.get("ContentBasedDeduplication") == "true",
        deduplicates_by_group=values.get("DeduplicationScope") == "messageGroup",
        dead_letter_arn=redrive.get("deadLetterTargetArn", ""),
        max_receive_count=int(redrive.get("maxReceiveCount", 0)),
    )
    return attributes, settings


def check_allows_redrive(dead_letter_attributes: Mapping[str, str], source_arn: str) -> None:
    """Raise where the dead-letter queue does not take messages of this source."""
    allow = json.loads(dead_letter_attributes.get("RedriveAllowPolicy", "{}"))
    permission = allow.get("redrivePermission", "allowAll")
    if permission == "denyAll" or (
        permission == "byQueue" and source_arn not in allow.get("sourceQueueArns", [])
    ):
        raise InvalidParameterValue(
            "The dead-letter queue's redrive allow policy does not permit this source queue to use"
            " it."
        )


def redrive_policy_invalid(policy: str, reason: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"
    )


def _is_between(least: int, most: int, value: str) -> bool:
    return value.isdecimal() and value.isascii() and least <= int(value) <= most


def _is_one_of(values: tuple[str, ...], value: str) -> bool:
    return value in values


def _object_in(value: str) -> dict[str, Any] | None:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_policy(value: str) -> bool:
    document = _object_in(value)
    return document is not None and "Statement" in document


def _is_redrive_policy(value: str) -> bool:
    policy = _object_in(value)
    if policy is None or policy.keys() != {"deadLetterTargetArn", "maxReceiveCount"}:
        return False
    count, target = policy["maxReceiveCount"], policy["deadLetterTargetArn"]
    return (
        _is_between(1, 1_000, str(count))
        and isinstance(target, str)
        and _ARN.fullmatch(target) is not None
    )


def _is_redrive_allow_policy(value: str) -> bool:
    policy = _object_in(value)
    if policy is None or not policy.keys() <= {"redrivePermission", "sourceQueueArns"}:
        return False
    by_queue = policy.get("redrivePermission") == "byQueue"
    sources = policy.get("sourceQueueArns")
    if by_queue:
        return isinstance(sources, list) and 1 <= len(sources) <= 10
    return policy.get("redrivePermission") in ("allowAll", "denyAll") and sources is None


_is_flag = partial(_is_one_of, ("true", "false"))

_TESTS: Mapping[str, Callable[[str], bool]] = {
    "VisibilityTimeout": partial(_is_between, 0, 43_200),
    "MaximumMessageSize": partial(_is_between, 1_024, 1_048_576),
    "MessageRetentionPeriod": partial(_is_between, 60, 1_209_600),
    "DelaySeconds": partial(_is_between, 0, 900),
    "ReceiveMessageWaitTimeSeconds": partial(_is_between, 0, 20),
    "KmsDataKeyReusePeriodSeconds": partial(_is_between, 60, 86_400),
    "KmsMasterKeyId": bool,
    "SqsManagedSseEnabled": _is_flag,
    "Policy": _is_policy,
    "RedrivePolicy": _is_redrive_policy,
    "RedriveAllowPolicy": _is_redrive_allow_policy,
    # AWS: FifoQueue is true or not there.
    "FifoQueue": partial(_is_one_of, ("true",)),
    "ContentBasedDeduplication": _is_flag,
    "DeduplicationScope": partial(_is_one_of, ("queue", "messageGroup")),
    "FifoThroughputLimit": partial(_is_one_of, ("perQueue", "perMessageGroupId")),
}
_FIFO_ONLY = frozenset(
    {"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}
)
_MAY_BE_EMPTY = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"})
NAMES = frozenset(_TESTS) | frozenset(READ_ONLY)
