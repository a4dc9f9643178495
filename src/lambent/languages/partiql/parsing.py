"""
From a statement's text to what it says.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from lambent.languages.dynamodb_expressions import ExpressionRefused, checked_value, syntax
from lambent.languages.partiql.actions import set_actions
from lambent.languages.partiql.conditions import where_condition
from lambent.languages.partiql.reader import Reader, malformed
from lambent.languages.partiql.statements import (
    Column,
    Delete,
    Exists,
    Insert,
    Order,
    Select,
    Statement,
    Update,
    Values,
)

_RETURNED = {
    ("ALL", "OLD"): "ALL_OLD",
    ("ALL", "NEW"): "ALL_NEW",
    ("MODIFIED", "OLD"): "UPDATED_OLD",
    ("MODIFIED", "NEW"): "UPDATED_NEW",
}


def parse(text: str, parameters: Sequence[Mapping[str, Any]] = ()) -> Statement:
    """The statement with its parameters; ExpressionRefused says what is wrong with it."""
    # AWS: parameters are looked at before the statement is.
    given = {f":p{place}": checked_value(value) for place, value in enumerate(parameters)}
    statement, wanted = _parsed(text)
    if wanted != len(given):
        raise ExpressionRefused("Number of parameters in request and statement don't match.")
    return _with_values(statement, given)


def _with_values(statement: Statement, given: Values) -> Statement:
    if not given:
        return statement
    if isinstance(statement, Exists):
        select = statement.select
        return Exists(replace(select, values={**select.values, **given}))
    return replace(statement, values={**statement.values, **given})


@lru_cache(maxsize=512)
def _parsed(text: str) -> tuple[Statement, int]:
    """The statement with its literals only, and how many parameters it wants."""
    reader = Reader(text)
    statement = _statement(reader)
    reader.expect_end()
    return statement, reader.parameters


def _statement(reader: Reader) -> Statement:
    if reader.take("SELECT"):
        return _select(reader)
    if reader.take("INSERT"):
        return _insert(reader)
    if reader.take("UPDATE"):
        return _update(reader)
    if reader.take("FROM"):
        return _update_from(reader)
    if reader.take("DELETE"):
        return _delete(reader)
    if reader.take("EXISTS", "("):
        reader.expect("SELECT")
        select = _select(reader)
        reader.expect(")")
        return Exists(select)
    raise malformed("Expected data manipulation")


# SELECT.


def _select(reader: Reader) -> Select:
    columns = None if reader.take("*") else tuple(reader.several(lambda: _column(reader)))
    if not reader.take("FROM"):
        raise reader.unexpected()
    if reader.kind not in ("word", "quoted"):
        raise reader.unexpected()
    table, index = _source(reader)
    where = _where(reader)
    order: list[Order] = []
    if reader.take("ORDER", "BY"):
        order = reader.several(lambda: _order(reader))
    return Select(table, index, columns, where, tuple(order), reader.values)


def _column(reader: Reader) -> Column:
    if reader.kind == "word" and reader.following == "(":
        raise ExpressionRefused(f"Unexpected path component {reader.token.place}")
    if reader.at_literal() or reader.kind == "?":
        raise ExpressionRefused(f"Unexpected path component {reader.token.place}")
    steps = [step for step in reader.path().steps if not isinstance(step, syntax.NameReference)]
    if reader.kind in ("AS", "word", "quoted"):
        raise ExpressionRefused("Aliasing is not supported")
    # AWS: from the last name on.
    start = max(place for place, step in enumerate(steps) if isinstance(step, str))
    name = "".join(f"[{step}]" if isinstance(step, int) else step for step in steps[start:])
    return Column(name, tuple(steps))


def _source(reader: Reader) -> tuple[str, str | None]:
    """A table, and an index of it."""
    names = [_source_name(reader)]
    while reader.take("."):
        names.append(_source_name(reader))
    if len(names) > 2:
        raise ExpressionRefused("A path may contain at most 2 components in the FROM clause")
    _refuse_alias(reader)
    return names[0], names[1] if len(names) > 1 else None


def _source_name(reader: Reader) -> str:
    if reader.kind not in ("word", "quoted"):
        raise malformed("Invalid path dot component")
    name = reader.next().text
    if not name:
        raise ExpressionRefused("Path component cannot be an empty string")
    return name


def _refuse_alias(reader: Reader) -> None:
    if reader.kind in ("AS", "word", "quoted"):
        raise ExpressionRefused("Aliasing is not supported")


def _where(reader: Reader) -> syntax.Tree | None:
    return where_condition(reader) if reader.take("WHERE") else None


def _order(reader: Reader) -> Order:
    path = reader.path()
    forward = not reader.take("DESC")
    if forward:
        reader.take("ASC")
    return Order(".".join(str(step) for step in path.steps), forward)


# Writing.


def _table(reader: Reader) -> str:
    """The table of a write, which has no index."""
    if reader.kind not in ("word", "quoted"):
        raise malformed("Expected identifier for simple path")
    name = _source_name(reader)
    if reader.kind == ".":
        raise ExpressionRefused("Writes are not supported on a secondary index")
    return name


def _insert(reader: Reader) -> Insert:
    reader.expect("INTO")
    table = _table(reader)
    if not reader.take("VALUE"):
        raise malformed("Unexpected token after expression")
    attributes: dict[str, str] = {}
    reader.expect("{")
    while reader.kind != "}":
        name = reader.expect("string").text
        reader.expect(":")
        value = reader.parameter() if reader.kind == "?" else reader.literal()
        attributes[name] = value.name
        if not reader.take(","):
            break
    reader.expect("}")
    return Insert(table, attributes, reader.values)


def _update(reader: Reader) -> Update:
    table = _table(reader)
    _refuse_alias(reader)
    actions = set_actions(reader)
    where = _where(reader)
    return Update(table, actions, where, _returning(reader), reader.values)


def _update_from(reader: Reader) -> Update:
    table = _table(reader)
    _refuse_alias(reader)
    where = _where(reader)
    actions = set_actions(reader)
    return Update(table, actions, where, _returning(reader), reader.values)


def _delete(reader: Reader) -> Delete:
    reader.expect("FROM")
    table = _table(reader)
    _refuse_alias(reader)
    where = _where(reader)
    returning = _returning(reader)
    if returning not in (None, "ALL_OLD"):
        words = next(" ".join(key) for key, value in _RETURNED.items() if value == returning)
        raise ExpressionRefused(
            f"Invalid returning clause: RETURNING {words} *."
            " Only RETURNING ALL OLD * is allowed in DELETE statements."
        )
    return Delete(table, where, returning, reader.values)


def _returning(reader: Reader) -> str | None:
    if not reader.take("RETURNING"):
        return None
    which = "ALL" if reader.take("ALL") else "MODIFIED" if reader.take_word("MODIFIED") else ""
    when = "OLD" if reader.take_word("OLD") else "NEW" if reader.take_word("NEW") else ""
    if (which, when) not in _RETURNED or not reader.take("*"):
        raise reader.unexpected()
    return _RETURNED[which, when]
