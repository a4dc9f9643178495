"""
When a delivery that failed is tried again; pure.

A policy has four phases: at once, after the shortest delay, with growing delays, and after the
longest. Only that of HTTP(S) can be changed, by the topic and by the subscription.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lambent.services.sns.errors import InvalidParameter
from lambent.services.sns.rules import json_object_in

_DEFAULT_CONTENT_TYPE = "text/plain; charset=UTF-8"
# AWS: all retries of an HTTP endpoint together may take an hour, and one wait no longer.
_LONGEST = 3_600
_MOST_RETRIES = 100
_MOST_PER_SECOND = 100_000

_DEFAULT_RETRIES: Mapping[str, Any] = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
_FUNCTIONS = frozenset({"arithmetic", "exponential", "geometric", "linear"})
_TOPIC_KEYS = frozenset(
    {
        "defaultHealthyRetryPolicy",
        "defaultRequestPolicy",
        "defaultThrottlePolicy",
        "disableSubscriptionOverrides",
    }
)
_SUBSCRIPTION_KEYS = frozenset(
    {"healthyRetryPolicy", "guaranteed", "requestPolicy", "sicklyRetryPolicy", "throttlePolicy"}
)


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How often, how long after one another, and as what content."""

    at_once: int
    at_shortest: int
    growing: int
    at_longest: int
    shortest: float
    longest: float
    function: str
    content_type: str = _DEFAULT_CONTENT_TYPE


# Lambda and SQS: tried for 23 days.
AWS_ENDPOINTS = DeliveryPolicy(3, 2, 10, 100_000, 1.0, 20.0, "exponential")


def delay_before_retry(policy: DeliveryPolicy, failures: int) -> float | None:
    """Seconds until the next try after so many failed; None when there is none."""
    retry = failures - 1
    if retry < policy.at_once:
        return 0.0
    retry -= policy.at_once
    if retry < policy.at_shortest:
        return policy.shortest
    retry -= policy.at_shortest
    if retry < policy.growing:
        return _growing_delay(policy, retry)
    return policy.longest if retry - policy.growing < policy.at_longest else None


def effective_policy(topic_text: str | None, subscription_text: str | None) -> DeliveryPolicy:
    """What an HTTP(S) subscription has: its own, else its topic's, else the default."""
    return _effective(topic_text, subscription_text)


def topic_policy(text: str, prefix: str = "") -> Mapping[str, Any]:
    """The `http` part of a topic's DeliveryPolicy, checked."""
    document = json_object_in(text, f"{prefix}DeliveryPolicy")
    policy = document.get("http", {})
    if set(document) - {"http"} or not isinstance(policy, dict) or set(policy) - _TOPIC_KEYS:
        raise InvalidParameter(f"{prefix}DeliveryPolicy: JSON is not well-formed")
    _check_parts(policy, "defaultHealthyRetryPolicy", "defaultThrottlePolicy", prefix)
    return policy


def subscription_policy(text: str, prefix: str = "") -> Mapping[str, Any]:
    policy = json_object_in(text, f"{prefix}DeliveryPolicy")
    if set(policy) - _SUBSCRIPTION_KEYS:
        raise InvalidParameter(f"{prefix}DeliveryPolicy: JSON is not well-formed")
    _check_parts(policy, "healthyRetryPolicy", "throttlePolicy", prefix)
    return policy


def shown_topic_policy(text: str | None) -> str:
    """The EffectiveDeliveryPolicy of a topic."""
    policy = {} if text is None else dict(topic_policy(text))
    shown = {
        "defaultHealthyRetryPolicy": {
            **_DEFAULT_RETRIES,
            **(policy.get("defaultHealthyRetryPolicy") or {}),
        },
        "disableSubscriptionOverrides": policy.get("disableSubscriptionOverrides", False),
        "defaultRequestPolicy": policy.get("defaultRequestPolicy")
        or {"headerContentType": _DEFAULT_CONTENT_TYPE},
    }
    if policy.get("defaultThrottlePolicy"):
        shown["defaultThrottlePolicy"] = policy["defaultThrottlePolicy"]
    return json.dumps({"http": shown}, separators=(",", ":"))


