"""Executions, their frames and their histories."""

from collections.abc import Iterable, Sequence
from typing import Any

from lambent.languages.asl import Frame, HistoryEvent, Outcome, dump_frame, load_frame
from lambent.languages.asl.frames import Line
from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.records import ExecutionRecord, NestedWait
from lambent.services.stepfunctions.store.histories import events_text
from lambent.storage.database import Row, Tx

_COLUMNS = (
    "number, arn, machine, revision, name, express, status, stamp, last_event_id, started_at,"
    " stopped_at, input, output, error, cause, trace_header, version, alias, map_run,"
    " item_count, redrive_count, redriven_at"
)


def add_execution(tx: Tx, *, history: Sequence[HistoryEvent], **fields: Any) -> int | None:
    """
    The new execution's number; None when the ARN is taken.

    `history` is that of an execution that is over already: it shares the row.
    """
    row = tx.one(
        "INSERT INTO stepfunctions_execution"
        " (arn, machine, revision, name, express, status, stamp, last_event_id, started_at,"
        " stopped_at, listed_at, trace_header, version, alias, map_run, item_count,"
        " redrive_count, redriven_at, error, cause, input, output, events)"
        " VALUES (:arn, :machine, :revision, :name, :express, :status, :stamp, :last_event_id,"
        " :started_at, :stopped_at, :started_at, :trace_header, :version, :alias, :map_run,"
        " :item_count, 0, NULL, :error, :cause, :input, :output, :events)"
        " ON CONFLICT (arn) DO NOTHING RETURNING number",
        events=events_text(history) if history else None,
        **fields,
    )
    return None if row is None else int(row["number"])


def find_execution(tx: Tx, arn: str) -> ExecutionRecord | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM stepfunctions_execution WHERE arn = :arn", arn=arn)
    return None if row is None else _execution(row)


def get_execution(tx: Tx, arn: str) -> ExecutionRecord:
    execution = find_execution(tx, arn)
    if execution is None or (execution.express and execution.map_run is None):
        raise errors.ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
    return execution


def get_execution_by_number(tx: Tx, number: int) -> ExecutionRecord:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM stepfunctions_execution WHERE number = :number", number=number
    )
    assert row is not None, f"the execution {number} is gone"
    return _execution(row)


def find_running(tx: Tx, arn: str) -> Row | None:
    """What is needed to go on with an execution that has not ended."""
    return tx.one(
        "SELECT number, arn, revision, name, express, status, stamp, last_event_id, started_at,"
        " input, version, alias, map_run, item_count, redrive_count, redriven_at, trace_header"
        " FROM stepfunctions_execution WHERE arn = :arn",
        arn=arn,
    )


def has_stamp(tx: Tx, number: int, stamp: int) -> bool:
    return (
        tx.one(
            "SELECT 1 AS found FROM stepfunctions_execution"
            " WHERE number = :number AND stamp = :stamp AND status = 'RUNNING'",
            number=number,
            stamp=stamp,
        )
        is not None
    )


def put_progress(tx: Tx, number: int, before: int, stamp: int, last_event_id: int) -> bool:
    """False when somebody else has moved the execution on since `before`."""
    return bool(
        tx.execute(
            "UPDATE stepfunctions_execution SET stamp = :stamp, last_event_id = :last_event_id"
            " WHERE number = :number AND stamp = :before",
            number=number,
            before=before,
            stamp=stamp,
            last_event_id=last_event_id,
        )
    )


def put_end(
    tx: Tx, number: int, before: int, stamp: int, last_event_id: int, outcome: Outcome, now: float
) -> bool:
    """False when somebody else has moved the execution on since `before`."""
    return bool(
        tx.execute(
            "UPDATE stepfunctions_execution SET stamp = :stamp, last_event_id = :last_event_id,"
            " status = :status, stopped_at = :now, listed_at = :now, output = :output,"
            " error = :error, cause = :cause WHERE number = :number AND stamp = :before",
            number=number,
            before=before,
            stamp=stamp,
            last_event_id=last_event_id,
            status=outcome.status,
            now=now,
            output=outcome.output,
            error=outcome.error,
            cause=outcome.cause,
        )
    )


