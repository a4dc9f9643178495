"""
Keys of items: are they right, where does an item stand, what does an index have of it? Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from collections.abc import Iterator
from hashlib import blake2b

from lambent.core.errors import ValidationFailed
from lambent.languages.dynamodb_expressions import AttributeValue, Item, item_size, sort_bytes
from lambent.services.dynamodb.records import Index, Keys, Place, Table

_HASH_BYTES = 8
_PARTITION_LIMIT = 2_048
_SORT_LIMIT = 1_024
# 400 KB, names and values.
ITEM_LIMIT = 409_600

_WRONG = "The provided key element does not match the schema"
_INVALID = "One or more parameter values were invalid: "
_EMPTY = "One or more parameter values are not valid. "
_EMPTY_OF = {"S": "string", "B": "binary"}


def partition_bytes(value: AttributeValue) -> bytes:
    """A partition key after its hash, which spreads the keys of a table."""
    key = sort_bytes(value)
    return blake2b(key, digest_size=_HASH_BYTES).digest() + key


def place_of(keys: Keys, item: Item) -> Place:
    """Where an item whose keys are right stands."""
    return Place(
        partition_bytes(item[keys.partition]),
        b"" if keys.sort is None else sort_bytes(item[keys.sort]),
    )


def key_of(table: Table, item: Item) -> Item:
    return {name: item[name] for name in table.keys.names}


def item_place(table: Table, item: Item) -> Place:
    """Where an item that is put stands; refuses one whose keys are wrong."""
    for name in table.keys.names:
        value = item.get(name)
        if value is None:
            raise ValidationFailed(f"{_INVALID}Missing the key {name} in the item")
        given, wanted = _type_of(value), table.types[name]
        if given != wanted:
            raise ValidationFailed(
                f"{_INVALID}Type mismatch for key {name} expected: {wanted} actual: {given}"
            )
    return _checked_place(table, item)


def key_place(table: Table, key: Item) -> Place:
    """Where the item of a request's Key stands; refuses a key that is not the table's."""
    if len(key) != len(table.keys.names):
        # AWS: these words for too many as for too few.
        raise ValidationFailed(
            "The number of conditions on the keys is invalid" if not key else _WRONG
        )
    check_schema(table, table.keys, key)
    return _checked_place(table, key)


def check_schema(table: Table, keys: Keys, key: Item) -> None:
    """The key has each attribute, of the right type."""
    for name in keys.names:
        value = key.get(name)
        if value is None or _type_of(value) != table.types[name]:
            raise ValidationFailed(_WRONG)


def index_place(table: Table, index: Index, item: Item) -> Place | None:
    """Where an item stands in an index; None where it lacks a key, and so is not in it."""
    partition = item.get(index.keys.partition)
    if partition is None:
        return None
    sort = b""
    if index.keys.sort is not None:
        value = item.get(index.keys.sort)
        if value is None:
            return None
        sort = sort_bytes(value)
    return Place(partition_bytes(partition), sort)


def fits(table: Table, index: Index, item: Item) -> bool:
    """Whether what an item has of an index's keys can be such keys."""
    return all(
        _type_of(item[name]) == table.types[name] and bool(item[name][table.types[name]])
        for name in index.keys.names
        if name in item
    )


def check_index_keys(table: Table, item: Item) -> None:
    """Refuse an item whose attributes cannot be the keys that indexes make of them."""
    for index, name in _keys_of_indexes(table):
        value = item.get(name)
        if value is None:
            continue
        given, wanted = _type_of(value), table.types[name]
        if given != wanted:
            raise ValidationFailed(
                f"{_INVALID}Type mismatch for Index Key {name} Expected: {wanted}"
                f" Actual: {given} IndexName: {index.name}"
            )
        if not value[given]:
            raise ValidationFailed(
                f"{_EMPTY}A value specified for a secondary index key is not supported. The"
                f" AttributeValue for a key attribute cannot contain an empty {_EMPTY_OF[given]}"
                f" value. IndexName: {index.name}, IndexKey: {name}"
            )
        if len(sort_bytes(value)) > _limit_of(index.keys, name):
            raise ValidationFailed(f"{_INVALID}{_too_long(index.keys, name)}")


def check_updated_index_keys(table: Table, item: Item, names: frozenset[str]) -> None:
    """The same of an update: those attributes that it does not name are right already."""
    what = "The update expression attempted to update"
    for index, name in _keys_of_indexes(table):
        value = item.get(name) if name in names else None
        if value is None:
            continue
        given = _type_of(value)
        if given != table.types[name]:
            raise ValidationFailed(f"{what} the secondary index key to unsupported type")
        if not value[given]:
            raise ValidationFailed(
                f"{_EMPTY}{what} a secondary index key to a value that is not supported. The"
                f" AttributeValue for a key attribute cannot contain an empty {_EMPTY_OF[given]}"
                " value."
            )
        if len(sort_bytes(value)) > _limit_of(index.keys, name):
            raise ValidationFailed(f"{what} the secondary index key beyond allowed size limits")


def checked_size(item: Item, *, updated: bool) -> int:
    size = item_size(item)
    if size > ITEM_LIMIT:
        what = "Item size to update" if updated else "Item size"
        raise ValidationFailed(f"{what} has exceeded the maximum allowed size")
    return size


def projected(table: Table, index: Index, item: Item) -> Item:
    """What an index has of an item."""
    if index.projection == "ALL":
        return item
    names = {*table.keys.names, *index.keys.names, *index.non_key_attributes}
    return {name: value for name, value in item.items() if name in names}


def _checked_place(table: Table, item: Item) -> Place:
    for name in table.keys.names:
        kind = table.types[name]
        if not item[name][kind]:
            raise ValidationFailed(
                f"{_EMPTY}The AttributeValue for a key attribute cannot contain an empty"
                f" {_EMPTY_OF[kind]} value. Key: {name}"
            )
    place = place_of(table.keys, item)
    if len(place.partition) - _HASH_BYTES > _PARTITION_LIMIT:
        raise ValidationFailed(f"{_INVALID}{_too_long(table.keys, table.keys.partition)}")
    if len(place.sort) > _SORT_LIMIT:
        raise ValidationFailed(f"{_INVALID}{_too_long(table.keys, table.keys.sort or '')}")
    return place


def _keys_of_indexes(table: Table) -> Iterator[tuple[Index, str]]:
    for index in table.indexes:
        for name in index.keys.names:
            if name not in table.key_names:
                yield index, name


def _limit_of(keys: Keys, name: str) -> int:
    return _PARTITION_LIMIT if name == keys.partition else _SORT_LIMIT


def _too_long(keys: Keys, name: str) -> str:
    if name == keys.partition:
        # AWS: without the space.
        return f"Size of hashkey has exceeded the maximum size limit of{_PARTITION_LIMIT} bytes"
    return f"Aggregated size of all range keys has exceeded the size limit of {_SORT_LIMIT} bytes"


def _type_of(value: AttributeValue) -> str:
    return next(iter(value))
