"""Tables as the API describes them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lambent.services.dynamodb.records import Index, Keys, Table

Json = dict[str, Any]

# AWS: what an on-demand table can do at once.
_WARM_READS, _WARM_WRITES = 12_000, 4_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Items and bytes, of the table and of each index by its number."""

    items: int = 0
    size: int = 0
    indexes: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def table_description(table: Table, counts: Counts) -> Json:
    settings = table.settings
    described: Json = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in table.types.items()
        ],
        "TableName": table.name,
        "KeySchema": key_schema(table.keys),
        "TableStatus": table.status,
        "CreationDateTime": table.created_at,
        "ProvisionedThroughput": _throughput(settings),
        "TableSizeBytes": counts.size,
        "ItemCount": counts.items,
        "TableArn": table.arn,
        "TableId": table.uid,
        "DeletionProtectionEnabled": bool(settings.get("DeletionProtectionEnabled")),
        "WarmThroughput": _warm(settings),
    }
    if table.pays_per_request or "PaidPerRequestSince" in settings:
        described["BillingModeSummary"] = {
            "BillingMode": settings["BillingMode"],
            "LastUpdateToPayPerRequestDateTime": settings.get(
                "PaidPerRequestSince", table.created_at
            ),
        }
    for member, is_global in (("LocalSecondaryIndexes", False), ("GlobalSecondaryIndexes", True)):
        indexes = [
            _index_description(table, index, counts)
            for index in table.indexes
            if index.is_global == is_global
        ]
        if indexes:
            described[member] = indexes
    _describe_stream(described, table)
    _describe_settings(described, table)
    return described


def key_schema(keys: Keys) -> list[Json]:
    roles = ("HASH", "RANGE")
    return [
        {"AttributeName": name, "KeyType": role}
        for name, role in zip(keys.names, roles, strict=False)
    ]


def index_arn(table: Table, index: Index) -> str:
    return f"{table.arn}/index/{index.name}"


def stream_arn(table: Table) -> str | None:
    return None if table.stream is None else f"{table.arn}/stream/{table.stream.label}"


def _index_description(table: Table, index: Index, counts: Counts) -> Json:
    items, size = counts.indexes.get(index.number, (0, 0))
    projection: Json = {"ProjectionType": index.projection}
    if index.non_key_attributes:
        projection["NonKeyAttributes"] = list(index.non_key_attributes)
    described: Json = {
        "IndexName": index.name,
        "KeySchema": key_schema(index.keys),
        "Projection": projection,
        "IndexSizeBytes": size,
        "ItemCount": items,
        "IndexArn": index_arn(table, index),
    }
    if not index.is_global:
        return described
    described["IndexStatus"] = index.status
    if index.backfilling:
        described["Backfilling"] = True
    described["ProvisionedThroughput"] = _throughput(index.settings)
    described["WarmThroughput"] = _warm({**table.settings, **index.settings})
    if index.settings.get("OnDemandThroughput"):
        described["OnDemandThroughput"] = index.settings["OnDemandThroughput"]
    return described


def _throughput(settings: Mapping[str, Any]) -> Json:
    asked = settings.get("ProvisionedThroughput") or {}
    described: Json = {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": asked.get("ReadCapacityUnits", 0),
        "WriteCapacityUnits": asked.get("WriteCapacityUnits", 0),
    }
    for member in ("LastIncreaseDateTime", "LastDecreaseDateTime"):
        if member in asked:
            described[member] = asked[member]
    return described


def _warm(settings: Mapping[str, Any]) -> Json:
    asked = settings.get("WarmThroughput") or {}
    provisioned = settings.get("ProvisionedThroughput") or {}
    reads = provisioned.get("ReadCapacityUnits", _WARM_READS)
    writes = provisioned.get("WriteCapacityUnits", _WARM_WRITES)
    return {
        "ReadUnitsPerSecond": asked.get("ReadUnitsPerSecond", reads),
        "WriteUnitsPerSecond": asked.get("WriteUnitsPerSecond", writes),
        "Status": "ACTIVE",
    }


def _describe_stream(described: Json, table: Table) -> None:
    if table.stream is None:
        return
    # AWS: the latest stream is shown after it was disabled, too.
    described["LatestStreamLabel"] = table.stream.label
    described["LatestStreamArn"] = stream_arn(table)
    if table.stream.enabled:
        described["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": table.stream.view_type,
        }


def _describe_settings(described: Json, table: Table) -> None:
    settings = table.settings
    if settings.get("TableClass"):
        described["TableClassSummary"] = {"TableClass": settings["TableClass"]}
    if settings.get("OnDemandThroughput"):
        described["OnDemandThroughput"] = settings["OnDemandThroughput"]
    if settings.get("RestoreSummary"):
        described["RestoreSummary"] = settings["RestoreSummary"]
    encryption = settings.get("SSESpecification") or {}
    if encryption.get("Enabled"):
        key = encryption.get("KMSMasterKeyId", "alias/aws/dynamodb")
        described["SSEDescription"] = {
            "Status": "ENABLED",
            "SSEType": encryption.get("SSEType", "KMS"),
            "KMSMasterKeyArn": _key_arn(table, key),
        }


def _key_arn(table: Table, key: str) -> str:
    if key.startswith("arn:"):
        return key
    named = key if key.startswith("alias/") else f"key/{key}"
    return f"arn:aws:kms:{table.region}:{table.account}:{named}"
