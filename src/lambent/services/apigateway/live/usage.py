"""
API keys, usage plans and throttling: whether there is room for one more request.

Rates are held in memory, as on AWS best effort; quotas are counted in the store.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambent.platform import Context
from lambent.services.apigateway import kinds, store, usage_rules
from lambent.services.apigateway.live.asked import Asked
from lambent.services.apigateway.live.refusing import Refused
from lambent.services.apigateway.records import Document, Owner, Usage
from lambent.services.apigateway.usage_rules import Bucket
from lambent.storage.database import Tx

_CACHE = "apigateway.buckets"
_MOST_BUCKETS = 50_000
# AWS's limits of an account: what is as high takes no looking after.
_ACCOUNT_RATE = 10_000.0


@dataclass(frozen=True, slots=True)
class Customer:
    """A key, and the plan by which it may use the stage."""

    key: Document
    plan: Document


async def admit(context: Context, asked: Asked) -> Asked:
    """The request with its API key, counted. Raises Refused."""
    _check_method_rate(context, asked)
    if not asked.endpoint.method.get("apiKeyRequired"):
        return asked
    customer = await _customer(context, asked)
    if customer is None:
        raise Refused("INVALID_API_KEY")
    _check_plan_rate(context, asked, customer)
    if customer.plan.get("quota"):
        await context.db.write(lambda tx: _count(tx, context, customer))
    return replace(asked, api_key={"id": customer.key["id"], "value": customer.key["value"]})


async def _customer(context: Context, asked: Asked) -> Customer | None:
    if asked.site.api.get("apiKeySource") == "AUTHORIZER":
        value = (asked.authorizer or {}).get("usageIdentifierKey")
    else:
        value = asked.header("x-api-key")
    if not value:
        return None
    return await context.db.read(lambda tx: _find(tx, asked, str(value)))


def _find(tx: Tx, asked: Asked, value: str) -> Customer | None:
    site = asked.site
    key_id = store.find_key_of_value(tx, site.account, site.region, value)
    owner = Owner(site.account, site.region)
    key = store.find_part(tx, owner, kinds.API_KEY.name, key_id) if key_id else None
    if key is None or not key.document.get("enabled"):
        return None
    for plan_id in store.list_plans_of_key(tx, site.account, site.region, key.id):
        plan = store.find_part(tx, owner, kinds.USAGE_PLAN.name, plan_id)
        if plan and usage_rules.stage_in(plan.document, site.api_id, site.stage_name) is not None:
            return Customer(key.document, plan.document)
    return None


def _check_method_rate(context: Context, asked: Asked) -> None:
    key, settings = settings_of(asked)
    rate = settings.get("throttlingRateLimit")
    if rate is None or rate >= _ACCOUNT_RATE:
        return
    site = asked.site
    burst = settings.get("throttlingBurstLimit", rate)
    _take(context, (site.api_id, site.stage_name, key), rate, burst)


def _check_plan_rate(context: Context, asked: Asked, customer: Customer) -> None:
    plan, key = customer.plan, customer.key["id"]
    _take_from(context, (plan["id"], key), plan.get("throttle"))
    stage = usage_rules.stage_in(plan, asked.site.api_id, asked.site.stage_name) or {}
    path = asked.endpoint.resource_path
    for method in (asked.method, asked.endpoint.http_method):
        limits = (stage.get("throttle") or {}).get(f"{path}/{method}")
        if limits:
            _take_from(context, (plan["id"], key, path, method), limits)
            return


def _take_from(context: Context, key: object, limits: Mapping[str, Any] | None) -> None:
    if limits and limits.get("rateLimit") is not None:
        rate = float(limits["rateLimit"])
        _take(context, key, rate, float(limits.get("burstLimit") or rate))


def _take(context: Context, key: object, rate: float, burst: float) -> None:
    buckets: dict[object, Bucket] = context.platform.caches.setdefault(_CACHE, {})
    left = usage_rules.taken(buckets.get(key), rate, burst, context.clock.now())
    if left is None:
        raise Refused("THROTTLED")
    if len(buckets) >= _MOST_BUCKETS:
        buckets.clear()
    buckets[key] = left


def _count(tx: Tx, context: Context, customer: Customer) -> None:
    """One more request of the key; Refused where its quota has no room for it."""
    quota, plan_id, key_id = customer.plan["quota"], customer.plan["id"], customer.key["id"]
    today = usage_rules.day_of(context.clock.now())
    begin = usage_rules.period_begin(quota, today).isoformat()
    usages = store.list_usage(tx, plan_id, key_id, begin, today.isoformat())
    first = store.find_first_day(tx, plan_id, key_id)
    if usage_rules.left(quota, usages, today, first) < 1:
        raise Refused("QUOTA_EXCEEDED")
    store.add_usage(tx, plan_id, Usage(key_id, today.isoformat(), 1, 0))


def settings_of(asked: Asked) -> tuple[str, Mapping[str, Any]]:
    """The stage's settings for the method, and the key under which they stand."""
    settings = asked.site.stage.get("methodSettings") or {}
    if not settings:
        return "", {}
    path = asked.endpoint.resource_path
    for method in (asked.method, asked.endpoint.http_method):
        # AWS: clients write the path with its first slash and without.
        for key in (f"{path[1:]}/{method}", f"{path}/{method}"):
            if key in settings:
                return key, settings[key]
    return "*/*", settings.get("*/*", {})
