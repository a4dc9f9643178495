"""
Statements of PartiQL, as what they want of a table: changes of items, or reads of its parts. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.languages import partiql
from lambent.languages.dynamodb_expressions import Condition, Item
from lambent.languages.dynamodb_expressions.conditions import condition_of
from lambent.languages.dynamodb_expressions.operands import found_below
from lambent.languages.dynamodb_expressions.syntax import Tree
from lambent.languages.dynamodb_expressions.updates import update_of
from lambent.languages.partiql import keys as partiql_keys
from lambent.languages.partiql.keys import Read, Schema
from lambent.languages.partiql.statements import Values
from lambent.services.dynamodb import item_keys, selections
from lambent.services.dynamodb.item_store import Span
from lambent.services.dynamodb.records import Index, Table
from lambent.services.dynamodb.requests import refusing
from lambent.services.dynamodb.writing import Change

Write = partiql.Insert | partiql.Update | partiql.Delete | partiql.Exists


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a table or index, and which of them are wanted."""

    span: Span
    keeps: Condition | None


@dataclass(frozen=True, slots=True)
class Plan:
    """
    Parts that are read one after the other; `shown` gives what of an item the reply has.

    `fetches` says that a local index is asked for what it does not have.
    """

    index: Index | None
    parts: tuple[Part, ...]
    shown: Callable[[Item], Item]
    fetches: bool


def read_statement(asked: Mapping[str, Any]) -> partiql.Statement:
    """Of a request's Statement and Parameters."""
    with refusing():
        return partiql.parse(asked["Statement"], asked.get("Parameters") or ())


# Writing -----------------------------------------------------------------------------------------


def change_of(table: Table, statement: Write, asked: Mapping[str, Any]) -> Change:
    """The change of the one item that a statement is for."""
    with refusing():
        if isinstance(statement, partiql.Insert):
            return Change("Put", statement.table, statement.item, is_insert=True)
        if isinstance(statement, partiql.Exists):
            return _check(table, statement)
        key, rest = partiql_keys.item_key(statement.where, statement.values, table.keys.names)
        change = _change(statement, key, rest)
    return replace(change, shows_old=asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD")


def transaction_change(table: Table, statement: Write, asked: Mapping[str, Any]) -> Change:
    """The same in a transaction, where a key that is none is the reason to cancel it."""
    if isinstance(statement, partiql.Insert | partiql.Exists):
        return change_of(table, statement, asked)
    key = partiql_keys.one_key(statement.where, statement.values, table.keys.names)
    if len(key) == len(table.keys.names):
        return change_of(table, statement, asked)
    with refusing():
        return _change(statement, key, statement.where)


def _change(statement: partiql.Update | partiql.Delete, key: Item, rest: Tree | None) -> Change:
    holds = None if rest is None else condition_of(rest, statement.values, "")
    if isinstance(statement, partiql.Delete):
        return Change("Delete", statement.table, key, _unless_gone(holds))
    update = update_of(statement.actions, statement.values)
    return Change("Update", statement.table, key, _if_there(holds), update)


def _check(table: Table, statement: partiql.Exists) -> Change:
    select = statement.select
    key, rest = partiql_keys.checked_key(select.where, select.values, table.keys.names)
    holds = condition_of(rest, select.values, "")
    return Change("ConditionCheck", statement.table, key, holds)


def _if_there(condition: Condition | None) -> Condition:
    """AWS: an UPDATE is for an item that there is."""
    if condition is None:
        return Condition(bool, frozenset())
    return replace(condition, holds=lambda item: bool(item) and condition.holds(item))


def _unless_gone(condition: Condition | None) -> Condition | None:
    """AWS: a DELETE of what is not there is done, whatever else it asks."""
    if condition is None:
        return None
    return replace(condition, holds=lambda item: not item or condition.holds(item))


# Reading -----------------------------------------------------------------------------------------


def key_read(
    table: Table, select: partiql.Select, operation: str
) -> tuple[Item, Callable[[Item], Item]]:
    """The key of the one item that a SELECT of a batch or transaction is for, and what is shown."""
    refusal = (
        f"Select statements within {operation} must specify the primary key in the where clause."
    )
    with refusing():
        if select.where is not None:
            condition_of(select.where, select.values, "")
        key = partiql_keys.only_key(select.where, select.values, table.keys.names)
        if key is None and select.index is None:
            partiql_keys.reads_of(select.where, select.values, _schema(table, None))
    if key is None or select.index is not None:
        raise ValidationFailed(refusal)
    return key, _shown(table, None, select)


def plan_of(table: Table, select: partiql.Select, *, consistent: bool) -> Plan:
    index = _index(table, select.index)
    if index is not None and index.is_global and consistent:
        raise ValidationFailed(
            "Strongly consistent read is not supported on Global Secondary Indexes"
        )
    if select.order and select.where is None:
        raise ValidationFailed(
            "Must have WHERE clause in the statement when using ORDER BY clause."
        )
    schema = _schema(table, index)
    with refusing():
        whole = None if select.where is None else condition_of(select.where, select.values, "")
        reads = partiql_keys.reads_of(select.where, select.values, schema)
        forward = partiql_keys.ordered(reads, select.order, schema)
        if reads is None:
            parts = [Part(Span(), selections.seen_by(table, index, whole))]
        else:
            parts = [_part(table, index, read, select.values, forward=forward) for read in reads]
            _check_rest(table, index, reads[-1], select.values)
    columns = [str(column.steps[0]) for column in select.columns or ()]
    missing = [] if index is None else selections.not_projected(table, index, columns)
    if missing and index is not None and index.is_global:
        raise ValidationFailed(
            "One or more parameter values were invalid: Global secondary index"
            f" {index.name} does not project [{', '.join(missing)}]"
        )
    return Plan(index, tuple(parts), _shown(table, index, select), bool(missing))


def _schema(table: Table, index: Index | None) -> Schema:
    keys = table.keys if index is None else index.keys
    return Schema(keys.partition, keys.sort, table.types)


def _index(table: Table, name: str | None) -> Index | None:
    if name is None:
        return None
    for index in table.indexes:
        if index.name == name and index.status != "DELETING":
            if index.backfilling:
                raise ValidationFailed(
                    f"Cannot read from backfilling global secondary index: {name}"
                )
            return index
    # AWS: without the name, other than Query.
    raise ValidationFailed("The table does not have the specified index")


def _part(table: Table, index: Index | None, read: Read, values: Values, *, forward: bool) -> Part:
    low, high = partiql_keys.span(read.sort)
    partition = item_keys.partition_bytes(read.partition)
    rest = None if read.rest is None else condition_of(read.rest, values, "")
    keeps = selections.seen_by(table, index, rest)
    return Part(Span(partition=partition, low=low, high=high, forward=forward), keeps)


def _check_rest(table: Table, index: Index | None, last: Read, values: Values) -> None:
    """AWS: of several reads, only the last is refused for what the index does not have."""
    if index is not None and last.rest is not None:
        selections.check_projected(table, index, condition_of(last.rest, values, ""))


def _shown(table: Table, index: Index | None, select: partiql.Select) -> Callable[[Item], Item]:
    columns = select.columns
    if columns is None:
        if index is None:
            return lambda item: item
        return lambda item: item_keys.projected(table, index, item)

    def shown(item: Item) -> Item:
        found = (
            (column.name, found_below(item.get(str(column.steps[0])), list(column.steps[1:])))
            for column in columns
        )
        return {name: value for name, value in found if value is not None}

    return shown
