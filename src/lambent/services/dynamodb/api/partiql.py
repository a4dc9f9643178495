"""
Statements of PartiQL, one at a time, several, or all or nothing.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from lambent.core.errors import AwsError, ValidationFailed
from lambent.core.pages import key_or, token_after
from lambent.languages import partiql
from lambent.languages.dynamodb_expressions import Item, checked_value
from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import (
    capacity,
    item_keys,
    item_store,
    metrics,
    pages,
    selections,
    statements,
    tables,
)
from lambent.services.dynamodb.api.items import returned
from lambent.services.dynamodb.api.transactions import cancelled, change_all, read_all
from lambent.services.dynamodb.capacity import Consumed
from lambent.services.dynamodb.errors import ConditionalCheckFailed, DuplicateItem
from lambent.services.dynamodb.records import Table
from lambent.services.dynamodb.requests import refusing
from lambent.services.dynamodb.statements import Plan, Write
from lambent.services.dynamodb.writing import Change, Outcome, carry_out
from lambent.storage.database import Tx

_BATCH = "BatchExecuteStatement"
_TRANSACTION = "ExecuteTransaction"


async def execute_statement(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    statement = statements.read_statement(params)
    if isinstance(statement, partiql.Select):
        return await _selected(context, statement, params)
    items, outcome = await _written(context, statement, params)
    return capacity.with_capacity({"Items": items}, outcome.consumed, params)


async def batch_execute_statement(context: Context, params: Params) -> Reply:
    """
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
    """
    consumed: dict[str, Consumed] = {}
    responses = [await _response(context, asked, consumed) for asked in params["Statements"]]
    said = [
        capacity.reply_of(each, params.get("ReturnConsumedCapacity")) for each in consumed.values()
    ]
    reply: dict[str, Any] = {"Responses": responses}
    if any(said):
        reply["ConsumedCapacity"] = said
    return reply


async def execute_transaction(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html"""
    asked = params["TransactStatements"]
    with refusing():
        # AWS: what is wrong with a parameter is said of no statement.
        for each in asked:
            for value in each.get("Parameters") or ():
                checked_value(value)
    found = [
        _in_statement(place, statements.read_statement, each) for place, each in enumerate(asked)
    ]
    selects = [each for each in found if isinstance(each, partiql.Select)]
    writes = [each for each in found if not isinstance(each, partiql.Select)]
    if selects and writes:
        raise ValidationFailed(
            "ExecuteTransaction API does not support both read and write operations in the same"
            " request."
        )
    if selects:
        return await _read_together(context, selects, params)
    return await _write_together(context, writes, params)


# One statement -----------------------------------------------------------------------------------


async def _written(context: Context, statement: Write, asked: Params) -> tuple[list[Item], Outcome]:
    """What RETURNING gives, in a list, and what was done."""
    if isinstance(statement, partiql.Exists):
        raise ValidationFailed("EXISTS() is only supported in ExecuteTransaction")
    now = context.clock.now()

    def write(tx: Tx) -> tuple[Change, Outcome]:
        table = tables.get_with_items(tx, context, statement.table)
        change = statements.change_of(table, statement, asked)
        return change, carry_out(tx, context, change, now)

    try:
        change, outcome = await context.db.write(write)
    except ConditionalCheckFailed:
        metrics.count_failed_check(context, statement.table)
        raise
    metrics.count_written(context, outcome.table, outcome.consumed)
    which = None if isinstance(statement, partiql.Insert) else statement.returning
    item = None if which is None else returned(change, outcome, which)
    return [item] if item else [], outcome


async def _selected(context: Context, select: partiql.Select, params: Params) -> Reply:
    consistent = bool(params.get("ConsistentRead"))
    digest = _digest(params)

    def read(tx: Tx) -> tuple[Table, "_Found"]:
        table = tables.get_with_items(tx, context, select.table)
        plan = statements.plan_of(table, select, consistent=consistent)
        found = _Found(table, plan, consistent=consistent)
        found.read(tx, *_start(params, digest, plan), params.get("Limit"))
        return table, found

    table, found = await context.db.read(read)
    metrics.count_read(context, table, found.consumed)
    reply: dict[str, Any] = {"Items": found.items}
    if found.following is not None:
        number, after, last = found.following
        reply["NextToken"] = token_after(digest, number, ".".join(part.hex() for part in after))
        if last is not None:
            reply["LastEvaluatedKey"] = selections.last_key(table, found.plan.index, last)
    return capacity.with_capacity(reply, found.consumed, params)


