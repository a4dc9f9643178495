"""Redrives of executions, and the client tokens that asked for them."""

from lambent.storage.database import Tx


def put_redriven(tx: Tx, number: int, now: float) -> None:
    """The execution runs again."""
    tx.execute(
        "UPDATE stepfunctions_execution SET status = 'RUNNING', stopped_at = NULL, output = NULL,"
        " error = NULL, cause = NULL, redrive_count = redrive_count + 1, redriven_at = :now,"
        " listed_at = :now WHERE number = :number",
        number=number,
        now=now,
    )


def find_redrive(tx: Tx, number: int, token: str, since: float) -> float | None:
    """When an execution was redriven with this token, `since` then."""
    row = tx.one(
        "SELECT redriven_at FROM stepfunctions_redrive"
        " WHERE execution = :execution AND token = :token AND redriven_at > :since",
        execution=number,
        token=token,
        since=since,
    )
    return None if row is None else float(row["redriven_at"])


def add_redrive(tx: Tx, number: int, token: str, now: float, keep: int) -> None:
    """Only the latest `keep` are known."""
    tx.execute(
        "INSERT INTO stepfunctions_redrive (execution, token, redriven_at)"
        " VALUES (:execution, :token, :now)"
        " ON CONFLICT (execution, token) DO UPDATE SET redriven_at = excluded.redriven_at",
        execution=number,
        token=token,
        now=now,
    )
    tx.execute(
        "DELETE FROM stepfunctions_redrive WHERE execution = :execution AND token NOT IN (SELECT"
        " token FROM stepfunctions_redrive WHERE execution = :execution"
        " ORDER BY redriven_at DESC LIMIT :keep)",
        execution=number,
        keep=keep,
    )
