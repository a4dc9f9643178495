"""What SQS takes and gives: addresses, messages, batches, receipts; pure."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson

from lambent.services.sqs import message_attributes
from lambent.services.sqs.errors import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InvalidAddress,
    InvalidAttributeName,
    InvalidBatchEntryId,
    InvalidMessageContents,
    InvalidParameterValue,
    MissingParameter,
    QueueDoesNotExist,
    ReceiptHandleIsInvalid,
    TooManyEntriesInBatchRequest,
)
from lambent.services.sqs.records import Draft, Message, Queue, Receipt, Settings

_BATCH = 10
_BATCH_BYTES = 1_048_576
_MOST_SECONDS = 43_200
DEDUPLICATION_SECONDS = 300.0

# What XML 1.0 cannot hold, SQS does not take.
_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BATCH_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_GROUP_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")

SYSTEM_ATTRIBUTES = frozenset(
    {
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
        "SequenceNumber",
        "MessageDeduplicationId",
        "MessageGroupId",
        "AWSTraceHeader",
        "DeadLetterQueueSourceArn",
    }
)
_NO_ATTRIBUTES: Mapping[str, Any] = {}


@lru_cache(maxsize=4_096)
def address_in(url: str) -> tuple[str, str]:
    """
    Account (empty: the caller's) and name of a queue. Of the URL only the last two parts count.

    >>> address_in("http://127.0.0.1:4566/000000000000/orders")
    ('000000000000', 'orders')
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        raise InvalidAddress(f"The address {url} is not valid for this endpoint.") from None
    parts = [part for part in path.split("/") if part]
    if not parts:
        raise queue_does_not_exist()
    return (parts[-2] if len(parts) > 1 else "", parts[-1])


def traced(draft: Draft, header: str | None) -> Draft:
    """AWS: a message keeps the trace header of its request, unless it brings one itself."""
    if header is None or "AWSTraceHeader" in draft.system_attributes:
        return draft
    return replace(draft, system_attributes={**draft.system_attributes, "AWSTraceHeader": header})


def queue_does_not_exist() -> QueueDoesNotExist:
    return QueueDoesNotExist("The specified queue does not exist.")


def draft(params: Mapping[str, Any]) -> Draft:
    """The message that `params`, or an entry of a batch, describe; raises where it is none."""
    body: str = params["MessageBody"]
    if not body:
        raise MissingParameter("The request must contain the parameter MessageBody.")
    _check_characters(body)
    attributes = params.get("MessageAttributes") or _NO_ATTRIBUTES
    system = params.get("MessageSystemAttributes") or _NO_ATTRIBUTES
    encoded = body.encode()
    if attributes:
        message_attributes.check(attributes)
    for name, attribute in system.items():
        if name != "AWSTraceHeader" or attribute.get("DataType") != "String":
            raise InvalidParameterValue(f"Message system attribute name '{name}' is invalid.")
    return Draft(
        body=body,
        md5=hashlib.md5(encoded, usedforsecurity=False).hexdigest(),
        attributes=attributes,
        attributes_md5=message_attributes.md5(attributes) if attributes else "",
        system_attributes={name: given["StringValue"] for name, given in system.items()},
        system_attributes_md5=message_attributes.md5(system) if system else "",
        size=len(encoded) + (message_attributes.size(attributes) if attributes else 0),
        delay_seconds=params.get("DelaySeconds"),
        group=params.get("MessageGroupId"),
        deduplication_id=params.get("MessageDeduplicationId"),
    )


def check_fits(message: Draft, queue: Settings) -> None:
    """Raise where the queue does not take the message."""
    if message.size > queue.maximum_message_size:
        raise InvalidParameterValue(
            "One or more parameters are invalid. Reason: Message must be shorter than"
            f" {queue.maximum_message_size} bytes."
        )
    delay = message.delay_seconds
    if delay is not None and not 0 <= delay <= 900:
        raise InvalidParameterValue(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be"
            " >= 0 and <= 900."
        )
    if message.group is not None and not _GROUP_ID.fullmatch(message.group):
        raise InvalidParameterValue(
            f"Value {message.group} for parameter MessageGroupId is invalid. Reason:"
            " MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in"
            " length."
        )
    if queue.is_fifo:
        _check_fits_fifo(message, queue)
    elif message.deduplication_id is not None:
        raise _not_for_this_type("MessageDeduplicationId", message.deduplication_id)


def deduplication_id(message: Draft) -> str:
    if message.deduplication_id is not None:
        return message.deduplication_id
    return hashlib.sha256(message.body.encode()).hexdigest()


def sequence_number(count: int) -> str:
    # AWS: twenty digits, growing, not consecutive.
    return str(18_850_000_000_000_000_000 + count * 256)


def sent(message: Draft, message_id: str, sequence: str = "") -> dict[str, Any]:
    """The reply to a message that was sent."""
    reply = {"MessageId": message_id, "MD5OfMessageBody": message.md5}
    if message.attributes_md5:
        reply["MD5OfMessageAttributes"] = message.attributes_md5
    if message.system_attributes_md5:
        reply["MD5OfMessageSystemAttributes"] = message.system_attributes_md5
    if sequence:
        reply["SequenceNumber"] = sequence
    return reply


def handle_of(message: Message, queue: Queue) -> str:
    """The receipt handle of a message that has just been received."""
    told = f"{queue.id} {message.number} {message.receive_count} {message.id}"
    return "AQEB" + base64.b64encode(told.encode()).decode()


def receipt_in(handle: str) -> Receipt:
    try:
        told = base64.b64decode(handle[4:], validate=True).decode().split()
        if not handle.startswith("AQEB") or len(told) != 4:
            raise ValueError(handle)
        number, receive_count = int(told[1]), int(told[2])
        # No store has a row of such a number; it could not even look for it.
        if max(abs(number), abs(receive_count)) >= 2**63:
            raise ValueError(handle)
        return Receipt(handle, number, receive_count)
    except (ValueError, binascii.Error):
        raise ReceiptHandleIsInvalid(
            f'The input receipt handle "{handle}" is not a valid receipt handle.'
        ) from None


def not_in_flight(handle: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or"
        " is not available for visibility timeout change."
    )


def handle_expired(handle: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has"
        " expired."
    )


def received(
    message: Message, queue: Queue, attribute_names: Sequence[str], names: Sequence[str]
) -> dict[str, Any]:
    """A message as the receiver sees it, with what it asked for."""
    shown: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": handle_of(message, queue),
        "MD5OfBody": message.md5,
        "Body": message.body,
    }
    if attribute_names:
        shown["Attributes"] = _system_attributes(message, attribute_names)
    if names and message.attributes:
        selected = message_attributes.selected(message.attributes, names)
        if selected:
            shown["MessageAttributes"] = selected
            shown["MD5OfMessageAttributes"] = message_attributes.md5(selected)
    return shown


