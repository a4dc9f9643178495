"""
What UpdateTable asks for: the table that follows from a table. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.services.dynamodb.errors import LimitExceeded, ResourceInUse, ResourceNotFound
from lambent.services.dynamodb.records import Index, Table
from lambent.services.dynamodb.table_rules import (
    check_index_limits,
    check_index_throughput,
    check_throughput_of,
    new_index,
    refused,
    types_of,
)

Params = Mapping[str, Any]

_SETTINGS = (
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "SSESpecification",
    "TableClass",
    "WarmThroughput",
)
_ASKED = (
    *_SETTINGS,
    "BillingMode",
    "GlobalSecondaryIndexUpdates",
    "ProvisionedThroughput",
    "StreamSpecification",
)


def updated_table(table: Table, params: Params, now: float) -> Table:
    """The table with all but its stream changed, on its way to be ACTIVE again."""
    _check_asked(table, params)
    table = replace(
        table,
        status="UPDATING",
        types={**table.types, **types_of(params.get("AttributeDefinitions") or ())},
        settings=_settings(table, params, now),
    )
    return _with_used_types(_with_indexes(table, params))


def settled(table: Table) -> Table:
    """The table once what was asked for is done."""
    indexes = tuple(
        replace(index, status="ACTIVE", backfilling=False)
        for index in table.indexes
        if index.status != "DELETING"
    )
    return _with_used_types(replace(table, status="ACTIVE", indexes=indexes))


def _with_used_types(table: Table) -> Table:
    used = {name for of in table.indexes for name in of.keys.names} | set(table.keys.names)
    return replace(table, types={name: table.types[name] for name in table.types if name in used})


def _check_asked(table: Table, params: Params) -> None:
    if not any(params.get(name) is not None for name in _ASKED):
        raise ValidationFailed(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled,"
            " GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"
        )
    check_changeable(table)


def check_changeable(table: Table) -> None:
    """AWS: a table on its way to somewhere is in use."""
    states = {"CREATING": "created", "DELETING": "deleted", "UPDATING": "updated"}
    if table.status != "ACTIVE":
        raise ResourceInUse(
            "Attempt to change a resource which is still in use: Table is being"
            f" {states.get(table.status, 'changed')}: {table.name}"
        )


def _settings(table: Table, params: Params, now: float) -> Mapping[str, Any]:
    settings = dict(table.settings)
    settings |= {name: params[name] for name in _SETTINGS if params.get(name) is not None}
    mode = params.get("BillingMode") or settings["BillingMode"]
    throughput = params.get("ProvisionedThroughput")
    check_throughput_of(throughput or {}, mode)
    if mode == "PAY_PER_REQUEST":
        if settings["BillingMode"] != mode:
            settings["PaidPerRequestSince"] = now
        settings.pop("ProvisionedThroughput", None)
    elif throughput is not None:
        _check_changes(settings.get("ProvisionedThroughput"), throughput)
        if settings["BillingMode"] != mode:
            # AWS: it is told from now on that this table was paid for by the request once.
            settings.setdefault("PaidPerRequestSince", table.created_at)
        settings["ProvisionedThroughput"] = _raised(
            settings.get("ProvisionedThroughput"), throughput, now
        )
        settings.pop("OnDemandThroughput", None)
    elif settings["BillingMode"] != mode:
        raise refused("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    settings["BillingMode"] = mode
    return settings


def _check_changes(current: Params | None, asked: Params) -> None:
    names = ("ReadCapacityUnits", "WriteCapacityUnits")
    if current is None or any(current[name] != asked[name] for name in names):
        return
    each = " ".join(
        f"Current {name} provisioned for the table: {current[name]}. Requested {name}:"
        f" {asked[name]}."
        for name in names
    )
    raise ValidationFailed(
        "The provisioned throughput for the table will not change. The requested value equals the"
        f" current value. {each} Refer to the Amazon DynamoDB Developer Guide for current limits"
        " and how to request higher limits."
    )


def _raised(current: Params | None, asked: Params, now: float) -> dict[str, Any]:
    """What was asked for, and when it last rose and fell."""
    raised = dict(asked)
    before = current or {}
    for member in ("LastIncreaseDateTime", "LastDecreaseDateTime"):
        if member in before:
            raised[member] = before[member]
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        old = before.get(name, 0)
        if asked[name] != old:
            grew = asked[name] > old
            raised["LastIncreaseDateTime" if grew else "LastDecreaseDateTime"] = now
    return raised


def _with_indexes(table: Table, params: Params) -> Table:
    updates = params.get("GlobalSecondaryIndexUpdates") or ()
    _check_index_updates(updates)
    for update in updates:
        if update.get("Create"):
            table = _created(table, update["Create"])
        elif update.get("Delete"):
            index = _existing(table, update["Delete"]["IndexName"])
            table = _replaced(table, index, replace(index, status="DELETING"))
        else:
            asked = update["Update"]
            index = _existing(table, asked["IndexName"])
            names = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
            given = {name: asked[name] for name in names if asked.get(name)}
            check_throughput_of(
                given.get("ProvisionedThroughput") or {},
                table.settings["BillingMode"],
                index.name,
            )
            changed = replace(index, settings={**index.settings, **given}, status="UPDATING")
            table = _replaced(table, index, changed)
    if table.pays_per_request:
        table = _without_throughput(table)
    check_index_limits([index for index in table.indexes if index.status != "DELETING"])
    return table


def _check_index_updates(updates: Any) -> None:
    names: set[str] = set()
    structural = 0
    for update in updates:
        verbs = [verb for verb in ("Update", "Create", "Delete") if update.get(verb)]
        if len(verbs) != 1:
            raise refused(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create,"
                " GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        name = update[verbs[0]]["IndexName"]
        if name in names:
            raise refused(
                "Only one global secondary index update per index is allowed simultaneously."
                f" Index: {name}"
            )
        names.add(name)
        structural += verbs[0] != "Update"
    if structural > 1:
        raise LimitExceeded(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted"
            " simultaneously per table"
        )


def _created(table: Table, asked: Params) -> Table:
    if any(index.name == asked["IndexName"] for index in table.indexes):
        raise ValidationFailed("Attempting to create an index which already exists")
    number = table.last_index + 1
    index = new_index(asked, number, table.types, is_global=True, status="CREATING")
    check_index_throughput(index, table.settings["BillingMode"])
    index = replace(index, backfilling=True)
    return replace(table, indexes=(*table.indexes, index), last_index=number)


def _existing(table: Table, name: str) -> Index:
    for index in table.indexes:
        if index.is_global and index.name == name and index.status != "DELETING":
            return index
    raise ResourceNotFound("Requested resource not found")


def _replaced(table: Table, index: Index, by: Index) -> Table:
    indexes = tuple(by if other is index else other for other in table.indexes)
    return replace(table, indexes=indexes)


def _without_throughput(table: Table) -> Table:
    indexes = tuple(
        replace(
            index,
            settings={
                name: value
                for name, value in index.settings.items()
                if name != "ProvisionedThroughput"
            },
        )
        for index in table.indexes
    )
    return replace(table, indexes=indexes)
