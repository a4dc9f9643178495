"""Backups, and tables from them: of a moment that was chosen, or of any in the last days."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import (
    backup_store,
    changes,
    count_store,
    item_store,
    store,
    table_rules,
    tables,
)
from lambent.services.dynamodb.backup_store import Backup
from lambent.services.dynamodb.descriptions import key_schema
from lambent.services.dynamodb.errors import (
    InvalidRestoreTime,
    PointInTimeRecoveryUnavailable,
    TableAlreadyExists,
    TableNotFound,
)
from lambent.services.dynamodb.records import Index, Table
from lambent.storage.database import Tx

_PAGE = 100
_DAY = 86_400.0
# What a table has of its own, and one that is made of it does not get.
_NOT_RESTORED = (
    "ContributorInsights",
    "DeletionProtectionEnabled",
    "PointInTimeRecovery",
    "PolicyRevision",
    "ResourcePolicy",
    "RestoreSummary",
)
_ALL = 2**62
_OVERRIDES = ("BillingMode", "ProvisionedThroughput", "OnDemandThroughput", "SSESpecification")


async def create_backup(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html"""
    now = context.clock.now()
    backup_id = f"{int(now * 1000):014d}-{new_uuid()[:8]}"

    def write(tx: Tx) -> Backup:
        table = _table(tx, context, params["TableName"])
        items, size = count_store.count_items(tx, table.id, _ALL)
        described = {**changes.described(tx, table), "ItemCount": items}
        backup = Backup(
            table.account,
            table.region,
            table.name,
            backup_id,
            params["BackupName"],
            backup_store.add_copy(tx, table.id, now),
            described,
            table,
            size,
            now,
        )
        backup_store.add_backup(tx, backup)
        return backup

    backup = await context.db.write(write)
    # AWS: said while it is made; whoever asks next finds it AVAILABLE.
    return {"BackupDetails": _details(backup, "CREATING")}


