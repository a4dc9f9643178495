"""The work of an import: files in S3 become the items of a table that is being made."""

import codecs
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lambent.core.errors import AwsError
from lambent.languages.dynamodb_expressions import Item
from lambent.platform import Context
from lambent.services.dynamodb import (
    changes,
    item_keys,
    item_store,
    store,
    transfer_files,
    transfer_store,
    writing,
)
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.records import Kept, Table
from lambent.services.dynamodb.transfer_store import Transfer
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

# Items have up to 400 KB.
_LINES = 100
_GZIP = 31


@dataclass(slots=True)
class _Counts:
    size: int = 0
    processed: int = 0
    imported: int = 0

    @property
    def errors(self) -> int:
        return self.processed - self.imported


async def import_items(context: Context, item: WorkItem) -> None:
    """Read all files; whoever does it again puts the same items."""
    payload = item.payload
    transfer = await context.db.read(
        lambda tx: transfer_store.get_transfer(tx, "import", payload["arn"])
    )
    counts = _Counts()
    ending: dict[str, Any] = {"ImportStatus": "COMPLETED"}
    try:
        caller = context.acting_as(payload["principal"])
        async for items in _batches(caller, transfer, payload["types"], counts):
            put = partial(_put_all, context=context, table_id=payload["table"], items=items)
            counts.imported += await context.db.write(put)
            counts.processed += len(items)
    except (AwsError, zlib.error, UnicodeDecodeError) as error:
        message = error.message if isinstance(error, AwsError) else str(error)
        ending = {
            "ImportStatus": "FAILED",
            "FailureCode": getattr(error, "code", "InvalidInput"),
            "FailureMessage": message,
        }

    def write(tx: Tx) -> None:
        described = {
            **transfer.description,
            **ending,
            "EndTime": context.clock.now(),
            "ProcessedSizeBytes": counts.size,
            "ProcessedItemCount": counts.processed,
            "ImportedItemCount": counts.imported,
            "ErrorCount": counts.errors,
        }
        transfer_store.put_transfer(tx, replace(transfer, description=described))
        table = store.find_table_by_id(tx, payload["table"])
        if table is not None:
            # AWS: the table stays, with what it has, when an import fails.
            changes.arrive_later(tx, context, table)
        queue.finish(tx, item.id)

    await context.db.write(write)


def _put_all(tx: Tx, context: Context, table_id: int, items: Sequence[Item | None]) -> int:
    """How many could be put."""
    table = store.find_table_by_id(tx, table_id)
    if table is None:
        return 0
    return sum(item is not None and _put(tx, context, table, item) for item in items)


def _put(tx: Tx, context: Context, table: Table, item: Item) -> bool:
    """AWS: what cannot be an item of the table is counted, and left out."""
    try:
        place = item_keys.item_place(table, item)
        item_keys.check_index_keys(table, item)
        size = item_keys.checked_size(item, updated=False)
    except AwsError:
        return False
    old = item_store.find_item(tx, table.id, place)
    writing.store_change(
        tx,
        context,
        table,
        old,
        Kept(place, item, size),
        consumed=Consumed(table.name),
        now=context.clock.now(),
    )
    return True


async def _batches(
    caller: Context, transfer: Transfer, types: dict[str, str], counts: _Counts
) -> AsyncIterator[list[Item | None]]:
    description = transfer.description
    source = description["S3BucketSource"]
    is_packed = description["InputCompressionType"] == "GZIP"
    options = (description.get("InputFormatOptions") or {}).get("Csv") or {}
    async for key in _keys(caller, source):
        header: list[str] = list(options.get("HeaderList") or ())
        params = {"Bucket": source["S3Bucket"], "Key": key}
        reply = await caller.call("s3", "GetObject", params)
        async for lines in _lines(reply["Body"], counts, is_packed=is_packed):
            if description["InputFormat"] == "DYNAMODB_JSON":
                yield list(transfer_files.items_of_json(lines))
                continue
            if not header:
                header = _cells(lines.pop(0), options)
            yield list(
                transfer_files.items_of_csv(lines, header, options.get("Delimiter", ","), types)
            )


def _cells(line: str, options: dict[str, Any]) -> list[str]:
    return [cell.strip('"') for cell in line.split(options.get("Delimiter", ","))]


async def _keys(caller: Context, source: dict[str, Any]) -> AsyncIterator[str]:
    params = {"Bucket": source["S3Bucket"], "Prefix": source.get("S3KeyPrefix", "")}
    while True:
        reply = await caller.call("s3", "ListObjectsV2", params)
        for entry in reply.get("Contents", ()):
            yield entry["Key"]
        if not reply.get("IsTruncated"):
            return
        params = {**params, "ContinuationToken": reply["NextContinuationToken"]}


async def _lines(body: Any, counts: _Counts, *, is_packed: bool) -> AsyncIterator[list[str]]:
    """The lines of an object, some at a time; it may be larger than the memory."""
    unpack = zlib.decompressobj(_GZIP)
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest = ""
    lines: list[str] = []
    async for chunk in _chunks(body):
        counts.size += len(chunk)
        text = decoder.decode(unpack.decompress(chunk) if is_packed else chunk)
        *whole, rest = (rest + text).split("\n")
        lines += [line for line in whole if line.strip()]
        for ready in _full(lines):
            yield ready
    if rest.strip():
        lines.append(rest)
    if lines:
        yield lines


def _full(lines: list[str]) -> Iterator[list[str]]:
    while len(lines) >= _LINES:
        yield lines[:_LINES]
        del lines[:_LINES]


async def _chunks(body: Any) -> AsyncIterator[bytes]:
    if hasattr(body, "__aiter__"):
        async for chunk in body:
            yield bytes(chunk)
    elif body:
        yield body.encode() if isinstance(body, str) else bytes(body)
