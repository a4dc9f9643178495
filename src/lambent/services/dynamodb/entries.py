"""Entries of items in the indexes of their table, as a change of an item moves them."""

from lambent.languages.dynamodb_expressions import Item, item_size
from lambent.services.dynamodb import capacity, item_keys, item_store
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.records import Index, Kept, Place, Table
from lambent.storage.database import Tx


def store_entries(
    tx: Tx, table: Table, old: Kept | None, new: Kept | None, consumed: Consumed
) -> None:
    """Have every index know of an item what it is to know; count what that takes."""
    for index in table.indexes:
        units = _store_entry(tx, table, index, old, new)
        if units:
            consumed.add_index(index.name, units, is_global=index.is_global)


def put_entry(tx: Tx, table: Table, index: Index, at: Place, kept: Kept) -> int:
    """The bytes of what the index has of an item."""
    size = _size(table, index, kept)
    item_store.put_entry(tx, table.id, index.number, at, kept.place, size)
    return size


def _store_entry(tx: Tx, table: Table, index: Index, old: Kept | None, new: Kept | None) -> float:
    if old is not None and new is not None and _same_keys(index, old.item, new.item):
        return _store_same(tx, table, index, old, new)
    units = 0.0
    if old is not None:
        before = item_keys.index_place(table, index, old.item)
        if before is not None:
            item_store.remove_entry(tx, table.id, index.number, before, old.place)
            units += capacity.write_units(_size(table, index, old))
    if new is not None:
        after = item_keys.index_place(table, index, new.item)
        if after is not None:
            units += capacity.write_units(put_entry(tx, table, index, after, new))
    return units


def _store_same(tx: Tx, table: Table, index: Index, old: Kept, new: Kept) -> float:
    """The entry stays where it is, and is written only if it says something else."""
    shown = item_keys.projected(table, index, new.item)
    if shown == item_keys.projected(table, index, old.item):
        return 0.0
    size, before = _size(table, index, new), _size(table, index, old)
    if size != before:
        at = item_keys.index_place(table, index, new.item)
        if at is not None:
            item_store.put_entry(tx, table.id, index.number, at, new.place, size)
    is_there = all(name in new.item for name in index.keys.names)
    return capacity.write_units(max(size, before)) if is_there else 0.0


def _same_keys(index: Index, old: Item, new: Item) -> bool:
    return all(old.get(name) == new.get(name) for name in index.keys.names)


def _size(table: Table, index: Index, kept: Kept) -> int:
    if index.projection == "ALL":
        return kept.size
    return item_size(item_keys.projected(table, index, kept.item))