def system_attribute_names(params: Mapping[str, Any]) -> list[str]:
    """What is asked for by either name of the parameter."""
    names = [*params.get("AttributeNames", ()), *params.get("MessageSystemAttributeNames", ())]
    for name in names:
        if name != "All" and name not in SYSTEM_ATTRIBUTES:
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
    return names


def check_receive(params: Mapping[str, Any]) -> None:
    for name, least, most in (
        ("MaxNumberOfMessages", 1, 10),
        ("WaitTimeSeconds", 0, 20),
    ):
        value = params.get(name)
        if value is not None and not least <= value <= most:
            reason = "Must be between 1 and 10, if provided."
            if name == "WaitTimeSeconds":
                reason = "Must be >= 0 and <= 20, if provided."
            raise InvalidParameterValue(
                f"Value {value} for parameter {name} is invalid. Reason: {reason}"
            )
    timeout = params.get("VisibilityTimeout")
    if timeout is not None:
        check_visibility_timeout(timeout)


def check_visibility_timeout(seconds: int) -> None:
    if not 0 <= seconds <= _MOST_SECONDS:
        raise InvalidParameterValue(
            f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout"
            f" must be an integer between 0 and {_MOST_SECONDS}"
        )


def check_batch(entries: Sequence[Mapping[str, Any]], entry_name: str) -> None:
    if not entries:
        raise EmptyBatchRequest(f"There should be at least one {entry_name} in the request.")
    if len(entries) > _BATCH:
        raise TooManyEntriesInBatchRequest(
            f"Maximum number of entries per request are {_BATCH}. You have sent {len(entries)}."
        )
    seen: set[str] = set()
    for entry in entries:
        if not _BATCH_ID.fullmatch(entry["Id"]):
            raise InvalidBatchEntryId(
                "A batch entry id can only contain alphanumeric characters, hyphens and"
                " underscores. It can be at most 80 letters long."
            )
        if entry["Id"] in seen:
            raise BatchEntryIdsNotDistinct(f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])


def check_batch_size(size: int) -> None:
    if size > _BATCH_BYTES:
        raise BatchRequestTooLong(
            f"Batch requests cannot be longer than {_BATCH_BYTES} bytes. You have sent {size}"
            " bytes."
        )


def _check_characters(body: str) -> None:
    # Most messages are printable ASCII, which is seen faster than a pattern is tried.
    if body.isascii() and body.isprintable():
        return
    found = _NOT_ALLOWED.search(body)
    if found is not None:
        raise InvalidMessageContents(
            f"Invalid binary character '#x{ord(found[0]):X}' was found in the message body, the"
            " set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD |"
            " #x10000 to #x10FFFF"
        )


def _check_fits_fifo(message: Draft, queue: Settings) -> None:
    if message.group is None:
        raise MissingParameter("The request must contain the parameter MessageGroupId.")
    if message.delay_seconds:
        raise _not_for_this_type("DelaySeconds", message.delay_seconds)
    given = message.deduplication_id
    if given is None and not queue.content_based_deduplication:
        raise InvalidParameterValue(
            "The queue should either have ContentBasedDeduplication enabled or"
            " MessageDeduplicationId provided explicitly"
        )
    if given is not None and not _GROUP_ID.fullmatch(given):
        raise InvalidParameterValue(
            f"Value {given} for parameter MessageDeduplicationId is invalid. Reason:"
            " MessageDeduplicationId can only include alphanumeric and punctuation characters."
            " 1 to 128 in length."
        )


def _not_for_this_type(name: str, value: object) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Value {value} for parameter {name} is invalid. Reason: The request include parameter"
        " that is not valid for this queue type."
    )


def _system_attributes(message: Message, names: Sequence[str]) -> dict[str, str]:
    attributes: dict[str, str] = {
        "SenderId": message.sender,
        "SentTimestamp": str(int(message.sent_at * 1000)),
        "ApproximateReceiveCount": str(message.receive_count),
        "ApproximateFirstReceiveTimestamp": str(int((message.received_at or 0.0) * 1000)),
    }
    if message.system_attributes:
        attributes |= orjson.loads(message.system_attributes)
    if "All" in names:
        return attributes
    return {name: value for name, value in attributes.items() if name in names}
