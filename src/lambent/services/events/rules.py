"""Limits, patterns and times of rules, and what follows from a delivery that failed; pure."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import (
    AccessDenied,
    AwsError,
    NotFound,
    NotSupported,
    ServerFault,
    Throttled,
)
from lambent.languages import schedules
from lambent.languages.event_patterns import (
    Matcher,
    PatternInvalid,
    compile_pattern,
    reason_in,
    syntax_reason,
)
from lambent.services.events.errors import DeliveryFailed, InvalidEventPattern, ValidationFailed
from lambent.services.events.records import Rule
from lambent.work.audience import EVERY
from lambent.work.backoff import exponential

DEFAULT_BUS = "default"
MOST_RULES = 300
MOST_TARGETS = 5
MOST_BUSES = 100
MOST_CONNECTIONS = 3_000
MOST_DESTINATIONS = 3_000
MOST_ARCHIVES = 100
MOST_TAGS = 50
MOST_RESULTS = 100
MOST_POLICY_BYTES = 10_240
# AWS counts hops between accounts and Regions only; ours ends a ring of buses as well.
MOST_HOPS = 16

# AWS: a target is tried for a day and 185 times unless it says otherwise.
_MOST_AGE = 86_400.0
_MOST_RETRIES = 185
_FIRST_BACKOFF = 1.0
_LONGEST_BACKOFF = 600.0


def bus_place(name: str, account: str, region: str) -> tuple[str, str, str]:
    """Account, region and name of a bus that is given by its name or its ARN."""
    if not name.startswith("arn:"):
        return account, region, name
    arn = Arn.parse(name)
    kind, _, bus = arn.resource.partition("/")
    if arn.service != "events" or kind != "event-bus" or not bus:
        raise ValidationFailed(f"Parameter {name} is not valid. Reason: Provided Arn is not valid.")
    return arn.account or account, arn.region or region, bus


@lru_cache(maxsize=4_096)
def matcher_of(pattern: str) -> Matcher:
    """The matcher of a pattern's text; raises InvalidEventPattern."""
    try:
        parsed = json.loads(pattern, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise InvalidEventPattern(syntax_reason(pattern)) from None
    try:
        return compile_pattern(parsed)
    except PatternInvalid as error:
        raise InvalidEventPattern(reason_in(pattern, error)) from None


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def sources_of(pattern: str) -> frozenset[str]:
    """The sources that can match, or EVERY where the pattern does not list them."""
    asked = json.loads(pattern).get("source")
    if isinstance(asked, list) and all(isinstance(one, str) for one in asked):
        return frozenset(asked)
    return frozenset({EVERY})


def check_schedule(expression: str, bus: str) -> None:
    if bus != DEFAULT_BUS:
        raise ValidationFailed("ScheduleExpression is supported only on the default event bus.")
    schedules.parse_rule_schedule(expression)


def with_rhythm(rule: Rule, known: Rule | None, now: float) -> Rule:
    """A schedule counts from its beginning; one that goes on unchanged keeps its next time."""
    goes_on = (
        known is not None
        and known.is_enabled
        and rule.is_enabled
        and known.expression == rule.expression
    )
    if known is not None and goes_on:
        return replace(rule, counts_from=known.counts_from, next_time=known.next_time)
    rule = replace(rule, counts_from=now)
    return replace(rule, next_time=following_time(rule, now) if rule.is_enabled else None)


def following_time(rule: Rule, after: float) -> float | None:
    if not rule.expression:
        return None
    kind = schedules.parse_rule_schedule(rule.expression)
    return schedules.next_fire_time(kind, after, rule.counts_from)


def retry_limits(target: Mapping[str, Any]) -> tuple[float, int]:
    """How old an event may get, and how often it is tried again."""
    policy = target.get("RetryPolicy", {})
    return (
        float(policy.get("MaximumEventAgeInSeconds", _MOST_AGE)),
        int(policy.get("MaximumRetryAttempts", _MOST_RETRIES)),
    )


def retry_at(
    target: Mapping[str, Any], first_tried: float, retries: int, now: float, least: float = 0.0
) -> float | str:
    """When to try again, `least` seconds from now; or the name of the condition exhausted."""
    most_age, most_retries = retry_limits(target)
    if retries >= most_retries:
        return "MaximumRetryAttempts"
    wait = exponential(retries + 1, first=_FIRST_BACKOFF, most=_LONGEST_BACKOFF)
    at = now + max(wait, least)
    return "MaximumEventAgeInSeconds" if at - first_tried > most_age else at


def may_succeed_later(error: AwsError) -> bool:
    """AWS: what is not there, or not allowed, is not tried again; nor is what was wrong."""
    if isinstance(error, NotSupported | NotFound):
        return False
    return (
        isinstance(error, Throttled | ServerFault)
        or error.status >= 500
        or error.status == 429
        or "Throttl" in error.code
        or "TooManyRequests" in error.code
        or error.code == "ResourceConflictException"
    )


def error_code(error: AwsError) -> str:
    """What a dead letter calls it."""
    if isinstance(error, DeliveryFailed):
        return error.dead_letter_code
    if _is_absent(error):
        return "NO_RESOURCE"
    if isinstance(error, AccessDenied) or "AccessDenied" in error.code:
        return "NO_PERMISSIONS"
    if isinstance(error, Throttled) or "Throttl" in error.code or "TooMany" in error.code:
        return "THROTTLING"
    if isinstance(error, NotSupported):
        return "SDK_CLIENT_ERROR"
    return "INTERNAL_ERROR" if error.status >= 500 else "INVALID_PARAMETER"


def _is_absent(error: AwsError) -> bool:
    words = ("NotFound", "DoesNotExist", "NonExistent", "NoSuch")
    return isinstance(error, NotFound) or any(word in error.code for word in words)


def checked_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MOST_TAGS:
        raise ValidationFailed(f"The number of tags exceeds the limit of {MOST_TAGS}.")
    return tags
