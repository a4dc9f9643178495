"""
What CreateTable and UpdateTable ask for: is it right, and which table follows from it? Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.services.dynamodb.records import Index, Keys, Table

Params = Mapping[str, Any]

_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
_ARN = re.compile(r"arn:[^:]+:dynamodb:([^:]*):([^:]*):table/([^/]+)(/.*)?")
_MOST_UNITS = 1_000_000_000_000
_LOCAL_LIMIT, _GLOBAL_LIMIT = 5, 20
_PROJECTED_LIMIT = 100

_INVALID = "One or more parameter values were invalid: "
VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")

# Members that are kept as they were given.
_KEPT = (
    "BillingMode",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "SSESpecification",
    "TableClass",
    "WarmThroughput",
)
_NOT_SUPPORTED = {"VectorIndexes": "vector indexes", "GlobalTableSourceArn": "global tables"}


def refused(reason: str) -> ValidationFailed:
    return ValidationFailed(_INVALID + reason)


def table_place(given: str, account: str, region: str) -> tuple[str, str, str]:
    """The account, region and name of what TableName says: a name, or the ARN of a table."""
    found = _ARN.fullmatch(given) if given.startswith("arn:") else None
    if found is not None:
        return found[2], found[1], found[3]
    check_name(given)
    return account, region, given


def check_name(name: str, member: str = "tableName") -> None:
    """Of a table; those of indexes are checked by the model."""
    if not 3 <= len(name) <= 255:
        what = member[:1].upper() + member[1:]
        raise ValidationFailed(
            f"{what} must be at least 3 characters long and at most 255 characters long"
        )
    if not _NAME.fullmatch(name):
        raise ValidationFailed(
            f"1 validation error detected: Value '{name}' at '{member}' failed to satisfy"
            " constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        )


def not_supported(params: Params) -> str | None:
    """What of a request for a table Lambent does not have."""
    return next((words for name, words in _NOT_SUPPORTED.items() if params.get(name)), None)


def new_table(params: Params, account: str, region: str, uid: str, now: float) -> Table:
    """The table that CreateTable asks for; refuses what AWS refuses."""
    _, _, name = table_place(params["TableName"], account, region)
    settings = {member: params[member] for member in _KEPT if params.get(member) is not None}
    settings.setdefault("BillingMode", "PROVISIONED")
    _check_throughput(settings)
    for member in ("AttributeDefinitions", "KeySchema"):
        if params.get(member) is None:
            raise _null(member)
    types = types_of(params["AttributeDefinitions"])
    schema = params["KeySchema"]
    has_indexes = bool(params.get("LocalSecondaryIndexes") or params.get("GlobalSecondaryIndexes"))
    _check_table_schema(schema, types, has_indexes=has_indexes)
    keys = keys_of(schema)
    indexes = _new_indexes(params, keys, types, settings)
    used = {name for of in (keys, *(index.keys for index in indexes)) for name in of.names}
    if len(used) != len(types):
        if not has_indexes:
            raise refused(
                "Number of attributes in KeySchema does not exactly match number of attributes"
                " defined in AttributeDefinitions"
            )
        raise refused(
            "Some AttributeDefinitions are not used. AttributeDefinitions:"
            f" {_listed(sorted(types))}, keys used: {_listed(sorted(used))}"
        )
    return Table(
        id=0,
        account=account,
        region=region,
        name=name,
        uid=uid,
        status="CREATING",
        created_at=now,
        revision=0,
        types=types,
        keys=keys,
        indexes=tuple(indexes),
        last_index=len(indexes),
        stream=None,
        ttl_attribute="",
        settings=settings,
    )


def types_of(definitions: Sequence[Params]) -> dict[str, str]:
    types: dict[str, str] = {}
    for definition in definitions:
        name, kind = definition["AttributeName"], definition["AttributeType"]
        if types.get(name, kind) != kind:
            raise refused(f"Cannot redefine AttributeDefinition for attribute {name}")
        types[name] = kind
    return types


def keys_of(schema: Sequence[Params]) -> Keys:
    names = [element["AttributeName"] for element in schema]
    return Keys(names[0], names[1] if len(names) > 1 else None)


def new_index(
    asked: Params, number: int, types: Mapping[str, str], *, is_global: bool, status: str = "ACTIVE"
) -> Index:
    """An index as CreateTable or UpdateTable asks for it."""
    schema = asked["KeySchema"]
    _check_index_schema(schema, types)
    projection = asked.get("Projection") or {}
    kind = projection.get("ProjectionType")
    names = projection.get("NonKeyAttributes")
    if kind is None:
        raise refused("Unknown ProjectionType: null")
    if kind == "INCLUDE" and not names:
        raise refused("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and names is not None:
        raise refused(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    settings = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
    return Index(
        number=number,
        name=asked["IndexName"],
        is_global=is_global,
        keys=keys_of(schema),
        projection=kind,
        non_key_attributes=tuple(names or ()),
        settings={name: asked[name] for name in settings if asked.get(name)},
        status=status,
    )


def check_stream(specification: Params) -> str | None:
    """The view type of the stream that is asked for; None where none is."""
    view = specification.get("StreamViewType")
    if not specification.get("StreamEnabled"):
        if view is not None:
            raise refused("StreamViewType is specified, but StreamEnabled is false")
        return None
    if view not in VIEW_TYPES:
        raise refused("Stream StreamEnabled is true but StreamViewType is not specified")
    return str(view)


def check_throughput_of(asked: Params, billing_mode: str, name: str = "") -> None:
    """The throughput of a table or index, in a table that pays so."""
    if not asked:
        return
    for member in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if asked[member] > _MOST_UNITS:
            where = f" for index {name}" if name else ""
            raise ValidationFailed(
                f"Given value {asked[member]} for {member} is out of bounds{where}"
            )
    if billing_mode == "PAY_PER_REQUEST":
        raise refused(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
            " PAY_PER_REQUEST"
        )


def _check_throughput(settings: Params) -> None:
    throughput = settings.get("ProvisionedThroughput")
    if settings["BillingMode"] == "PROVISIONED":
        if throughput is None:
            raise refused(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode"
                " is PROVISIONED"
            )
        if settings.get("OnDemandThroughput"):
            raise refused("OnDemandThroughput cannot be specified when BillingMode is PROVISIONED")
    check_throughput_of(throughput or {}, settings["BillingMode"])


def _check_table_schema(
    schema: Sequence[Params], types: Mapping[str, str], *, has_indexes: bool
) -> None:
    names = [element["AttributeName"] for element in schema]
    if len(names) > 2:
        raise ValidationFailed(
            "1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member"
            " must have length less than or equal to 2"
        )
    if any(name not in types for name in names) or len(names) > len(types):
        if len(names) == 2 or not types:
            raise ValidationFailed("Invalid KeySchema: Some index key attribute have no definition")
        raise _undefined(names, types)
    _check_roles(schema)


def _check_index_schema(schema: Sequence[Params], types: Mapping[str, str]) -> None:
    names = [element["AttributeName"] for element in schema]
    if len(names) > 2:
        raise refused("Lambent has indexes of one partition key and one sort key at most")
    if any(name not in types for name in names):
        raise _undefined(names, types)
    _check_roles(schema)


def _check_roles(schema: Sequence[Params]) -> None:
    names = [element["AttributeName"] for element in schema]
    if len(set(names)) < len(names):
        raise ValidationFailed(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
        )
    if schema[0]["KeyType"] != "HASH":
        raise ValidationFailed(
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
        )
    if len(schema) > 1 and schema[1]["KeyType"] != "RANGE":
        raise ValidationFailed(
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
        )


def _new_indexes(
    params: Params, keys: Keys, types: Mapping[str, str], settings: Params
) -> list[Index]:
    local, secondary = params.get("LocalSecondaryIndexes"), params.get("GlobalSecondaryIndexes")
    indexes: list[Index] = []
    if local is not None:
        _check_count(local, "LocalSecondaryIndexes")
        if keys.sort is None:
            raise refused(
                "Table KeySchema does not have a range key, which is required when specifying a"
                " LocalSecondaryIndex"
            )
    for asked in local or ():
        index = new_index(asked, len(indexes) + 1, types, is_global=False)
        _check_local(index, keys)
        _check_name_is_new(index, indexes)
        indexes.append(index)
    if len(indexes) > _LOCAL_LIMIT:
        raise refused("Number of LocalSecondaryIndexes exceeds per-table limit of 5")
    if secondary is not None:
        _check_count(secondary, "GlobalSecondaryIndexes")
    for asked in secondary or ():
        index = new_index(asked, len(indexes) + 1, types, is_global=True, status="CREATING")
        check_index_throughput(index, settings["BillingMode"])
        _check_name_is_new(index, indexes)
        indexes.append(index)
    check_index_limits(indexes)
    return indexes


def check_index_throughput(index: Index, billing_mode: str) -> None:
    throughput = index.settings.get("ProvisionedThroughput")
    if billing_mode == "PROVISIONED" and throughput is None:
        raise refused(f"ProvisionedThroughput must be specified for index: {index.name}")
    check_throughput_of(throughput or {}, billing_mode, index.name)


def check_index_limits(indexes: Collection[Index]) -> None:
    if sum(index.is_global for index in indexes) > _GLOBAL_LIMIT:
        raise refused("GlobalSecondaryIndex count exceeds the per-table limit of 20")
    if sum(len(index.non_key_attributes) for index in indexes) > _PROJECTED_LIMIT:
        raise refused(
            "Number of user-specified NonKeyAttributes to project across all indexes exceeds limit"
            f" of {_PROJECTED_LIMIT}"
        )


def _check_count(asked: Sequence[Params], member: str) -> None:
    if not asked:
        raise refused(f"List of {member} is empty")


def _check_local(index: Index, keys: Keys) -> None:
    if index.keys.sort is None:
        raise refused(f"Index KeySchema does not have a range key for index: {index.name}")
    if index.keys.partition != keys.partition:
        raise refused(
            "Index KeySchema does not have the same leading hash key as table KeySchema for index:"
            f" {index.name}. index hash key: {index.keys.partition}, table hash key:"
            f" {keys.partition}"
        )


def _check_name_is_new(index: Index, indexes: Collection[Index]) -> None:
    if any(other.name == index.name for other in indexes):
        raise refused(f"Duplicate index name: {index.name}")


def _null(member: str) -> ValidationFailed:
    # AWS: as the model once said; it does so no more since tables can be replicas.
    name = member[:1].lower() + member[1:]
    return ValidationFailed(
        f"1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member"
        " must not be null"
    )


def _undefined(names: Sequence[str], types: Mapping[str, str]) -> ValidationFailed:
    return refused(
        "Some index key attributes are not defined in AttributeDefinitions. Keys:"
        f" {_listed(names)}, AttributeDefinitions: {_listed(list(types))}"
    )


def _listed(names: Sequence[str]) -> str:
    return f"[{', '.join(names)}]"
