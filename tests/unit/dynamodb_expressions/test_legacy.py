"""The parameters from before expressions."""

from typing import Any

import pytest

from lambent.languages.dynamodb_expressions import (
    ExpressionRefused,
    KeyCondition,
    SortCondition,
    legacy,
)

_ITEM = {
    "s": {"S": "hello"},
    "n": {"N": "10"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "1"}]},
}


def _compared(operator: str, *values: dict[str, Any]) -> dict[str, Any]:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


EXPECTED: list[tuple[dict[str, Any], bool]] = [
    ({"s": {"Value": {"S": "hello"}}}, True),
    ({"s": {"Value": {"S": "other"}, "Exists": True}}, False),
    ({"gone": {"Exists": False}}, True),
    ({"s": {"Exists": False}}, False),
    ({"n": {"ComparisonOperator": "GE", "Value": {"N": "9.5"}}}, True),
    ({"n": _compared("BETWEEN", {"N": "10"}, {"N": "11"})}, True),
    ({"n": _compared("IN", {"N": "1"}, {"N": "10.0"})}, True),
    ({"n": _compared("NE", {"S": "10"})}, True),
    ({"s": _compared("BEGINS_WITH", {"S": "hell"})}, True),
    ({"ss": _compared("CONTAINS", {"S": "b"})}, True),
    ({"ss": _compared("NOT_CONTAINS", {"S": "b"})}, False),
    ({"ss": _compared("EQ", {"SS": ["b", "a"]})}, True),
    ({"s": {"ComparisonOperator": "NOT_NULL"}}, True),
    ({"s": {"ComparisonOperator": "NULL"}}, False),
    ({"s": {"Value": {"S": "hello"}}, "n": {"Value": {"N": "1"}}}, False),
    ({}, True),
]


@pytest.mark.parametrize(("asked", "holds"), EXPECTED)
def test_what_is_expected_holds(asked: dict[str, Any], holds: bool) -> None:
    assert legacy.expected(asked).holds(_ITEM) is holds


def test_conditions_are_joined_by_the_conditional_operator() -> None:
    asked = {"s": _compared("EQ", {"S": "x"}), "n": _compared("EQ", {"N": "10"})}

    assert legacy.item_filter(asked, "OR").holds(_ITEM)
    assert not legacy.item_filter(asked, "AND").holds(_ITEM)
    assert legacy.item_filter(asked).paths == {"s", "n"}


_INVALID = "One or more parameter values were invalid: "

REFUSED_EXPECTED: list[tuple[dict[str, Any], str]] = [
    ({}, f"{_INVALID}Value must be provided when Exists is null for Attribute: a"),
    ({"Exists": True}, f"{_INVALID}Value must be provided when Exists is true for Attribute: a"),
    (
        {"Exists": False, "Value": {"S": "a"}},
        f"{_INVALID}Value cannot be used when Exists is false for Attribute: a",
    ),
    (
        {"ComparisonOperator": "LT"},
        f"{_INVALID}Value or AttributeValueList must be used with ComparisonOperator: LT"
        " for Attribute: a",
    ),
    (
        {"Exists": True, "ComparisonOperator": "LT"},
        f"{_INVALID}Exists and ComparisonOperator cannot be used together for Attribute: a",
    ),
    (
        {"Value": {"S": "a"}, **_compared("LT", {"S": "a"})},
        f"{_INVALID}Value and AttributeValueList cannot be used together for Attribute: a",
    ),
    (
        {"AttributeValueList": [{"S": "a"}]},
        f"{_INVALID}AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
    ),
    (
        _compared("EQ"),
        f"{_INVALID}Invalid number of argument(s) for the EQ ComparisonOperator",
    ),
    (
        {"ComparisonOperator": "BETWEEN", "Value": {"S": "a"}},
        f"{_INVALID}Invalid number of argument(s) for the BETWEEN ComparisonOperator",
    ),
    (
        _compared("BETWEEN", {"S": "b"}, {"S": "a"}),
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper"
        " bound",
    ),
    (
        _compared("IN", {"S": "b"}, {"N": "1"}),
        f"{_INVALID}AttributeValues inside AttributeValueList must be of same type",
    ),
    (
        _compared("LT", {"SS": ["b"]}),
        f"{_INVALID}ComparisonOperator LT is not valid for SS AttributeValue type",
    ),
]


