"""
The targets of rules: whom they tell, and what.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.events import changes, rules, store, target_rules
from lambent.services.events.api.paging import page_of, page_size, page_start
from lambent.services.events.records import Bus, Rule
from lambent.storage.database import Tx

_NOTHING_FAILED: Reply = {"FailedEntryCount": 0, "FailedEntries": []}


async def put_targets(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html"""
    targets = [target_rules.with_defaults(target) for target in params["Targets"]]
    target_rules.check_targets(targets)
    revision = new_uuid()

    def write(tx: Tx) -> None:
        bus, rule = _get_rule(tx, context, params)
        changes.check_not_managed(rule)
        known = [target["Id"] for target in store.list_targets(tx, rule)]
        target_rules.check_count(known, [target["Id"] for target in targets])
        for target in targets:
            store.put_target(tx, rule, target)
        changes.changed(tx, context, bus, revision)

    await context.db.write(write)
    return _NOTHING_FAILED


async def remove_targets(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html"""
    revision = new_uuid()

    def write(tx: Tx) -> None:
        bus, rule = _get_rule(tx, context, params)
        changes.check_not_managed(rule, force=bool(params.get("Force")))
        store.remove_targets(tx, rule, params["Ids"])
        changes.changed(tx, context, bus, revision)

    await context.db.write(write)
    return _NOTHING_FAILED


async def list_targets_by_rule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html"""
    after, size = page_start(params), page_size(params)

    def read(tx: Tx) -> list[dict[str, Any]]:
        _, rule = _get_rule(tx, context, params)
        return store.list_targets(tx, rule, after=after, limit=size + 1)

    found = await context.db.read(read)
    return page_of("Targets", found, size, lambda target: str(target["Id"]), dict)


def _get_rule(tx: Tx, context: Context, params: Params) -> tuple[Bus, Rule]:
    bus = changes.get_bus(tx, context, params.get("EventBusName", rules.DEFAULT_BUS))
    return bus, store.get_rule(tx, bus, params["Rule"])