def shown_subscription_policy(topic_text: str | None, subscription_text: str | None) -> str:
    """The EffectiveDeliveryPolicy of an HTTP(S) subscription."""
    retries, request, throttle = _merged(topic_text, subscription_text)
    shown = {
        "healthyRetryPolicy": retries,
        "sicklyRetryPolicy": None,
        "throttlePolicy": throttle or {"maxReceivesPerSecond": None},
        "requestPolicy": request,
        "guaranteed": False,
    }
    return json.dumps(shown, separators=(",", ":"))


@lru_cache(maxsize=1_000)
def _effective(topic_text: str | None, subscription_text: str | None) -> DeliveryPolicy:
    retries, request, _ = _merged(topic_text, subscription_text)
    at_once = retries["numNoDelayRetries"]
    at_shortest = retries["numMinDelayRetries"]
    at_longest = retries["numMaxDelayRetries"]
    return DeliveryPolicy(
        at_once=at_once,
        at_shortest=at_shortest,
        growing=retries["numRetries"] - at_once - at_shortest - at_longest,
        at_longest=at_longest,
        shortest=float(retries["minDelayTarget"]),
        longest=float(retries["maxDelayTarget"]),
        function=retries["backoffFunction"],
        content_type=request.get("headerContentType") or _DEFAULT_CONTENT_TYPE,
    )


def _merged(
    topic_text: str | None, subscription_text: str | None
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None]:
    """The retry, request and throttle policies that hold for a subscription."""
    of_topic = {} if topic_text is None else topic_policy(topic_text)
    own: Mapping[str, Any] = {}
    if subscription_text is not None and not of_topic.get("disableSubscriptionOverrides"):
        own = subscription_policy(subscription_text)
    retries = own.get("healthyRetryPolicy") or of_topic.get("defaultHealthyRetryPolicy") or {}
    request = own.get("requestPolicy") or of_topic.get("defaultRequestPolicy")
    return (
        {**_DEFAULT_RETRIES, **retries},
        request or {"headerContentType": _DEFAULT_CONTENT_TYPE},
        own.get("throttlePolicy") or of_topic.get("defaultThrottlePolicy"),
    )


def _check_parts(policy: Mapping[str, Any], retries: str, throttle: str, prefix: str) -> None:
    for name in policy:
        if name.endswith("Policy") and not isinstance(policy[name], dict | None):
            raise InvalidParameter(f"{prefix}DeliveryPolicy: {name} must be an object")
    if policy.get(retries):
        _check_retries(
            {**_DEFAULT_RETRIES, **policy[retries]}, f"{prefix}DeliveryPolicy: {retries}"
        )
    if policy.get(throttle):
        _check_number(
            policy[throttle],
            "maxReceivesPerSecond",
            1,
            _MOST_PER_SECOND,
            f"{prefix}DeliveryPolicy: {throttle}",
        )


def _check_retries(retries: Mapping[str, Any], what: str) -> None:
    if set(retries) - set(_DEFAULT_RETRIES):
        raise InvalidParameter(f"{what} has an unknown member")
    _check_number(retries, "maxDelayTarget", 1, _LONGEST, what)
    _check_number(retries, "minDelayTarget", 1, retries["maxDelayTarget"], what)
    _check_number(retries, "numRetries", 0, _MOST_RETRIES, what)
    phases = ("numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries")
    for phase in phases:
        _check_number(retries, phase, 0, _MOST_RETRIES, what)
    if sum(retries[phase] for phase in phases) > retries["numRetries"]:
        raise InvalidParameter(
            f"{what}.numRetries must be greater than or equal to total of numNoDelayRetries,"
            " numMinDelayRetries and numMaxDelayRetries"
        )
    if retries["backoffFunction"] not in _FUNCTIONS:
        raise InvalidParameter(f"{what}.backoffFunction must be one of {sorted(_FUNCTIONS)}")


def _check_number(part: Mapping[str, Any], name: str, least: int, most: int, what: str) -> None:
    value = part.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidParameter(f"{what}.{name} must be between {least} and {most}")


def _growing_delay(policy: DeliveryPolicy, number: int) -> float:
    """From the shortest delay to the longest in `growing` steps, along the function's curve."""
    steps = max(policy.growing - 1, 1)
    part = number / steps
    spread = policy.longest - policy.shortest
    match policy.function:
        case "linear":
            return policy.shortest + spread * part
        case "arithmetic":
            return policy.shortest + spread * part * (number + 1) / (steps + 1)
        case "geometric":
            return policy.shortest + spread * part * part
        case _:
            ratio = policy.longest / policy.shortest
            return float(policy.shortest * ratio**part)
