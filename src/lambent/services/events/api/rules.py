"""
Rules: what they watch for, and when.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
"""

from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.events import changes, rules, store
from lambent.services.events.api.paging import page_of, page_size, page_start
from lambent.services.events.errors import ValidationFailed
from lambent.services.events.event_records import read_json
from lambent.services.events.records import Rule
from lambent.storage.database import Tx

# What an event must have to be tested.
_OF_EVERY_EVENT = ("id", "account", "source", "time", "region", "resources", "detail-type")


async def put_rule(context: Context, params: Params) -> Reply:
    """
    A new rule, or what replaces a known one.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    """
    pattern = params.get("EventPattern") or ""
    expression = params.get("ScheduleExpression") or ""
    if not pattern and not expression:
        raise ValidationFailed("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    account, region, bus = rules.bus_place(
        params.get("EventBusName", rules.DEFAULT_BUS), context.account, context.region
    )
    if pattern:
        rules.matcher_of(pattern)
    if expression:
        rules.check_schedule(expression, bus)
    rule = Rule(
        account=account,
        region=region,
        bus=bus,
        name=params["Name"],
        revision=new_uuid(),
        pattern=pattern,
        expression=expression,
        state=params.get("State", "ENABLED"),
        description=params.get("Description", ""),
        role_arn=params.get("RoleArn", ""),
        tags=rules.checked_tags({tag["Key"]: tag["Value"] for tag in params.get("Tags", ())}),
    )
    place = context.at(account, region)
    await context.db.write(lambda tx: changes.put_rule(tx, place, rule))
    return {"RuleArn": rule.arn}


async def describe_rule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html"""
    rule = await context.db.read(lambda tx: _get_rule(tx, context, params))
    return {**_shown(rule), "CreatedBy": rule.account}


async def list_rules(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html"""
    after, size = page_start(params), page_size(params)

    def read(tx: Tx) -> list[Rule]:
        bus = changes.get_bus(tx, context, params.get("EventBusName", rules.DEFAULT_BUS))
        prefix = params.get("NamePrefix", "")
        return store.list_rules(tx, bus, prefix=prefix, after=after, limit=size + 1)

    found = await context.db.read(read)
    return page_of("Rules", found, size, lambda rule: rule.name, _shown)


async def list_rule_names_by_target(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html"""
    after, size = page_start(params), page_size(params)

    def read(tx: Tx) -> list[str]:
        bus = changes.get_bus(tx, context, params.get("EventBusName", rules.DEFAULT_BUS))
        return store.list_rule_names_by_target(
            tx, bus, params["TargetArn"], after=after, limit=size + 1
        )

    return page_of("RuleNames", await context.db.read(read), size, str, str)


async def enable_rule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html"""
    return await _set_state(context, params, "ENABLED")


async def disable_rule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html"""
    return await _set_state(context, params, "DISABLED")


async def delete_rule(context: Context, params: Params) -> Reply:
    """
    AWS: a rule that does not exist is as good as a deleted one; its bus must exist.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
    """
    revision = new_uuid()

    def delete(tx: Tx) -> None:
        bus = changes.get_bus(tx, context, params.get("EventBusName", rules.DEFAULT_BUS))
        rule = store.find_rule(tx, bus, params["Name"])
        if rule is None:
            return
        changes.check_not_managed(rule, force=bool(params.get("Force")))
        if store.list_targets(tx, rule, limit=1):
            raise ValidationFailed("Rule can't be deleted since it has targets.")
        changes.remove_rule(tx, context, bus, rule, revision)

    await context.db.write(delete)
    return {}


async def test_event_pattern(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html"""
    matches = rules.matcher_of(params["EventPattern"])
    # AWS: the same words whatever is wrong with it.
    invalid = ValidationFailed("Parameter Event is not valid.")
    try:
        event = read_json(params["Event"])
    except ValueError:
        raise invalid from None
    if not isinstance(event, dict) or any(name not in event for name in _OF_EVERY_EVENT):
        raise invalid
    return {"Result": matches(event)}


async def _set_state(context: Context, params: Params, state: str) -> Reply:
    revision = new_uuid()

    def write(tx: Tx) -> None:
        bus = changes.get_bus(tx, context, params.get("EventBusName", rules.DEFAULT_BUS))
        rule = store.get_rule(tx, bus, params["Name"])
        changes.set_state(tx, context, bus, rule, state, revision)

    await context.db.write(write)
    return {}


def _get_rule(tx: Tx, context: Context, params: Params) -> Rule:
    bus = changes.get_bus(tx, context, params.get("EventBusName", rules.DEFAULT_BUS))
    return store.get_rule(tx, bus, params["Name"])


def _shown(rule: Rule) -> dict[str, Any]:
    shown = {
        "Name": rule.name,
        "Arn": rule.arn,
        "EventPattern": rule.pattern,
        "State": rule.state,
        "Description": rule.description,
        "ScheduleExpression": rule.expression,
        "RoleArn": rule.role_arn,
        "ManagedBy": rule.managed_by,
        "EventBusName": rule.bus,
    }
    return {name: value for name, value in shown.items() if value}
