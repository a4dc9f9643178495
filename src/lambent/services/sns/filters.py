"""
Filter policies: which messages does a subscription get? Pure.

The language is that of event patterns; over attributes it has one level, over bodies as many as
the body.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lambent.languages.event_patterns import Matcher, PatternInvalid, compile_pattern
from lambent.services.sns.errors import InvalidParameter
from lambent.services.sns.records import Message, Subscription

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"

_MOST_KEYS = 5
_MOST_COMBINATIONS = 150
_MOST_BYTES = 256 * 1024


def check_filter_policy(text: str, scope: str, prefix: str = "") -> None:
    """Raise AWS's InvalidParameter for what is no filter policy."""
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidParameter(f"{prefix}FilterPolicy: failed to parse JSON.") from None
    if not policy and isinstance(policy, dict):
        return
    try:
        compile_pattern(policy)
    except (PatternInvalid, RecursionError) as error:
        raise InvalidParameter(f"{prefix}FilterPolicy: {_reason(error)}") from None
    if len(text.encode()) > _MOST_BYTES:
        raise InvalidParameter(f"{prefix}FilterPolicy: Filter policy is too large")
    if scope == ATTRIBUTES and _is_nested(policy):
        raise InvalidParameter(
            f"{prefix}FilterPolicy: Filter policy scope MessageAttributes does not support nested"
            " filter policy"
        )
    leaves = list(_leaves(policy, 1))
    if len({path for path, _, _ in leaves}) > _MOST_KEYS:
        raise InvalidParameter(f"{prefix}FilterPolicy: Filter policy can not have more than 5 keys")
    combinations = 1
    for _, level, values in leaves:
        combinations *= level * values
    if combinations > _MOST_COMBINATIONS:
        raise InvalidParameter(f"{prefix}FilterPolicy: Filter policy is too complex")


def wants(subscription: Subscription, message: Message) -> bool:
    """Whether the subscription's filter policy lets the message through."""
    policy = subscription.attributes.get("FilterPolicy")
    if policy is None or policy == "{}":
        return True
    match = _matcher(policy)
    if subscription.attributes.get("FilterPolicyScope", ATTRIBUTES) == ATTRIBUTES:
        return match(_attributes_as_event(message.attributes))
    body = _body_as_event(message.text_for(subscription.protocol))
    return body is not None and match(body)


@lru_cache(maxsize=2_000)
def _matcher(policy: str) -> Matcher:
    parsed = json.loads(policy)
    return compile_pattern(parsed) if parsed else lambda event: True


def _attributes_as_event(attributes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for name, attribute in attributes.items():
        kind, text = attribute["Type"], attribute["Value"]
        if kind == "String.Array" or kind.split(".")[0] == "Number":
            event[name] = _json(text)
        elif kind.split(".")[0] == "String":
            event[name] = text
        # AWS: binary attributes are not looked at.
    return event


def _body_as_event(text: str) -> Mapping[str, Any] | None:
    """AWS: a body that is no JSON object matches nothing."""
    found = _json(text)
    return found if isinstance(found, dict) else None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _reason(error: Exception) -> str:
    return error.reason if isinstance(error, PatternInvalid) else "Filter policy is too complex"


def _is_nested(policy: Mapping[str, Any]) -> bool:
    for key, value in policy.items():
        if isinstance(value, Mapping):
            return True
        if key == "$or" and any(isinstance(each, Mapping) and _is_nested(each) for each in value):
            return True
    return False


def _leaves(
    policy: Mapping[str, Any], level: int, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Each leaf's path, how deep it lies, and how many values it has, as AWS counts them."""
    for key, value in policy.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, level + 1, (*path, key))
        elif key == "$or" and all(isinstance(each, Mapping) for each in value):
            for each in value:
                yield from _leaves(each, level, path)
        else:
            yield (*path, key), level, len(value)
