"""Limits and checks that topics, subscriptions and messages share; pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lambent.core import errors
from lambent.core.arn import Arn
from lambent.services.sns.errors import InvalidParameter, TagLimitExceeded

PAGE = 100
MOST_TAGS = 50


def topic_arn_in(text: str, member: str = "TopicArn") -> Arn:
    """The ARN of a topic; what is none is refused in AWS's words."""
    arn = arn_in(text, member)
    if arn.service != "sns" or not arn.region or not arn.account or ":" in arn.resource:
        raise InvalidParameter(member)
    return arn


def subscription_arn_in(text: str) -> Arn:
    arn = arn_in(text, "SubscriptionArn")
    if arn.service != "sns" or arn.resource.count(":") != 1:
        raise InvalidParameter(
            "SubscriptionArn Reason: A subscription ARN must have 7 elements,"
            f" not {text.count(':') + 1}"
        )
    return arn


def arn_in(text: str, member: str) -> Arn:
    elements = text.count(":") + 1
    if elements < 6:
        raise InvalidParameter(
            f"{member} Reason: An ARN must have at least 6 elements, not {elements}"
        )
    try:
        return Arn.parse(text)
    except errors.ValidationFailed:
        raise InvalidParameter(f"{member} Reason: {text} is not an ARN") from None


def json_object_in(text: str, what: str) -> dict[str, Any]:
    """The JSON object that an attribute holds."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidParameter(f"{what}: failed to parse JSON.")
    return found


def tags_in(asked: Iterable[Mapping[str, str]]) -> dict[str, str]:
    tags: dict[str, str] = {}
    for tag in asked:
        if tag["Key"] in tags:
            raise InvalidParameter("Duplicated keys are not allowed.")
        tags[tag["Key"]] = tag["Value"]
    return checked_tags(tags)


def checked_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MOST_TAGS:
        raise TagLimitExceeded("Could not complete request: tag quota of per resource exceeded")
    return tags
