"""Statements of PartiQL: what they say, and what is refused in which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.dynamodb_expressions import ExpressionRefused, checked_item
from lambent.languages.dynamodb_expressions.conditions import condition_of
from lambent.languages.dynamodb_expressions.updates import update_of
from lambent.languages.partiql import (
    Column,
    Delete,
    Exists,
    Insert,
    Order,
    Select,
    Update,
    parse,
)

ITEM = {
    "pk": {"S": "p"},
    "s": {"S": "str"},
    "n": {"N": "1"},
    "flag": {"BOOL": True},
    "nul": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"S": "a"}]},
    "m": {"M": {"sub": {"S": "x"}}},
}


def _select(text: str, *parameters: dict[str, Any]) -> Select:
    statement = parse(text, parameters)
    assert isinstance(statement, Select)
    return statement


def _refused(text: str, *parameters: dict[str, Any]) -> str:
    with pytest.raises(ExpressionRefused) as refused:
        parse(text, parameters)
    return refused.value.message


def _holds(where: str, *parameters: dict[str, Any]) -> bool:
    statement = _select(f'SELECT * FROM "T" WHERE {where}', *parameters)
    assert statement.where is not None
    return condition_of(statement.where, statement.values, "").holds(checked_item(ITEM))


def test_a_select_names_its_table_index_columns_and_order() -> None:
    found = _select(
        'select pk, m."sub" , m.k[0] FROM Music."by name" WHERE pk = ? ORDER BY sk DESC;',
        {"S": "a"},
    )

    assert (found.table, found.index) == ("Music", "by name")
    assert found.columns == (
        Column("pk", ("pk",)),
        Column("sub", ("m", "sub")),
        Column("k[0]", ("m", "k", 0)),
    )
    assert found.order == (Order("sk", False),)
    assert found.values == {":p0": {"S": "a"}}


def test_an_insert_has_literals_of_every_type_and_parameters() -> None:
    found = parse(
        "INSERT INTO \"T\" VALUE {'pk': 'it''s', 'n': -.5e1, 'b': ?, 'yes': true, 'no': null,"
        " 'l': [1, ['x']], 'm': {'k': {'x': false}}, 'ss': <<'a', 'b'>>, 'ns': <<1, 2.0>>}",
        [{"B": b"x"}],
    )

    assert isinstance(found, Insert)
    assert found.item == {
        "pk": {"S": "it's"},
        "n": {"N": "-5"},
        "b": {"B": b"x"},
        "yes": {"BOOL": True},
        "no": {"NULL": True},
        "l": {"L": [{"N": "1"}, {"L": [{"S": "x"}]}]},
        "m": {"M": {"k": {"M": {"x": {"BOOL": False}}}}},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2"]},
    }


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE \"T\" SET n = n - - 2 SET m.sub = 'y', c = ? REMOVE l[0] WHERE pk = 'p'"
        " RETURNING MODIFIED NEW *",
        "FROM T WHERE pk = 'p' SET n=n+2, m['sub'] = 'y' SET c = ? REMOVE l[0]"
        " RETURNING MODIFIED NEW *",
    ],
)
def test_an_update_sets_and_removes(text: str) -> None:
    found = parse(text, [{"N": "7"}])

    assert isinstance(found, Update)
    assert found.returning == "UPDATED_NEW"
    assert update_of(found.actions, found.values).applied(ITEM, ("pk",)) == {
        **ITEM,
        "n": {"N": "3"},
        "m": {"M": {"sub": {"S": "y"}}},
        "c": {"N": "7"},
        "l": {"L": []},
    }


def test_functions_of_an_update_change_lists_and_sets() -> None:
    found = parse(
        "UPDATE T SET l = list_append(l, [2]) SET ss = SET_ADD(ss, <<'c'>>)"
        " SET gone = set_delete(gone, <<'x'>>) WHERE pk = 'p'"
    )

    assert isinstance(found, Update)
    following = update_of(found.actions, found.values).applied(ITEM, ("pk",))
    assert following["l"] == {"L": [{"S": "a"}, {"N": "2"}]}
    assert following["ss"] == {"SS": ["a", "b", "c"]}
    assert "gone" not in following


def test_a_delete_may_return_the_old_item() -> None:
    found = parse("DELETE FROM T WHERE pk = 'p' RETURNING ALL OLD *")

    assert isinstance(found, Delete)
    assert found.returning == "ALL_OLD"


def test_exists_holds_a_select() -> None:
    found = parse("EXISTS(SELECT * FROM T WHERE pk = ? AND x IS MISSING)", [{"S": "a"}])

    assert isinstance(found, Exists)
    assert found.select.values == {":p0": {"S": "a"}}


@pytest.mark.parametrize(
    "where",
    [
        "s = 'str' AND n > -5",
        "n = - - 1",
        "n BETWEEN 0 AND 1 OR s = 'x'",
        "n NOT BETWEEN 2 AND 3",
        "n IN [1, 2]",
        "n in (1, 2)",
        "s NOT IN ['a', 'b']",
        "NOT (n = 2 OR s = 'x')",
        "s <> 'x' AND s != 'y'",
        "\"s\" = 'str' -- a note",
        "s /* a note */ = 'str'",
        "x IS MISSING AND s IS NOT MISSING",
        "nul IS NULL AND s IS NOT NULL",
        "flag IS BOOL AND s IS STRING AND n IS DOUBLE PRECISION AND ss IS BAG AND m IS STRUCT",
        "attribute_exists(m.sub) AND ATTRIBUTE_NOT_EXISTS (m.nope)",
        "attribute_exists(ss) = true",
        "true = attribute_exists(n)",
        "(n BETWEEN 0 AND 5) = true",
        "(n = 5 OR s = 'x') = false",
        "begins_with(s, 'st') AND contains(s, 'tr') AND contains(ss, 'a')",
        "attribute_type(ss, 'SS') AND size(s) = 3",
        "ss = <<'b', 'a'>>",
        "l = ['a']",
    ],
)
def test_a_where_holds(where: str) -> None:
    assert _holds(where)


@pytest.mark.parametrize(
    "where",
    [
        "s IS NULL",
        "nul IS NOT NULL",
        "s IS BOOL",
        "attribute_exists(nope)",
        "attribute_exists(n) <> true",
        "NOT attribute_exists(n) = true",
        "size(s) = 4",
        "attribute_type(ss, 'S')",
        "l = ['b']",
    ],
)
def test_a_where_fails(where: str) -> None:
    assert not _holds(where)


def test_parameters_stand_in_the_order_of_their_marks() -> None:
    assert _holds("s = ? AND n IN [?, 5]", {"S": "str"}, {"N": "1.0"})


_MALFORMED = "Statement wasn't well formed, can't be processed: "
_LEFT_OVER = f"{_MALFORMED}Unexpected token after expression"
_OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
_UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)

REFUSED = [
    ("SLECT * FROM \"T\" WHERE pk = 'a'", f"{_MALFORMED}Expected data manipulation"),
    *(
        (text, _LEFT_OVER)
        for text in [
            'SELECT * FROM "T" WHERE pk = 1 foo',
            'SELECT * FROM "T" WHERE pk = 1 e5',
            "INSERT INTO \"T\" VALUE {'pk': 970001} foo",
            'UPDATE "T" SET a = 9 WHERE pk = 970002 foo',
            'DELETE FROM "T" WHERE pk = 970003 foo',
            'SELECT * FROM "T" WHERE pk = 1)',
            'DELETE FROM "T" WHERE pk = 970004 ORDER BY pk',
            'SELECT * FROM "T" ORDER BY pk WHERE pk = 1',
            "INSERT INTO \"T\" t VALUE {'pk': 'x'}",
            "FROM \"T\" SET c = 1 WHERE pk = 'pq-ff-msg'",
        ]
    ),
    *(
        (text, _MALFORMED)
        for text in [
            'SELECT * FROM "T" WHERE pk = 1e2147483648',
            'SELECT * FROM "T" WHERE pk = 1e99999999999',
            'SELECT * FROM "T" WHERE pk = 1.5e-2147483647',
            'SELECT * FROM "T" WHERE pk = 1 # note',
            'SELECT * FROM "T" WHERE pk = 1 /* note',
            'SELECT * FROM "T',
            "SELECT * FROM T WHERE pk = 'a",
        ]
    ),
    *(
        (text, "Aliasing is not supported")
        for text in [
            "SELECT * FROM \"T\" t WHERE pk = 'x'",
            "SELECT * FROM \"T\" AS t WHERE pk = 'x'",
            "UPDATE \"T\" t SET a = 3 WHERE pk = 'x'",
            "DELETE FROM \"T\" t WHERE pk = 'x'",
        ]
    ),
    ('SELECT * FROM "T" WHERE pk = 1e126', f"{_OVERFLOW} under root"),
    ('SELECT * FROM "T" WHERE pk = 1e-131', f"{_UNDERFLOW} under root"),
    ("INSERT INTO \"T\" VALUE {'m': {'x': 1e126}}", f"{_OVERFLOW} under root.x"),
    ("INSERT INTO \"T\" VALUE {'l': [1, 1e126]}", f"{_OVERFLOW} under root[1]"),
    *(
        (text, f"{_MALFORMED}Unexpected term")
        for text in [
            'SELECT * FROM "T" WHERE',
            'SELECT * FROM "T" WHERE;',
            'UPDATE "T" SET a = 1 WHERE',
            'DELETE FROM "T" WHERE',
            'SELECT * FROM "T" WHERE NOT',
            'SELECT * FROM "T" WHERE (',
            "SELECT * FROM",
        ]
    ),
    *(
        (
            f"SELECT * FROM \"T\" WHERE pk = 'p1' {operator}",
            f"{_MALFORMED}Missing right-hand side expression of infix operator",
        )
        for operator in ("AND", "OR")
    ),
    ('SELECT * FROM "T" WHERE ORDER BY pk', f"{_MALFORMED}Unexpected keyword"),
    ('SELECT * FROM "T" WHERE IS NULL', f"{_MALFORMED}Unexpected operator"),
    ('SELECT * FROM "T" WHERE pk = LIKE', f"{_MALFORMED}Unexpected operator"),
    ("SELECT * FROM \"T\" WHERE pk = 'a' AND x IS FOO", f"{_MALFORMED}Expected type name"),
    ("DELETE FROM", f"{_MALFORMED}Expected identifier for simple path"),
    ("DELETE FROM WHERE pk = 'a'", f"{_MALFORMED}Expected identifier for simple path"),
    (
        "SELECT * FROM T WHERE attribute_exists(m.inner)",
        f"{_MALFORMED}Invalid path dot component",
    ),
    ('SELECT * FROM "T"."i"."x"', "A path may contain at most 2 components in the FROM clause"),
    ('SELECT * FROM "T".""', "Path component cannot be an empty string"),
    ("SELECT attribute_exists(ss) FROM T", "Unexpected path component at 1:8:16"),
    ("SELECT * FROM T WHERE EXISTS(ss)", "Unrecognized function: exists at 1:23:6"),
    (
        "SELECT * FROM T WHERE set_add(ss, <<'x'>>) = ss",
        "Unrecognized function: set_add at 1:23:7",
    ),
    (
        "SELECT l[-1] FROM \"T\" WHERE pk='i'",
        "List index is not within the allowable range; index: [-1] at 1:11:1",
    ),
    (
        "SELECT l[2147483648] FROM T",
        "List index is not within the allowable range; index: [2147483648] at 1:10:10",
    ),
    (
        "UPDATE T SET t = set_add(ss, <<'x'>>)",
        "The first argument to SET_ADD must equal the assignment value at 1:18:7",
    ),
    (
        "UPDATE T\nSET ss = set_add(ss, 'x')\nWHERE pk='a'",
        "The second argument to SET_ADD must be a value with type SET at 2:18:2",
    ),
    (
        'UPDATE T SET "ss" = set_delete("ss", [1])',
        "The second argument to SET_DELETE must be a value with type SET at 1:32:4",
    ),
    ("UPDATE T SET ss = set_add(ss)", "SET_ADD must have exactly two arguments at 1:19:7"),
    ("UPDATE T SET ss = set_add(ss, <<>>)", "Empty bags are not supported"),
    (
        "UPDATE T SET ss = <<'x', 'x'>>",
        "One or more parameter values were invalid: Input collection [x, x] contains duplicates.",
    ),
    (
        "UPDATE T SET ns = <<2, 2.0>>",
        "One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates!"
        " under root",
    ),
    (
        "INSERT INTO T VALUE {'pk': 'a', 'x': set_add(<<'a'>>, <<'b'>>)}",
        "Unsupported data type: set_add under key root at 1:38:7",
    ),
    (
        "INSERT INTO T VALUE {'pk': 'a', 'm': {'k': ?}}",
        "Unsupported data type: Parameter under key root.k at 1:44:1",
    ),
    (
        f"UPDATE T SET d = {'[' * 32}1{']' * 32}",
        f"Nesting Levels have exceeded supported limits under root{'[0]' * 32}",
    ),
    (
        "DELETE FROM T WHERE pk = 'x' RETURNING MODIFIED OLD *",
        "Invalid returning clause: RETURNING MODIFIED OLD *."
        " Only RETURNING ALL OLD * is allowed in DELETE statements.",
    ),
    (
        "SELECT * FROM T WHERE attribute_exists(n) > false",
        "Incorrect operand type for operator or function; operator or function: >,"
        " operand type: BOOL",
    ),
    (
        "SELECT * FROM T WHERE pk = ?",
        "Number of parameters in request and statement don't match.",
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_the_statement_is_refused(text: str, reason: str) -> None:
    assert _refused(text) == reason


def test_parameters_are_looked_at_before_the_statement() -> None:
    assert _refused("UPDATE T SET WHERE", {"NULL": False}) == (
        "One or more parameter values were invalid:"
        " Null attribute value types must have the value of true"
    )


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (
            "attribute_exists('ss')",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "attribute_exists()",
            "Incorrect number of operands for operator or function;"
            " operator or function: attribute_exists, number of operands: 0",
        ),
        (
            "size() = 1",
            "Incorrect number of operands for operator or function;"
            " operator or function: size, number of operands: 0",
        ),
        (
            "attribute_type(l, 1)",
            "Incorrect operand type for operator or function;"
            " operator or function: attribute_type, operand type: N",
        ),
        (
            "n < true",
            "Incorrect operand type for operator or function;"
            " operator or function: <, operand type: BOOL",
        ),
        (
            f"n IN [{', '.join(['1'] * 101)}]",
            "The IN operator is provided with too many operands; number of operands: 101",
        ),
    ],
)
def test_a_condition_is_refused_without_the_name_of_an_expression(where: str, reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        _holds(where)

    assert refused.value.message == reason


def test_arithmetic_on_what_is_no_number_is_refused() -> None:
    found = parse("UPDATE T SET n = 'a' + 1 WHERE pk = 'x'")
    assert isinstance(found, Update)

    with pytest.raises(ExpressionRefused) as refused:
        update_of(found.actions, found.values)

    assert refused.value.message == (
        "Incorrect operand type for operator or function; operator or function: +, operand type: S"
    )


_PIECES = st.sampled_from(
    [
        *(
            "SELECT",
            "*",
            "FROM",
            "T",
            "WHERE",
            "INSERT",
            "INTO",
            "VALUE",
            "UPDATE",
            "SET",
            "REMOVE",
        ),
        *("DELETE", "RETURNING", "ALL", "OLD", "ORDER", "BY", "AND", "OR", "NOT", "IN", "BETWEEN"),
        *("IS", "MISSING", "NULL", "'a'", "1", "-", "+", "?", "(", ")", "[", "]", "{", "}", "<<"),
        *(">>", "=", "<", ",", ".", ":", ";", "a", '"b"', "size(", "set_add(", "EXISTS(", "--"),
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=24).map(" ".join)))
def test_whatever_the_text_is_it_is_read_or_refused(text: str) -> None:
    """
    No text ends in anything but a statement or ExpressionRefused.
    """
    try:
        parse(text)
    except ExpressionRefused as refused:
        assert refused.message


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * FROM T WHERE {'(' * 3000}a{')' * 3000} = 1",
        f"SELECT * FROM T WHERE {'NOT ' * 2000}a = 1",
        f"SELECT * FROM T WHERE {'(NOT ' * 1000}a = 1{')' * 1000}",
        f"INSERT INTO T VALUE {{'a': {'[' * 4000}",
        f"UPDATE T SET a = {'(' * 4000}",
        f"SELECT * FROM T WHERE {' AND '.join(['a = 1'] * 1000)}",
    ],
)
def test_deep_and_long_statements_are_answered(text: str) -> None:
    try:
        parse(text)
    except ExpressionRefused as refused:
        assert refused.message
