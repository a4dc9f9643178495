"""What a WHERE says of keys: the item of a write, the reads of a SELECT."""

from typing import Any

import pytest

from lambent.languages.dynamodb_expressions import ExpressionRefused, SortCondition
from lambent.languages.dynamodb_expressions.conditions import condition_of
from lambent.languages.partiql import Select, keys, parse
from lambent.languages.partiql.keys import Read, Schema

_SCHEMA = Schema("pk", "sk", {"pk": "S", "sk": "S"})
_NAMES = ("pk", "sk")


def _select(where: str, order: str = "") -> Select:
    statement = parse(f"SELECT * FROM T WHERE {where} {order}")
    assert isinstance(statement, Select)
    return statement


def _reads(where: str) -> list[Read] | None:
    statement = _select(where)
    return keys.reads_of(statement.where, statement.values, _SCHEMA)


def _asked(where: str) -> list[tuple[str, SortCondition | None, bool]] | None:
    """Of each read the partition, the sort keys, and whether there is more to it."""
    reads = _reads(where)
    if reads is None:
        return None
    return [(read.partition["S"], read.sort, read.rest is not None) for read in reads]


def _sort(operator: str, *texts: str) -> SortCondition:
    return SortCondition(operator, tuple({"S": text} for text in texts))


READS: list[tuple[str, Any]] = [
    ("pk = 'a'", [("a", None, False)]),
    ("'a' = pk AND x = 1", [("a", None, True)]),
    ("pk = 'a' AND sk = '1'", [("a", _sort("=", "1"), False)]),
    ("(pk = 'a' AND '1' < sk)", [("a", _sort(">", "1"), False)]),
    ("pk = 'a' AND sk BETWEEN '1' AND '2'", [("a", _sort("BETWEEN", "1", "2"), False)]),
    ("pk = 'a' AND begins_with(sk, '1')", [("a", _sort("begins_with", "1"), False)]),
    ("pk = 'a' AND sk > '0' AND sk = '1'", [("a", _sort("=", "1"), True)]),
    ("pk = 'a' AND sk <> '1'", [("a", None, True)]),
    ("pk = 'a' AND sk IN ['1', '2']", [("a", None, True)]),
    ("pk = 'a' AND (sk = '1' OR sk = '2')", [("a", None, True)]),
    ("pk = 'a' AND (sk < '1' OR sk > '1' OR sk = '1')", [("a", None, True)]),
    ("pk = 'a' AND (x = 1 OR y = 2)", [("a", None, True)]),
    (
        "pk IN ['a', 'b'] AND sk > '5'",
        [("a", _sort(">", "5"), False), ("b", _sort(">", "5"), False)],
    ),
    ("pk = 'a' OR pk = 'b' AND x = 1", [("a", None, False), ("b", None, True)]),
    ("(pk = 'a' OR pk = 'b') AND x = 1", [("a", None, True), ("b", None, True)]),
    (
        "pk = 'a' AND sk = '1' OR pk = 'a' AND sk = '2'",
        [("a", _sort("=", "1"), False), ("a", _sort("=", "2"), False)],
    ),
    ("pk = 'a' AND NOT sk = '1' OR pk = 'a' AND sk = '2'", [("a", None, True)]),
    ("pk = 'a' OR x = 1", None),
    ("pk > 'a'", None),
    ("pk = x", None),
    ("NOT pk = 'a'", None),
    ("pk.x = 'a'", None),
    ("x = 1", None),
]


@pytest.mark.parametrize(("where", "reads"), READS)
def test_the_reads_of_a_select(where: str, reads: Any) -> None:
    assert _asked(where) == reads


def test_branches_that_meet_are_read_once_for_what_any_of_them_says() -> None:
    where = "pk = 'a' AND NOT sk = '1' OR pk = 'a' AND sk = '2' OR pk = 'a' AND sk = '1'"
    reads = _reads(where)
    assert reads is not None and reads[0].rest is not None
    rest = condition_of(reads[0].rest, _select(where).values, "")

    assert len(reads) == 1
    assert all(rest.holds({"pk": {"S": "a"}, "sk": {"S": sort}}) for sort in "123")


_OVERLAP = "Overlapping conditions with range keys are not supported in where clause"
_TYPE = "Key attribute's data type should match its data type in table's schema: Key "
_TOO_MANY = "Too many decomposed read operations for a given query."


