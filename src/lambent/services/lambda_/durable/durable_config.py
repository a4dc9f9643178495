"""
DurableConfig: what makes a function durable, when it is created. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html
"""

from collections.abc import Mapping
from typing import Any

from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.records import Configuration

_RETENTION_DAYS = 14


def chosen(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The DurableConfig of a function that is created, with AWS's defaults."""
    if not asked.get("ExecutionTimeout"):
        raise InvalidParameterValue(
            "You cannot create a function with a durable configuration without an executionTimeout"
        )
    return {"RetentionPeriodInDays": _RETENTION_DAYS, **_given(asked)}


def changed(before: Configuration, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The DurableConfig after an update. AWS: a function is durable from the beginning or never."""
    if before.durable is None:
        raise InvalidParameterValue(
            "You cannot add a durable configuration to an existing function."
        )
    return {**before.durable, **_given(asked)}


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in asked.items() if value not in (None, "")}
