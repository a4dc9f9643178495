"""The runs of distributed Maps, and their children."""

from collections.abc import Mapping
from typing import Any

from lambent.languages.asl.data import read, write
from lambent.services.stepfunctions import errors, redrives
from lambent.services.stepfunctions.records import ChildResult, Counts, MapRun
from lambent.services.stepfunctions.store.executions import remove_execution
from lambent.storage.database import Row, Tx

_COLUMNS = (
    "number, arn, execution, execution_arn, frame, event, machine, revision, region_path, state,"
    " label, express, status, error, cause, started_at, stopped_at, max_concurrency,"
    " tolerated_count, tolerated_percentage, redrive_count, redriven_at, told, place, items_read,"
    " items_known, all_known, batch_size, read_all, working, wakes, results_written"
)
_COUNTS = ("running", "succeeded", "failed", "timed_out", "aborted", "pending_redrive")
_ALL_COUNTS = (*_COUNTS, *(f"items_{name}" for name in _COUNTS))
_ALL = f"{_COLUMNS}, {', '.join(_ALL_COUNTS)}"
# What has ended, and can be begun again.
_UNSUCCESSFUL = "('FAILED', 'TIMED_OUT', 'ABORTED')"


def add_map_run(tx: Tx, settings: Mapping[str, Any], **fields: Any) -> int:
    names = (*fields, "settings")
    row = tx.one(
        f"INSERT INTO stepfunctions_map_run ({', '.join(names)}, redrive_count, told, place,"
        f" items_read, read_all, working, wakes, results_written, {', '.join(_ALL_COUNTS)})"
        f" VALUES ({', '.join(f':{name}' for name in names)}, 0, 0, 'null', 0, 0, 1, 0, 0,"
        f" {', '.join('0' for _ in _ALL_COUNTS)}) RETURNING number",
        settings=write(settings),
        **fields,
    )
    assert row is not None
    return int(row["number"])


def map_run(tx: Tx, number: int) -> MapRun | None:
    row = tx.one(f"SELECT {_ALL} FROM stepfunctions_map_run WHERE number = :number", number=number)
    return None if row is None else _map_run(row)


def get_map_run(tx: Tx, arn: str) -> MapRun:
    row = tx.one(f"SELECT {_ALL} FROM stepfunctions_map_run WHERE arn = :arn", arn=arn)
    if row is None:
        raise errors.ResourceNotFound(f"Resource not found: '{arn}'")
    return _map_run(row)


def find_waited_for(tx: Tx, execution: int, frame: str, event: int) -> MapRun | None:
    """The map run whose end a frame waits for."""
    row = tx.one(
        f"SELECT {_ALL} FROM stepfunctions_map_run"
        " WHERE execution = :execution AND frame = :frame AND event = :event",
        execution=execution,
        frame=frame,
        event=event,
    )
    return None if row is None else _map_run(row)


def list_map_runs(tx: Tx, execution: int, before: int, limit: int) -> list[MapRun]:
    """The latest first."""
    rows = tx.all(
        f"SELECT {_ALL} FROM stepfunctions_map_run WHERE execution = :execution"
        " AND number < :before ORDER BY number DESC LIMIT :limit",
        execution=execution,
        before=before,
        limit=limit,
    )
    return [_map_run(row) for row in rows]


def settings(tx: Tx, number: int) -> dict[str, Any]:
    row = tx.one("SELECT settings FROM stepfunctions_map_run WHERE number = :number", number=number)
    assert row is not None, f"the map run {number} is gone"
    found: dict[str, Any] = read(row["settings"])
    return found


def put_map_run(tx: Tx, number: int, **fields: Any) -> None:
    changes = ", ".join(f"{name} = :{name}" for name in fields)
    tx.execute(
        f"UPDATE stepfunctions_map_run SET {changes} WHERE number = :number",
        number=number,
        **fields,
    )


def count(tx: Tx, number: int, changes: Mapping[str, int]) -> MapRun:
    """Add to the counts of a map run; answers it as it is then."""
    added = ", ".join(f"{name} = {name} + :{name}" for name in changes)
    row = tx.one(
        f"UPDATE stepfunctions_map_run SET {added} WHERE number = :number RETURNING {_ALL}",
        number=number,
        **changes,
    )
    assert row is not None, f"the map run {number} is gone"
    return _map_run(row)


