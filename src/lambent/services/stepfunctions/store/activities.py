"""Activities, and the tasks that wait for a worker."""

import orjson

from lambent.services.stepfunctions import errors
from lambent.services.stepfunctions.records import Activity, ActivityTask
from lambent.storage.database import Row, Tx


def find_activity(tx: Tx, arn: str) -> Activity | None:
    row = tx.one(
        "SELECT arn, account, region, name, encryption, created_at FROM stepfunctions_activity"
        " WHERE arn = :arn",
        arn=arn,
    )
    return None if row is None else _activity(row)


def get_activity(tx: Tx, arn: str) -> Activity:
    activity = find_activity(tx, arn)
    if activity is None:
        raise errors.ActivityDoesNotExist(f"Activity Does Not Exist: '{arn}'")
    return activity


def add_activity(tx: Tx, activity: Activity) -> None:
    tx.execute(
        "INSERT INTO stepfunctions_activity (arn, account, region, name, encryption, created_at)"
        " VALUES (:arn, :account, :region, :name, :encryption, :created_at)",
        arn=activity.arn,
        account=activity.account,
        region=activity.region,
        name=activity.name,
        encryption=orjson.dumps(activity.encryption).decode(),
        created_at=activity.created_at,
    )


def list_activities(tx: Tx, account: str, region: str, after: str, limit: int) -> list[Activity]:
    rows = tx.all(
        "SELECT arn, account, region, name, encryption, created_at FROM stepfunctions_activity"
        " WHERE account = :account AND region = :region AND arn > :after"
        " ORDER BY arn LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [_activity(row) for row in rows]


def remove_activity(tx: Tx, arn: str) -> None:
    tx.execute("DELETE FROM stepfunctions_activity WHERE arn = :arn", arn=arn)
    tx.execute("DELETE FROM stepfunctions_activity_task WHERE activity_arn = :arn", arn=arn)
    tx.execute("DELETE FROM stepfunctions_tag WHERE arn = :arn", arn=arn)


def _activity(row: Row) -> Activity:
    row["encryption"] = orjson.loads(row["encryption"])
    return Activity(**row)


def add_task(
    tx: Tx,
    activity_arn: str,
    *,
    execution_arn: str,
    frame: str,
    event: int,
    input_text: str,
    token: str,
    timeout_seconds: float | None,
    heartbeat_seconds: float | None,
) -> None:
    tx.execute(
        "INSERT INTO stepfunctions_activity_task"
        " (activity_arn, execution_arn, frame, event, input, token, timeout_seconds,"
        " heartbeat_seconds) VALUES (:activity_arn, :execution_arn, :frame, :event, :input,"
        " :token, :timeout, :heartbeat)",
        activity_arn=activity_arn,
        execution_arn=execution_arn,
        frame=frame,
        event=event,
        input=input_text,
        token=token,
        timeout=timeout_seconds,
        heartbeat=heartbeat_seconds,
    )


def take_task(tx: Tx, activity_arn: str) -> ActivityTask | None:
    """The oldest task, which nobody else will get any more."""
    row = tx.one(
        "DELETE FROM stepfunctions_activity_task WHERE number = ("
        "SELECT MIN(number) FROM stepfunctions_activity_task WHERE activity_arn = :arn)"
        " RETURNING number, execution_arn, frame, event, input, token, timeout_seconds,"
        " heartbeat_seconds",
        arn=activity_arn,
    )
    return None if row is None else ActivityTask(**row)


def has_task(tx: Tx, activity_arn: str) -> bool:
    return (
        tx.one(
            "SELECT 1 AS found FROM stepfunctions_activity_task WHERE activity_arn = :arn LIMIT 1",
            arn=activity_arn,
        )
        is not None
    )


def remove_task(tx: Tx, execution_arn: str, frame: str, event: int) -> None:
    tx.execute(
        "DELETE FROM stepfunctions_activity_task"
        " WHERE execution_arn = :execution_arn AND frame = :frame AND event = :event",
        execution_arn=execution_arn,
        frame=frame,
        event=event,
    )
