"""
Batches of streams: which records go together, what follows when a function fails. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import orjson

from lambent.runtime.api import InvocationResult
from lambent.services.lambda_.event_sources import batches
from lambent.services.lambda_.event_sources.records import (
    EventSourceMapping,
    Received,
    StreamBatch,
)
from lambent.services.lambda_.limits import SYNCHRONOUS_PAYLOAD

_ENVELOPE = len(b'{"Records":[]}')


def lane_of(record: Received, lanes: int) -> int:
    """Records of one item are always in the same lane."""
    return crc32(record.handle.encode()) % lanes


def how_many_fit(records: Sequence[Received], batch_size: int) -> int:
    """How many of the first records make a batch: as many as asked for, and as one may be long."""
    size = _ENVELOPE
    for count, record in enumerate(records[:batch_size]):
        size += len(record.encoded) + 1
        if count and size > SYNCHRONOUS_PAYLOAD:
            return count
    return min(len(records), batch_size)


def payload(batch: StreamBatch) -> bytes:
    return b'{"Records":[' + b",".join([one.encoded for one in batch.records]) + b"]}"


def left_of(batch: StreamBatch, result: InvocationResult, *, reports_failures: bool) -> StreamBatch:
    """
    What of a batch is not done: nothing, all, or what begins at the first record that the function
    reports. The answer counts one attempt more.
    """
    ids = [record.id for record in batch.records]
    failed = batches.failed_ids(result, ids, reports_failures=reports_failures)
    first = next((place for place, id in enumerate(ids) if id in failed), len(ids))
    left = batch.records[first:]
    return replace(batch, records=left, attempts=batch.attempts + 1)


def halves(batch: StreamBatch) -> list[StreamBatch]:
    """AWS: a batch that is split has the attempts that it had."""
    middle = len(batch.records) // 2
    first, second = batch.records[:middle], batch.records[middle:]
    attempts = batch.attempts - 1
    return [
        StreamBatch(first, first[-1].id, attempts),
        StreamBatch(second, batch.end, attempts),
    ]


def is_given_up(batch: StreamBatch, settings: Mapping[str, Any]) -> bool:
    most: int = settings.get("MaximumRetryAttempts", -1)
    return most >= 0 and batch.attempts > most


def split_by_age(
    batch: StreamBatch, arrived: Sequence[float], settings: Mapping[str, Any], now: float
) -> tuple[StreamBatch | None, StreamBatch | None]:
    """The records that are too old, and the others; None where there are none of a kind."""
    oldest = settings.get("MaximumRecordAgeInSeconds", -1)
    if oldest < 0:
        return None, batch
    old = sum(1 for at in arrived if now - at > oldest)
    if not old:
        return None, batch
    gone = StreamBatch(batch.records[:old], batch.records[old - 1].id, batch.attempts)
    if old == len(batch.records):
        return replace(gone, end=batch.end), None
    return gone, replace(batch, records=batch.records[old:])


def failure_record(
    mapping: EventSourceMapping,
    shard: str,
    batch: StreamBatch,
    arrived: Sequence[str],
    *,
    condition: str,
    request_id: str,
    response: Mapping[str, Any] | None,
    timestamp: str,
) -> str:
    """What the on-failure destination is told: where the records are, not what is in them."""
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": request_id,
            "functionArn": mapping.function_arn,
            "condition": condition,
            "approximateInvokeCount": batch.attempts,
        },
        "version": "1.0",
        "timestamp": timestamp,
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": batch.records[0].id,
            "endSequenceNumber": batch.records[-1].id,
            "approximateArrivalOfFirstRecord": arrived[0],
            "approximateArrivalOfLastRecord": arrived[-1],
            "batchSize": len(batch.records),
            "streamArn": mapping.source_arn,
        },
    }
    if response is not None:
        record["responseContext"] = dict(response)
    return orjson.dumps(record).decode()
