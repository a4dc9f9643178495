"""
What Query and Scan ask for: which index, which attributes, from where. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.languages.dynamodb_expressions import (
    AttributeValue,
    Condition,
    Item,
    KeyCondition,
    Placeholders,
    Projection,
    SortCondition,
    key_condition,
    legacy,
    sort_bytes,
)
from lambent.services.dynamodb import item_keys, pages, requests
from lambent.services.dynamodb.item_store import END, Span
from lambent.services.dynamodb.records import Index, Keys, Place, Table

Params = Mapping[str, Any]

_START = "The provided starting key is invalid"
_KEY_MISMATCH = "The provided key element does not match the schema"


@dataclass(frozen=True, slots=True)
class Selection:
    """
    `shown` gives what of an item the reply has; None where only counts are wanted.

    `fetches` says that a local index is asked for what it does not have.
    """

    index: Index | None
    span: Span
    keeps: Condition | None
    shown: Callable[[Item], Item] | None
    fetches: bool


def query_selection(table: Table, params: Params) -> Selection:
    index = _index(table, params)
    keys = table.keys if index is None else index.keys
    with requests.refusing():
        placeholders = requests.placeholders_of(params)
        asked = _key_condition(params, placeholders, keys)
        keeps = requests.filter_in(params, placeholders)
        wanted = requests.projection_in(params, placeholders)
        placeholders.check_all_used()
    _check_filter(keeps, keys)
    if index is not None and keeps is not None:
        check_projected(table, index, keeps)
    _check_key_values(table, keys, asked)
    partition = item_keys.partition_bytes(asked.partition)
    low, high = _range(asked.sort)
    span = Span(
        partition=partition,
        low=low,
        high=high,
        forward=bool(params.get("ScanIndexForward", True)),
        after=_query_start(table, index, params, asked),
    )
    shown, fetches = _shown(table, index, params, wanted)
    return Selection(index, span, keeps, shown, fetches)


def scan_selection(table: Table, params: Params) -> Selection:
    index = _index(table, params)
    with requests.refusing():
        placeholders = requests.placeholders_of(params)
        keeps = requests.filter_in(params, placeholders)
        wanted = requests.projection_in(params, placeholders)
        placeholders.check_all_used()
    first, last = _segment(params)
    after: tuple[bytes, ...] = ()
    if params.get("ExclusiveStartKey") is not None:
        start = _scan_start_key(table, index, params)
        after = _start_bytes(table, index, start)
        if not first <= after[0] < last:
            raise ValidationFailed(
                f"{_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct"
                f" Segment. TotalSegments: {params['TotalSegments']} Segment: {params['Segment']}"
            )
    shown, fetches = _shown(table, index, params, wanted)
    seen = seen_by(table, index, keeps)
    return Selection(index, Span(first, last, after=after), seen, shown, fetches)


def last_key(table: Table, index: Index | None, item: Item) -> Item:
    """LastEvaluatedKey: the item's key, and that which it has in the index."""
    names = table.keys.names if index is None else (*table.keys.names, *index.keys.names)
    return {name: item[name] for name in names}


def _index(table: Table, params: Params) -> Index | None:
    name = params.get("IndexName")
    if name is None:
        if params.get("Select") == "ALL_PROJECTED_ATTRIBUTES":
            raise ValidationFailed(
                "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
            )
        return None
    for index in table.indexes:
        if index.name == name and index.status != "DELETING":
            break
    else:
        raise ValidationFailed(f"The table does not have the specified index: {name}")
    if index.backfilling:
        raise ValidationFailed(f"Cannot read from backfilling global secondary index: {name}")
    if index.is_global and params.get("ConsistentRead"):
        raise ValidationFailed("Consistent reads are not supported on global secondary indexes")
    return index


# Attributes --------------------------------------------------------------------------------------


def _shown(
    table: Table, index: Index | None, params: Params, wanted: Projection | None
) -> tuple[Callable[[Item], Item] | None, bool]:
    """What of each item is given, and whether a local index has to ask the table for it."""
    select = params.get("Select")
    member = "ProjectionExpression" if params.get("ProjectionExpression") else "AttributesToGet"
    if wanted is not None:
        if select == "COUNT":
            raise ValidationFailed(
                f"Cannot specify the {member} when choosing to get only the Count"
            )
        if select not in (None, "SPECIFIC_ATTRIBUTES"):
            raise ValidationFailed(f"Cannot specify the {member} when choosing to get {select}")
        missing = [] if index is None else not_projected(table, index, sorted(wanted.paths))
        if missing and index is not None and index.is_global:
            raise ValidationFailed(
                "One or more parameter values were invalid: Global secondary index"
                f" {index.name} does not project [{', '.join(missing)}]"
            )
        return wanted.of, bool(missing)
    if select == "SPECIFIC_ATTRIBUTES":
        raise ValidationFailed(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get"
            " SPECIFIC_ATTRIBUTES"
        )
    if select == "COUNT":
        return None, False
    if index is None or index.projection == "ALL":
        return _whole, False
    if select == "ALL_ATTRIBUTES":
        if index.is_global:
            raise ValidationFailed(
                "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not"
                f" supported for global secondary index {index.name} because its projection type"
                " is not ALL"
            )
        return _whole, True
    return lambda item: item_keys.projected(table, index, item), False


def _whole(item: Item) -> Item:
    return item


def not_projected(table: Table, index: Index, names: Iterable[str]) -> list[str]:
    """Those that the index does not have."""
    if index.projection == "ALL":
        return []
    has = {*table.keys.names, *index.keys.names, *index.non_key_attributes}
    return [name for name in names if name not in has]