def _texts(count: int) -> str:
    return ", ".join(f"'{number}'" for number in range(count))


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("pk IN ['a', 'a']", _OVERLAP),
        ("pk = 'a' OR pk = 'a'", _OVERLAP),
        ("pk = 'a' AND (sk > '0' OR sk < '5')", _OVERLAP),
        ("pk = 'a' AND (sk = '1' OR flag = 'two')", _OVERLAP),
        ("(pk = 'a' AND x = 1) OR (pk = 'a' AND x = 2)", _OVERLAP),
        ("pk = 'a' AND x = '1' OR pk = 'a' AND sk = '2'", _OVERLAP),
        ("pk = 1 OR pk = 'a'", f"{_TYPE}pk"),
        ("pk = 'a' AND sk IN ['1', 2]", f"{_TYPE}sk"),
        (f"pk IN [{_texts(51)}]", _TOO_MANY),
        (f"pk = 'a' AND sk IN [{_texts(51)}]", _TOO_MANY),
        (f"pk IN [{_texts(26)}] AND sk IN ['1', '2']", _TOO_MANY),
    ],
)
def test_the_reads_are_refused(where: str, reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        _reads(where)

    assert refused.value.message == reason


def test_a_write_is_for_the_item_whose_whole_key_it_names() -> None:
    statement = _select("(pk = 'a' AND sk = '1') AND x = 1 AND pk = 'a'")
    key, rest = keys.item_key(statement.where, statement.values, _NAMES)

    assert key == {"pk": {"S": "a"}, "sk": {"S": "1"}}
    assert rest is not None


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("pk = 'a'", "Where clause does not contain a mandatory equality on all key attributes"),
        (
            "pk IN ['a'] AND sk = '1'",
            "Where clause does not contain a mandatory equality on all key attributes",
        ),
        (
            "pk = 'a' AND sk = '1' OR x = 1",
            "Where clause does not contain a mandatory equality on all key attributes",
        ),
        (
            "pk = 'a' AND sk = '1' AND pk = 'b'",
            "Multiple conditions on same key pk. Only single item Update/Insert/Delete are"
            " supported",
        ),
    ],
)
def test_a_write_that_names_no_single_item_is_refused(where: str, reason: str) -> None:
    statement = _select(where)

    with pytest.raises(ExpressionRefused) as refused:
        keys.item_key(statement.where, statement.values, _NAMES)

    assert refused.value.message == reason


def test_some_reads_are_by_the_key_alone() -> None:
    def only(where: str) -> Any:
        statement = _select(where)
        return keys.only_key(statement.where, statement.values, _NAMES)

    key = {"pk": {"S": "a"}, "sk": {"S": "1"}}
    assert only("(sk = '1') AND pk = 'a' AND pk = 'a'") == key
    assert only("pk IN ['a'] AND sk IN ['1']") == key
    assert only("pk = 'a' AND sk = '1' AND x = 1") is None
    assert only("pk = 'a' AND sk = '1' AND pk = 'b'") is None
    assert only("pk = 'a'") is None


def test_exists_takes_the_first_value_of_a_key_and_wants_another_condition() -> None:
    statement = _select("pk = 'a' AND sk = '1' AND pk = 'b'")
    key, rest = keys.checked_key(statement.where, statement.values, _NAMES)

    assert key == {"pk": {"S": "a"}, "sk": {"S": "1"}}
    assert not condition_of(rest, statement.values, "").holds(key)

    statement = _select("pk = 'a' AND sk = '1'")
    with pytest.raises(ExpressionRefused, match="must contain a single item read"):
        keys.checked_key(statement.where, statement.values, _NAMES)


def test_an_order_is_one_of_keys() -> None:
    def forward(where: str, order: str) -> tuple[bool, list[str]]:
        statement = _select(where, f"ORDER BY {order}")
        reads = keys.reads_of(statement.where, statement.values, _SCHEMA)
        ahead = keys.ordered(reads, statement.order, _SCHEMA)
        return ahead, [read.partition["S"] for read in reads or []]

    assert forward("pk = 'a'", "sk") == (True, ["a"])
    assert forward("pk = 'a'", "sk DESC") == (False, ["a"])
    assert forward("pk IN ['a', 'c', 'b']", "pk DESC, sk") == (True, ["c", "b", "a"])
    with pytest.raises(ExpressionRefused, match="Variable reference x in ORDER BY clause"):
        forward("pk = 'a'", "x")
    with pytest.raises(ExpressionRefused, match="at least one non-optional hash key condition"):
        forward("x = 1", "sk")
