"""
The parameters from before expressions, which become the same conditions, projections and updates.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lambent.languages.dynamodb_expressions import syntax
from lambent.languages.dynamodb_expressions.comparisons import in_order
from lambent.languages.dynamodb_expressions.conditions import Condition, condition_of
from lambent.languages.dynamodb_expressions.errors import ExpressionRefused, UpdateRefused
from lambent.languages.dynamodb_expressions.key_conditions import (
    KeyCondition,
    OneCondition,
    keys_asked_for,
)
from lambent.languages.dynamodb_expressions.projections import Projection, projection_of
from lambent.languages.dynamodb_expressions.updates import (
    Update,
    check_not_keys,
    increased,
    lessened,
)
from lambent.languages.dynamodb_expressions.values import (
    AttributeValue,
    Item,
    checked_value,
    kind_of,
)

_INVALID = "One or more parameter values were invalid: "

_SCALARS = ("S", "N", "B")
_ANY_TYPE = ("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS")
# For each ComparisonOperator, how many values it takes (the least and the most) and of which types.
_ARGUMENTS: Mapping[str, tuple[int, float, Collection[str]]] = {
    "EQ": (1, 1, _ANY_TYPE),
    "NE": (1, 1, _ANY_TYPE),
    "LE": (1, 1, _SCALARS),
    "LT": (1, 1, _SCALARS),
    "GE": (1, 1, _SCALARS),
    "GT": (1, 1, _SCALARS),
    "CONTAINS": (1, 1, (*_SCALARS, "BOOL", "NULL")),
    "NOT_CONTAINS": (1, 1, (*_SCALARS, "BOOL", "NULL")),
    "BEGINS_WITH": (1, 1, ("S", "B")),
    "IN": (1, float("inf"), _SCALARS),
    "BETWEEN": (2, 2, _SCALARS),
    "NULL": (0, 0, ()),
    "NOT_NULL": (0, 0, ()),
}
_COMPARISONS = {
    "EQ": "=",
    "NE": "<>",
    "LE": "<=",
    "LT": "<",
    "GE": ">=",
    "GT": ">",
    "IN": "IN",
    "BETWEEN": "BETWEEN",
}
_KEY_OPERATORS = {
    "EQ": "=",
    "LE": "<=",
    "LT": "<",
    "GE": ">=",
    "GT": ">",
    "BETWEEN": "BETWEEN",
    "BEGINS_WITH": "begins_with",
}


def expected(asked: Mapping[str, Any], conditional_operator: str | None = None) -> Condition:
    """Expected, with its ConditionalOperator."""
    _check_conditional_operator(asked, conditional_operator)
    return _joined(
        [(name, *_expectation(name, one)) for name, one in asked.items()], conditional_operator
    )


def item_filter(asked: Mapping[str, Any], conditional_operator: str | None = None) -> Condition:
    """QueryFilter and ScanFilter."""
    _check_conditional_operator(asked, conditional_operator)
    return _joined(
        [(name, *_comparison(one)) for name, one in asked.items()],
        conditional_operator,
        "FilterExpression",
    )


def key_conditions(
    asked: Mapping[str, Any], partition_name: str, sort_name: str | None
) -> KeyCondition:
    """KeyConditions."""
    compared = {name: _comparison(one) for name, one in asked.items()}
    if len(compared) not in (1, 2):
        raise ExpressionRefused("Conditions can be of length 1 or 2 only")
    conditions = []
    for name, (operator, values) in compared.items():
        if operator not in _KEY_OPERATORS:
            raise ExpressionRefused(
                "Attempted conditional constraint is not an indexable operation"
            )
        conditions.append(OneCondition(name, _KEY_OPERATORS[operator], values))
    return keys_asked_for(conditions, partition_name, sort_name)


def attributes_to_get(names: Sequence[str]) -> Projection:
    """AttributesToGet."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ExpressionRefused(f"{_INVALID}Duplicate value in attribute name: {name}")
    return projection_of([(name,) for name in names])


