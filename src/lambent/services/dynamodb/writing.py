"""
Changes of items, in a transaction: the item, its entries in indexes, its expiry, its record in
the stream, all or nothing.
"""

from dataclasses import dataclass

from lambent.core.errors import ValidationFailed
from lambent.languages.dynamodb_expressions import (
    Condition,
    ExpressionRefused,
    Item,
    Update,
)
from lambent.platform import Context
from lambent.services.dynamodb import (
    backup_store,
    capacity,
    item_keys,
    item_store,
    stream_records,
    stream_store,
    tables,
)
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.entries import store_entries
from lambent.services.dynamodb.errors import ConditionalCheckFailed, DuplicateItem
from lambent.services.dynamodb.records import Kept, Table
from lambent.storage.database import Tx
from lambent.work import queue, signals

STREAM_SECONDS = 86_400.0
# AWS: what has expired for longer is taken for a mistake.
_OLDEST_EXPIRY = 5 * 365 * 86_400.0
# The year 10,000: no clock gets there, and timers cannot be set beyond it.
_LAST_EXPIRY = 253_402_300_800.0


@dataclass(frozen=True, slots=True)
class Change:
    """
    What a request wants of one item: `kind` is Put, Update, Delete or ConditionCheck.

    `item` is the whole item of a Put, the key of all others. An insert is a Put of what must not be
    there yet.
    """

    kind: str
    table: str
    item: Item
    condition: Condition | None = None
    update: Update | None = None
    shows_old: bool = False
    is_insert: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    table: Table
    old: Item | None
    new: Item | None
    consumed: Consumed


def carry_out(tx: Tx, context: Context, change: Change, now: float) -> Outcome:
    """Make one change, if its condition holds."""
    table = tables.get_with_items(tx, context, change.table)
    size = 0
    if change.kind == "Put":
        place = item_keys.item_place(table, change.item)
        size = item_keys.checked_size(change.item, updated=False)
        item_keys.check_index_keys(table, change.item)
    else:
        place = item_keys.key_place(table, change.item)
    kept = item_store.find_item(tx, table.id, place)
    old = None if kept is None else kept.item
    if change.is_insert and old is not None:
        raise DuplicateItem("Duplicate primary key exists in table")
    if change.condition is not None and not _holds(change.condition, old):
        members = {"Item": old} if change.shows_old and old is not None else {}
        raise ConditionalCheckFailed("The conditional request failed", members=members)
    consumed = Consumed(change.table)
    match change.kind:
        case "Put":
            new: Item | None = change.item
        case "Update":
            new = _updated(table, change, old)
        case "Delete":
            new = None
        case _:
            consumed.table = capacity.write_units(0 if kept is None else kept.size)
            return Outcome(table, old, old, consumed)
    if change.kind == "Update" and new is not None:
        size = item_keys.checked_size(new, updated=True)
    put = None if new is None else Kept(place, new, size)
    store_change(tx, context, table, kept, put, consumed=consumed, now=now)
    return Outcome(table, old, new, consumed)


def store_change(
    tx: Tx,
    context: Context,
    table: Table,
    old: Kept | None,
    new: Kept | None,
    *,
    consumed: Consumed,
    now: float,
    expired: bool = False,
) -> None:
    """Put what is new in the place of what is old; no item at all is none of the two."""
    if table.recovers:
        one = new or old
        if one is not None:
            backup_store.add_history(tx, table.id, one.place, old, now)
    if new is not None:
        expires_at = expiry_of(table, new.item, now)
        item_store.put_item(tx, table.id, new, expires_at)
        if expires_at is not None:
            have_expired(tx, context, table, expires_at, now)
    elif old is not None:
        item_store.remove_item(tx, table.id, old.place)
    sizes = [one.size for one in (old, new) if one is not None]
    consumed.table += capacity.write_units(max(sizes, default=0))
    if table.indexes:
        store_entries(tx, table, old, new, consumed)
    if table.has_stream:
        before = None if old is None else old.item
        after = None if new is None else new.item
        if before != after:
            _add_record(tx, context, table, before, after, now=now, expired=expired)


def expiry_of(table: Table, item: Item, now: float) -> float | None:
    """When an item expires, if it does."""
    if not table.ttl_attribute:
        return None
    text = item.get(table.ttl_attribute, {}).get("N")
    if text is None:
        return None
    expires_at = float(text)
    return expires_at if now - _OLDEST_EXPIRY <= expires_at <= _LAST_EXPIRY else None


def have_expired(tx: Tx, context: Context, table: Table, expires_at: float, now: float) -> None:
    """Have the table looked at when an item expires, unless it is looked at before."""
    due = item_store.find_due(tx, table.id)
    if due is not None and due <= expires_at:
        return
    item_store.put_due(tx, table.id, expires_at)
    item_id = f"dynamodb/expire/{table.id}"
    if due is not None:
        queue.postpone(tx, item_id, max(now, expires_at))
        return
    owner = context.at(table.account, table.region)
    owner.enqueue(tx, item_id, "dynamodb.expire", {"table": table.id}, max(now, expires_at))


def _holds(condition: Condition, old: Item | None) -> bool:
    try:
        return condition.holds(old or {})
    except ExpressionRefused as refused:
        raise ValidationFailed(refused.message) from None


def _updated(table: Table, change: Change, old: Item | None) -> Item:
    before = dict(change.item) if old is None else old
    if change.update is None:
        return before
    try:
        new = change.update.applied(before, table.key_names)
    except ExpressionRefused as refused:
        raise ValidationFailed(refused.message) from None
    if table.indexes:
        item_keys.check_updated_index_keys(table, new, change.update.paths)
    return new


def _add_record(
    tx: Tx,
    context: Context,
    table: Table,
    old: Item | None,
    new: Item | None,
    *,
    now: float,
    expired: bool,
) -> None:
    stream = table.stream
    assert stream is not None
    keys = item_keys.key_of(table, new or old or {})
    shown = stream_records.images(stream.view_type, keys, old, new)
    name = stream_records.event_name(old, new)
    text, size = stream_records.written(name, shown, now, expired=expired)
    number, trimmed = stream_store.next_number(tx, stream.id)
    stream_store.add_record(tx, stream.id, number, text, size, now)
    if not trimmed:
        stream_store.put_trimmed(tx, stream.id, trimmed=True)
        owner = context.at(table.account, table.region)
        item_id = f"dynamodb/trim/{stream.id}/{number}"
        payload = {"stream": stream.id}
        owner.enqueue(tx, item_id, "dynamodb.trim", payload, now + STREAM_SECONDS)
    signals.announce(tx, f"dynamodb/{table.arn}/stream/{stream.label}")
