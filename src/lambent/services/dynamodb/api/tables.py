"""Tables."""

from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.errors import NotSupported, ValidationFailed
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import changes, counting, store, table_rules, tables
from lambent.services.dynamodb.api.tags import check_tags, tags_of
from lambent.services.dynamodb.descriptions import stream_arn
from lambent.services.dynamodb.errors import LimitExceeded, ResourceInUse
from lambent.services.dynamodb.records import Table
from lambent.services.dynamodb.table_updates import check_changeable, updated_table
from lambent.storage.database import Tx

_PAGE = 100
_LIMIT = 2_500


async def create_table(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html"""
    _check_supported(params)
    now = context.clock.now()
    new = table_rules.new_table(params, context.account, context.region, new_uuid(), now)
    view = table_rules.check_stream(params.get("StreamSpecification") or {})
    tags = tags_of(params.get("Tags") or ())
    check_tags(tags)
    if params.get("ResourcePolicy"):
        policy = {"ResourcePolicy": params["ResourcePolicy"], "PolicyRevision": new_uuid()}
        new = replace(new, settings={**new.settings, **policy})

    def write(tx: Tx) -> dict[str, Any]:
        if tables.find(tx, context, new.name) is not None:
            raise ResourceInUse(f"Table already exists: {new.name}")
        if store.count_tables(tx, context.account, context.region) >= _LIMIT:
            raise LimitExceeded(
                f"Subscriber limit exceeded: There is a limit of {_LIMIT} tables per subscriber"
            )
        table = new if view is None else changes.start_stream(tx, new, view, now)
        table = store.add_table(tx, table)
        store.put_tags(tx, table.id, tags)
        changes.arrive_later(tx, context, table)
        return changes.described(tx, table)

    return {"TableDescription": await context.db.write(write)}


async def describe_table(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html"""

    now = context.clock.now()

    def read(tx: Tx) -> tuple[Table, dict[str, Any], bool]:
        table = tables.get(tx, context, params["TableName"])
        described = changes.described(tx, table)
        items = described["ItemCount"]
        return table, described, counting.is_out_of_date(tx, table, items, now)

    table, described, is_out_of_date = await context.db.read(read)
    if is_out_of_date:
        await context.db.write(partial(counting.count_later, context=context, table=table))
    return {"Table": described}


async def list_tables(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html"""
    limit = params.get("Limit", _PAGE)
    names = await context.db.read(
        partial(
            store.list_names,
            account=context.account,
            region=context.region,
            after=params.get("ExclusiveStartTableName", ""),
            limit=limit + 1,
        )
    )
    reply: dict[str, Any] = {"TableNames": names[:limit]}
    if len(names) > limit:
        reply["LastEvaluatedTableName"] = names[limit - 1]
    return reply


async def update_table(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    _check_supported(params)
    now = context.clock.now()

    def write(tx: Tx) -> dict[str, Any]:
        table = tables.get(tx, context, params["TableName"])
        table = updated_table(table, params, now)
        if params.get("StreamSpecification"):
            table = _with_stream(tx, context, table, params["StreamSpecification"], now)
        table = store.put_table(tx, table)
        changes.arrive_later(tx, context, table)
        return changes.described(tx, table)

    return {"TableDescription": await context.db.write(write)}


async def delete_table(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html"""
    now = context.clock.now()

    def write(tx: Tx) -> dict[str, Any]:
        table = tables.get(tx, context, params["TableName"])
        check_changeable(table)
        if table.settings.get("DeletionProtectionEnabled"):
            raise ValidationFailed(
                "Resource cannot be deleted as it is currently protected against deletion."
                " Disable deletion protection first."
            )
        table = changes.end_stream(tx, context, table, now)
        table = store.put_table(tx, replace(table, status="DELETING"))
        item_id = f"dynamodb/remove/{table.id}"
        context.enqueue(tx, item_id, "dynamodb.remove", {"table": table.id})
        described = changes.described(tx, table)
        # AWS: the keys and times of a table that goes are not told any more.
        for member in ("AttributeDefinitions", "KeySchema", "CreationDateTime", "WarmThroughput"):
            described.pop(member, None)
        return described

    return {"TableDescription": await context.db.write(write)}


async def describe_limits(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html"""
    return {
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    }


async def describe_endpoints(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html"""
    host = context.request.get("host") or context.settings.endpoint_url.partition("//")[2]
    return {"Endpoints": [{"Address": host, "CachePeriodInMinutes": 1440}]}


def _with_stream(
    tx: Tx, context: Context, table: Table, specification: Params, now: float
) -> Table:
    view = table_rules.check_stream(specification)
    if view is None:
        if not table.has_stream:
            raise ValidationFailed("Table does not have a stream to disable")
        return changes.end_stream(tx, context, table, now)
    if table.has_stream:
        raise ValidationFailed(
            f"Table already has an enabled stream: TableName: {table.name}, StreamArn:"
            f" {stream_arn(table)}"
        )
    return changes.start_stream(tx, table, view, now)


def _check_supported(params: Params) -> None:
    words = table_rules.not_supported(params)
    if words is None and params.get("ReplicaUpdates"):
        words = "global tables"
    if words is None and params.get("GlobalTableWitnessUpdates"):
        words = "global tables"
    if words is not None:
        raise NotSupported(f"Lambent does not support {words} of DynamoDB.")
