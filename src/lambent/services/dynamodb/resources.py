"""AWS::DynamoDB::* for CloudFormation, as tables."""

from dataclasses import replace
from typing import Any

from lambent.languages.templates.resource_types import (
    Asked,
    Call,
    Part,
    Properties,
    ResourceType,
    Settling,
    Source,
    Update,
    at_path,
    value_of,
)

_INDEX = (
    "IndexName",
    "KeySchema",
    "Projection",
    "ProvisionedThroughput",
    "OnDemandThroughput",
    "WarmThroughput",
)
_INDEX_SETTINGS = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")


def _arn(asked: Asked) -> str:
    return f"arn:aws:dynamodb:{asked.region}:{asked.account}:table/{asked.physical_id}"


def _encryption(properties: Properties) -> Any:
    asked = properties.get("SSESpecification")
    if asked is None:
        return None
    renamed = {**asked, "Enabled": asked.get("SSEEnabled", False)}
    renamed.pop("SSEEnabled", None)
    return renamed


def _stream(properties: Properties) -> Any:
    asked = properties.get("StreamSpecification")
    if asked is None:
        return None
    return {"StreamEnabled": True, "StreamViewType": asked.get("StreamViewType")}


def _indexes(properties: Properties) -> Any:
    """Global indexes as CreateTable takes them: what a table may say besides has its own calls."""
    asked = properties.get("GlobalSecondaryIndexes")
    return [_index(index) for index in asked] if asked else None


def _index(asked: Properties) -> dict[str, Any]:
    return {name: asked[name] for name in _INDEX if asked.get(name) is not None}


def _policy(asked: Asked) -> Any:
    return at_path(asked.properties, "ResourcePolicy.PolicyDocument")


# What changes -------------------------------------------------------------------------------------


def _changed(name: str, default: Any = None) -> Source:
    """A property that is not what it was; the default where it is not there any more."""

    def source(asked: Asked) -> Any:
        after = asked.properties.get(name)
        if after == asked.before.get(name):
            return None
        return default if after is None else after

    return source


def _changed_encryption(asked: Asked) -> Any:
    before, after = _encryption(asked.before), _encryption(asked.properties)
    if before == after:
        return None
    return after or {"Enabled": False}


def _changed_throughput(asked: Asked) -> Any:
    if asked.properties.get("BillingMode") == "PAY_PER_REQUEST":
        return None
    names = ("ProvisionedThroughput", "BillingMode")
    if all(asked.properties.get(name) == asked.before.get(name) for name in names):
        return None
    return asked.properties.get("ProvisionedThroughput")


def _first_stream(asked: Asked) -> Any:
    """AWS: a stream of another view is another stream; the one that is there ends first."""
    before, after = _stream(asked.before), _stream(asked.properties)
    if before == after:
        return None
    return after if before is None else {"StreamEnabled": False}


def _second_stream(asked: Asked) -> Any:
    before, after = _stream(asked.before), _stream(asked.properties)
    return after if before is not None and before != after else None


def _index_updates(asked: Asked) -> Any:
    before = {index["IndexName"]: _index(index) for index in _given(asked.before)}
    after = {index["IndexName"]: _index(index) for index in _given(asked.properties)}
    updates: list[Any] = [{"Delete": {"IndexName": name}} for name in before if name not in after]
    for name, index in after.items():
        if name not in before:
            updates.append({"Create": index})
        elif index != before[name]:
            settings = {key: index[key] for key in _INDEX_SETTINGS if key in index}
            if settings:
                updates.append({"Update": {"IndexName": name, **settings}})
    return updates or None


def _given(properties: Properties) -> list[Any]:
    return properties.get("GlobalSecondaryIndexes") or []


def _protected(asked: Asked) -> Any:
    return asked.properties.get("DeletionProtectionEnabled", False)


def _insights(asked: Asked) -> str:
    return "ENABLE" if _is_enabled(asked.item) else "DISABLE"


def _is_enabled(item: Any) -> bool:
    return str(at_path(item, "Enabled")).lower() == "true"


def _no_expiry(asked: Asked) -> Any:
    return {**asked.item, "Enabled": False}


