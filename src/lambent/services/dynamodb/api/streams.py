"""
Streams and their records, which clients read as a service of its own, `dynamodbstreams`.

A stream has one shard as long as it lives, so that its records have one order.
"""

from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_in, token_after
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import stream_records, stream_store
from lambent.services.dynamodb.descriptions import key_schema
from lambent.services.dynamodb.errors import (
    ExpiredIterator,
    ResourceNotFound,
    TrimmedDataAccess,
)
from lambent.services.dynamodb.records import Stream
from lambent.services.dynamodb.stream_records import number_of, sequence_number
from lambent.services.dynamodb.writing import STREAM_SECONDS
from lambent.storage.database import Tx

_PAGE = 100
_MOST_RECORDS = 1_000
_MOST_BYTES = 1024 * 1024
# A record has up to two items of 400 KB: so many are read at a time.
_ROWS = 30
# AWS: an iterator lives for so long.
_ITERATOR_SECONDS = 900.0


async def list_streams(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html"""
    limit = params.get("Limit", _PAGE)
    start = params.get("ExclusiveStartStreamArn")
    after = "" if start is None else start.split("/", 1)[-1].replace("/stream/", "/")
    table_name = params.get("TableName", "").rsplit("/", 1)[-1]
    streams = await context.db.read(
        lambda tx: stream_store.list_streams(
            tx,
            context.account,
            context.region,
            table_name=table_name,
            after=after,
            limit=limit + 1,
        )
    )
    reply: dict[str, Any] = {
        "Streams": [
            {
                "StreamArn": stream.arn,
                "TableName": stream.table_name,
                "StreamLabel": stream.label,
            }
            for stream in streams[:limit]
        ]
    }
    if len(streams) > limit:
        reply["LastEvaluatedStreamArn"] = streams[limit - 1].arn
    return reply


async def describe_stream(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html"""

    def read(tx: Tx) -> dict[str, Any]:
        stream = stream_store.get_stream(tx, params["StreamArn"])
        numbers = {"StartingSequenceNumber": sequence_number(1)}
        if stream.ended_at is not None:
            numbers["EndingSequenceNumber"] = sequence_number(
                max(1, stream_store.last_number(tx, stream.id))
            )
        shards = [{"ShardId": _shard_id(stream), "SequenceNumberRange": numbers}]
        if params.get("ExclusiveStartShardId") == _shard_id(stream):
            shards = []
        return {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": "ENABLED" if stream.ended_at is None else "DISABLED",
            "StreamViewType": stream.view_type,
            "CreationRequestDateTime": stream.created_at,
            "TableName": stream.table_name,
            "KeySchema": key_schema(stream.keys),
            "Shards": shards,
        }

    return {"StreamDescription": await context.db.read(read)}


async def get_shard_iterator(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"""
    now = context.clock.now()
    kind, sequence = params["ShardIteratorType"], params.get("SequenceNumber")
    by_number = kind.endswith("_SEQUENCE_NUMBER")
    if by_number != (sequence is not None):
        need = "must" if by_number else "must not"
        raise ValidationFailed(
            f"One or more parameter values were invalid: SequenceNumber {need} be provided when"
            f" ShardIteratorType is {kind}"
        )

    def read(tx: Tx) -> str:
        stream = stream_store.get_stream(tx, params["StreamArn"])
        if params["ShardId"] != _shard_id(stream):
            raise ResourceNotFound(
                f"Requested resource not found: Shard does not exist: {params['ShardId']}"
            )
        number = _start(tx, stream, kind, sequence, now)
        return f"{stream.arn}|1|{token_after(number, now)}"

    return {"ShardIterator": await context.db.read(read)}


async def get_records(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"""
    now = context.clock.now()
    arn, start, made_at = _read_iterator(params["ShardIterator"])
    if now - made_at > _ITERATOR_SECONDS:
        raise ExpiredIterator("Iterator expired")
    limit = params.get("Limit", _MOST_RECORDS)

    def read(tx: Tx) -> dict[str, Any]:
        stream = stream_store.get_stream(tx, arn)
        records, following = _page(tx, stream, start, limit, now - STREAM_SECONDS)
        reply: dict[str, Any] = {"Records": records}
        ended = stream.ended_at is not None
        # AWS: no iterator where a closed shard has no more.
        if not ended or following <= stream_store.last_number(tx, stream.id):
            reply["NextShardIterator"] = f"{arn}|1|{token_after(following, now)}"
        return reply

    return await context.db.read(read)


def _page(
    tx: Tx, stream: Stream, start: int, limit: int, since: float
) -> tuple[list[dict[str, Any]], int]:
    """Up to a megabyte of records, and the number with which the next page begins."""
    records: list[dict[str, Any]] = []
    total = 0
    while len(records) < limit:
        wanted = min(_ROWS, limit - len(records))
        found = stream_store.list_records(tx, stream.id, start=start, since=since, limit=wanted)
        for number, text, size in found:
            total += size
            if records and total > _MOST_BYTES:
                return records, start
            arn, view_type = stream.arn, stream.view_type
            records.append(
                stream_records.record(text, size, number, stream_arn=arn, view_type=view_type)
            )
            start = number + 1
        if len(found) < wanted:
            break
    return records, start


def _shard_id(stream: Stream) -> str:
    return f"shardId-{int(stream.created_at * 1000):020d}-{stream.id:08x}"


def _start(tx: Tx, stream: Stream, kind: str, sequence: str | None, now: float) -> int:
    """The number of the first record that an iterator gives."""
    last = stream_store.last_number(tx, stream.id)
    first = stream_store.first_number(tx, stream.id, now - STREAM_SECONDS)
    match kind:
        case "TRIM_HORIZON":
            return 1 if first is None else first
        case "LATEST":
            return last + 1
    try:
        number = number_of(sequence or "")
    except ValueError:
        number = 0
    if not 1 <= number <= max(last, 1):
        raise ValidationFailed(
            f"Invalid SequenceNumber {sequence}: it is not of a record of the shard"
        )
    if number < (last + 1 if first is None else first):
        raise TrimmedDataAccess(
            f"The requested sequence number {sequence} is beyond the trim horizon"
        )
    return number + 1 if kind == "AFTER_SEQUENCE_NUMBER" else number


def _read_iterator(text: str) -> tuple[str, int, float]:
    parts = text.split("|")
    if len(parts) == 3:
        try:
            number, made_at = key_in(parts[2])
        except ValueError:
            number, made_at = None, None
        if isinstance(number, int) and isinstance(made_at, (int, float)):
            return parts[0], number, float(made_at)
    raise ValidationFailed("Invalid ShardIterator")
