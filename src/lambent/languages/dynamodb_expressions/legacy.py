"""
The parameters from before expressions, which become the same conditions, projections and updates.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.languages.dynamodb_expressions.conditions import Condition
from lambent.languages.dynamodb_expressions.key_conditions import KeyCondition
from lambent.languages.dynamodb_expressions.projections import Projection
from lambent.languages.dynamodb_expressions.updates import Update


def expected(asked: Mapping[str, Any], conditional_operator: str | None = None) -> Condition:
    """Expected, with its ConditionalOperator."""
    raise NotImplementedError


def item_filter(asked: Mapping[str, Any], conditional_operator: str | None = None) -> Condition:
    """QueryFilter and ScanFilter."""
    raise NotImplementedError


def key_conditions(
    asked: Mapping[str, Any], partition_name: str, sort_name: str | None
) -> KeyCondition:
    """KeyConditions."""
    raise NotImplementedError


def attribute_updates(asked: Mapping[str, Any]) -> Update:
    """AttributeUpdates."""
    raise NotImplementedError


def attributes_to_get(names: Sequence[str]) -> Projection:
    """AttributesToGet."""
    raise NotImplementedError