TABLE = ResourceType(
    name="AWS::DynamoDB::Table",
    service="dynamodb",
    named_by="TableName",
    name_limit=255,
    required=("KeySchema",),
    create=Call(
        "CreateTable",
        {
            "TableName": "@name",
            "AttributeDefinitions": "AttributeDefinitions",
            "KeySchema": "KeySchema",
            "BillingMode": "BillingMode",
            "ProvisionedThroughput": "ProvisionedThroughput",
            "OnDemandThroughput": "OnDemandThroughput",
            "WarmThroughput": "WarmThroughput",
            "LocalSecondaryIndexes": "LocalSecondaryIndexes",
            "GlobalSecondaryIndexes": lambda asked: _indexes(asked.properties),
            "StreamSpecification": lambda asked: _stream(asked.properties),
            "SSESpecification": lambda asked: _encryption(asked.properties),
            "TableClass": "TableClass",
            "DeletionProtectionEnabled": "DeletionProtectionEnabled",
            "ResourcePolicy": _policy,
            "Tags": "Tags",
        },
    ),
    existing=Call("DescribeTable", {"TableName": "@name"}),
    read=Call("DescribeTable", {"TableName": "@id"}),
    attributes={"Arn": "Table.TableArn", "StreamArn": "Table.LatestStreamArn"},
    settling=(Settling("Table.TableStatus", waiting=frozenset({"CREATING", "UPDATING"})),),
    updates=(
        Update(
            Call(
                "UpdateTable",
                {
                    "TableName": "@id",
                    "AttributeDefinitions": "AttributeDefinitions",
                    "BillingMode": _changed("BillingMode", "PROVISIONED"),
                    "ProvisionedThroughput": _changed_throughput,
                    "OnDemandThroughput": _changed("OnDemandThroughput"),
                    "WarmThroughput": _changed("WarmThroughput"),
                    "GlobalSecondaryIndexUpdates": _index_updates,
                    "StreamSpecification": _first_stream,
                    "SSESpecification": _changed_encryption,
                    "TableClass": _changed("TableClass", "STANDARD"),
                    # Always said, so that the call asks for something.
                    "DeletionProtectionEnabled": _protected,
                },
            ),
            by=frozenset(
                {
                    "BillingMode",
                    "DeletionProtectionEnabled",
                    "GlobalSecondaryIndexes",
                    "OnDemandThroughput",
                    "ProvisionedThroughput",
                    "SSESpecification",
                    "StreamSpecification",
                    "TableClass",
                    "WarmThroughput",
                }
            ),
        ),
        Update(
            Call(
                "UpdateTable",
                {
                    "TableName": "@id",
                    "StreamSpecification": _second_stream,
                    "DeletionProtectionEnabled": _protected,
                },
            ),
            by=frozenset({"StreamSpecification"}),
        ),
    ),
    parts=(
        Part(
            "TimeToLiveSpecification",
            put=Call("UpdateTimeToLive", {"TableName": "@id", "TimeToLiveSpecification": "@item"}),
            remove=Call(
                "UpdateTimeToLive", {"TableName": "@id", "TimeToLiveSpecification": _no_expiry}
            ),
            wanted=_is_enabled,
        ),
        Part(
            "PointInTimeRecoverySpecification",
            put=Call(
                "UpdateContinuousBackups",
                {"TableName": "@id", "PointInTimeRecoverySpecification": "@item"},
            ),
            remove=Call(
                "UpdateContinuousBackups",
                {
                    "TableName": "@id",
                    "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": "=false",
                },
            ),
        ),
        Part(
            "ContributorInsightsSpecification",
            put=Call(
                "UpdateContributorInsights",
                {"TableName": "@id", "ContributorInsightsAction": _insights},
            ),
            remove=Call(
                "UpdateContributorInsights",
                {"TableName": "@id", "ContributorInsightsAction": "=DISABLE"},
            ),
        ),
        Part(
            "ResourcePolicy",
            put=Call("PutResourcePolicy", {"ResourceArn": _arn, "Policy": _policy}),
            remove=Call("DeleteResourcePolicy", {"ResourceArn": _arn}),
            created=True,
        ),
    ),
    delete=Call("DeleteTable", {"TableName": "@id"}),
    going=(Settling("Table.TableStatus", waiting=frozenset({"DELETING"})),),
    replaced_by=frozenset({"TableName", "KeySchema", "LocalSecondaryIndexes"}),
    taggable=True,
    tag=Call("TagResource", {"ResourceArn": _arn, "Tags": "@tags"}),
    untag=Call("UntagResource", {"ResourceArn": _arn, "TagKeys": "@tag_keys"}),
)

