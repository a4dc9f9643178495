"""What tables go through, as functions of `tx` that operations and work share."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lambent.platform import Context
from lambent.services.dynamodb import item_store, store, stream_store
from lambent.services.dynamodb.descriptions import Counts, table_description
from lambent.services.dynamodb.records import Table, TableStream
from lambent.storage.database import Tx

# Tables up to this size are counted whenever somebody asks.
_COUNTED_ALWAYS = 10_000
# AWS: it updates its figures about every six hours.
_COUNTED_AGAIN_SECONDS = 6 * 3_600.0
_CACHE = "dynamodb.counts"


def start_stream(tx: Tx, table: Table, view_type: str, now: float) -> Table:
    """A table whose changes are written to a new stream from now on."""
    label, at = _label(now), now
    # A label is a name, and the clock may stand.
    while stream_store.find_stream(tx, table.account, table.region, table.name, label):
        at += 0.001
        label = _label(at)
    stream_id = stream_store.add_stream(tx, table, label, view_type, now)
    return replace(table, stream=TableStream(stream_id, label, view_type, enabled=True))


def _label(at: float) -> str:
    moment = datetime.fromtimestamp(round(at, 3), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}"


def end_stream(tx: Tx, context: Context, table: Table, now: float) -> Table:
    """A table without a stream; what was written can be read for a day."""
    stream = table.stream
    if stream is None or not stream.enabled:
        return table
    stream_store.end_stream(tx, stream.id, now)
    owner = context.at(table.account, table.region)
    payload = {"stream": stream.id}
    owner.enqueue(tx, f"dynamodb/trim/{stream.id}/end", "dynamodb.trim", payload, now + 86_400.0)
    return replace(table, stream=replace(stream, enabled=False))


def arrive_later(tx: Tx, context: Context, table: Table) -> None:
    """Have a table become ACTIVE, once its indexes are."""
    owner = context.at(table.account, table.region)
    item_id = f"dynamodb/settle/{table.id}/{table.revision}"
    owner.enqueue(tx, item_id, "dynamodb.settle", {"table": table.id})


def described(tx: Tx, context: Context, table: Table) -> dict[str, Any]:
    return table_description(table, _counts(tx, context, table))


def _counts(tx: Tx, context: Context, table: Table) -> Counts:
    known: dict[int, tuple[float, Counts]] = context.platform.caches.setdefault(_CACHE, {})
    now = context.clock.now()
    counted_at, counts = known.get(table.id, (0.0, Counts()))
    if counts.items <= _COUNTED_ALWAYS or now - counted_at > _COUNTED_AGAIN_SECONDS:
        items, size = item_store.counts(tx, table.id)
        indexes = item_store.entry_counts(tx, table.id) if table.indexes else {}
        counts = Counts(items, size, indexes)
        known[table.id] = now, counts
    return counts


def change_settings(tx: Tx, table: Table, **settings: Any) -> Table:
    """Keep settings; None takes one away."""
    merged = {**table.settings, **settings}
    kept = {name: value for name, value in merged.items() if value is not None}
    return store.put_table(tx, replace(table, settings=kept))
