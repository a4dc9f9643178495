"""Sampling rules, and how many requests each client may trace by them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.xray import sampling, store
from lambent.services.xray.errors import InvalidRequest, RuleLimitExceeded
from lambent.services.xray.records import SamplingRule
from lambent.storage.database import Tx


def _arn(context: Context, name: str) -> str:
    return context.arn("xray", f"sampling-rule/{name}")


def _rules(tx: Tx, context: Context) -> Sequence[SamplingRule]:
    """Those of the account, and the default one unless it has been changed."""
    rules = store.sampling_rules(tx, context.account, context.region)
    if any(rule.rule["RuleName"] == sampling.DEFAULT for rule in rules):
        return rules
    return [*rules, sampling.default(_arn(context, sampling.DEFAULT))]


def _get(tx: Tx, context: Context, name: str) -> SamplingRule:
    rule = store.find_sampling_rule(tx, context.account, context.region, name)
    if rule is None and name == sampling.DEFAULT:
        return sampling.default(_arn(context, name))
    if rule is None:
        raise InvalidRequest(f"Sampling rule {name} does not exist.")
    return rule


async def get_sampling_rules(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/xray/latest/api/API_GetSamplingRules.html"""
    rules = await context.db.read(partial(_rules, context=context))
    return {"SamplingRuleRecords": [sampling.reply(rule) for rule in rules]}


async def create_sampling_rule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/xray/latest/api/API_CreateSamplingRule.html"""
    asked = params["SamplingRule"]
    name = sampling.name_in(asked)
    rule = {"Attributes": {}, **asked, "RuleName": name, "RuleARN": _arn(context, name)}
    now = context.clock.now()
    made = SamplingRule(rule, now, now)

    def write(tx: Tx) -> None:
        known = store.sampling_rules(tx, context.account, context.region)
        names = {one.rule["RuleName"] for one in known} | {sampling.DEFAULT}
        if name in names:
            raise InvalidRequest(f"Sampling rule {name} already exists.")
        if len(names) > sampling.MOST_RULES:
            raise RuleLimitExceeded("You have reached the maximum number of sampling rules.")
        store.put_sampling_rule(tx, context.account, context.region, made)

    await context.db.write(write)
    return {"SamplingRuleRecord": sampling.reply(made)}


async def update_sampling_rule(context: Context, params: Params) -> Reply:
    """
    Change some members of a rule; of the default rule the rate and the reservoir only.

    https://docs.aws.amazon.com/xray/latest/api/API_UpdateSamplingRule.html
    """
    asked = dict(params["SamplingRuleUpdate"])
    name = sampling.name_in(asked)
    asked.pop("RuleARN", None)
    if name == sampling.DEFAULT and not set(asked) <= {"RuleName", "FixedRate", "ReservoirSize"}:
        raise InvalidRequest("Only FixedRate and ReservoirSize of the default rule can change.")

    def write(tx: Tx) -> SamplingRule:
        known = _get(tx, context, name)
        changed = SamplingRule({**known.rule, **asked}, known.created, context.clock.now())
        store.put_sampling_rule(tx, context.account, context.region, changed)
        return changed

    return {"SamplingRuleRecord": sampling.reply(await context.db.write(write))}


async def delete_sampling_rule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/xray/latest/api/API_DeleteSamplingRule.html"""
    name = sampling.name_in(params)
    if name == sampling.DEFAULT:
        raise InvalidRequest("The default sampling rule cannot be deleted.")

    def write(tx: Tx) -> SamplingRule:
        known = _get(tx, context, name)
        store.remove_sampling_rule(tx, context.account, context.region, name)
        return known

    return {"SamplingRuleRecord": sampling.reply(await context.db.write(write))}


async def get_sampling_targets(context: Context, params: Params) -> Reply:
    """
    How many requests a client may trace by each rule; Lambent gives each the whole reservoir.

    https://docs.aws.amazon.com/xray/latest/api/API_GetSamplingTargets.html
    """
    rules = {
        rule.rule["RuleName"]: rule
        for rule in await context.db.read(partial(_rules, context=context))
    }
    now = context.clock.now()
    targets: list[dict[str, Any]] = []
    unprocessed = []
    for document in params["SamplingStatisticsDocuments"]:
        rule = rules.get(document["RuleName"])
        if rule is None:
            unprocessed.append({"RuleName": document["RuleName"], "ErrorCode": "RuleNotFound"})
            continue
        targets.append(
            {
                "RuleName": document["RuleName"],
                "FixedRate": rule.rule["FixedRate"],
                "ReservoirQuota": rule.rule["ReservoirSize"],
                "ReservoirQuotaTTL": now + sampling.QUOTA_SECONDS,
                "Interval": sampling.INTERVAL_SECONDS,
            }
        )
    return {
        "SamplingTargetDocuments": targets,
        "LastRuleModification": max(rule.modified for rule in rules.values()),
        "UnprocessedStatistics": unprocessed,
    }
