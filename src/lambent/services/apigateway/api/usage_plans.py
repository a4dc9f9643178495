"""Usage plans: which keys may use which stages, and how much."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import kinds, known, rules, store, usage_rules
from lambent.services.apigateway.api.parts import deleting, listing, page, reading
from lambent.services.apigateway.errors import BadRequest, Conflict, PartNotFound
from lambent.services.apigateway.patches import patched, segments
from lambent.services.apigateway.records import Document, Owner, Part, Usage
from lambent.storage.database import Tx


async def create_usage_plan(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateUsagePlan.html"""
    owner = known.account_owner(context)
    document = {
        "id": new_short_id(6),
        **rules.picked(params, "name", "description"),
        "apiStages": list(params.get("apiStages") or ()),
        **rules.picked(params, "throttle", "quota", "tags"),
    }
    usage_rules.check_plan(document)

    def write(tx: Tx) -> None:
        for stage in document["apiStages"]:
            _check_stage(tx, owner, stage)
        part = Part(owner, kinds.USAGE_PLAN.name, document["id"], context.clock.now(), document)
        store.put_part(tx, part)

    await context.db.write(write)
    return document


async def get_usage_plans(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsagePlans.html"""
    if not params.get("keyId"):
        return await _all_plans(context, params)
    owner = known.account_owner(context)

    def read(tx: Tx) -> list[Document]:
        ids = store.list_plans_of_key(tx, owner.account, owner.region, params["keyId"])
        return [known.get_part(tx, owner, kinds.USAGE_PLAN, id).document for id in ids]

    return {"items": await context.db.read(read)}


async def update_usage_plan(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateUsagePlan.html"""
    owner = known.account_owner(context)

    def write(tx: Tx) -> Document:
        part = known.get_part(tx, owner, kinds.USAGE_PLAN, params["usagePlanId"])
        document = dict(part.document)
        for operation in params.get("patchOperations", ()):
            if operation.get("path", "").startswith("/apiStages"):
                document["apiStages"] = _changed_stages(tx, owner, document, operation)
            else:
                document = dict(patched(document, [operation], kinds.USAGE_PLAN.places))
        usage_rules.check_plan(document)
        store.put_part(tx, replace(part, document=document))
        return document

    return await context.db.write(write)


def _changed_stages(
    tx: Tx, owner: Owner, plan: Document, operation: Mapping[str, str]
) -> list[dict[str, Any]]:
    """`/apiStages` takes `<api-id>:<stage>`; below it are the limits of that stage's methods."""
    stages = [dict(stage) for stage in plan.get("apiStages", ())]
    op, parts = operation.get("op"), segments(operation["path"])
    if len(parts) == 1:
        api_id, _, name = operation.get("value", "").partition(":")
        others = [each for each in stages if (each["apiId"], each["stage"]) != (api_id, name)]
        if op == "remove":
            if len(others) == len(stages):
                raise PartNotFound(f"API Stage not found: {operation.get('value', '')}")
            return others
        if op == "replace":
            # Ours, for CloudFormation, which says all stages and not which of them are gone.
            return _all_stages(tx, owner, operation.get("value", ""))
        if op != "add":
            raise BadRequest(
                f"Invalid patch path  '/apiStages' specified for op '{op}'. Must be one of: []"
            )
        _check_stage(tx, owner, {"apiId": api_id, "stage": name})
        return [*others, {"apiId": api_id, "stage": name}]
    api_id, _, name = parts[1].partition(":")
    stage = next(
        (each for each in stages if (each["apiId"], each["stage"]) == (api_id, name)), None
    )
    if stage is None:
        raise PartNotFound(f"API Stage not found: {parts[1]}")
    throttle = {path: dict(limits) for path, limits in (stage.get("throttle") or {}).items()}
    match parts[2:]:
        case ["throttle"] if op == "remove":
            throttle = {}
        case ["throttle", path, method] if op == "remove":
            throttle.pop(f"{path}/{method}", None)
        case ["throttle", path, method, "rateLimit" | "burstLimit" as limit] if op != "remove":
            number = float if limit == "rateLimit" else int
            limits = throttle.setdefault(f"{path}/{method}", {})
            limits[limit] = number(operation.get("value", "0"))
        case _:
            raise BadRequest(f"Invalid patch path  '{operation['path']}' specified for op '{op}'")
    stage["throttle"] = throttle
    return stages


def _all_stages(tx: Tx, owner: Owner, text: str) -> list[dict[str, Any]]:
    try:
        stages = json.loads(text)
    except (ValueError, RecursionError):
        stages = None
    if not isinstance(stages, list) or not all(isinstance(stage, dict) for stage in stages):
        raise BadRequest("Invalid patch value specified for '/apiStages'")
    for stage in stages:
        _check_stage(tx, owner, stage)
    return stages


def _check_stage(tx: Tx, owner: Owner, stage: Mapping[str, Any]) -> None:
    api = replace(owner, id=stage.get("apiId", ""))
    if store.find_part(tx, api, kinds.STAGE.name, stage.get("stage", "")) is None:
        raise PartNotFound(f"API Stage not found: {stage.get('apiId')}:{stage.get('stage')}")


def _without_stages(tx: Tx, context: Context, part: Part) -> None:
    if part.document.get("apiStages"):
        raise BadRequest(
            f"Cannot delete Usage Plan '{part.id}' because it has API stages associated with it:"
            f" [{', '.join(s['apiId'] + ':' + s['stage'] for s in part.document['apiStages'])}]"
        )
    store.remove_parts(tx, replace(part.owner, id=part.id))
    store.remove_usage(tx, part.id)


get_usage_plan = reading(kinds.USAGE_PLAN)
_all_plans = listing(kinds.USAGE_PLAN)
delete_usage_plan = deleting(kinds.USAGE_PLAN, _without_stages)


async def create_usage_plan_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateUsagePlanKey.html"""
    if params["keyType"] != "API_KEY":
        raise BadRequest("Invalid key type specified. Valid types: API_KEY")
    owner, now = known.account_owner(context), context.clock.now()

    def write(tx: Tx) -> Document:
        return add_key(tx, owner, params["usagePlanId"], params["keyId"], now)

    return await context.db.write(write)


def add_key(tx: Tx, owner: Owner, plan_id: str, key_id: str, now: float) -> Document:
    plan = known.get_part(tx, owner, kinds.USAGE_PLAN, plan_id)
    key = known.get_part(tx, owner, kinds.API_KEY, key_id)
    if store.find_part(tx, replace(owner, id=plan_id), kinds.USAGE_PLAN_KEY.name, key_id):
        raise Conflict(f"Usage Plan {plan_id} already has the API Key {key_id}")
    # AWS: of the plans of a key only one may name a stage.
    for other_id in store.list_plans_of_key(tx, owner.account, owner.region, key_id):
        other = known.get_part(tx, owner, kinds.USAGE_PLAN, other_id)
        for stage in other.document.get("apiStages", ()):
            if usage_rules.stage_in(plan.document, stage["apiId"], stage["stage"]):
                raise Conflict(
                    "Usage plans with the same stage cannot have the same API key:"
                    f" {stage['apiId']}:{stage['stage']}"
                )
    document = {
        "id": key_id,
        "type": "API_KEY",
        **rules.picked(key.document, "value", "name"),
    }
    store.put_part(
        tx, Part(replace(owner, id=plan_id), kinds.USAGE_PLAN_KEY.name, key_id, now, document)
    )
    return document


async def get_usage_plan_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsagePlanKey.html"""
    return await context.db.read(lambda tx: _plan_key(tx, context, params).document)


async def get_usage_plan_keys(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsagePlanKeys.html"""
    owner = known.account_owner(context)
    plan = replace(owner, id=params["usagePlanId"])
    await context.db.read(lambda tx: known.get_part(tx, owner, kinds.USAGE_PLAN, plan.id))
    reply = await page(context, params, plan, kinds.USAGE_PLAN_KEY)
    prefix = params.get("nameQuery", "")
    items = [item for item in reply["items"] if item.get("name", "").startswith(prefix)]
    return {**reply, "items": items}


async def delete_usage_plan_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteUsagePlanKey.html"""

    def write(tx: Tx) -> None:
        part = _plan_key(tx, context, params)
        store.remove_part(tx, part.owner, part.kind, part.id)

    await context.db.write(write)
    return {}


def _plan_key(tx: Tx, context: Context, params: Params) -> Part:
    owner = known.account_owner(context)
    known.get_part(tx, owner, kinds.USAGE_PLAN, params["usagePlanId"])
    plan = replace(owner, id=params["usagePlanId"])
    return known.get_part(tx, plan, kinds.USAGE_PLAN_KEY, params["keyId"])


async def get_usage(context: Context, params: Params) -> Reply:
    """
    What was used of a plan day by day, and what was left.

    https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html
    """
    owner = known.account_owner(context)
    days = usage_rules.listed_days(params["startDate"], params["endDate"])
    plan_id = params["usagePlanId"]

    def read(tx: Tx) -> dict[str, Any]:
        plan = known.get_part(tx, owner, kinds.USAGE_PLAN, plan_id)
        quota = plan.document.get("quota")
        begin = usage_rules.period_begin(quota, days[0]) if quota else days[0]
        found = store.list_usage(
            tx, plan_id, params.get("keyId", ""), begin.isoformat(), days[-1].isoformat()
        )
        return {
            key: _lines(tx, plan_id, quota, days, [each for each in found if each.key_id == key])
            for key in sorted({each.key_id for each in found})
        }

    items = await context.db.read(read)
    return {
        "usagePlanId": plan_id,
        "startDate": params["startDate"],
        "endDate": params["endDate"],
        "items": items,
    }


def _lines(
    tx: Tx, plan_id: str, quota: Any, days: list[date], usages: list[Usage]
) -> list[list[int]]:
    first = store.find_first_day(tx, plan_id, usages[0].key_id)
    used = {each.day: each.used for each in usages}
    return [
        [
            used.get(day.isoformat(), 0),
            usage_rules.left(quota, usages, day, first) if quota else 0,
        ]
        for day in days
    ]


async def update_usage(context: Context, params: Params) -> Reply:
    """
    Say how much is left of a key's quota in this period.

    https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateUsage.html
    """
    owner = known.account_owner(context)
    today = usage_rules.day_of(context.clock.now())
    plan_id, key_id = params["usagePlanId"], params["keyId"]
    asked = {each.get("path"): each.get("value", "") for each in params.get("patchOperations", ())}
    if set(asked) != {"/remaining"} or not asked["/remaining"].isdigit():
        raise BadRequest(
            "Invalid patch path specified for op 'replace'. Must be one of: [/remaining]"
        )
    wanted = int(asked["/remaining"])

    def write(tx: Tx) -> list[int]:
        _plan_key(tx, context, params)
        quota = known.get_part(tx, owner, kinds.USAGE_PLAN, plan_id).document.get("quota")
        if quota is None:
            raise BadRequest("Usage Plan has no quota")
        begin = usage_rules.period_begin(quota, today)
        usages = store.list_usage(tx, plan_id, key_id, begin.isoformat(), today.isoformat())
        first = store.find_first_day(tx, plan_id, key_id)
        added = wanted - usage_rules.left(quota, usages, today, first)
        store.add_usage(tx, plan_id, Usage(key_id, today.isoformat(), 0, added))
        return [sum(each.used for each in usages if each.day == today.isoformat()), wanted]

    line = await context.db.write(write)
    return {
        "usagePlanId": plan_id,
        "startDate": today.isoformat(),
        "endDate": today.isoformat(),
        "items": {key_id: [line]},
    }
