"""ProjectionExpression: which parts come back, and what is refused."""

from typing import Any

import pytest

from tests.unit.dynamodb_expressions.asking import projected

ITEM: dict[str, Any] = {
    "a": {"S": "x"},
    "d": {"M": {"b": {"S": "bb"}, "c": {"M": {"e": {"N": "1"}, "f": {"N": "2"}}}}},
    "l": {"L": [{"S": "l0"}, {"S": "l1"}, {"M": {"x": {"N": "1"}, "y": {"N": "2"}}}]},
}

PROJECTED: list[tuple[str, dict[str, Any]]] = [
    ("a", {"a": {"S": "x"}}),
    ("a, d.b", {"a": {"S": "x"}, "d": {"M": {"b": {"S": "bb"}}}}),
    ("d.c.e,d.b", {"d": {"M": {"c": {"M": {"e": {"N": "1"}}}, "b": {"S": "bb"}}}}),
    ("l[2].y, l[0]", {"l": {"L": [{"S": "l0"}, {"M": {"y": {"N": "2"}}}]}}),
    ("l[1], l[9]", {"l": {"L": [{"S": "l1"}]}}),
    ("gone, d.gone, l[9].x, a.b, s[0]", {}),
]


@pytest.mark.parametrize(("text", "parts"), PROJECTED)
def test_the_parts_come_back_in_their_places(text: str, parts: dict[str, Any]) -> None:
    assert projected(text, ITEM) == parts


REFUSED = [
    ("", "The expression can not be empty;"),
    ("a b", 'Syntax error; token: "b", near: "a b"'),
    ("a,", 'Syntax error; token: "<EOF>", near: ","'),
    (":a", 'Syntax error; token: ":a", near: ":a"'),
    ("a[], b", 'Syntax error; token: "]", near: "[],"'),
    ("a, user", "Attribute name is a reserved keyword; reserved keyword: user"),
    (
        "a, #b",
        "An expression attribute name used in the document path is not defined; attribute name: #b",
    ),
    *(
        (
            text,
            f"Two document paths {problem} with each other; must remove or rewrite one of these"
            f" paths; path one: {one}, path two: {other}",
        )
        for text, problem, one, other in [
            ("a, a", "overlap", "[a]", "[a]"),
            ("a, a.b", "overlap", "[a]", "[a, b]"),
            ("a.b, a", "overlap", "[a, b]", "[a]"),
            ("a.b, a[1]", "conflict", "[a, b]", "[a, [1]]"),
        ]
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_the_projection_is_refused(text: str, reason: str) -> None:
    assert projected(text, ITEM) == f"Invalid ProjectionExpression: {reason}"


def test_names_stand_for_any_attribute() -> None:
    assert projected("#d.#b", ITEM, {"#d": "d", "#b": "b"}) == {"d": {"M": {"b": {"S": "bb"}}}}
