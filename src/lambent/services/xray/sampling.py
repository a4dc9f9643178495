"""
Sampling rules: which requests SDKs trace. Pure.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
"""

from collections.abc import Mapping
from typing import Any

from lambent.services.xray.errors import InvalidRequest
from lambent.services.xray.records import SamplingRule

DEFAULT = "Default"
# AWS: besides the default one.
MOST_RULES = 25
# How long a client may use its quota, and how often it tells what it has sampled.
QUOTA_SECONDS = 10
INTERVAL_SECONDS = 10


def default(arn: str) -> SamplingRule:
    """AWS: what every account has; one request a second, and one in twenty of the others."""
    rule = {
        "RuleName": DEFAULT,
        "RuleARN": arn,
        "ResourceARN": "*",
        "Priority": 10_000,
        "FixedRate": 0.05,
        "ReservoirSize": 1,
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
        "Attributes": {},
    }
    return SamplingRule(rule, 0.0, 0.0)


def reply(rule: SamplingRule) -> dict[str, Any]:
    return {"SamplingRule": rule.rule, "CreatedAt": rule.created, "ModifiedAt": rule.modified}


def name_in(params: Mapping[str, Any]) -> str:
    """The rule that RuleName or RuleARN names. Raises InvalidRequest."""
    name, arn = params.get("RuleName"), params.get("RuleARN")
    if (name is None) == (arn is None):
        raise InvalidRequest("Specify either RuleName or RuleARN, but not both.")
    return str(name) if name is not None else str(arn).rpartition("sampling-rule/")[2]