def list_unended(tx: Tx, machine: int, limit: int) -> list[str]:
    rows = tx.all(
        "SELECT arn FROM stepfunctions_execution"
        " WHERE machine = :machine AND status = 'RUNNING' AND map_run IS NULL LIMIT :limit",
        machine=machine,
        limit=limit,
    )
    return [row["arn"] for row in rows]


def uses_version(tx: Tx, machine: int, version: int) -> bool:
    """Whether an execution of the version still runs."""
    return (
        tx.one(
            "SELECT 1 AS found FROM stepfunctions_execution WHERE machine = :machine"
            " AND status = 'RUNNING' AND map_run IS NULL AND version = :version LIMIT 1",
            machine=machine,
            version=version,
        )
        is not None
    )


def remove_executions_of(tx: Tx, machine: int, limit: int) -> int:
    return _remove(
        tx,
        "SELECT number FROM stepfunctions_execution"
        " WHERE machine = :machine AND map_run IS NULL LIMIT :limit",
        machine=machine,
        limit=limit,
    )


def remove_express_before(tx: Tx, stopped: float, limit: int) -> int:
    """Forget Express executions that ended before `stopped`; returns how many, at most `limit`."""
    return _remove(
        tx,
        "SELECT number FROM stepfunctions_execution"
        " WHERE express = 1 AND map_run IS NULL AND stopped_at < :stopped LIMIT :limit",
        stopped=stopped,
        limit=limit,
    )


def remove_standard_before(tx: Tx, stopped: float, after: int, limit: int) -> int | None:
    """
    Forget executions that ended before `stopped`, looking at `limit` of them after the number
    `after`; answers the last number looked at, None when there are no older ones.

    They are in the order in which they began, so there is no index of ends: what is passed over
    are those that run, or ran, for very long.
    """
    rows = tx.all(
        "SELECT number, started_at, stopped_at, express, map_run FROM stepfunctions_execution"
        " WHERE number > :after ORDER BY number LIMIT :limit",
        after=after,
        limit=limit,
    )
    for row in rows:
        if row["started_at"] >= stopped:
            return None
        ended = row["stopped_at"] is not None and row["stopped_at"] < stopped
        if ended and not row["express"] and row["map_run"] is None:
            remove_execution(tx, row["number"])
    return rows[-1]["number"] if len(rows) == limit else None


def list_running_since(
    tx: Tx, before: float, after: int, limit: int
) -> tuple[list[str], int | None]:
    """
    Standard executions that run and began before then, among `limit` of them after the number
    `after`; and the last number looked at, None when there are no older ones.
    """
    rows = tx.all(
        "SELECT number, arn, started_at, status, express FROM stepfunctions_execution"
        " WHERE number > :after ORDER BY number LIMIT :limit",
        after=after,
        limit=limit,
    )
    old = [row for row in rows if row["started_at"] < before]
    arns = [row["arn"] for row in old if row["status"] == "RUNNING" and not row["express"]]
    return arns, rows[-1]["number"] if len(old) == limit else None


def _remove(tx: Tx, chosen: str, **values: Any) -> int:
    numbers = [row["number"] for row in tx.all(chosen, **values)]
    for number in numbers:
        remove_execution(tx, number)
    return len(numbers)


def remove_execution(tx: Tx, number: int) -> None:
    tx.execute("DELETE FROM stepfunctions_history WHERE execution = :number", number=number)
    remove_frames(tx, number)
    tx.execute("DELETE FROM stepfunctions_redrive WHERE execution = :execution", execution=number)
    tx.execute("DELETE FROM stepfunctions_execution WHERE number = :number", number=number)


def _execution(row: Row) -> ExecutionRecord:
    row["express"] = bool(row["express"])
    return ExecutionRecord(**row)


# Frames -------------------------------------------------------------------------------------