@pytest.mark.parametrize(("asked", "reason"), REFUSED_EXPECTED)
def test_what_is_expected_is_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        legacy.expected({"a": asked})

    assert refused.value.message == reason


def test_a_conditional_operator_wants_two_conditions() -> None:
    with pytest.raises(ExpressionRefused, match="cannot be used without Filter or Expected"):
        legacy.item_filter({}, "AND")
    with pytest.raises(ExpressionRefused, match="has two or more elements"):
        legacy.expected({"a": {"Exists": False}}, "OR")


def test_key_conditions_ask_for_keys() -> None:
    asked = {"sk": _compared("BEGINS_WITH", {"S": "a"}), "pk": _compared("EQ", {"N": "1.0"})}

    assert legacy.key_conditions(asked, "pk", "sk") == KeyCondition(
        {"N": "1"}, SortCondition("begins_with", ({"S": "a"},))
    )


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "Conditions can be of length 1 or 2 only"),
        (
            {"pk": {"ComparisonOperator": "NULL"}},
            "Attempted conditional constraint is not an indexable operation",
        ),
        (
            {"sk": _compared("EQ", {"S": "a"})},
            "Query condition missed key schema element: pk",
        ),
        ({"pk": _compared("LT", {"S": "a"})}, "Query key condition not supported"),
    ],
)
def test_key_conditions_are_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        legacy.key_conditions(asked, "pk", "sk")

    assert refused.value.message == reason


def test_attributes_to_get_are_a_projection() -> None:
    assert legacy.attributes_to_get(["n", "gone"]).of(_ITEM) == {"n": {"N": "10"}}

    with pytest.raises(ExpressionRefused, match="Duplicate value in attribute name: a"):
        legacy.attributes_to_get(["a", "b", "a"])


def test_attribute_updates_change_whole_attributes() -> None:
    found = legacy.attribute_updates(
        {
            "s": {"Value": {"S": "new"}},
            "n": {"Action": "ADD", "Value": {"N": "5"}},
            "ss": {"Action": "DELETE", "Value": {"SS": ["a", "b"]}},
            "l": {"Action": "ADD", "Value": {"L": [{"N": "2"}]}},
            "m": {"Action": "ADD", "Value": {"N": "1"}},
            "gone": {"Action": "DELETE"},
        }
    )
    following = found.applied(_ITEM, ("pk",))

    assert following == {
        "s": {"S": "new"},
        "n": {"N": "15"},
        "l": {"L": [{"N": "1"}, {"N": "2"}]},
        "m": {"N": "1"},
    }
    assert found.of_changed(following) == following
    assert found.of_changed(_ITEM) == _ITEM


REFUSED_UPDATES: list[tuple[dict[str, Any], str]] = [
    (
        {"Action": "PUT"},
        f"{_INVALID}Only DELETE action is allowed when no attribute value is specified",
    ),
    (
        {"Action": "DELETE", "Value": {"S": "1"}},
        f"{_INVALID}DELETE action with value is not supported for the type S",
    ),
    (
        {"Action": "ADD", "Value": {"B": b"1"}},
        f"{_INVALID}ADD action is not supported for the type B",
    ),
    ({"Action": "ADD", "Value": {"N": "1"}}, "Type mismatch for attribute to update"),
]


@pytest.mark.parametrize(("asked", "reason"), REFUSED_UPDATES)
def test_attribute_updates_are_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        legacy.attribute_updates({"s": asked}).applied(_ITEM, ("pk",))

    assert refused.value.message == reason


def test_a_key_cannot_be_updated() -> None:
    with pytest.raises(ExpressionRefused, match="Cannot update attribute s"):
        legacy.attribute_updates({"s": {"Value": {"S": "x"}}}).applied(_ITEM, ("s",))