def check_projected(table: Table, index: Index, keeps: Condition) -> None:
    """Of a Query, whose filter may name only what the index has."""
    missing = not_projected(table, index, sorted(keeps.paths))
    if missing:
        raise ValidationFailed(
            "One or more parameter values were invalid: Secondary index"
            f" {index.name} does not project one or more filter attributes: [{', '.join(missing)}]"
        )


def seen_by(table: Table, index: Index | None, condition: Condition | None) -> Condition | None:
    """The condition on what the index has of an item."""
    if condition is None or index is None or index.projection == "ALL":
        return condition
    return replace(
        condition,
        holds=lambda item: condition.holds(item_keys.projected(table, index, item)),
    )


def _check_filter(keeps: Condition | None, keys: Keys) -> None:
    for name in keys.names if keeps is not None else ():
        if keeps is not None and name in keeps.paths:
            raise ValidationFailed(
                "Filter Expression can only contain non-primary key attributes: Primary key"
                f" attribute: {name}"
            )


# Keys --------------------------------------------------------------------------------------------


def _key_condition(params: Params, placeholders: Placeholders, keys: Keys) -> KeyCondition:
    text = params.get("KeyConditionExpression")
    if text is not None:
        return key_condition(text, placeholders, keys.partition, keys.sort)
    if params.get("KeyConditions") is None:
        raise ValidationFailed(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the"
            " request."
        )
    return legacy.key_conditions(params["KeyConditions"], keys.partition, keys.sort)


def _check_key_values(table: Table, keys: Keys, asked: KeyCondition) -> None:
    _check_key_value(table, keys.partition, asked.partition)
    if asked.sort is not None and keys.sort is not None:
        for operand in asked.sort.operands:
            _check_key_value(table, keys.sort, operand, may_be_empty=asked.sort.operator != "=")


def _check_key_value(
    table: Table, name: str, value: AttributeValue, *, may_be_empty: bool = False
) -> None:
    [(kind, inner)] = value.items()
    if kind != table.types[name]:
        raise ValidationFailed(
            "One or more parameter values were invalid: Condition parameter type does not match"
            " schema type"
        )
    if not inner and not may_be_empty:
        what = "string" if kind == "S" else "binary"
        raise ValidationFailed(
            "One or more parameter values are not valid. The AttributeValue for a key attribute"
            f" cannot contain an empty {what} value. Key: {name}"
        )


def _range(sort: SortCondition | None) -> tuple[bytes, bytes]:
    """The sort keys from the first on and before the second."""
    if sort is None:
        return b"", END
    low = sort_bytes(sort.operands[0])
    match sort.operator:
        case "=":
            return low, _next(low)
        case "<":
            return b"", low
        case "<=":
            return b"", _next(low)
        case ">":
            return _next(low), END
        case ">=":
            return low, END
        case "BETWEEN":
            return low, _next(sort_bytes(sort.operands[1]))
        case _:
            return low, _after_prefix(low)


def _next(key: bytes) -> bytes:
    """The first key after a key."""
    return key + b"\0"


def _after_prefix(prefix: bytes) -> bytes:
    """The first key after all that begin so."""
    rest = prefix.rstrip(b"\xff")
    return rest[:-1] + bytes([rest[-1] + 1]) if rest else END


# Where to go on ----------------------------------------------------------------------------------


def _query_start(
    table: Table, index: Index | None, params: Params, asked: KeyCondition
) -> tuple[bytes, ...]:
    if params.get("ExclusiveStartKey") is None:
        return ()
    start = _start_key(table, index, params)
    keys = table.keys if index is None else index.keys
    after = _start_bytes(table, index, start)
    if after[0] != item_keys.partition_bytes(asked.partition):
        raise ValidationFailed(
            "The provided starting key is outside query boundaries based on provided conditions"
        )
    low, high = _range(asked.sort)
    if keys.sort is not None and not low <= after[1] < high:
        raise ValidationFailed("The provided starting key does not match the range key predicate")
    return after


def _start_key(table: Table, index: Index | None, params: Params) -> Item:
    start = requests.read_key(params["ExclusiveStartKey"])
    own = table.keys if index is None else index.keys
    if len(start) != len({*table.keys.names, *own.names}) or not set(own.names) <= set(start):
        raise ValidationFailed(_START)
    item_keys.check_schema(table, own, start)
    try:
        item_keys.check_schema(table, table.keys, start)
    except ValidationFailed:
        raise ValidationFailed(f"{_START}: {_KEY_MISMATCH}") from None
    return start


def _scan_start_key(table: Table, index: Index | None, params: Params) -> Item:
    try:
        return _start_key(table, index, params)
    except ValidationFailed:
        if index is not None:
            raise
        # AWS: of a table, in other words than a query says it.
        raise ValidationFailed(f"{_START}: {_KEY_MISMATCH}") from None


def _start_bytes(table: Table, index: Index | None, start: Item) -> tuple[bytes, ...]:
    place: Place = item_keys.place_of(table.keys, start)
    return pages.place_bytes(table, index, start, place)


def _segment(params: Params) -> tuple[bytes, bytes]:
    """The partitions of a segment: its share of the hashes."""
    segment, total = params.get("Segment"), params.get("TotalSegments")
    if total is None:
        if segment is not None:
            raise ValidationFailed(
                "The TotalSegments parameter is required but was not present in the request when"
                " Segment parameter is present"
            )
        return b"", END
    if segment is None:
        raise ValidationFailed(
            "The Segment parameter is required but was not present in the request when parameter"
            " TotalSegments is present"
        )
    if segment >= total:
        raise ValidationFailed(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments:"
            f" Segment: {segment} is not less than TotalSegments: {total}"
        )
    return _share(segment, total), _share(segment + 1, total)


def _share(segment: int, total: int) -> bytes:
    return END if segment == total else (2**64 * segment // total).to_bytes(8)
