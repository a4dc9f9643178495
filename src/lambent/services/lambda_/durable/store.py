"""The only SQL of durable executions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from lambent.services.lambda_.durable import tokens
from lambent.services.lambda_.durable.records import (
    Execution,
    HistoryEvent,
    LastCheckpoint,
    Operation,
    Pause,
)
from lambent.services.lambda_.errors import ResourceNotFound
from lambent.services.lambda_.names import FunctionName
from lambent.storage.database import Row, Tx

_FIXED = (
    "id, account, region, function_name, version, name, started, timeout, retention_days,"
    " kms_key_arn, synchronous, trace_header, request_id, parent, parent_operation"
)
_MOVING = (
    "deadline, status, ended, pause, asked_with, phase, invocations, run, run_started, is_owed,"
    " failures, refusals, token, changes, seen, events, operations, stored,"
    " last_checkpoint"
)
_EXECUTION = f"{_FIXED}, {_MOVING}"
_OPERATION = (
    "id, type, status, position, touched, started, ended, parent_id, name, sub_type, input,"
    " result, error, attempt, due, seconds, heartbeat_due, heartbeat_seconds, replays_children"
)
_EVENT = "id, type, at, details, operation_id, parent_id, name, sub_type"
_EXECUTION_COLUMNS = tuple(_EXECUTION.split(", "))
_OPERATION_COLUMNS = tuple(_OPERATION.split(", "))
_EVENT_COLUMNS = tuple(_EVENT.split(", "))
_FLAGS = ("synchronous", "is_owed")


def _values(columns: str) -> str:
    return ", ".join(f":{column}" for column in columns.split(", "))


def _excluded(columns: str) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns.split(", "))


_PUT_EXECUTION = (
    f"INSERT INTO lambda_durable_execution ({_EXECUTION}) VALUES ({_values(_EXECUTION)})"
    f" ON CONFLICT (id) DO UPDATE SET {_excluded(_MOVING)}"
)
_PUT_OPERATION = (
    f"INSERT INTO lambda_durable_operation (execution, {_OPERATION})"
    f" VALUES (:execution, {_values(_OPERATION)})"
    f" ON CONFLICT (execution, id) DO UPDATE SET {_excluded(_OPERATION)}"
)
_ADD_EVENT = (
    f"INSERT INTO lambda_durable_event (execution, {_EVENT}) VALUES (:execution, {_values(_EVENT)})"
)
# Databases bound the number of parameters of a statement.
_MOST_IDS = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """What ListDurableExecutionsByFunction is asked for; None asks for nothing."""

    version: str | None = None
    name: str | None = None
    status: str | None = None
    after: float | None = None
    before: float | None = None


def find_execution(tx: Tx, id: str) -> Execution | None:
    row = tx.one(f"SELECT {_EXECUTION} FROM lambda_durable_execution WHERE id = :id", id=id)
    return None if row is None else _execution(row)


def find_by_arn(tx: Tx, arn: str) -> Execution | None:
    found = find_execution(tx, tokens.execution_id(arn))
    return found if found is not None and found.arn == arn else None


def get_by_arn(tx: Tx, arn: str) -> Execution:
    found = find_by_arn(tx, arn)
    if found is None:
        raise ResourceNotFound("Durable Execution does not exist")
    return found


def find_by_name(tx: Tx, function: FunctionName, name: str) -> Execution | None:
    row = tx.one(
        f"SELECT {_EXECUTION} FROM lambda_durable_execution WHERE account = :account"
        " AND region = :region AND function_name = :function AND name = :name",
        account=function.account,
        region=function.region,
        function=function.name,
        name=name,
    )
    return None if row is None else _execution(row)


def put_execution(tx: Tx, execution: Execution) -> None:
    row = _row(execution, _EXECUTION_COLUMNS)
    for flag in _FLAGS:
        row[flag] = int(row[flag])
    row["pause"] = _text(execution.pause)
    row["last_checkpoint"] = _text(execution.last_checkpoint)
    tx.execute(_PUT_EXECUTION, **row)


def list_executions(
    tx: Tx,
    function: FunctionName,
    asked: Filter,
    *,
    after: tuple[float, str] | None,
    limit: int,
    oldest_first: bool,
) -> list[Execution]:
    """By their start; `after` is the start and the id of the last one of the page before."""
    way, order = (">", "ASC") if oldest_first else ("<", "DESC")
    conditions = ["account = :account", "region = :region", "function_name = :function"]
    values: dict[str, Any] = {}
    for condition, value in (
        ("version = :version", asked.version),
        ("name = :name", asked.name),
        ("status = :status", asked.status),
        ("started > :after", asked.after),
        ("started < :before", asked.before),
    ):
        if value is not None:
            conditions.append(condition)
            values[condition.rpartition(":")[2]] = value
    if after is not None:
        conditions.append(f"(started {way} :at OR (started = :at AND id {way} :id))")
        values |= {"at": after[0], "id": after[1]}
    rows = tx.all(
        f"SELECT {_EXECUTION} FROM lambda_durable_execution WHERE {' AND '.join(conditions)}"
        f" ORDER BY started {order}, id {order} LIMIT :limit",
        account=function.account,
        region=function.region,
        function=function.name,
        limit=limit,
        **values,
    )
    return [_execution(row) for row in rows]


def remove_execution(tx: Tx, id: str) -> None:
    """With all that belongs to it."""
    tx.execute("DELETE FROM lambda_durable_event WHERE execution = :id", id=id)
    tx.execute("DELETE FROM lambda_durable_operation WHERE execution = :id", id=id)
    tx.execute("DELETE FROM lambda_durable_execution WHERE id = :id", id=id)


def find_operation(tx: Tx, execution: str, id: str) -> Operation | None:
    return find_operations(tx, execution, [id]).get(id)


def find_operations(tx: Tx, execution: str, ids: Iterable[str]) -> dict[str, Operation]:
    """Those of `ids` that exist."""
    wanted, found = list(dict.fromkeys(ids)), {}
    for start in range(0, len(wanted), _MOST_IDS):
        some = {f"id{number}": id for number, id in enumerate(wanted[start : start + _MOST_IDS])}
        names = ", ".join(f":{name}" for name in some)
        for operation in _operations(tx, f"id IN ({names})", execution, **some):
            found[operation.id] = operation
    return found


def put_operation(tx: Tx, execution: str, operation: Operation) -> None:
    row = _row(operation, _OPERATION_COLUMNS)
    row["error"] = _text(operation.error)
    row["replays_children"] = int(operation.replays_children)
    tx.execute(_PUT_OPERATION, execution=execution, **row)


def get_root(tx: Tx, execution: Execution) -> Operation:
    """The EXECUTION operation, which holds the input and what became of it."""
    return find_operations(tx, execution.id, [execution.id])[execution.id]


def list_changed(tx: Tx, execution: str, after: int) -> list[Operation]:
    """The operations whose last change comes after change number `after`, by their start."""
    return _operations(tx, "touched > :after ORDER BY position", execution, after=after)


def list_operations(tx: Tx, execution: str, after: int, limit: int) -> list[Operation]:
    condition = "position > :after ORDER BY position LIMIT :limit"
    return _operations(tx, condition, execution, after=after, limit=limit)


def list_contexts(tx: Tx, execution: str) -> list[Operation]:
    """Without what they hold, by their start."""
    rows = tx.all(
        "SELECT id, type, status, position, touched, started, parent_id, replays_children"
        " FROM lambda_durable_operation"
        " WHERE execution = :execution AND type = 'CONTEXT' ORDER BY position",
        execution=execution,
    )
    return [_operation(row) for row in rows]


def list_awaited(tx: Tx, execution: str) -> list[Operation]:
    """The operations that may be waited for; more is for `machine.is_awaited` to say."""
    condition = "status IN ('STARTED', 'PENDING') AND type NOT IN ('EXECUTION', 'CONTEXT')"
    return _operations(tx, f"{condition} ORDER BY position", execution)


def list_due(tx: Tx, execution: str, now: float) -> list[Operation]:
    """The operations that time has something to do to, if they are still awaited."""
    condition = "status IN ('STARTED', 'PENDING') AND (due <= :now OR heartbeat_due <= :now)"
    return _operations(tx, f"{condition} ORDER BY position", execution, now=now)


def add_event(tx: Tx, execution: str, event: HistoryEvent) -> None:
    row = _row(event, _EVENT_COLUMNS)
    row["details"] = orjson.dumps(event.details).decode()
    tx.execute(_ADD_EVENT, execution=execution, **row)


def list_events(
    tx: Tx, execution: str, *, after: int | None, limit: int, newest_first: bool
) -> list[HistoryEvent]:
    way, order = ("<", "DESC") if newest_first else (">", "ASC")
    condition = "" if after is None else f" AND id {way} :after"
    rows = tx.all(
        f"SELECT {_EVENT} FROM lambda_durable_event WHERE execution = :execution{condition}"
        f" ORDER BY id {order} LIMIT :limit",
        execution=execution,
        limit=limit,
        **({} if after is None else {"after": after}),
    )
    return [_event(row) for row in rows]


def _operations(tx: Tx, condition: str, execution: str, **values: Any) -> list[Operation]:
    rows = tx.all(
        f"SELECT {_OPERATION} FROM lambda_durable_operation"
        f" WHERE execution = :execution AND {condition}",
        execution=execution,
        **values,
    )
    return [_operation(row) for row in rows]


def _row(record: object, columns: tuple[str, ...]) -> Row:
    # `asdict` copies all that is in it, which was a third of a checkpoint's time.
    return {column: getattr(record, column) for column in columns}


def _execution(row: Row) -> Execution:
    for flag in _FLAGS:
        row[flag] = bool(row[flag])
    row["pause"] = None if row["pause"] is None else Pause(**orjson.loads(row["pause"]))
    last = row["last_checkpoint"]
    row["last_checkpoint"] = None if last is None else LastCheckpoint(**orjson.loads(last))
    return Execution(**row)


def _operation(row: Row) -> Operation:
    row["error"] = None if row.get("error") is None else orjson.loads(row["error"])
    row["replays_children"] = bool(row["replays_children"])
    return Operation(**row)


def _event(row: Row) -> HistoryEvent:
    row["details"] = orjson.loads(row["details"])
    return HistoryEvent(**row)


def _text(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