def _map_run(row: Row) -> MapRun:
    counted = [row.pop(name) for name in _ALL_COUNTS]
    for flag in ("express", "told", "all_known", "read_all", "working"):
        row[flag] = bool(row[flag])
    return MapRun(
        **row,
        executions=Counts(*counted[: len(_COUNTS)]),
        items=Counts(*counted[len(_COUNTS) :]),
    )


# Children -------------------------------------------------------------------------------------


def list_children(tx: Tx, number: int, status: str, limit: int) -> list[str]:
    rows = tx.all(
        "SELECT arn FROM stepfunctions_execution WHERE map_run = :map_run AND status = :status"
        " ORDER BY number LIMIT :limit",
        map_run=number,
        status=status,
        limit=limit,
    )
    return [row["arn"] for row in rows]


# A child that cannot go on; what is Express begins anew, and always can.
_STUCK = "(express = 0 AND (last_event_id >= :most_events OR stopped_at < :stopped))"


def _stuck(now: float) -> dict[str, Any]:
    return {
        "most_events": redrives.TOO_MANY_EVENTS,
        "stopped": now - redrives.REDRIVE_SECONDS,
    }


def await_redrive(tx: Tx, number: int, now: float) -> None:
    """What did not succeed is to be begun again."""
    tx.execute(
        "UPDATE stepfunctions_execution SET status = 'PENDING_REDRIVE' WHERE map_run = :map_run"
        f" AND status IN {_UNSUCCESSFUL} AND NOT {_STUCK}",
        map_run=number,
        **_stuck(now),
    )


def not_redrivable(tx: Tx, number: int, now: float) -> tuple[int, int]:
    """How many unsuccessful children no redrive will begin again, and the items in them."""
    row = tx.one(
        "SELECT COUNT(*) AS children, COALESCE(SUM(item_count), 0) AS items"
        " FROM stepfunctions_execution WHERE map_run = :map_run"
        f" AND status IN {_UNSUCCESSFUL} AND {_STUCK}",
        map_run=number,
        **_stuck(now),
    )
    assert row is not None
    return int(row["children"]), int(row["items"])


def counted(tx: Tx, number: int) -> dict[str, int]:
    """The counts of a map run, from its children."""
    found = dict.fromkeys(_ALL_COUNTS, 0)
    for row in tx.all(
        "SELECT status, COUNT(*) AS children, SUM(item_count) AS items"
        " FROM stepfunctions_execution WHERE map_run = :map_run GROUP BY status",
        map_run=number,
    ):
        name = row["status"].lower()
        found[name], found[f"items_{name}"] = int(row["children"]), int(row["items"])
    return found


def results(tx: Tx, number: int, status: str, after: int, limit: int) -> list[ChildResult]:
    """What children that ended so gave, in the order in which they were begun."""
    rows = tx.all(
        "SELECT number, arn, name, status, input, output, error, cause, started_at, stopped_at,"
        " redrive_count FROM stepfunctions_execution WHERE map_run = :map_run"
        " AND status = :status AND number > :after ORDER BY number LIMIT :limit",
        map_run=number,
        status=status,
        after=after,
        limit=limit,
    )
    return [ChildResult(**row) for row in rows]


def output_size(tx: Tx, number: int) -> int:
    """How many characters the outputs of all children have."""
    row = tx.one(
        "SELECT COALESCE(SUM(LENGTH(output)), 0) AS size FROM stepfunctions_execution"
        " WHERE map_run = :map_run AND status = 'SUCCEEDED'",
        map_run=number,
    )
    assert row is not None
    return int(row["size"])


def remove_map_runs(tx: Tx, chosen: str, limit: int, **values: Any) -> int:
    """Forget children, then the map runs that have none; returns how many rows that were."""
    runs = [
        row["number"]
        for row in tx.all(
            f"SELECT number FROM stepfunctions_map_run WHERE {chosen} LIMIT :limit",
            limit=limit,
            **values,
        )
    ]
    removed = 0
    for number in runs:
        children = tx.all(
            "SELECT number FROM stepfunctions_execution WHERE map_run = :number LIMIT :limit",
            number=number,
            limit=limit - removed,
        )
        for child in children:
            remove_execution(tx, child["number"])
        removed += len(children)
        if removed >= limit:
            return removed
        tx.execute("DELETE FROM stepfunctions_map_run WHERE number = :number", number=number)
        removed += 1
    return removed
