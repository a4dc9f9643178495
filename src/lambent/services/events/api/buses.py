"""
Event buses, and who may put events on them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.events import bus_policy, changes, rules, store
from lambent.services.events.api.paging import page_of, page_size, page_start
from lambent.services.events.errors import (
    LimitExceeded,
    ResourceAlreadyExists,
    ResourceNotFound,
    ValidationFailed,
)
from lambent.services.events.event_records import write_json
from lambent.services.events.records import Bus
from lambent.storage.database import Tx


async def create_event_bus(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html"""
    name = params["Name"]
    if "EventSourceName" in params or name.startswith("aws.partner/"):
        raise ResourceNotFound(f"Event source {name} does not exist.")
    now = context.clock.now()
    bus = Bus(
        account=context.account,
        region=context.region,
        name=name,
        revision=new_uuid(),
        description=params.get("Description", ""),
        kms_key=params.get("KmsKeyIdentifier", ""),
        dead_letters=params.get("DeadLetterConfig", {}),
        log_config=params.get("LogConfig", {}),
        tags=rules.checked_tags({tag["Key"]: tag["Value"] for tag in params.get("Tags", ())}),
        created=now,
        modified=now,
    )

    def write(tx: Tx) -> None:
        if changes.find_bus(tx, context, name) is not None:
            raise ResourceAlreadyExists(f"Event bus {name} already exists.")
        buses = store.list_buses(
            tx, bus.account, bus.region, prefix="", after="", limit=rules.MOST_BUSES
        )
        if len(buses) >= rules.MOST_BUSES:
            raise LimitExceeded()
        store.put_bus(tx, bus)

    await context.db.write(write)
    return {"EventBusArn": bus.arn, **_optional(bus)}


async def update_event_bus(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html"""

    def change(bus: Bus) -> Bus:
        return replace(
            bus,
            description=params.get("Description", bus.description),
            kms_key=params.get("KmsKeyIdentifier", bus.kms_key),
            dead_letters=params.get("DeadLetterConfig", bus.dead_letters),
            log_config=params.get("LogConfig", bus.log_config),
        )

    bus = await _change(context, params.get("Name", rules.DEFAULT_BUS), change)
    return {"Arn": bus.arn, "Name": bus.name, **_optional(bus)}


async def delete_event_bus(context: Context, params: Params) -> Reply:
    """
    AWS: a bus that does not exist is as good as a deleted one.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html
    """
    if params["Name"] == rules.DEFAULT_BUS:
        raise ValidationFailed("Cannot delete event bus default.")

    def delete(tx: Tx) -> None:
        bus = changes.find_bus(tx, context, params["Name"])
        if bus is None:
            return
        if store.count_rules(tx, bus):
            raise ValidationFailed("Event bus can't be deleted since it has rules.")
        store.remove_bus(tx, bus)

    await context.db.write(delete)
    return {}


async def describe_event_bus(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html"""
    name = params.get("Name", rules.DEFAULT_BUS)
    bus = await context.db.read(partial(changes.get_bus, context=context, name=name))
    return {**_shown(bus), **_optional(bus)}


async def list_event_buses(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html"""
    after, size = page_start(params), page_size(params)
    prefix = params.get("NamePrefix", "")

    def read(tx: Tx) -> list[Bus]:
        found = store.list_buses(
            tx, context.account, context.region, prefix=prefix, after=after, limit=size + 1
        )
        default = changes.get_bus(tx, context, rules.DEFAULT_BUS)
        if (
            default.name > after
            and default.name.startswith(prefix)
            and not any(bus.name == default.name for bus in found)
        ):
            found = sorted([*found, default], key=lambda bus: bus.name)
        return found

    found = await context.db.read(read)
    return page_of("EventBuses", found, size, lambda bus: bus.name, _shown)


async def put_permission(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html"""
    await _change(
        context,
        params.get("EventBusName", rules.DEFAULT_BUS),
        lambda bus: replace(bus, policy=bus_policy.with_permission(bus.policy, params, bus.arn)),
    )
    return {}


async def remove_permission(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemovePermission.html"""

    def change(bus: Bus) -> Bus:
        if params.get("RemoveAllPermissions"):
            return replace(bus, policy={})
        return replace(
            bus, policy=bus_policy.without_permission(bus.policy, params.get("StatementId"))
        )

    await _change(context, params.get("EventBusName", rules.DEFAULT_BUS), change)
    return {}


async def _change(context: Context, name: str, change: Callable[[Bus], Bus]) -> Bus:
    def write(tx: Tx) -> Bus:
        bus = change(changes.get_bus(tx, context, name))
        changes.put_bus(tx, context, bus)
        return bus

    return await context.db.write(write)


def _shown(bus: Bus) -> dict[str, Any]:
    shown: dict[str, Any] = {"Name": bus.name, "Arn": bus.arn}
    if bus.description:
        shown["Description"] = bus.description
    if bus.policy:
        shown["Policy"] = write_json(bus.policy)
    # The default bus has no times until somebody has changed it.
    if bus.created:
        shown |= {"CreationTime": bus.created, "LastModifiedTime": bus.modified}
    return shown


def _optional(bus: Bus) -> dict[str, Any]:
    found = {
        "Description": bus.description,
        "KmsKeyIdentifier": bus.kms_key,
        "DeadLetterConfig": bus.dead_letters,
        "LogConfig": bus.log_config,
    }
    return {name: value for name, value in found.items() if value}