def _digest(params: Params) -> str:
    """A token goes on with the statement that gave it only."""
    said = [params["Statement"], params.get("Parameters")]
    return hashlib.sha256(orjson.dumps(said, default=bytes.hex)).hexdigest()[:16]


def _start(params: Params, digest: str, plan: Plan) -> tuple[int, tuple[bytes, ...]]:
    start: list[Any] = [digest, 0, ""]
    given, number, after = key_or(params.get("NextToken"), start)
    try:
        place = tuple(bytes.fromhex(part) for part in after.split(".")) if after else ()
    except ValueError:
        raise ValidationFailed("Given page token is invalid") from None
    if given != digest or not 0 <= number < max(1, len(plan.parts)):
        raise ValidationFailed("Given page token is invalid")
    return number, place


class _Found:
    """
    What the parts of a plan give, up to a page; `following` is where the next page begins.

    It is the part, where in it, and the last item that was read.
    """

    __slots__ = ("_consistent", "consumed", "following", "items", "plan", "table")

    def __init__(self, table: Table, plan: Plan, *, consistent: bool) -> None:
        self.table = table
        self.plan = plan
        self.items: list[Item] = []
        self.consumed = Consumed(table.name)
        self.following: tuple[int, tuple[bytes, ...], Item | None] | None = None
        self._consistent = consistent

    def read(self, tx: Tx, number: int, after: tuple[bytes, ...], limit: int | None) -> None:
        scanned = size = 0
        for place, part in list(enumerate(self.plan.parts))[number:]:
            if (limit is not None and scanned >= limit) or size >= pages.PAGE_BYTES:
                self.following = place, (), None
                return
            page = pages.read_page(
                tx,
                self.table,
                self.plan.index,
                replace(part.span, after=after),
                limit=None if limit is None else limit - scanned,
                keeps=part.keeps,
                shown=self.plan.shown,
            )
            after = ()
            scanned += page.scanned
            size += page.size
            self.items += page.items
            self._count(page)
            if page.last is not None:
                at = item_keys.place_of(self.table.keys, page.last)
                key = pages.place_bytes(self.table, self.plan.index, page.last, at)
                self.following = place, key, page.last
                return

    def _count(self, page: pages.Page) -> None:
        units = capacity.read_units(page.size, consistent=self._consistent)
        index = self.plan.index
        if index is None:
            self.consumed.table += units
            return
        self.consumed.add_index(index.name, units, is_global=index.is_global)
        if self.plan.fetches:
            self.consumed.table += capacity.read_units(page.whole_size, consistent=self._consistent)


# Several, each for itself ------------------------------------------------------------------------


async def _response(
    context: Context, asked: Params, consumed: dict[str, Consumed]
) -> dict[str, Any]:
    try:
        statement = statements.read_statement(asked)
    except AwsError as error:
        return {"Error": _batch_error(error)}
    try:
        if isinstance(statement, partiql.Select):
            table, item, taken = await _read_one(context, statement, asked)
        else:
            items, outcome = await _written(context, statement, asked)
            table, taken = outcome.table, outcome.consumed
            item = items[0] if items else None
    except AwsError as error:
        response: dict[str, Any] = {"Error": _batch_error(error)}
        # AWS: only of what came as far as the item.
        if isinstance(error, ConditionalCheckFailed | DuplicateItem):
            response["TableName"] = statement.table
        return response
    consumed.setdefault(table.arn, Consumed(table.name)).add(taken)
    return {"TableName": table.name, **({"Item": item} if item else {})}


def _batch_error(error: AwsError) -> dict[str, Any]:
    if error.status >= 500:
        raise error
    code = error.code.removesuffix("Exception")
    # AWS: with a word of its own.
    said = {"Validation": "ValidationError", "Throttling": "ThrottlingError"}.get(code, code)
    # AWS: without the item, whatever ReturnValuesOnConditionCheckFailure asks for.
    return {"Code": said, "Message": error.message}


