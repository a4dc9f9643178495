"""Pages of executions: of a state machine, of one of its versions or aliases, of a map run."""

from collections.abc import Sequence
from typing import Any

from lambent.services.stepfunctions.records import ListedExecution
from lambent.storage.database import Row, Tx

STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")


def list_executions(
    tx: Tx,
    machine: int,
    statuses: Sequence[str],
    before: tuple[float, int],
    limit: int,
    *,
    qualifier: str = "",
) -> list[ListedExecution]:
    """
    Of a machine, its version or its alias: the latest first. One short range of an index a status,
    so that it costs the page only.
    """
    only, chosen = _only(qualifier)
    rows: list[Row] = []
    for status in statuses:
        rows += tx.all(
            f"SELECT {_LISTED} FROM stepfunctions_execution WHERE machine = :machine"
            f" AND status = :status AND map_run IS NULL{only}"
            " AND (listed_at, number) < (:listed_at, :number)"
            " ORDER BY listed_at DESC, number DESC LIMIT :limit",
            machine=machine,
            status=status,
            listed_at=before[0],
            number=before[1],
            limit=limit,
            **chosen,
        )
    rows.sort(key=lambda row: (-row["listed_at"], -row["number"]))
    return [_listed(row) for row in rows[:limit]]


def _only(qualifier: str) -> tuple[str, dict[str, Any]]:
    if not qualifier:
        return "", {}
    if qualifier.isdigit():
        return " AND version = :version", {"version": int(qualifier)}
    return " AND alias = :alias", {"alias": qualifier}


def list_children(
    tx: Tx,
    map_run: int,
    statuses: Sequence[str],
    before: int,
    limit: int,
    *,
    redriven: bool | None = None,
) -> list[ListedExecution]:
    """Of a map run: those that were begun last first."""
    only = "" if redriven is None else f" AND redrive_count {'>' if redriven else '='} 0"
    rows: list[Row] = []
    for status in statuses:
        rows += tx.all(
            f"SELECT {_LISTED} FROM stepfunctions_execution WHERE map_run = :map_run"
            f" AND status = :status AND number < :before{only}"
            " ORDER BY number DESC LIMIT :limit",
            map_run=map_run,
            status=status,
            before=before,
            limit=limit,
        )
    rows.sort(key=lambda row: -row["number"])
    return [_listed(row) for row in rows[:limit]]


_LISTED = (
    "number, arn, name, express, status, started_at, stopped_at, listed_at, version, alias,"
    " item_count, redrive_count, redriven_at"
)


def _listed(row: Row) -> ListedExecution:
    row["express"] = bool(row["express"])
    return ListedExecution(**row)
