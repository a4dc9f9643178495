"""ConditionExpression and FilterExpression: what holds, and what is refused in which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.dynamodb_expressions import (
    ExpressionRefused,
    Placeholders,
    condition,
    key_condition,
    projection,
    update,
)
from tests.unit.dynamodb_expressions.asking import holds, refused_condition

ITEM = {
    "pk": {"S": "p"},
    "s": {"S": "hello"},
    "n": {"N": "10"},
    "m": {"N": "9"},
    "b": {"B": b"hi there"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "ss": {"SS": ["dog", "cat"]},
    "ns": {"NS": ["2", "4"]},
    "bs": {"BS": [b"x", b"y"]},
    "l": {"L": [{"N": "1"}, {"SS": ["a", "b"]}, {"M": {"x": {"S": "deep"}}}]},
    "doc": {"M": {"a": {"M": {"b": {"N": "7"}}}, "empty": {"M": {}}}},
}

HOLDS: list[tuple[str, dict[str, Any]]] = [
    ("s = :v", {":v": {"S": "hello"}}),
    ("n = :v", {":v": {"N": "10.0"}}),
    ("ss = :v", {":v": {"SS": ["cat", "dog"]}}),
    (":v = s", {":v": {"S": "hello"}}),
    ("s <> :v", {":v": {"S": "other"}}),
    ("s <> :v", {":v": {"N": "1"}}),
    ("gone <> :v", {":v": {"S": "x"}}),
    ("gone <> lost", {}),
    ("m < n", {}),
    ("n > :v", {":v": {"N": "9.99"}}),
    ("s >= :v", {":v": {"S": "hello"}}),
    ("b < :v", {":v": {"B": b"hj"}}),
    ("n BETWEEN :a AND :b", {":a": {"N": "9"}, ":b": {"N": "10"}}),
    ("n between m and :b", {":b": {"N": "10"}}),
    ("n IN (:a, :b)", {":a": {"S": "x"}, ":b": {"N": "10"}}),
    ("ss in (:a)", {":a": {"SS": ["cat", "dog"]}}),
    ("attribute_exists(doc.a.b)", {}),
    ("attribute_exists(l[2].x)", {}),
    ("attribute_not_exists(l[3])", {}),
    ("attribute_not_exists(s.a)", {}),
    ("attribute_not_exists(doc[0])", {}),
    ("attribute_type(n, :t)", {":t": {"S": "N"}}),
    ("attribute_type(:v, :t)", {":v": {"N": "1"}, ":t": {"S": "N"}}),
    ("begins_with(s, :v)", {":v": {"S": "hell"}}),
    ("begins_with(b, :v)", {":v": {"B": b"hi"}}),
    ("begins_with(:v, s)", {":v": {"S": "hello there"}}),
    ("contains(s, :v)", {":v": {"S": "ell"}}),
    ("contains(b, :v)", {":v": {"B": b"the"}}),
    ("contains(ss, :v)", {":v": {"S": "dog"}}),
    ("contains(ns, :v)", {":v": {"N": "4.0"}}),
    ("contains(l, :v)", {":v": {"SS": ["b", "a"]}}),
    ("size(s) = :v", {":v": {"N": "5"}}),
    ("size(l) > size(ss)", {}),
    ("size(doc) = :v", {":v": {"N": "2"}}),
    ("NOT n = m", {}),
    ("NOT gone = :v", {":v": {"S": "x"}}),
    ("not (n = m or s = m)", {}),
    ("NOT NOT n > m", {}),
    ("n = m OR n > m AND attribute_exists(s)", {}),
    ("(n = m OR n > m) AND attribute_exists(s)", {}),
    ("(size(s)) > (m) or (attribute_exists (s))", {}),
    ("(doc.a).b = :v", {":v": {"N": "7"}}),
    ("n>m AND n>m AND n>m AND NOT n<m", {}),
    ("(n>m OR n<m)", {}),
]

FAILS: list[tuple[str, dict[str, Any]]] = [
    ("s = :v", {":v": {"S": "Hello"}}),
    ("n = :v", {":v": {"S": "10"}}),
    ("gone = lost", {}),
    ("gone < :v", {":v": {"N": "1"}}),
    ("s < :v", {":v": {"N": "99"}}),
    ("l < ss", {}),
    ("n BETWEEN l AND ss", {}),
    ("gone IN (:v)", {":v": {"S": "x"}}),
    ("begins_with(n, :v)", {":v": {"S": "1"}}),
    ("begins_with(s, n)", {}),
    ("contains(s, :v)", {":v": {"N": "1"}}),
    ("contains(n, :v)", {":v": {"N": "1"}}),
    ("contains(doc, :v)", {":v": {"S": "a"}}),
    ("contains(gone, :v)", {":v": {"S": "a"}}),
    ("size(n) >= :v", {":v": {"N": "0"}}),
    ("size(gone) >= :v", {":v": {"N": "0"}}),
    ("size(s) = :v", {":v": {"S": "5"}}),
    ("attribute_type(gone, :t)", {":t": {"S": "S"}}),
    ("(n = m OR n > m) AND attribute_exists(gone)", {}),
    ("NOT n > m AND n > m", {}),
]


@pytest.mark.parametrize(("text", "values"), HOLDS)
def test_the_condition_holds(text: str, values: dict[str, Any]) -> None:
    assert holds(text, ITEM, values or None) is True


@pytest.mark.parametrize(("text", "values"), FAILS)
def test_the_condition_fails(text: str, values: dict[str, Any]) -> None:
    assert holds(text, ITEM, values or None) is False


def test_names_stand_for_any_attribute() -> None:
    item = {"a.b": {"S": "x"}, "size": {"M": {"#": {"S": "y"}}}}
    names = {"#dot": "a.b", "#size": "size", "#hash": "#"}

    assert holds(
        "#dot = :x AND #size.#hash = :y", item, {":x": {"S": "x"}, ":y": {"S": "y"}}, names
    )


# What stands between the quotes is the token, and the text from the one before to the one after.
SYNTAX_ERRORS = [
    ("foo", "<EOF>", "foo"),
    ("a = =", "=", "= ="),
    ("a > 4", "4", "> 4"),
    ("things are not gonna be ok", "are", "things are not"),
    ("attribute_exists(Pictures-RearView)", "-", "Pictures-RearView"),
    ('attribute_exists("Pictures.RearView")', '"', '("Pictures'),
    ("attribute_exists(Pictures..RearView)", ".", "..RearView"),
    ("attribute_exists(asdf[a])", "a", "[a]"),
    ("a in b", "b", "in b"),
    ("a in (b,c,)", ")", ",)"),
    ("a in ()", ")", "()"),
    ("a > between", "between", "> between"),
    ("(a)between(b.(c.d))and(c)", "(", ".(c"),
    ("(a)between(b.c.d)and((c)", "<EOF>", ")"),
    ("#$.b > a", "#", "#$"),
    ("a > :things.stuff", ".", ":things.stuff"),
    ("b[:a] > a", ":a", "[:a]"),
    ("ü > a", "ü", "ü >"),
    ("(a)between(b.c[4.5].#d)and(:a)", ".", "4.5"),
    ("size(a).b > a", ".", ").b"),
    ("(size(a))[0] > a", "[", ")[0"),
    ("a[01] = :a", "1", "01]"),
    ("attribute_not_exists(_c)", "_", "(_c"),
    ("NOT a", "<EOF>", "a"),
    ("(a AND b = c)", "AND", "a AND b"),
    ("a = b AND", "<EOF>", "AND"),
    (" ", "<EOF>", ""),
]


@pytest.mark.parametrize(("text", "token", "near"), SYNTAX_ERRORS)
def test_a_syntax_error_names_where_reading_ended(text: str, token: str, near: str) -> None:
    assert refused_condition(text) == f'Syntax error; token: "{token}", near: "{near}"'


REFUSED = [
    ("", "The expression can not be empty;"),
    ("a=a and a > ((views))", "The expression has redundant parentheses;"),
    ("(a)between(((b.c)).d)and(c)", "The expression has redundant parentheses;"),
    ("a=a AND ((a=a AND a=a)) AND a=a", "The expression has redundant parentheses;"),
    ("((attribute_exists(a)))", "The expression has redundant parentheses;"),
    ("a=a and whatever((:things)) > a", "Invalid function name; function: whatever"),
    ("attRIbute_exIsts((views), #a)", "Invalid function name; function: attRIbute_exIsts"),
    (
        "if_not_exists(a, b) = c",
        "The function is not allowed in a condition expression; function: if_not_exists",
    ),
    *(
        (
            text,
            "The function is not allowed to be used this way in an expression;"
            f" function: {function}",
        )
        for text, function in [
            ("a=a and attribute_exists((views), (#a)) > b", "attribute_exists"),
            ("begins_with(things, a) > b", "begins_with"),
            ("size(contains(a, b)) > a", "contains"),
            ("size(things)", "size"),
            ("NOT size(things)", "size"),
            ("a between b and attribute_exists(things)", "attribute_exists"),
            ("a in (b, attribute_exists(things))", "attribute_exists"),
        ]
    ),
    (
        "attribute_exists(views, #a)",
        "Attribute name is a reserved keyword; reserved keyword: views",
    ),
    (":a < abOrT", "Attribute name is a reserved keyword; reserved keyword: abOrT"),
    ("a.name = :a", "Attribute name is a reserved keyword; reserved keyword: name"),
    *(
        (
            text,
            "An expression attribute name used in the document path is not defined;"
            f" attribute name: {name}",
        )
        for text, name in [
            ("attribute_exists(#Pictures.RearView, :a) and a=a", "#Pictures"),
            ("begins_with(Pictures.#RearView)", "#RearView"),
            ("(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", "#P"),
            ("#4g > a", "#4g"),
            ("#_ > a", "#_"),
            ("(a)between(b.c[45].#d)and(:a)", "#d"),
        ]
    ),
    *(
        (
            text,
            "An expression attribute value used in expression is not defined;"
            f" attribute value: {name}",
        )
        for text, name in [
            ("begins_with(:hello, #a, #b)", ":hello"),
            (":a < :b", ":a"),
            (":_ > a", ":_"),
        ]
    ),
    *(
        (
            text,
            "Incorrect number of operands for operator or function;"
            f" operator or function: {function}, number of operands: {count}",
        )
        for text, function, count in [
            ("attribute_exists(things, a) and a=a", "attribute_exists", 2),
            ("attribute_type(things)", "attribute_type", 1),
            ("begins_with(things, size(a), b)", "begins_with", 3),
            ("size(things, a) > b", "size", 2),
        ]
    ),
    *(
        (
            text,
            "The first operand must be distinct from the remaining operands for this operator or"
            f" function; operator: {operator}, first operand: {operand}",
        )
        for text, operator, operand in [
            ("a = a AND #a = b AND :views > a", "=", "[a]"),
            ("((a=a) OR (a=a))", "=", "[a]"),
            ("contains(ab.bc[1].a, ab.bc[1].a)", "contains", "[ab, bc, [1], a]"),
        ]
    ),
    (
        "a.b.c[2147483648] = a",
        "List index is not within the allowable range; index: [2147483648]",
    ),
    (
        ".".join(["a"] * 33) + " = b",
        "The document path has too many nesting levels; nesting levels: 33",
    ),
    (
        "attribute_type(ab.bc[1].a, SS)",
        "Incorrect operand type for operator or function; operator or function: attribute_type,"
        " operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
    ),
    (
        " AND ".join(["a < b"] * 151),
        "The expression contains too many operators; operator count: 301",
    ),
    (
        f"a IN ({','.join(['b'] * 101)})",
        "The IN operator is provided with too many operands; number of operands: 101",
    ),
    (
        f"{'a' * 4093} = b",
        "Expression size has exceeded the maximum allowed size; expression size: 4097",
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_the_condition_is_refused(text: str, reason: str) -> None:
    assert refused_condition(text) == reason


WRONG_TYPES: list[tuple[str, str, dict[str, Any]]] = [
    ("attribute_type(a, size(a)) and a=a and a=:a", "attribute_type", {"N": "1"}),
    ("attribute_type(a, :a)", "attribute_type", {"BOOL": True}),
    ("begins_with(a, size(a)) and a=:a", "begins_with", {"N": "1"}),
    ("begins_with(a, :a)", "begins_with", {"NS": ["1"]}),
    ("begins_with(:a, a)", "begins_with", {"NULL": True}),
    ("size(size(a)) > :a", "size", {"N": "1"}),
    ("attribute_not_exists(size(:a))", "size", {"N": "1"}),
    ("size(:a) > a", "size", {"BOOL": True}),
    ("a < :a", "<", {"BOOL": True}),
    (":a >= a", ">=", {"L": []}),
    ("a BETWEEN :a AND b", "BETWEEN", {"SS": ["a"]}),
]


@pytest.mark.parametrize(("text", "operator", "value"), WRONG_TYPES)
def test_a_value_of_a_wrong_type_is_refused_before_any_item_is_asked(
    text: str, operator: str, value: dict[str, Any]
) -> None:
    ((kind, _),) = value.items()

    assert refused_condition(text, {":a": value}) == (
        "Incorrect operand type for operator or function;"
        f" operator or function: {operator}, operand type: {kind}"
    )


def test_functions_of_paths_take_no_values() -> None:
    reason = "Operator or function requires a document path; operator or function: "
    values = {":a": {"S": "1"}}

    assert refused_condition("attribute_exists(:a) and a=a", values) == reason + "attribute_exists"
    assert (
        refused_condition("attribute_not_exists(size(:a))", values)
        == reason + "attribute_not_exists"
    )


def test_an_unknown_type_name_is_refused() -> None:
    assert refused_condition("attribute_type(a, :a)", {":a": {"S": "1"}}) == (
        "Invalid attribute type name found; type: 1, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
    )


def test_the_bounds_of_between_are_compared_before_any_item_is_asked() -> None:
    assert refused_condition("a between :b and :a", {":a": {"S": "a"}, ":b": {"N": "1"}}) == (
        "The BETWEEN operator requires same data type for lower and upper bounds;"
        " lower bound operand: AttributeValue: {N:1},"
        " upper bound operand: AttributeValue: {S:a}"
    )
    assert refused_condition("a between :b and :a", {":a": {"S": "a"}, ":b": {"S": "b"}}) == (
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound;"
        " lower bound operand: AttributeValue: {S:b},"
        " upper bound operand: AttributeValue: {S:a}"
    )


def test_a_filter_is_refused_under_its_own_name() -> None:
    assert holds("a", kind="FilterExpression") == (
        'Invalid FilterExpression: Syntax error; token: "<EOF>", near: "a"'
    )


def test_placeholders_that_nothing_uses_are_refused() -> None:
    values = {":a": {"S": "a"}, ":c": {"S": "c"}}

    assert holds("a = :a", {}, values) == (
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:c}"
    )
    assert holds("a = b", {}, None, {"#x": "x", "#y": "y"}) == (
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x, #y}"
    )


@pytest.mark.parametrize(
    ("names", "values", "reason"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        ({"a": "a"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        (
            None,
            {"b": {"S": "a"}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"',
        ),
        (
            None,
            {":a": {"SS": []}},
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
    ],
)
def test_placeholders_that_are_none_are_refused(names: Any, values: Any, reason: str) -> None:
    assert holds("a = b", {}, values, names) == reason


def test_one_set_of_placeholders_serves_all_expressions_of_a_request() -> None:
    placeholders = Placeholders({"#a": "a"}, {":v": {"S": "x"}, ":w": {"S": "y"}})

    update("SET b = :v", placeholders)
    condition("#a = :w", placeholders)
    placeholders.check_all_used()


def test_a_condition_says_which_attributes_it_reads_and_which_it_looks_into() -> None:
    found = condition("#a.b = c OR size(d[1]) > e", Placeholders({"#a": "a"}))

    assert found.paths == {"a", "c", "d", "e"}
    assert found.nested_paths == {"a", "d"}


_PIECES = st.sampled_from(
    [
        *("a", "b.c", "d[1]", "#n", ":v", ":w", "(", ")", ",", "=", "<", "<>", "AND", "OR", "NOT"),
        *("BETWEEN", "IN", "size(", "begins_with(", "attribute_exists(", "SET", "REMOVE", "ADD"),
        *("DELETE", "+", "-", "if_not_exists(", "list_append(", ".", "[", "]", "7", "?", " "),
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=24).map(" ".join)))
def test_whatever_the_text_is_it_is_read_or_refused(text: str) -> None:
    """
    No text of an expression ends in anything but an expression or ExpressionRefused.
    """
    values = {":v": {"N": "1"}, ":w": {"S": "x"}}
    for read in (
        lambda placeholders: condition(text, placeholders).holds({"a": {"N": "1"}}),
        lambda placeholders: update(text, placeholders).applied({"a": {"N": "1"}}, ("pk",)),
        lambda placeholders: projection(text, placeholders).of({"a": {"N": "1"}}),
        lambda placeholders: key_condition(text, placeholders, "a", "b"),
    ):
        try:
            read(Placeholders({"#n": "n"}, values))
        except ExpressionRefused as refused:
            assert refused.message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 2000 + "a" + ")" * 2000,
        "NOT (" * 400 + "a = b" + ")" * 400,
        "NOT " * 299 + "a = b",
        "size(" * 290 + "a" + ")" * 290 + " > b",
        "size((" * 140 + "a" + "))" * 140 + " > b",
        " AND ".join(["a < b"] * 150),
        "a" + "[0]" * 1300 + " = b",
        "(" * 4000,
    ],
)
def test_deep_and_long_expressions_are_answered(text: str) -> None:
    """
    No nesting is deeper than what can be read; the longest expression of AWS is.
    """
    assert holds(text) in (True, False) or holds(text)