def _check_conditional_operator(asked: Collection[str], conditional_operator: str | None) -> None:
    if conditional_operator is None:
        return
    if not asked:
        raise ExpressionRefused("ConditionalOperator cannot be used without Filter or Expected")
    if len(asked) == 1:
        raise ExpressionRefused(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


_Comparison = tuple[str, tuple[AttributeValue, ...]]


def _expectation(name: str, one: Mapping[str, Any]) -> _Comparison:
    """The ComparisonOperator and values of an element of Expected, in either of its forms."""
    value, several = one.get("Value"), one.get("AttributeValueList")
    operator, exists = one.get("ComparisonOperator"), one.get("Exists")
    if value is not None and several is not None:
        raise _refusal("Value and AttributeValueList cannot be used together", name)
    if operator is not None:
        if exists is not None:
            raise _refusal("Exists and ComparisonOperator cannot be used together", name)
        if operator not in ("NULL", "NOT_NULL") and value is None and several is None:
            raise _refusal(
                f"Value or AttributeValueList must be used with ComparisonOperator: {operator}",
                name,
            )
        given = several if several is not None else [] if value is None else [value]
        return _comparison({"ComparisonOperator": operator, "AttributeValueList": given})
    if several is not None:
        raise _refusal("AttributeValueList can only be used with a ComparisonOperator", name)
    if exists is False:
        if value is not None:
            raise _refusal("Value cannot be used when Exists is false", name)
        return "NULL", ()
    if value is None:
        shown = "null" if exists is None else "true"
        raise _refusal(f"Value must be provided when Exists is {shown}", name)
    return "EQ", (checked_value(value),)


def _refusal(reason: str, name: str) -> ExpressionRefused:
    return ExpressionRefused(f"{_INVALID}{reason} for Attribute: {name}")


def _comparison(one: Mapping[str, Any]) -> _Comparison:
    operator = one["ComparisonOperator"]
    values = tuple(checked_value(value) for value in one.get("AttributeValueList") or ())
    least, most, types = _ARGUMENTS[operator]
    if not least <= len(values) <= most:
        raise ExpressionRefused(
            f"{_INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator"
        )
    kinds = [kind_of(value) for value in values]
    if len(set(kinds)) > 1:
        raise ExpressionRefused(
            f"{_INVALID}AttributeValues inside AttributeValueList must be of same type"
        )
    for kind in kinds:
        if kind not in types:
            raise ExpressionRefused(
                f"{_INVALID}ComparisonOperator {operator} is not valid for {kind} AttributeValue"
                " type"
            )
    if operator == "BETWEEN" and in_order(lambda low, high: low > high, *values):
        raise ExpressionRefused(
            "The BETWEEN condition was provided a range where the lower bound is greater than the"
            " upper bound"
        )
    return operator, values


def _joined(
    comparisons: Sequence[tuple[str, str, tuple[AttributeValue, ...]]],
    conditional_operator: str | None,
    kind: str = "ConditionExpression",
) -> Condition:
    """All of them (AND), or any (OR), as one condition."""
    values: dict[str, AttributeValue] = {}
    trees = []
    for name, operator, given in comparisons:
        operands = []
        for value in given:
            operands.append(syntax.Value(f":{len(values)}"))
            values[operands[-1].name] = value
        trees.append(_tree(syntax.Path((name,)), operator, tuple(operands)))
    if not trees:
        return Condition(lambda item: True, frozenset())
    tree = (
        trees[0]
        if len(trees) == 1
        else syntax.Junction(conditional_operator or "AND", tuple(trees))
    )
    return condition_of(tree, values, kind)


def _tree(path: syntax.Path, operator: str, operands: tuple[syntax.Value, ...]) -> syntax.Tree:
    if operator in _COMPARISONS:
        return syntax.Comparison(_COMPARISONS[operator], (path, *operands))
    if operator == "NOT_CONTAINS":
        return syntax.Not(syntax.Call("contains", (path, *operands)))
    return syntax.Call(_FUNCTIONS[operator], (path, *operands))


_FUNCTIONS = {
    "NULL": "attribute_not_exists",
    "NOT_NULL": "attribute_exists",
    "CONTAINS": "contains",
    "BEGINS_WITH": "begins_with",
}


# AttributeUpdates.

_SETS = ("SS", "NS", "BS")
# AWS: ADD takes lists as well, which ADD of an UpdateExpression does not.
_ADDED_TYPES = ("N", "L", *_SETS)


def attribute_updates(asked: Mapping[str, Any]) -> Update:
    """AttributeUpdates."""
    changes = [(name, *_change(one)) for name, one in asked.items()]
    names = frozenset(asked)

    def applied(item: Item, key_names: Collection[str]) -> Item:
        check_not_keys(names, key_names)
        following = dict(item)
        for name, action, value in changes:
            left = _changed(following.get(name), action, value)
            if left is None:
                following.pop(name, None)
            else:
                following[name] = left
        return following

    changed = projection_of([(name,) for name in asked])
    return Update(applied, changed.of, names, names)


def _change(one: Mapping[str, Any]) -> tuple[str, AttributeValue | None]:
    action = one.get("Action") or "PUT"
    if one.get("Value") is None:
        if action != "DELETE":
            raise ExpressionRefused(
                f"{_INVALID}Only DELETE action is allowed when no attribute value is specified"
            )
        return action, None
    value = checked_value(one["Value"])
    kind = kind_of(value)
    if action == "DELETE" and kind not in _SETS:
        raise ExpressionRefused(
            f"{_INVALID}DELETE action with value is not supported for the type {kind}"
        )
    if action == "ADD" and kind not in _ADDED_TYPES:
        raise ExpressionRefused(f"{_INVALID}ADD action is not supported for the type {kind}")
    return action, value


def _changed(
    found: AttributeValue | None, action: str, value: AttributeValue | None
) -> AttributeValue | None:
    if value is None or action == "PUT":
        return value
    if found is None:
        return value if action == "ADD" else None
    if kind_of(found) != kind_of(value):
        raise UpdateRefused("Type mismatch for attribute to update")
    if action == "DELETE":
        return lessened(found, value)
    if "L" in value:
        return {"L": found["L"] + value["L"]}
    return increased(found, value)
