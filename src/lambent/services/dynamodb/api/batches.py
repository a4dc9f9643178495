"""Many items of several tables in a request, each for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.languages.dynamodb_expressions import Item, Projection
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import capacity, item_keys, item_store, metrics, requests, tables
from lambent.services.dynamodb.api.items import collection_metrics
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.records import Place, Table
from lambent.services.dynamodb.writing import Change, Outcome, carry_out
from lambent.storage.database import Tx

_READ_LIMIT = 100
_WRITE_LIMIT = 25
_REPLY_LIMIT = 16 * 1024 * 1024


async def batch_get_item(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
    asked = {name: _read_of(each) for name, each in params["RequestItems"].items()}
    if sum(len(each.keys) for each in asked.values()) > _READ_LIMIT:
        raise ValidationFailed("Too many items requested for the BatchGetItem call")
    found = await context.db.read(lambda tx: _read_all(tx, context, asked))
    reply: dict[str, Any] = {
        "Responses": {name: each.items for name, each in found.items()},
        "UnprocessedKeys": {
            name: {**params["RequestItems"][name], "Keys": each.left}
            for name, each in found.items()
            if each.left
        },
    }
    for each in found.values():
        metrics.count_read(context, each.table, each.consumed)
    return _with_capacities(reply, [each.consumed for each in found.values()], params)


@dataclass(frozen=True, slots=True)
class _Read:
    """What is asked of one table: keys as they were given, and as they are understood."""

    given: Sequence[Params]
    keys: Sequence[Item]
    wanted: Projection | None
    consistent: bool


def _read_of(asked: Params) -> _Read:
    given = asked["Keys"]
    return _Read(
        given,
        [requests.read_key(key) for key in given],
        requests.read_projection(asked),
        bool(asked.get("ConsistentRead")),
    )


@dataclass(slots=True)
class _Found:
    """What there is of one table: items, and the keys for which the reply had no room."""

    table: Table
    consumed: Consumed
    items: list[Item] = field(default_factory=list)
    left: list[Params] = field(default_factory=list)


def _read_all(tx: Tx, context: Context, asked: Mapping[str, _Read]) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    room = _REPLY_LIMIT
    for name, each in asked.items():
        table = tables.get_with_items(tx, context, name)
        of_table = found[name] = _Found(table, Consumed(name))
        seen: set[Place] = set()
        for given, key in zip(each.given, each.keys, strict=True):
            place = item_keys.key_place(table, key)
            if place in seen:
                raise ValidationFailed("Provided list of item keys contains duplicates")
            seen.add(place)
            if room <= 0:
                of_table.left.append(given)
                continue
            kept = item_store.find_item(tx, table.id, place)
            size = 0 if kept is None else kept.size
            room -= size
            if room < 0:
                room = 0
                of_table.left.append(given)
                continue
            of_table.consumed.table += capacity.read_units(size, consistent=each.consistent)
            if kept is not None:
                of_table.items.append(
                    kept.item if each.wanted is None else each.wanted.of(kept.item)
                )
    return found


async def batch_write_item(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    asked = [
        (name, _change(name, request))
        for name, each in params["RequestItems"].items()
        for request in each
    ]
    if len(asked) > _WRITE_LIMIT:
        raise ValidationFailed("Too many items requested for the BatchWriteItem call")
    now = context.clock.now()

    def write(tx: Tx) -> list[tuple[str, Outcome]]:
        _check_distinct(tx, context, [change for _, change in asked])
        return [(name, carry_out(tx, context, change, now)) for name, change in asked]

    outcomes = await context.db.write(write)
    consumed: dict[str, Consumed] = {}
    collections: dict[str, list[Any]] = {}
    for name, outcome in outcomes:
        consumed.setdefault(name, Consumed(name)).add(outcome.consumed)
        metrics.count_written(context, outcome.table, outcome.consumed)
        item = outcome.new or outcome.old
        if item is not None and outcome.table.has_local_indexes:
            collections.setdefault(name, []).append(collection_metrics(outcome.table, item))
    reply: dict[str, Any] = {"UnprocessedItems": {}}
    if params.get("ReturnItemCollectionMetrics") == "SIZE" and collections:
        reply["ItemCollectionMetrics"] = collections
    return _with_capacities(reply, list(consumed.values()), params)


def _change(name: str, request: Params) -> Change:
    put, delete = request.get("PutRequest"), request.get("DeleteRequest")
    if (put is None) == (delete is None):
        raise ValidationFailed(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of"
            " the supported datatypes"
            if put is not None
            else "Supplied WriteRequest is empty, must contain exactly one of PutRequest or"
            " DeleteRequest"
        )
    if put is not None:
        return Change("Put", name, requests.read_key(put["Item"]))
    assert delete is not None
    return Change("Delete", name, requests.read_key(delete["Key"]))


def _check_distinct(tx: Tx, context: Context, asked: list[Change]) -> None:
    seen: set[tuple[int, Place]] = set()
    for change in asked:
        table = tables.get_with_items(tx, context, change.table)
        check = item_keys.item_place if change.kind == "Put" else item_keys.key_place
        place = table.id, check(table, change.item)
        if place in seen:
            raise ValidationFailed("Provided list of item keys contains duplicates")
        seen.add(place)


def _with_capacities(reply: dict[str, Any], consumed: list[Consumed], params: Params) -> Reply:
    said = [capacity.reply_of(each, params.get("ReturnConsumedCapacity")) for each in consumed]
    if any(said):
        reply["ConsumedCapacity"] = said
    return reply
