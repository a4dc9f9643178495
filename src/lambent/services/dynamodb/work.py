"""
What DynamoDB does later: tables arrive and go, indexes are filled, items expire, streams are
trimmed.
"""

from itertools import accumulate

from lambent.platform import Context
from lambent.services.dynamodb import (
    backup_store,
    count_store,
    counting,
    entries,
    item_keys,
    item_store,
    metrics,
    store,
    stream_store,
    table_updates,
    writing,
)
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.counting import count
from lambent.services.dynamodb.exporting import export
from lambent.services.dynamodb.importing import import_items
from lambent.services.dynamodb.item_store import Found, Span
from lambent.services.dynamodb.records import Index, Kept, Table
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

__all__ = [
    "count",
    "date_items",
    "expire",
    "export",
    "forget",
    "import_items",
    "remove",
    "remove_copy",
    "settle",
    "trim",
]

# Nobody else writes meanwhile: a step is to take some hundredths of a second.
_AT_ONCE = 100
_BYTES_AT_ONCE = 4 * 1024 * 1024
_TRIMMED_AT_ONCE = 500
# Streams are looked after so often while they have records.
_TRIM_SECONDS = 900.0
_DAY = 86_400.0


async def settle(context: Context, item: WorkItem) -> None:
    """Fill new indexes, empty those that go; then the table is ACTIVE."""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        table = store.find_table_by_id(tx, item.payload["table"])
        if table is None or table.status not in ("CREATING", "UPDATING"):
            queue.finish(tx, item.id)
            return
        if _emptied(tx, table):
            after = _filled(tx, table, item.payload.get("after"))
            if after is None:
                table = store.put_table(tx, table_updates.settled(table))
                items = counting.counts_of(tx, table).items
                if counting.is_out_of_date(tx, table, items, now):
                    counting.count_later(tx, context, table)
                queue.finish(tx, item.id)
                return
            queue.postpone(tx, item.id, now, {**item.payload, "after": after})
            return
        queue.postpone(tx, item.id, now)

    await context.db.write(write)


async def remove(context: Context, item: WorkItem) -> None:
    """A deleted table: its name is free at once, its items go little by little."""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        store.remove_table(tx, item.payload["table"])
        table_id = item.payload["table"]
        history = backup_store.remove_history(tx, table_id, float("inf"), _TRIMMED_AT_ONCE)
        items_left = item_store.remove_some(tx, table_id, _TRIMMED_AT_ONCE)
        if items_left or history == _TRIMMED_AT_ONCE:
            queue.postpone(tx, item.id, now)
        else:
            queue.finish(tx, item.id)

    await context.db.write(write)


async def expire(context: Context, item: WorkItem) -> None:
    """Remove some of the items that have expired, and look again when the next one does."""
    now = context.clock.now()

    def write(tx: Tx) -> tuple[Table | None, int]:
        table = store.find_table_by_id(tx, item.payload["table"])
        if table is None or not table.ttl_attribute:
            item_store.remove_due(tx, item.payload["table"])
            queue.finish(tx, item.id)
            return None, 0
        expired = item_store.list_expired(tx, table.id, now, _AT_ONCE)
        for kept in expired:
            _remove_expired(tx, context, table, kept, now)
        due = item_store.next_expiry(tx, table.id)
        if due is None:
            item_store.remove_due(tx, table.id)
            queue.finish(tx, item.id)
        else:
            item_store.put_due(tx, table.id, due)
            queue.postpone(tx, item.id, max(due, now))
        return table, len(expired)

    table, count = await context.db.write(write)
    if table is not None and count:
        metrics.count_expired(context, table, count)


async def remove_copy(context: Context, item: WorkItem) -> None:
    """Items that were kept aside, and are not needed any more."""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        backup_store.remove_copy(tx, item.payload["copy"])
        if item_store.remove_some(tx, item.payload["copy"], _TRIMMED_AT_ONCE):
            queue.postpone(tx, item.id, now)
        else:
            queue.finish(tx, item.id)

    await context.db.write(write)


