"""One item at a time."""

from functools import partial
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import (
    capacity,
    item_keys,
    item_store,
    metrics,
    requests,
    tables,
    writing,
)
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.errors import ConditionalCheckFailed
from lambent.services.dynamodb.records import Kept, Table
from lambent.services.dynamodb.writing import Change, Outcome
from lambent.storage.database import Tx

Json = dict[str, Any]


async def put_item(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"""
    with requests.counting():
        change = requests.put_change(params)
    return await _reply(context, change, params)


async def delete_item(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html"""
    with requests.counting():
        change = requests.delete_change(params)
    return await _reply(context, change, params)


async def update_item(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    with requests.counting():
        change = requests.update_change(params)
    return await _reply(context, change, params)


async def get_item(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    wanted = requests.read_projection(params)
    key = requests.read_key(params["Key"])

    def read(tx: Tx) -> tuple[Table, Kept | None]:
        table = tables.get_with_items(tx, context, params["TableName"])
        return table, item_store.find_item(tx, table.id, item_keys.key_place(table, key))

    table, kept = await context.db.read(read)
    consistent = bool(params.get("ConsistentRead"))
    consumed = Consumed(
        params["TableName"], capacity.read_units(kept.size if kept else 0, consistent=consistent)
    )
    metrics.count_read(context, table, consumed)
    reply: Json = {}
    if kept is not None:
        reply["Item"] = kept.item if wanted is None else wanted.of(kept.item)
    return capacity.with_capacity(reply, consumed, params)


async def _reply(context: Context, change: Change, params: Params) -> Reply:
    outcome = await _carried_out(context, change)
    reply: Json = {}
    attributes = returned(change, outcome, params.get("ReturnValues", "NONE"))
    if attributes:
        reply["Attributes"] = attributes
    return _written(reply, outcome, params)


async def _carried_out(context: Context, change: Change) -> Outcome:
    now = context.clock.now()
    try:
        outcome = await context.db.write(
            partial(writing.carry_out, context=context, change=change, now=now)
        )
    except ConditionalCheckFailed:
        metrics.count_failed_check(context, change.table)
        raise
    metrics.count_written(context, outcome.table, outcome.consumed)
    return outcome


def returned(change: Change, outcome: Outcome, which: str) -> Json | None:
    match which:
        case "ALL_OLD":
            return outcome.old
        case "ALL_NEW":
            return outcome.new
        case "UPDATED_OLD" if change.update is not None:
            return None if outcome.old is None else change.update.of_changed(outcome.old)
        case "UPDATED_NEW" if change.update is not None:
            return None if outcome.new is None else change.update.of_changed(outcome.new)
    return None


def _written(reply: Json, outcome: Outcome, params: Params) -> Json:
    if params.get("ReturnItemCollectionMetrics") == "SIZE" and outcome.table.has_local_indexes:
        item = outcome.new or outcome.old
        if item is not None:
            reply["ItemCollectionMetrics"] = collection_metrics(outcome.table, item)
    return capacity.with_capacity(reply, outcome.consumed, params)


def collection_metrics(table: Table, item: Json) -> Json:
    """AWS: a rough estimate, in gigabytes. Here: less than one."""
    partition = table.keys.partition
    return {
        "ItemCollectionKey": {partition: item[partition]},
        "SizeEstimateRangeGB": [0.0, 1.0],
    }
