"""What tables go through, as functions of `tx` that operations and work share."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lambent.platform import Context
from lambent.services.dynamodb import counting, store, stream_store
from lambent.services.dynamodb.descriptions import table_description
from lambent.services.dynamodb.records import Table, TableStream
from lambent.storage.database import Tx


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


def described(tx: Tx, table: Table) -> dict[str, Any]:
    return table_description(table, counting.counts_of(tx, table))


def change_settings(tx: Tx, table: Table, **settings: Any) -> Table:
    """Keep settings; None takes one away."""
    merged = {**table.settings, **settings}
    kept = {name: value for name, value in merged.items() if value is not None}
    return store.put_table(tx, replace(table, settings=kept))
