"""What may be published, and the message that it becomes; pure."""

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from lambent.services.sns import topic_rules
from lambent.services.sns.errors import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    InvalidParameter,
    InvalidParameterValue,
    TooManyEntriesInBatchRequest,
)
from lambent.services.sns.records import Message, Topic

_MOST_IN_BATCH = 10
_MOST_SUBJECT = 100
DEDUPLICATION_SECONDS = 300.0
# AWS: sequence numbers have twenty digits.
_FIRST_SEQUENCE = 10**19

_ATTRIBUTE_NAME = re.compile(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)")
_FIFO_ID = re.compile(r"[!-~]{1,128}")
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_KINDS = ("Binary", "Number", "String")


def new_message(topic: Topic, asked: Mapping[str, Any], *, message_id: str, now: float) -> Message:
    """The message that Publish, or one entry of PublishBatch, asks for."""
    text = asked["Message"]
    if not text:
        raise InvalidParameter("Empty message")
    subject = asked.get("Subject")
    if subject is not None:
        _check_subject(subject)
    asked_attributes = asked.get("MessageAttributes") or {}
    attributes = {name: _attribute(name, attribute) for name, attribute in asked_attributes.items()}
    if size_of(asked) > topic_rules.most_bytes(topic):
        raise InvalidParameter("Message too long")
    group, deduplication = _fifo_ids(topic, asked)
    return Message(
        id=message_id,
        topic_arn=topic.arn,
        sent_at=now,
        texts=_texts(text, asked.get("MessageStructure")),
        subject=subject,
        attributes=attributes,
        group_id=group,
        deduplication_id=deduplication,
    )


def check_batch(topic: Topic, entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        raise EmptyBatchRequest("The batch request doesn't contain any entries.")
    if len(entries) > _MOST_IN_BATCH:
        raise TooManyEntriesInBatchRequest(
            "The batch request contains more entries than permissible."
        )
    ids = [entry["Id"] for entry in entries]
    if not all(_ENTRY_ID.fullmatch(each) for each in ids):
        raise InvalidBatchEntryId(
            "The Id of a batch entry in a batch request doesn't abide by the specification."
        )
    if len(set(ids)) < len(ids):
        raise BatchEntryIdsNotDistinct("Two or more batch entries in the request have the same Id.")
    if sum(map(size_of, entries)) > topic_rules.most_bytes(topic):
        raise BatchRequestTooLong(
            "The length of all the messages put together is more than the limit."
        )


def size_of(asked: Mapping[str, Any]) -> int:
    """The bytes of a message: its text, and the names, types and values of its attributes."""
    size = len(asked["Message"].encode())
    for name, attribute in (asked.get("MessageAttributes") or {}).items():
        value = attribute.get("BinaryValue") or attribute.get("StringValue", "").encode()
        size += len(name.encode()) + len(attribute["DataType"].encode()) + len(value)
    return size


def sequence_number(message: Message) -> str | None:
    return None if message.sequence is None else str(_FIRST_SEQUENCE + message.sequence)


def deduplication_group(topic: Topic, message: Message) -> str:
    """Within what a deduplication id counts: the topic, or the message's group."""
    if topic.attributes.get("FifoThroughputScope") == "MessageGroup":
        return message.group_id or ""
    return ""


def _texts(text: str, structure: str | None) -> dict[str, str]:
    if not structure:
        return {"default": text}
    if structure != "json":
        raise InvalidParameter("MessageStructure")
    try:
        texts = json.loads(text)
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, dict):
        raise InvalidParameter("Message Structure - JSON message body failed to parse")
    # AWS: what is not text is not looked at.
    texts = {protocol: each for protocol, each in texts.items() if isinstance(each, str)}
    if "default" not in texts:
        raise InvalidParameter("Message Structure - No default entry in JSON message body")
    return texts


def _check_subject(subject: str) -> None:
    if not 0 < len(subject) <= _MOST_SUBJECT or not subject.isprintable() or subject[0].isspace():
        raise InvalidParameter("Subject")


def _fifo_ids(topic: Topic, asked: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The message group and the deduplication id."""
    group = asked.get("MessageGroupId")
    deduplication = asked.get("MessageDeduplicationId")
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", deduplication)):
        if value is not None and not _FIFO_ID.fullmatch(value):
            raise InvalidParameter(f"The {name} parameter is invalid")
    if not topic.is_fifo:
        if deduplication is not None:
            raise InvalidParameter(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId"
                " parameter that is not valid for this topic type"
            )
        # AWS: standard queues use the group of a standard topic's message for fair shares.
        return group, None
    if group is None:
        raise InvalidParameter("The MessageGroupId parameter is required for FIFO topics")
    if deduplication is None:
        if topic.attributes.get("ContentBasedDeduplication") != "true":
            raise InvalidParameter(
                "The topic should either have ContentBasedDeduplication enabled or"
                " MessageDeduplicationId provided explicitly"
            )
        deduplication = sha256(asked["Message"].encode()).hexdigest()
    return group, deduplication


def _attribute(name: str, asked: Mapping[str, Any]) -> dict[str, str]:
    """An attribute as AWS's envelopes have it; raises for what it cannot be."""
    if not _ATTRIBUTE_NAME.fullmatch(name) or name.lower().startswith(("aws.", "amazon.")):
        raise InvalidParameterValue(f"Invalid message attribute name '{name}'.")
    kind = asked["DataType"]
    label = kind.split(".")[0]
    if label not in _KINDS:
        raise InvalidParameterValue(
            f"The message attribute '{name}' has an invalid message attribute type, the set of"
            " supported type prefixes is Binary, Number, and String."
        )
    value = asked.get("BinaryValue" if label == "Binary" else "StringValue")
    if not value:
        if asked.get("BinaryValue") or asked.get("StringValue"):
            field = "BinaryValue" if label == "Binary" else "StringValue"
            raise InvalidParameterValue(
                f"The message attribute '{name}' with type '{kind}' must use field"
                f" '{field.removesuffix('Value')}'."
            )
        raise InvalidParameterValue(
            f"The message attribute '{name}' must contain non-empty message attribute value for"
            f" message attribute type '{kind}'."
        )
    if label == "Binary":
        return {"Type": kind, "Value": base64.b64encode(value).decode()}
    if label == "Number":
        _check_number(name, value)
    if kind == "String.Array":
        _check_array(name, value)
    return {"Type": kind, "Value": value}


def _check_number(name: str, value: str) -> None:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidParameterValue(f"Could not cast message attribute '{name}' value to number.")


def _check_array(name: str, value: str) -> None:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise InvalidParameterValue(
            f"Could not parse message attribute '{name}' value as an array of strings, numbers,"
            " booleans or null."
        )
