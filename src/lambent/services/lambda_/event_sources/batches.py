"""
Batches: how much fits into one, what the function says of it, how many at a time. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import orjson

from lambent.runtime.api import InvocationResult
from lambent.services.lambda_.event_sources.records import Batch, Received
from lambent.services.lambda_.limits import SYNCHRONOUS_PAYLOAD

_OPENING, _CLOSING = b'{"Records":[', b"]}"
_ENVELOPE = len(_OPENING) + len(_CLOSING)

# AWS: five batches at first, and up to 300 a minute more while there are messages.
FIRST_BATCHES = 5
MORE_BATCHES_PER_SECOND = 5.0
MOST_BATCHES = 1_000


def payload(batch: Batch) -> bytes:
    return _OPENING + b",".join([one.encoded for one in batch.messages]) + _CLOSING


def trace_headers(batch: Batch) -> list[str]:
    """Those of the messages that have one."""
    attributes = (one.record.get("attributes", {}) for one in batch.messages)
    return [one["AWSTraceHeader"] for one in attributes if "AWSTraceHeader" in one]


def has_room(batch: Batch, batch_size: int) -> bool:
    return len(batch.messages) < batch_size and _bytes(batch.messages) < SYNCHRONOUS_PAYLOAD


def added(batch: Batch, messages: Iterable[Received]) -> list[Batch]:
    """
    The batch with more messages, and further batches where the bytes are too many.

    All but the last are full.
    """
    full: list[Batch] = []
    held = list(batch.messages)
    size = _bytes(held)
    for message in messages:
        more = len(message.encoded) + 1
        if held and size + more > SYNCHRONOUS_PAYLOAD:
            full.append(replace(batch, messages=tuple(held)))
            held, size = [], _ENVELOPE
        held.append(message)
        size += more
    return [*full, replace(batch, messages=tuple(held))]


def most_at_once(first: int, growing_for: float, most: int) -> int:
    """How many batches may be with the function at a time, when there were `first` so long ago."""
    return min(first + int(growing_for * MORE_BATCHES_PER_SECOND), most)


def failed_ids(
    result: InvocationResult, ids: Sequence[str], *, reports_failures: bool
) -> frozenset[str]:
    """The messages that the function could not use, all of them if it failed altogether."""
    if result.function_error is not None:
        return frozenset(ids)
    if not reports_failures:
        return frozenset()
    reported = _reported(result.payload)
    # AWS: an answer that cannot be understood, or names something else, fails the whole batch.
    if reported is None or not reported <= set(ids):
        return frozenset(ids)
    return frozenset(reported)


def _reported(answer: bytes) -> set[str] | None:
    """The identifiers in a partial batch response; None where it is none."""
    try:
        said = orjson.loads(answer) if answer else None
    except orjson.JSONDecodeError:
        return None
    if said is None or said == {}:
        return set()
    if not isinstance(said, dict) or "batchItemFailures" not in said:
        return None
    failures = said["batchItemFailures"]
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return None
    found: set[str] = set()
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if not isinstance(identifier, str) or not identifier:
            return None
        found.add(identifier)
    return found


def _bytes(messages: Iterable[Received]) -> int:
    return _ENVELOPE + sum(len(message.encoded) + 1 for message in messages)