# Global tables ------------------------------------------------------------------------------------

_REPLICA = (
    "DeletionProtectionEnabled",
    "ResourcePolicy",
    "TableClass",
    "Tags",
)


def _as_table(properties: Properties, region: str) -> Properties:
    """The properties of a table of one region, from those of a global one that has no other."""
    replicas = properties.get("Replicas") or []
    if [replica.get("Region") for replica in replicas] != [region]:
        raise ValueError("Lambent has tables of one region: Replicas names another")
    [replica] = replicas
    alike = ("AttributeDefinitions", "BillingMode", "KeySchema", "LocalSecondaryIndexes")
    found = {name: properties[name] for name in alike if name in properties}
    found |= {name: replica[name] for name in _REPLICA if name in replica}
    for name in ("SSESpecification", "StreamSpecification"):
        if name in properties:
            found[name] = properties[name]
    reads = {index["IndexName"]: index for index in replica.get("GlobalSecondaryIndexes") or []}
    indexes = [
        {**index, **_throughput(index, reads.get(index["IndexName"], {}))}
        for index in properties.get("GlobalSecondaryIndexes") or []
    ]
    if indexes:
        found["GlobalSecondaryIndexes"] = indexes
    return {**found, **_throughput(properties, replica)}


def _throughput(writes: Properties, reads: Properties) -> dict[str, Any]:
    """Writes are said of the whole table, reads of a replica; both may be scaled by rules."""
    given = (
        _units(reads.get("ReadProvisionedThroughputSettings"), "Read"),
        _units(writes.get("WriteProvisionedThroughputSettings"), "Write"),
    )
    if None in given:
        return {}
    return {
        "ProvisionedThroughput": {"ReadCapacityUnits": given[0], "WriteCapacityUnits": given[1]}
    }


def _units(settings: Properties | None, kind: str) -> Any:
    if settings is None:
        return None
    scaling = settings.get(f"{kind}CapacityAutoScalingSettings") or {}
    # AWS: where it is scaled, it begins with the least unless something else is said.
    least = scaling.get("SeedCapacity", scaling.get("MinCapacity"))
    return settings.get(f"{kind}CapacityUnits", least)


def _of_replica(source: Source) -> Source:
    """A source of a table of one region, for a global one."""

    def read(asked: Asked) -> Any:
        before = _as_table(asked.before, asked.region) if asked.before else {}
        properties = _as_table(asked.properties, asked.region)
        return value_of(source, replace(asked, properties=properties, before=before))

    return read


def _call_of_replica(call: Call) -> Call:
    return Call(call.operation, {name: _of_replica(source) for name, source in call.params.items()})


_PART = "Replicas.0."

GLOBAL_TABLE = replace(
    TABLE,
    name="AWS::DynamoDB::GlobalTable",
    required=("AttributeDefinitions", "KeySchema", "Replicas"),
    create=_call_of_replica(TABLE.create) if TABLE.create else None,
    attributes={**TABLE.attributes, "TableId": "Table.TableId"},
    updates=(
        Update(
            _call_of_replica(TABLE.updates[0].call),
            by=frozenset(
                {
                    "BillingMode",
                    "GlobalSecondaryIndexes",
                    "Replicas",
                    "SSESpecification",
                    "StreamSpecification",
                    "WriteProvisionedThroughputSettings",
                }
            ),
        ),
        Update(_call_of_replica(TABLE.updates[1].call), by=frozenset({"StreamSpecification"})),
    ),
    parts=(
        TABLE.parts[0],
        *(replace(part, property=_PART + part.property) for part in TABLE.parts[1:3]),
        Part(
            _PART + "Tags",
            each=True,
            key="Key",
            created=True,
            put=Call("TagResource", {"ResourceArn": _arn, "Tags": lambda asked: [asked.item]}),
            remove=Call(
                "UntagResource",
                {"ResourceArn": _arn, "TagKeys": lambda asked: [asked.item["Key"]]},
            ),
        ),
    ),
    # Limits of what is paid per request bind nobody here.
    ignored=frozenset({"WriteOnDemandThroughputSettings", "WarmThroughput"}),
    taggable=False,
    tag=None,
    untag=None,
)

RESOURCE_TYPES = (TABLE, GLOBAL_TABLE)