async def date_items(context: Context, item: WorkItem) -> None:
    """TimeToLive was enabled or disabled: note of the items that are there when they expire."""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        table = store.find_table_by_id(tx, item.payload["table"])
        if table is None or table.ttl_attribute != item.payload["attribute"]:
            queue.finish(tx, item.id)
            return
        found, ended = _some_items(tx, table, item.payload.get("after"))
        for one in found:
            expires_at = writing.expiry_of(table, one.kept.item, now)
            item_store.put_expiry(tx, table.id, one.kept.place, expires_at)
            if expires_at is not None:
                writing.have_expired(tx, context, table, expires_at, now)
        if ended:
            queue.finish(tx, item.id)
        else:
            queue.postpone(tx, item.id, now, {**item.payload, "after": _token(found[-1].kept)})

    await context.db.write(write)


async def forget(context: Context, item: WorkItem) -> None:
    """Forget what items were before the time that a table can be had as it was."""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        table = store.find_table_by_id(tx, item.payload["table"])
        if table is None:
            queue.finish(tx, item.id)
            return
        recovery = table.settings.get("PointInTimeRecovery")
        until = float("inf") if recovery is None else now - recovery["days"] * _DAY
        removed = backup_store.remove_history(tx, table.id, until, _TRIMMED_AT_ONCE)
        if removed == _TRIMMED_AT_ONCE:
            queue.postpone(tx, item.id, now)
        elif recovery is not None:
            queue.postpone(tx, item.id, now + _DAY)
        else:
            queue.finish(tx, item.id)

    await context.db.write(write)


async def trim(context: Context, item: WorkItem) -> None:
    """Remove records of a stream that are a day old, and the stream when it has ended and is."""
    now = context.clock.now()
    since = now - writing.STREAM_SECONDS

    def write(tx: Tx) -> None:
        stream = stream_store.find_stream_by_id(tx, item.payload["stream"])
        if stream is None:
            queue.finish(tx, item.id)
            return
        removed = stream_store.remove_old(tx, stream.id, since, _TRIMMED_AT_ONCE)
        oldest = stream_store.oldest(tx, stream.id)
        if removed == _TRIMMED_AT_ONCE:
            queue.postpone(tx, item.id, now)
        elif oldest is not None:
            again = max(oldest + writing.STREAM_SECONDS, now + _TRIM_SECONDS)
            queue.postpone(tx, item.id, again)
        else:
            stream_store.put_trimmed(tx, stream.id, trimmed=False)
            if stream.ended_at is not None and stream.ended_at <= since:
                stream_store.remove_stream(tx, stream.id)
            queue.finish(tx, item.id)

    await context.db.write(write)


def _emptied(tx: Tx, table: Table) -> bool:
    """Whether nothing is left of the indexes that go."""
    return all(
        item_store.remove_entries(tx, table.id, index.number, _TRIMMED_AT_ONCE) < _TRIMMED_AT_ONCE
        for index in table.indexes
        if index.status == "DELETING"
    )


def _filled(tx: Tx, table: Table, after: list[str] | None) -> list[str] | None:
    """Put some items into the indexes that are new; where to go on, None at the end."""
    new = [index for index in table.indexes if index.backfilling]
    if not new:
        return None
    found, ended = _some_items(tx, table, after)
    for one in found:
        for index in new:
            _put_entry(tx, table, index, one.kept)
    return None if ended else _token(found[-1].kept)


def _put_entry(tx: Tx, table: Table, index: Index, kept: Kept) -> None:
    # AWS: an item whose attributes cannot be keys of the index is not in it.
    if not item_keys.fits(table, index, kept.item):
        return
    place = item_keys.index_place(table, index, kept.item)
    if place is not None:
        entries.put_entry(tx, table, index, place, kept)


def _remove_expired(tx: Tx, context: Context, table: Table, kept: Kept, now: float) -> None:
    consumed = Consumed(table.name)
    writing.store_change(tx, context, table, kept, None, consumed=consumed, now=now, expired=True)


def _some_items(tx: Tx, table: Table, after: list[str] | None) -> tuple[list[Found], bool]:
    """The next items of a table, fewer where they are large; whether they are the last ones."""
    place = tuple(bytes.fromhex(part) for part in after or ())
    sizes = count_store.sizes_of_items(tx, table.id, place, _AT_ONCE)
    totals = accumulate(row["size"] for row in sizes)
    rows = max(1, sum(total <= _BYTES_AT_ONCE for total in totals))
    found = item_store.page_of_items(tx, table.id, Span(after=place), rows)
    return found, len(found) == len(sizes) < _AT_ONCE


def _token(kept: Kept) -> list[str]:
    return [kept.place.partition.hex(), kept.place.sort.hex()]
