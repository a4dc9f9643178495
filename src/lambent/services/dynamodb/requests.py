"""
What requests say of items: keys, conditions, updates and projections, read and checked. Pure.

Each has two ways of saying it: expressions, and the parameters from before them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.languages.dynamodb_expressions import (
    Condition,
    ExpressionRefused,
    Item,
    Placeholders,
    Projection,
    checked_item,
    condition,
    legacy,
    projection,
    update,
)
from lambent.services.dynamodb.writing import Change

Params = Mapping[str, Any]

_EXPRESSIONS = (
    "ProjectionExpression",
    "FilterExpression",
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
)
_LEGACY = (
    "AttributesToGet",
    "AttributeUpdates",
    "Expected",
    "ConditionalOperator",
    "QueryFilter",
    "ScanFilter",
    "KeyConditions",
)
# What may have values, in AWS's order.
_WITH_VALUES = (
    "FilterExpression",
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what the languages refuse into DynamoDB's ValidationException."""
    try:
        yield
    except ExpressionRefused as refused:
        raise ValidationFailed(refused.message) from None


@contextmanager
def counting() -> Iterator[None]:
    """
    Say of a refusal that it is one.

    AWS: of requests that change one item by itself, and only of what they show without the table.
    """
    try:
        yield
    except ValidationFailed as refused:
        raise ValidationFailed(f"1 validation error detected: {refused.message}") from None


def put_change(params: Params) -> Change:
    check_styles(params, ("ConditionExpression",))
    _check_returned(params, ("NONE", "ALL_OLD"))
    return _change("Put", params["Item"], params)


def delete_change(params: Params) -> Change:
    check_styles(params, ("ConditionExpression",))
    _check_returned(params, ("NONE", "ALL_OLD"))
    return _change("Delete", params["Key"], params)


def update_change(params: Params) -> Change:
    check_styles(params, ("UpdateExpression", "ConditionExpression"))
    with refusing():
        key = checked_item(params["Key"])
        placeholders = placeholders_of(params)
        change = None
        if params.get("UpdateExpression") is not None:
            change = update(params["UpdateExpression"], placeholders)
        elif params.get("AttributeUpdates"):
            change = legacy.attribute_updates(params["AttributeUpdates"])
        holds = _condition(params, placeholders)
        placeholders.check_all_used()
    return Change("Update", params["TableName"], key, holds, change, _shows_old(params))


def check_change(params: Params) -> Change:
    """ConditionCheck of a transaction."""
    return _change("ConditionCheck", params["Key"], params)


def _change(kind: str, given: Params, params: Params) -> Change:
    """One that has no expression but its condition."""
    with refusing():
        item = checked_item(given)
        placeholders = placeholders_of(params)
        holds = _condition(params, placeholders)
        placeholders.check_all_used()
    return Change(kind, params["TableName"], item, holds, shows_old=_shows_old(params))


def read_key(key: Params) -> Item:
    with refusing():
        return checked_item(key)


def read_projection(params: Params) -> Projection | None:
    """Of GetItem and BatchGetItem, which have no other expression."""
    check_styles(params, ("ProjectionExpression",), with_values=False)
    with refusing():
        placeholders = placeholders_of(params)
        wanted = projection_in(params, placeholders)
        placeholders.check_all_used()
    return wanted


def placeholders_of(params: Params) -> Placeholders:
    return Placeholders(
        params.get("ExpressionAttributeNames"), params.get("ExpressionAttributeValues")
    )


def projection_in(params: Params, placeholders: Placeholders) -> Projection | None:
    text = params.get("ProjectionExpression")
    if text is not None:
        return projection(text, placeholders)
    names = params.get("AttributesToGet")
    return None if not names else legacy.attributes_to_get(names)


def filter_in(params: Params, placeholders: Placeholders) -> Condition | None:
    text = params.get("FilterExpression")
    if text is not None:
        return condition(text, placeholders, "FilterExpression")
    asked = params.get("QueryFilter") or params.get("ScanFilter")
    return legacy.item_filter(asked, params.get("ConditionalOperator")) if asked else None


def check_styles(params: Params, possible: tuple[str, ...], *, with_values: bool = True) -> None:
    """Refuse both styles in one request, and placeholders without an expression."""
    expressions = [name for name in _EXPRESSIONS if params.get(name) is not None]
    older = [name for name in _LEGACY if params.get(name) is not None]
    if expressions and older:
        raise ValidationFailed(
            "Can not use both expression and non-expression parameters in the same request:"
            f" Non-expression parameters: {{{', '.join(older)}}}"
            f" Expression parameters: {{{', '.join(expressions)}}}"
        )
    if params.get("ExpressionAttributeNames") is not None and not expressions:
        raise ValidationFailed(
            "ExpressionAttributeNames can only be specified when using expressions"
        )
    if not with_values or params.get("ExpressionAttributeValues") is None:
        return
    wanted = [name for name in _WITH_VALUES if name in possible]
    if not any(name in expressions for name in wanted):
        verb = "is" if len(wanted) == 1 else "are"
        raise ValidationFailed(
            "ExpressionAttributeValues can only be specified when using expressions:"
            f" {' and '.join(wanted)} {verb} null"
        )


def _condition(params: Params, placeholders: Placeholders) -> Condition | None:
    text = params.get("ConditionExpression")
    if text is not None:
        return condition(text, placeholders)
    asked = params.get("Expected")
    if asked:
        return legacy.expected(asked, params.get("ConditionalOperator"))
    if params.get("ConditionalOperator") is not None:
        raise ValidationFailed(
            "ConditionalOperator cannot be used without Filter or Expected"
            if asked is None
            else "ConditionalOperator can only be used when Filter or Expected has two or more"
            " elements"
        )
    return None


def _shows_old(params: Params) -> bool:
    return params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"


def _check_returned(params: Params, possible: tuple[str, ...]) -> None:
    if params.get("ReturnValues", "NONE") not in possible:
        # AWS: without the blanks, and the same words for PutItem and DeleteItem.
        raise ValidationFailed("ReturnValues can only be ALL_OLD or NONE")
