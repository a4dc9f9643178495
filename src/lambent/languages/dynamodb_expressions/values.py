"""
Attribute values: `{"S": …}` and the like, as requests bring them and items keep them.

A value is checked and normalised once, when it arrives: numbers are canonical text afterwards, and
what is compared or kept is a value that holds.
"""

from collections.abc import Mapping
from typing import Any

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]


def checked_item(item: Mapping[str, Any]) -> Item:
    """The item with each value checked and normalised; ExpressionRefused says what is wrong."""
    raise NotImplementedError


def checked_value(value: Mapping[str, Any]) -> AttributeValue:
    """The value checked and normalised; ExpressionRefused says what is wrong."""
    raise NotImplementedError


def item_size(item: Item) -> int:
    """The item's bytes as DynamoDB counts them: names, values, and what lists and maps add."""
    raise NotImplementedError


def equal(one: AttributeValue, other: AttributeValue) -> bool:
    """Whether two values are the same: sets in any order."""
    raise NotImplementedError
