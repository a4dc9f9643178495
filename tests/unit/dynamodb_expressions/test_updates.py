"""UpdateExpression: what an item becomes, and what is refused in which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.dynamodb_expressions import Placeholders, checked_item, update
from tests.unit.dynamodb_expressions.asking import refused_update, updated

_MISSING = "The provided expression refers to an attribute that does not exist in the item"
_WRONG_TYPE = "An operand in the update expression has an incorrect data type"
_WRONG_PATH = "The document path provided in the update expression is invalid for update"
_OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)


def _list(*numbers: int) -> dict[str, Any]:
    return {"L": [{"N": str(number)} for number in numbers]}


UPDATED: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # expression, values, item, item afterwards
    ("SET a = :v", {":v": {"N": "4.0"}}, {}, {"a": {"N": "4"}}),
    ("set a=:v , b = :v", {":v": {"S": "x"}}, {}, {"a": {"S": "x"}, "b": {"S": "x"}}),
    (
        "SET a = b, b = a",
        {},
        {"a": {"N": "1"}, "b": {"N": "2"}},
        {"a": {"N": "2"}, "b": {"N": "1"}},
    ),
    ("SET n = n + :v", {":v": {"N": "1"}}, {"n": {"N": "-1"}}, {"n": {"N": "0"}}),
    ("SET a = :v - n", {":v": {"N": "7"}}, {"n": {"N": "2"}}, {"a": {"N": "5"}, "n": {"N": "2"}}),
    ("SET a = (n + n)", {}, {"n": {"N": "0.1"}}, {"n": {"N": "0.1"}, "a": {"N": "0.2"}}),
    (
        "SET a = :one + :big",
        {":one": {"N": "1"}, ":big": {"N": "1e22"}},
        {},
        {"a": {"N": "10000000000000000000001"}},
    ),
    (
        "SET a = if_not_exists(a, :v) + :v",
        {":v": {"N": "1"}},
        {"a": {"N": "5"}},
        {"a": {"N": "6"}},
    ),
    ("SET a = if_not_exists(a, if_not_exists(b, :v))", {":v": {"N": "1"}}, {}, {"a": {"N": "1"}}),
    ("SET l = list_append(l, :v)", {":v": _list(3)}, {"l": _list(1, 2)}, {"l": _list(1, 2, 3)}),
    (
        "SET l = list_append(if_not_exists(l, :none), :v)",
        {":v": _list(3), ":none": _list()},
        {},
        {"l": _list(3)},
    ),
    (
        "SET d.x = :v, d.l[1] = :v",
        {":v": {"S": "v"}},
        {"d": {"M": {"l": _list(1, 2), "y": {"S": "y"}}}},
        {"d": {"M": {"l": {"L": [{"N": "1"}, {"S": "v"}]}, "y": {"S": "y"}, "x": {"S": "v"}}}},
    ),
    (
        "SET l[9] = :b, l[7] = :a",
        {":a": {"N": "3"}, ":b": {"N": "4"}},
        {"l": _list(1, 2)},
        {"l": _list(1, 2, 3, 4)},
    ),
    ("SET l[0] = :v", {":v": {"N": "1"}}, {"l": _list()}, {"l": _list(1)}),
    ("REMOVE a, b", {}, {"a": {"N": "1"}, "c": {"N": "3"}}, {"c": {"N": "3"}}),
    ("REMOVE l[1], l[3]", {}, {"l": _list(0, 1, 2, 3, 4)}, {"l": _list(0, 2, 4)}),
    ("REMOVE l[17]", {}, {"l": _list(0)}, {"l": _list(0)}),
    (
        "REMOVE l[1] SET l[3] = :v",
        {":v": {"N": "17"}},
        {"l": _list(2, 3, 4, 5, 6)},
        {"l": _list(2, 4, 17, 6)},
    ),
    (
        "REMOVE d.l[0].x, d.l[1]",
        {},
        {"d": {"M": {"l": {"L": [{"M": {"x": {"N": "1"}}}, {"N": "2"}]}}}},
        {"d": {"M": {"l": {"L": [{"M": {}}]}}}},
    ),
    ("ADD n :v", {":v": {"N": "5"}}, {}, {"n": {"N": "5"}}),
    ("ADD n :v", {":v": {"N": "-5"}}, {"n": {"N": "5"}}, {"n": {"N": "0"}}),
    (
        "ADD s :v",
        {":v": {"SS": ["b", "c"]}},
        {"s": {"SS": ["a", "b"]}},
        {"s": {"SS": ["a", "b", "c"]}},
    ),
    ("ADD s :v", {":v": {"NS": ["1"]}}, {}, {"s": {"NS": ["1"]}}),
    (
        "ADD s :v",
        {":v": {"NS": ["9", "1"]}},
        {"s": {"NS": ["2", "10"]}},
        {"s": {"NS": ["1", "2", "9", "10"]}},
    ),
    ("ADD d.n :v", {":v": {"N": "1"}}, {"d": {"M": {}}}, {"d": {"M": {"n": {"N": "1"}}}}),
    ("DELETE s :v", {":v": {"SS": ["b", "x"]}}, {"s": {"SS": ["a", "b"]}}, {"s": {"SS": ["a"]}}),
    ("DELETE s :v", {":v": {"SS": ["a"]}}, {"s": {"SS": ["a"]}}, {}),
    ("DELETE s :v", {":v": {"SS": ["a"]}}, {}, {}),
    (
        "ADD n :one SET a = n REMOVE b DELETE s :s",
        {":one": {"N": "1"}, ":s": {"NS": ["2"]}},
        {"n": {"N": "1"}, "b": {"S": "x"}, "s": {"NS": ["1", "2"]}},
        {"n": {"N": "2"}, "a": {"N": "1"}, "s": {"NS": ["1"]}},
    ),
]


@pytest.mark.parametrize(("text", "values", "item", "afterwards"), UPDATED)
def test_the_item_becomes(
    text: str, values: dict[str, Any], item: dict[str, Any], afterwards: dict[str, Any]
) -> None:
    assert updated(text, item, values or None) == afterwards


def test_an_update_leaves_the_item_that_it_is_asked_of_as_it_is() -> None:
    item = {"d": {"M": {"l": _list(1, 2), "s": {"SS": ["a"]}}}}
    text = "SET d.l[0] = :v, d.x = :v REMOVE d.l[1] DELETE d.s :s"

    assert updated(text, item, {":v": {"N": "9"}, ":s": {"SS": ["a"]}}) == {
        "d": {"M": {"l": _list(9), "x": {"N": "9"}}}
    }
    assert item == {"d": {"M": {"l": _list(1, 2), "s": {"SS": ["a"]}}}}


# What is found when the update meets the item.
REFUSED_BY_ITEM: list[tuple[str, dict[str, Any], str]] = [
    ("SET a = gone", {}, _MISSING),
    ("SET a = list_append(gone, :l)", {":l": _list()}, _MISSING),
    ("SET a = gone + :n", {":n": {"N": "1"}}, _MISSING),
    ("SET x = :n, a = x", {":n": {"N": "1"}}, _MISSING),
    ("SET a = s + :n", {":n": {"N": "1"}}, _WRONG_TYPE),
    ("SET a = list_append(s, if_not_exists(f, :l))", {":l": _list()}, _WRONG_TYPE),
    ("SET a = gone, b = s + :n", {":n": {"N": "1"}}, _WRONG_TYPE),
    ("ADD s :n", {":n": {"N": "1"}}, _WRONG_TYPE),
    ("ADD d :n", {":n": {"NS": ["1"]}}, _WRONG_TYPE),
    ("DELETE ss :n", {":n": {"NS": ["1"]}}, _WRONG_TYPE),
    *(
        (text, {":a": {"SS": ["a"]}}, _WRONG_PATH)
        for text in [
            "SET s.a = :a",
            "SET s[1] = :a",
            "SET y.a = :a",
            "SET y[1] = :a",
            "SET d[1] = :a",
            "SET l.x = :a",
            "SET l[7].x = :a",
            "REMOVE y.a SET z = :a",
            "REMOVE d[1] SET z = :a",
            "DELETE y[1] :a",
            "ADD l.x :a",
            "SET y.a = gone, z = :a",
        ]
    ),
    ("SET a = n + n", {}, _OVERFLOW),
    ("ADD n :n", {":n": {"N": "1e88"}}, _OVERFLOW),
    ("SET a = n + :n", {":n": {"N": "1"}}, _OVERFLOW),
    *(
        (
            text,
            {":n": {"NS": ["1"]}} if ":n" in text else {},
            "One or more parameter values were invalid:"
            " Cannot update attribute pk. This attribute is part of the key",
        )
        for text in [
            "SET b = a, pk = a",
            "DELETE b :n REMOVE pk",
            "ADD pk.b :n",
            "SET pk = pk.b + pk[1]",
        ]
    ),
]

_ITEM = {
    "pk": {"S": "p"},
    "s": {"S": "text"},
    "d": {"M": {"x": {"N": "1"}}},
    "l": _list(1),
    "ss": {"SS": ["a"]},
    "n": {"N": f"9{'9' * 37}e88"},
}


@pytest.mark.parametrize(("text", "values", "reason"), REFUSED_BY_ITEM)
def test_what_does_not_fit_the_item_is_refused(
    text: str, values: dict[str, Any], reason: str
) -> None:
    assert refused_update(text, _ITEM, values or None) == reason


def test_an_update_makes_no_item_deeper_than_a_request_may() -> None:
    item: dict[str, Any] = {"a": {"M": {"s": {"SS": ["x"]}}}}
    for _ in range(30):
        item = updated("SET a.b = a", item)
    too_deep = (
        "Nesting Levels have exceeded supported limits:"
        " Attributes in the item have nested levels beyond supported limit"
    )

    assert checked_item(item) == item
    assert refused_update("SET a.b = a", item, None) == too_deep
    assert refused_update("SET l[0] = a", {**item, "l": {"L": []}}, None) == too_deep
    assert updated("SET b = a", item) == {**item, "b": item["a"]}


REFUSED: list[tuple[str, dict[str, Any] | None, str]] = [
    ("", None, "The expression can not be empty;"),
    *(
        (text, None, f'Syntax error; token: "{token}", near: "{near}"')
        for text, token, near in [
            ("INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"),
            ("SET path = VALUE 1", "1", "VALUE 1"),
            ("SET _123 = :val1", "_", "SET _123"),
            ("set a", "<EOF>", "a"),
            ("set a=set", "set", "=set"),
            ("add a = b", "=", "a = b"),
            ("ADD numx", "<EOF>", "numx"),
            ("ADD numx 1", "1", "numx 1"),
            ("SET numx = numx * :v", "*", "numx * :v"),
            ("SET note = :v +", "<EOF>", "+"),
            ("remove a b", "b", "a b"),
            ("set :a = b", ":a", "set :a ="),
            ("set a[1] = 1", "1", "= 1"),
            ("set (a = (b + c))", "(", "set (a"),
            ("set a = (b.c).d + e", ".", ").d"),
            ("set a = b + c + d", "+", "c + d"),
            ("SET c = if_not_exists(c, :v+:w)", "+", ":v+:w"),
        ]
    ),
    (
        " set #c = :c set abOrt = true ",
        None,
        "Attribute name is a reserved keyword; reserved keyword: abOrt",
    ),
    (
        "set #c = if_not_exist(:c) set c = d",
        None,
        "Invalid function name; function: if_not_exist",
    ),
    ("set a = f123_hi(b,c,d)", None, "Invalid function name; function: f123_hi"),
    (
        "set a = attribute_exists(b)",
        None,
        "The function is not allowed in an update expression; function: attribute_exists",
    ),
    (
        "set a = list_append(list_append(:a, :a), :a)",
        {":a": _list()},
        "The function is not allowed to be used this way in an expression; function: list_append",
    ),
    *(
        (text, None, f'The "{section}" section can only be used once in an update expression;')
        for text, section in [
            ("set a = #c set c = :d", "SET"),
            ("remove #d set a = b remove e", "REMOVE"),
            ("add #d :e set a = b add e :f", "ADD"),
            ("delete #d :e set a = b delete #e :f", "DELETE"),
        ]
    ),
    (
        "SET #c = if_not_exists(:c)",
        None,
        "An expression attribute name used in the document path is not defined; attribute name: #c",
    ),
    (
        "SET a = if_not_exists(:c)",
        None,
        "An expression attribute value used in expression is not defined; attribute value: :c",
    ),
    *(
        (
            text,
            None,
            f"Two document paths {problem} with each other; must remove or rewrite one of these"
            f" paths; path one: {one}, path two: {other}",
        )
        for text, problem, one, other in [
            (
                "set d[1] = a, d.b = a, c[1].a = a, c = if_not_exists(a)",
                "overlap",
                "[c, [1], a]",
                "[c]",
            ),
            ("set c = a, c.d = a", "overlap", "[c]", "[c, d]"),
            ("set fieldx = a, fieldx = b", "overlap", "[fieldx]", "[fieldx]"),
            ("set l[0] = a, l[0].ok = b", "overlap", "[l, [0]]", "[l, [0], ok]"),
            ("remove a.c set a[1] = d", "conflict", "[a, c]", "[a, [1]]"),
        ]
    ),
    *(
        (
            text,
            {":a": value},
            "Incorrect operand type for operator or function;"
            f" operator: {section}, operand type: {kind}, typeSet: ALLOWED_FOR_{section}_OPERAND",
        )
        for text, value, section, kind in [
            (
                "set b = list_append(:a, a), c = if_not_exists(a) add a.b :a",
                {"S": "a"},
                "ADD",
                "STRING",
            ),
            ("add a.b :a", {"L": []}, "ADD", "LIST"),
            ("add a.b :a", {"M": {}}, "ADD", "MAP"),
            ("delete a.b :a", {"N": "1"}, "DELETE", "NUMBER"),
            ("delete a.b :a", {"BOOL": True}, "DELETE", "BOOLEAN"),
        ]
    ),
    (
        "set a = list_append(c)",
        None,
        "Incorrect number of operands for operator or function;"
        " operator or function: list_append, number of operands: 1",
    ),
    *(
        (
            text,
            {":a": {"S": "a"}} if ":a" in text else None,
            "Operator or function requires a document path; operator or function: if_not_exists",
        )
        for text in [
            "set a = if_not_exists(:a, c)",
            "set a = if_not_exists(if_not_exists(a, b), c)",
        ]
    ),
    *(
        (
            text,
            {":a": value},
            "Incorrect operand type for operator or function;"
            f" operator or function: {operator}, operand type: {next(iter(value))}",
        )
        for text, operator, value in [
            ("set a = list_append(:a, a)", "list_append", {"SS": ["a"]}),
            ("set a = list_append(a, :a)", "list_append", {"N": "1"}),
            ("set a = a + :a", "+", {"S": "a"}),
            ("set a = :a - a", "-", {"L": []}),
        ]
    ),
]


@pytest.mark.parametrize(("text", "values", "reason"), REFUSED)
def test_the_update_is_refused(text: str, values: dict[str, Any] | None, reason: str) -> None:
    assert refused_update(text, {}, values) == reason


def test_an_update_says_what_it_writes_and_reads() -> None:
    found = update("SET a.b = c, d = :v REMOVE e[1]", Placeholders(None, {":v": {"N": "1"}}))

    assert found.written == {"a", "d", "e"}
    assert found.paths == {"a", "c", "d", "e"}
    assert found.nested_paths == {"a", "e"}


def test_the_changed_parts_are_those_at_the_written_paths() -> None:
    found = update("SET a.b = :v, a.c = :v REMOVE d", Placeholders(None, {":v": {"N": "1"}}))
    item = {"a": {"M": {"b": {"N": "0"}, "x": {"N": "5"}}}, "d": {"N": "2"}, "e": {"N": "3"}}

    assert found.of_changed(item) == {"a": {"M": {"b": {"N": "0"}}}, "d": {"N": "2"}}
    assert found.of_changed(found.applied(item, ("pk",))) == {
        "a": {"M": {"b": {"N": "1"}, "c": {"N": "1"}}}
    }


_NAMES = st.sampled_from(["a", "b", "c", "e", "f"])
_VALUES = st.recursive(
    st.one_of(
        st.text().map(lambda text: {"S": text}),
        st.integers(-1000, 1000).map(lambda number: {"N": str(number)}),
        st.booleans().map(lambda yes: {"BOOL": yes}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda elements: {"L": elements}),
        st.dictionaries(_NAMES, inner, max_size=3).map(lambda names: {"M": names}),
    ),
    max_leaves=6,
)


@given(st.dictionaries(_NAMES, _VALUES), _NAMES, _VALUES)
def test_what_is_set_is_what_is_read(
    item: dict[str, Any], name: str, value: dict[str, Any]
) -> None:
    """
    Whatever the item was, afterwards it has the value, and all else is as it was.
    """
    following = updated(f"SET {name} = :v", item, {":v": value})

    assert following == {**item, name: value}
    assert updated(f"REMOVE {name}", following) == {
        other: kept for other, kept in item.items() if other != name
    }


@given(st.lists(st.integers(0, 9), max_size=8), st.sets(st.integers(0, 9), min_size=1))
def test_positions_of_a_list_are_those_before_the_update(
    numbers: list[int], removed: set[int]
) -> None:
    text = "REMOVE " + ", ".join(f"l[{place}]" for place in removed)
    kept = [number for place, number in enumerate(numbers) if place not in removed]

    assert updated(text, {"l": _list(*numbers)}) == {"l": _list(*kept)}