async def _read_one(
    context: Context, select: partiql.Select, asked: Params
) -> tuple[Table, Item | None, Consumed]:
    def read(tx: Tx) -> tuple[Table, Item | None, int]:
        table = tables.get_with_items(tx, context, select.table)
        key, shown = statements.key_read(table, select, _BATCH)
        kept = item_store.find_item(tx, table.id, item_keys.key_place(table, key))
        return (table, None, 0) if kept is None else (table, shown(kept.item), kept.size)

    table, item, size = await context.db.read(read)
    units = capacity.read_units(size, consistent=bool(asked.get("ConsistentRead")))
    consumed = Consumed(table.name, units)
    metrics.count_read(context, table, consumed)
    return table, item, consumed


# All or nothing ----------------------------------------------------------------------------------


def _in_statement(place: int, read: Any, *given: Any) -> Any:
    """AWS: what is wrong with a statement of a transaction is said with its number."""
    try:
        return read(*given)
    except ValidationFailed as error:
        raise ValidationFailed(
            f"Validation failed in TransactStatements[{place}]: {error.message}"
        ) from None


def _tables(tx: Tx, context: Context, names: list[str]) -> list[Table | None]:
    return [_active(tables.find(tx, context, name)) for name in names]


def _active(table: Table | None) -> Table | None:
    return table if table is not None and tables.has_items(table) else None


def _check_found(found: list[Table | None]) -> None:
    if all(found):
        return
    missing = {"Code": "ResourceNotFound", "Message": "Requested resource not found"}
    raise cancelled([{"Code": "None"} if table else missing for table in found])


async def _write_together(context: Context, writes: list[Write], params: Params) -> Reply:
    asked = params["TransactStatements"]

    def read(tx: Tx) -> list[Change]:
        found = _tables(tx, context, [each.table for each in writes])
        changes = [
            _in_statement(place, _transaction_change, table, each, asked[place])
            for place, (table, each) in enumerate(zip(found, writes, strict=True))
            if table is not None
        ]
        _check_found(found)
        return changes

    changes = await context.db.read(read)
    _, reply = await change_all(context, changes, params, asked)
    return {"Responses": [], **reply}


def _transaction_change(table: Table, statement: Write, asked: Mapping[str, Any]) -> Change:
    if isinstance(statement, partiql.Update | partiql.Delete) and statement.returning:
        raise ValidationFailed("RETURNING clause is not supported in ExecuteTransaction.")
    return statements.transaction_change(table, statement, asked)


async def _read_together(context: Context, selects: list[partiql.Select], params: Params) -> Reply:
    def read(tx: Tx) -> list[tuple[Table, Item | None, float]]:
        found = _tables(tx, context, [each.table for each in selects])
        keyed = [
            (each.table, *_in_statement(place, _key_read, table, each))
            for place, (table, each) in enumerate(zip(found, selects, strict=True))
            if table is not None
        ]
        _check_found(found)
        _check_keys(found, [key for _, key, _ in keyed])
        return read_all(tx, context, keyed)

    found = await context.db.read(read)
    consumed: dict[str, Consumed] = {}
    for table, _, units in found:
        consumed.setdefault(table.arn, Consumed(table.name)).table += units
        metrics.count_read(context, table, Consumed(table.name, units))
    said = [
        capacity.reply_of(each, params.get("ReturnConsumedCapacity"), "Read")
        for each in consumed.values()
    ]
    reply: dict[str, Any] = {
        "Responses": [{} if item is None else {"Item": item} for _, item, _ in found]
    }
    if any(said):
        reply["ConsumedCapacity"] = said
    return reply


def _key_read(table: Table, select: partiql.Select) -> tuple[Item, Any]:
    if select.index is not None:
        raise ValidationFailed("Reads on indices are not supported within transactions.")
    return statements.key_read(table, select, _TRANSACTION)


def _check_keys(found: list[Table | None], keys: list[Item]) -> None:
    reasons: list[dict[str, Any]] = []
    for table, key in zip(found, keys, strict=True):
        try:
            assert table is not None
            item_keys.key_place(table, key)
        except ValidationFailed as error:
            reasons.append({"Code": "ValidationError", "Message": error.message})
        else:
            reasons.append({"Code": "None"})
    if any(reason["Code"] != "None" for reason in reasons):
        raise cancelled(reasons)