def put_frame(tx: Tx, number: int, frame_id: str, frame: Frame) -> None:
    tx.execute(
        "INSERT INTO stepfunctions_frame (execution, id, body) VALUES (:execution, :id, :body)"
        " ON CONFLICT (execution, id) DO UPDATE SET body = excluded.body",
        execution=number,
        id=frame_id,
        body=dump_frame(frame),
    )


def remove_frame(tx: Tx, number: int, frame_id: str) -> None:
    tx.execute(
        "DELETE FROM stepfunctions_frame WHERE execution = :execution AND id = :id",
        execution=number,
        id=frame_id,
    )


def remove_frames(tx: Tx, number: int) -> None:
    tx.execute("DELETE FROM stepfunctions_frame WHERE execution = :execution", execution=number)


def frames(tx: Tx, number: int) -> dict[str, Frame]:
    rows = tx.all(
        "SELECT id, body FROM stepfunctions_frame WHERE execution = :execution", execution=number
    )
    return {row["id"]: load_frame(row["body"]) for row in rows}


def waits_for_task(tx: Tx, number: int, frame_id: str, event: int) -> bool:
    row = tx.one(
        "SELECT body FROM stepfunctions_frame WHERE execution = :execution AND id = :id",
        execution=number,
        id=frame_id,
    )
    frame = None if row is None else load_frame(row["body"])
    return isinstance(frame, Line) and frame.waits_for == "task" and frame.number == event


def put_heartbeat(tx: Tx, number: int, frame_id: str, event: int, seconds: float) -> None:
    tx.execute(
        "INSERT INTO stepfunctions_heartbeat (execution, frame, event, seconds)"
        " VALUES (:execution, :frame, :event, :seconds) ON CONFLICT DO NOTHING",
        execution=number,
        frame=frame_id,
        event=event,
        seconds=seconds,
    )


def find_heartbeat(tx: Tx, number: int, frame_id: str, event: int) -> float | None:
    row = tx.one(
        "SELECT seconds FROM stepfunctions_heartbeat"
        " WHERE execution = :execution AND frame = :frame AND event = :event",
        execution=number,
        frame=frame_id,
        event=event,
    )
    return None if row is None else float(row["seconds"])


def remove_heartbeat(tx: Tx, number: int, frame_id: str, event: int) -> None:
    tx.execute(
        "DELETE FROM stepfunctions_heartbeat"
        " WHERE execution = :execution AND frame = :frame AND event = :event",
        execution=number,
        frame=frame_id,
        event=event,
    )


# Nested executions ----------------------------------------------------------------------------


def add_nested_wait(tx: Tx, wait: NestedWait) -> None:
    tx.execute(
        "INSERT INTO stepfunctions_nested (child_arn, parent_arn, frame, number, pattern)"
        " VALUES (:child_arn, :parent_arn, :frame, :number, :pattern) ON CONFLICT DO NOTHING",
        child_arn=wait.child_arn,
        parent_arn=wait.parent_arn,
        frame=wait.frame,
        number=wait.number,
        pattern=wait.pattern,
    )


def take_nested_waits(tx: Tx, child_arn: str) -> list[NestedWait]:
    """Who waits for the end of `child_arn`; asked once, at its end."""
    return _nested(
        tx.all(
            "DELETE FROM stepfunctions_nested WHERE child_arn = :child_arn"
            " RETURNING child_arn, parent_arn, frame, number, pattern",
            child_arn=child_arn,
        )
    )


def take_nested_of(tx: Tx, parent_arn: str, frame: str, number: int) -> list[NestedWait]:
    """What a frame that is cancelled was waiting for."""
    return _nested(
        tx.all(
            "DELETE FROM stepfunctions_nested WHERE parent_arn = :parent_arn AND frame = :frame"
            " AND number = :number RETURNING child_arn, parent_arn, frame, number, pattern",
            parent_arn=parent_arn,
            frame=frame,
            number=number,
        )
    )


def _nested(rows: Iterable[Row]) -> list[NestedWait]:
    return [NestedWait(**row) for row in rows]
