"""What a table has besides its items: expiry, backups that are always there, policies, insights."""

from dataclasses import replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import changes, store, tables
from lambent.services.dynamodb.api.tags import table_of
from lambent.services.dynamodb.errors import PolicyNotFound, ResourceNotFound, TableNotFound
from lambent.services.dynamodb.records import Table
from lambent.storage.database import Tx

_DAY = 86_400.0
_RECOVERY_DAYS = 35


async def update_time_to_live(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"""
    specification = params["TimeToLiveSpecification"]
    name, enabled = specification["AttributeName"], specification["Enabled"]

    def write(tx: Tx) -> None:
        table = tables.get_with_items(tx, context, params["TableName"])
        _check_expiry(table, name, enabled=enabled)
        attribute = name if enabled else ""
        table = store.put_table(tx, replace(table, ttl_attribute=attribute))
        item_id = f"dynamodb/date_items/{table.id}/{table.revision}"
        payload = {"table": table.id, "attribute": attribute}
        context.enqueue(tx, item_id, "dynamodb.date_items", payload)

    await context.db.write(write)
    return {"TimeToLiveSpecification": {"AttributeName": name, "Enabled": enabled}}


async def describe_time_to_live(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html"""
    table = await context.db.read(lambda tx: tables.get(tx, context, params["TableName"]))
    described = {"TimeToLiveStatus": "ENABLED" if table.ttl_attribute else "DISABLED"}
    if table.ttl_attribute:
        described["AttributeName"] = table.ttl_attribute
    return {"TimeToLiveDescription": described}


def _check_expiry(table: Table, name: str, *, enabled: bool) -> None:
    current = table.ttl_attribute
    if not enabled and not current:
        raise ValidationFailed("TimeToLive is already disabled")
    if enabled and current == name:
        raise ValidationFailed("TimeToLive is already enabled")
    if current and current != name:
        raise ValidationFailed(
            f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
        )


# Point in time recovery --------------------------------------------------------------------------


async def describe_continuous_backups(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html"""
    table = await context.db.read(lambda tx: _backed_up(tx, context, params))
    return _continuous_backups(table, context.clock.now())


async def update_continuous_backups(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html"""
    asked = params["PointInTimeRecoverySpecification"]
    now = context.clock.now()

    def write(tx: Tx) -> Table:
        table = _backed_up(tx, context, params)
        recovery = None
        item_id = f"dynamodb/forget/{table.id}"
        context.enqueue(tx, item_id, "dynamodb.forget", {"table": table.id}, now + _DAY)
        if asked["PointInTimeRecoveryEnabled"]:
            before = table.settings.get("PointInTimeRecovery") or {"since": now}
            days = asked.get("RecoveryPeriodInDays", _RECOVERY_DAYS)
            recovery = {**before, "days": days}
        return changes.change_settings(tx, table, PointInTimeRecovery=recovery)

    return _continuous_backups(await context.db.write(write), now)


def _backed_up(tx: Tx, context: Context, params: Params) -> Table:
    table = tables.find(tx, context, params["TableName"])
    if table is None:
        raise TableNotFound(f"Table not found: {params['TableName']}")
    return table


def _continuous_backups(table: Table, now: float) -> Reply:
    recovery = table.settings.get("PointInTimeRecovery")
    described: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if recovery is not None:
        described = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": recovery["days"],
            "EarliestRestorableDateTime": max(recovery["since"], now - recovery["days"] * _DAY),
            # AWS: five minutes ago.
            "LatestRestorableDateTime": max(recovery["since"], now - 300.0),
        }
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": described,
        }
    }


# Policies ----------------------------------------------------------------------------------------


async def put_resource_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html"""
    revision = new_uuid()

    def write(tx: Tx) -> None:
        table = table_of(tx, context, params["ResourceArn"])
        _check_revision(table, params)
        changes.change_settings(tx, table, ResourcePolicy=params["Policy"], PolicyRevision=revision)

    await context.db.write(write)
    return {"RevisionId": revision}


async def get_resource_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html"""
    table = await context.db.read(lambda tx: table_of(tx, context, params["ResourceArn"]))
    if not table.settings.get("ResourcePolicy"):
        raise _no_policy(params["ResourceArn"])
    return {
        "Policy": table.settings["ResourcePolicy"],
        "RevisionId": table.settings["PolicyRevision"],
    }


async def delete_resource_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html"""

    def write(tx: Tx) -> str | None:
        table = table_of(tx, context, params["ResourceArn"])
        _check_revision(table, params)
        revision: str | None = table.settings.get("PolicyRevision")
        changes.change_settings(tx, table, ResourcePolicy=None, PolicyRevision=None)
        return revision

    revision = await context.db.write(write)
    return {} if revision is None else {"RevisionId": revision}


def _check_revision(table: Table, params: Params) -> None:
    expected = params.get("ExpectedRevisionId")
    if expected is None:
        return
    current = table.settings.get("PolicyRevision", "NO_POLICY")
    if current != expected:
        raise _no_policy(params["ResourceArn"])


def _no_policy(arn: str) -> PolicyNotFound:
    return PolicyNotFound(f"Resource-based policy not found for the provided ResourceArn: {arn}")


# Insights and destinations -----------------------------------------------------------------------


async def describe_contributor_insights(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContributorInsights.html"""
    table = await context.db.read(lambda tx: tables.get(tx, context, params["TableName"]))
    index = params.get("IndexName", "")
    _check_index(table, index)
    enabled = table.settings.get("ContributorInsights", {}).get(index)
    reply: dict[str, Any] = {
        "TableName": table.name,
        "ContributorInsightsRuleList": [],
        "ContributorInsightsStatus": "DISABLED" if enabled is None else "ENABLED",
    }
    if enabled is not None:
        reply["LastUpdateDateTime"] = enabled
    return {**reply, "IndexName": index} if index else reply


async def update_contributor_insights(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html"""
    enable = params["ContributorInsightsAction"] == "ENABLE"
    index = params.get("IndexName", "")
    now = context.clock.now()

    def write(tx: Tx) -> Table:
        table = tables.get(tx, context, params["TableName"])
        _check_index(table, index)
        kept = dict(table.settings.get("ContributorInsights", {}))
        kept.pop(index, None)
        if enable:
            kept[index] = now
        return changes.change_settings(tx, table, ContributorInsights=kept)

    table = await context.db.write(write)
    reply = {
        "TableName": table.name,
        "ContributorInsightsStatus": "ENABLING" if enable else "DISABLING",
    }
    return {**reply, "IndexName": index} if index else reply


async def describe_kinesis_streaming_destination(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html"""
    table = await context.db.read(lambda tx: tables.get(tx, context, params["TableName"]))
    return {"TableName": table.name, "KinesisDataStreamDestinations": []}


async def describe_table_replica_auto_scaling(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTableReplicaAutoScaling.html"""
    table = await context.db.read(lambda tx: tables.get(tx, context, params["TableName"]))
    return {
        "TableAutoScalingDescription": {
            "TableName": table.name,
            "TableStatus": table.status,
            "Replicas": [],
        }
    }


def _check_index(table: Table, name: str) -> None:
    if name and all(index.name != name for index in table.indexes):
        raise ResourceNotFound(f"Requested resource not found: Table: {table.name} not found")