async def describe_backup(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeBackup.html"""
    backup = await context.db.read(lambda tx: backup_store.get_backup(tx, params["BackupArn"]))
    return {"BackupDescription": _description(backup, "AVAILABLE")}


async def delete_backup(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteBackup.html"""

    def write(tx: Tx) -> Backup:
        backup = backup_store.get_backup(tx, params["BackupArn"])
        backup_store.remove_backup(tx, backup)
        item_id = f"dynamodb/remove_copy/{backup.copy}"
        context.enqueue(tx, item_id, "dynamodb.remove_copy", {"copy": backup.copy})
        return backup

    return {"BackupDescription": _description(await context.db.write(write), "DELETED")}


async def list_backups(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html"""
    limit = params.get("Limit", _PAGE)
    after = params.get("ExclusiveStartBackupArn", "").rsplit("/", 1)[-1]
    name = params.get("TableName", "").rsplit("/", 1)[-1]
    found = await context.db.read(
        lambda tx: backup_store.list_backups(
            tx, context.account, context.region, table_name=name, after=after, limit=limit + 1
        )
    )
    first, last = params.get("TimeRangeLowerBound", 0.0), params.get("TimeRangeUpperBound")
    reply: dict[str, Any] = {
        "BackupSummaries": [
            _summary(backup)
            for backup in found[:limit]
            if backup.created_at >= first and (last is None or backup.created_at < last)
        ]
    }
    if len(found) > limit:
        reply["LastEvaluatedBackupArn"] = found[limit - 1].arn
    return reply


async def restore_table_from_backup(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html"""

    def write(tx: Tx) -> dict[str, Any]:
        backup = backup_store.get_backup(tx, params["BackupArn"])
        summary = {
            "SourceBackupArn": backup.arn,
            "SourceTableArn": backup.table.arn,
            "RestoreDateTime": backup.created_at,
            "RestoreInProgress": False,
        }
        table = _restored(tx, context, backup.table, params, summary)
        item_store.copy_items(tx, backup.copy, table.id)
        return changes.described(tx, table)

    return {"TableDescription": await context.db.write(write)}


async def restore_table_to_point_in_time(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html"""
    now = context.clock.now()
    given = params.get("SourceTableArn") or params.get("SourceTableName")
    if given is None:
        raise ValidationFailed("One of SourceTableArn or SourceTableName must be provided")

    def write(tx: Tx) -> dict[str, Any]:
        source = _table(tx, context, given)
        at = _restore_time(source, params, now)
        summary = {
            "SourceTableArn": source.arn,
            "RestoreDateTime": at,
            "RestoreInProgress": False,
        }
        table = _restored(tx, context, source, params, summary)
        item_store.copy_items(tx, source.id, table.id)
        backup_store.turn_back(tx, source.id, table.id, at)
        return changes.described(tx, table)

    return {"TableDescription": await context.db.write(write)}


def _table(tx: Tx, context: Context, given: str) -> Table:
    table = tables.find(tx, context, given)
    if table is None or table.status != "ACTIVE":
        raise TableNotFound(f"Table not found: {given}")
    return table


def _restore_time(source: Table, params: Params, now: float) -> float:
    recovery = source.settings.get("PointInTimeRecovery")
    if recovery is None:
        raise PointInTimeRecoveryUnavailable(
            f"Point in time recovery is not enabled for table '{source.name}'"
        )
    at: float | None = params.get("RestoreDateTime")
    if at is None or params.get("UseLatestRestorableTime"):
        # AWS: five minutes ago at the latest; here there is nothing to wait for.
        return now
    if not max(recovery["since"], now - recovery["days"] * _DAY) <= at <= now:
        raise InvalidRestoreTime(
            "The RestoreDateTime must be between EarliestRestorableDateTime and"
            " LatestRestorableDateTime"
        )
    return at


def _restored(
    tx: Tx, context: Context, source: Table, params: Params, summary: dict[str, Any]
) -> Table:
    """A table of another name without items yet; its indexes are filled when it has some."""
    name = params["TargetTableName"]
    table_rules.check_name(name, "targetTableName")
    if tables.find(tx, context, name) is not None:
        raise TableAlreadyExists(f"Table already exists: {name}")
    settings = {key: value for key, value in source.settings.items() if key not in _NOT_RESTORED}
    for member in _OVERRIDES:
        if params.get(f"{member}Override") is not None:
            settings[member] = params[f"{member}Override"]
    if settings["BillingMode"] == "PAY_PER_REQUEST":
        settings.pop("ProvisionedThroughput", None)
    indexes = [
        replace(index, status="CREATING", backfilling=True)
        for index in source.indexes
        if _is_wanted(index, params)
    ]
    used = {*source.keys.names, *(name for index in indexes for name in index.keys.names)}
    table = store.add_table(
        tx,
        replace(
            source,
            account=context.account,
            region=context.region,
            name=name,
            uid=new_uuid(),
            status="CREATING",
            created_at=context.clock.now(),
            types={key: kind for key, kind in source.types.items() if key in used},
            indexes=tuple(indexes),
            stream=None,
            ttl_attribute="",
            settings={**settings, "RestoreSummary": summary},
        ),
    )
    changes.arrive_later(tx, context, table)
    return table


def _is_wanted(index: Index, params: Params) -> bool:
    """AWS: an override names the indexes that are to be there; it can only leave some out."""
    member = "GlobalSecondaryIndexOverride" if index.is_global else "LocalSecondaryIndexOverride"
    wanted: Sequence[Params] | None = params.get(member)
    return wanted is None or any(one["IndexName"] == index.name for one in wanted)


# What the API says of one ------------------------------------------------------------------------


def _details(backup: Backup, status: str) -> dict[str, Any]:
    return {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size,
        "BackupStatus": status,
        "BackupType": "USER",
        "BackupCreationDateTime": backup.created_at,
    }


def _description(backup: Backup, status: str) -> dict[str, Any]:
    table, described = backup.table, backup.description
    throughput = described["ProvisionedThroughput"]
    source = {
        "TableName": table.name,
        "TableId": table.uid,
        "TableArn": table.arn,
        "TableSizeBytes": backup.size,
        "KeySchema": key_schema(table.keys),
        "TableCreationDateTime": table.created_at,
        "ProvisionedThroughput": {
            name: throughput[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")
        },
        "ItemCount": described["ItemCount"],
        "BillingMode": table.settings["BillingMode"],
    }
    features: dict[str, Any] = {}
    for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        if member in described:
            features[member] = [_feature(index) for index in described[member]]
    if "StreamSpecification" in described:
        features["StreamDescription"] = described["StreamSpecification"]
    if table.ttl_attribute:
        features["TimeToLiveDescription"] = {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": table.ttl_attribute,
        }
    if "SSEDescription" in described:
        features["SSEDescription"] = described["SSEDescription"]
    return {
        "BackupDetails": _details(backup, status),
        "SourceTableDetails": source,
        "SourceTableFeatureDetails": features,
    }


def _feature(index: dict[str, Any]) -> dict[str, Any]:
    found = {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
    if "ProvisionedThroughput" in index:
        throughput = index["ProvisionedThroughput"]
        names = ("ReadCapacityUnits", "WriteCapacityUnits")
        found["ProvisionedThroughput"] = {name: throughput[name] for name in names}
    return found


def _summary(backup: Backup) -> dict[str, Any]:
    return {
        "TableName": backup.table_name,
        "TableId": backup.table.uid,
        "TableArn": backup.table.arn,
        **_details(backup, "AVAILABLE"),
    }
