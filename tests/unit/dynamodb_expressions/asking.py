"""One expression asked as a request would ask it; a refusal is its message."""

from collections.abc import Mapping
from typing import Any

from lambent.languages.dynamodb_expressions import (
    ExpressionRefused,
    Item,
    KeyCondition,
    Placeholders,
    checked_item,
    condition,
    key_condition,
    projection,
    update,
)

Values = Mapping[str, Any]


def holds(
    text: str,
    item: Mapping[str, Any] | None = None,
    values: Values | None = None,
    names: Mapping[str, str] | None = None,
    kind: str = "ConditionExpression",
) -> bool | str:
    try:
        placeholders = Placeholders(names, values)
        found = condition(text, placeholders, kind)
        placeholders.check_all_used()
        return found.holds(checked_item(item or {}))
    except ExpressionRefused as refused:
        return refused.message


def refused_condition(
    text: str, values: Values | None = None, names: Mapping[str, str] | None = None
) -> str:
    """What the condition is refused for, without the words that every refusal begins with."""
    answer = holds(text, {}, values, names)
    assert isinstance(answer, str), f"{text} is not refused"
    return answer.removeprefix("Invalid ConditionExpression: ")


def updated(
    text: str,
    item: Mapping[str, Any] | None = None,
    values: Values | None = None,
    names: Mapping[str, str] | None = None,
) -> Item | str:
    try:
        placeholders = Placeholders(names, values)
        found = update(text, placeholders)
        placeholders.check_all_used()
        return found.applied(checked_item(item or {}), ("pk", "sk"))
    except ExpressionRefused as refused:
        return refused.message


def refused_update(
    text: str,
    item: Mapping[str, Any] | None = None,
    values: Values | None = None,
    names: Mapping[str, str] | None = None,
) -> str:
    answer = updated(text, item, values, names)
    assert isinstance(answer, str), f"{text} is not refused"
    return answer.removeprefix("Invalid UpdateExpression: ")


def projected(
    text: str, item: Mapping[str, Any], names: Mapping[str, str] | None = None
) -> Item | str:
    try:
        placeholders = Placeholders(names)
        found = projection(text, placeholders)
        placeholders.check_all_used()
        return found.of(checked_item(item))
    except ExpressionRefused as refused:
        return refused.message


def keys(
    text: str, values: Values | None = None, sort_name: str | None = "sk"
) -> KeyCondition | str:
    try:
        return key_condition(text, Placeholders(None, values), "pk", sort_name)
    except ExpressionRefused as refused:
        return refused.message
