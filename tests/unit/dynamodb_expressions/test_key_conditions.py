"""KeyConditionExpression: which keys it asks for, and what is refused in which words."""

from typing import Any

import pytest

from lambent.languages.dynamodb_expressions import KeyCondition, SortCondition
from tests.unit.dynamodb_expressions.asking import keys

_P, _A, _B = {"S": "p"}, {"N": "1"}, {"N": "5"}
_VALUES = {":p": _P, ":a": _A, ":b": _B}

ASKED = [
    ("pk = :p", None),
    (":p = pk", None),
    ("(pk = :p)", None),
    ("pk = :p AND sk = :a", SortCondition("=", (_A,))),
    ("sk < :a AND pk = :p", SortCondition("<", (_A,))),
    ("(pk = :p) AND (:a < sk)", SortCondition(">", (_A,))),
    ("(pk = :p AND (sk >= :a))", SortCondition(">=", (_A,))),
    ("pk = :p and :a >= sk", SortCondition("<=", (_A,))),
    ("pk = :p AND sk BETWEEN :a AND :b", SortCondition("BETWEEN", (_A, _B))),
    ("pk = :p AND begins_with(sk, :p)", SortCondition("begins_with", (_P,))),
]


@pytest.mark.parametrize(("text", "sort"), ASKED)
def test_the_keys_asked_for(text: str, sort: SortCondition | None) -> None:
    assert keys(text, _VALUES) == KeyCondition(_P, sort)


_OPERATOR = "Invalid operator used in KeyConditionExpression: "
_CONDITION = "Invalid condition in KeyConditionExpression: "
_EXPRESSION = "Invalid KeyConditionExpression: "
_OPERAND_TYPE = (
    f"{_EXPRESSION}Incorrect operand type for operator or function; operator or function: "
)

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("", {}, f"{_EXPRESSION}The expression can not be empty;"),
    ("pk = ", {}, f'{_EXPRESSION}Syntax error; token: "<EOF>", near: "= "'),
    ("a > b and size(b) > c or a > c", {}, f"{_OPERATOR}OR"),
    ("a in (b, size(c), d)", {}, f"{_OPERATOR}IN"),
    ("attribute_exists(a)", {}, f"{_OPERATOR}attribute_exists"),
    ("contains(a.d, b)", {}, f"{_OPERATOR}contains"),
    ("not a > b", {}, f"{_OPERATOR}NOT"),
    ("a <> b", {}, f"{_OPERATOR}<>"),
    (
        ":a between size(b) and size(a) and b > :b",
        {":a": {"S": "1"}, ":b": {"S": "1"}},
        f"{_CONDITION}BETWEEN operator must have the key attribute as its first operand",
    ),
    (
        "begins_with(:a, b) and a > :a",
        {":a": {"S": "1"}},
        f"{_CONDITION}begins_with operator must have the key attribute as its first operand",
    ),
    ("a > size(b.d)", {}, "KeyConditionExpressions cannot contain nested operations"),
    (
        "a between size(b) and size(a)",
        {},
        "KeyConditionExpressions cannot contain nested operations",
    ),
    ("b > a.b", {}, f"{_CONDITION}Multiple attribute names used in one condition"),
    ("begins_with(a, b)", {}, f"{_CONDITION}Multiple attribute names used in one condition"),
    (
        "b.d > :a AND c.d > e.f",
        {":a": _A},
        "KeyConditionExpressions cannot have conditions on nested attributes",
    ),
    (":b > :a AND a < :b", {":a": _A, ":b": _B}, f"{_CONDITION}No key attribute specified"),
    (
        "pk = :p AND sk > :a AND sk < :b",
        _VALUES,
        f"{_EXPRESSION}KeyConditionExpressions must only contain one condition per key",
    ),
    (
        "pk = :p AND sk > :a AND extra = :b",
        _VALUES,
        "The number of query conditions (3) exceeds the number of key attributes defined in the"
        " schema (2)",
    ),
    ("sk = :a", {":a": _A}, "Query condition missed key schema element: pk"),
    ("extra = :a", {":a": _A}, "Query condition missed key schema element: pk"),
    (
        "pk = :p AND extra = :a",
        {":p": _P, ":a": _A},
        "Query condition missed key schema element: sk",
    ),
    ("pk > :p", {":p": _P}, "Query key condition not supported"),
    ("begins_with(pk, :p)", {":p": _P}, "Query key condition not supported"),
    ("pk = :p AND begins_with(sk, :a)", _VALUES, f"{_OPERAND_TYPE}begins_with, operand type: N"),
    (
        "pk = :p AND :a >= sk",
        {":p": _P, ":a": {"BOOL": True}},
        f"{_OPERAND_TYPE}>=, operand type: BOOL",
    ),
    (
        "pk = :p AND sk BETWEEN :b AND :a",
        _VALUES,
        f"{_EXPRESSION}The BETWEEN operator requires upper bound to be greater than or equal to"
        " lower bound; lower bound operand: AttributeValue: {N:5}, upper bound operand:"
        " AttributeValue: {N:1}",
    ),
    # What is written first is said first.
    (
        "pk = :gone AND begins_with(sk, :a)",
        {":a": _A},
        f"{_EXPRESSION}An expression attribute value used in expression is not defined;"
        " attribute value: :gone",
    ),
    (
        "begins_with(sk, :a) AND pk = :gone",
        {":a": _A},
        f"{_OPERAND_TYPE}begins_with, operand type: N",
    ),
]


@pytest.mark.parametrize(("text", "values", "reason"), REFUSED)
def test_the_key_condition_is_refused(text: str, values: dict[str, Any], reason: str) -> None:
    assert keys(text, values or None) == reason


def test_a_table_without_a_sort_key_takes_one_condition() -> None:
    assert keys("pk = :p", {":p": _P}, None) == KeyCondition(_P, None)
    assert keys("pk = :p AND sk = :a", {":p": _P, ":a": _A}, None) == (
        "The number of query conditions (2) exceeds the number of key attributes defined in the"
        " schema (1)"
    )
