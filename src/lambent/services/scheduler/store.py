"""The scheduler's tables."""

from typing import Any

import orjson

from lambent.services.scheduler.errors import ResourceNotFound
from lambent.services.scheduler.records import Schedule, ScheduleGroup
from lambent.storage.database import Row, Tx

_GROUP = "account, region, name, created, modified, tags, client_token"
_SCHEDULE = (
    "account, region, group_name, name, revision, expression, timezone, state, start_date,"
    " end_date, counts_from, window_minutes, description, kms_key_arn, target, after_completion,"
    " created, modified, next_time, client_token"
)


def find_group(tx: Tx, account: str, region: str, name: str) -> ScheduleGroup | None:
    row = tx.one(
        f"SELECT {_GROUP} FROM scheduler_group"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else _group(row)


def list_groups(
    tx: Tx, account: str, region: str, *, after: str, prefix: str, limit: int
) -> list[ScheduleGroup]:
    rows = tx.all(
        f"SELECT {_GROUP} FROM scheduler_group"
        " WHERE account = :account AND region = :region AND name > :after"
        " AND substr(name, 1, :length) = :prefix ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        length=len(prefix),
        prefix=prefix,
        limit=limit,
    )
    return [_group(row) for row in rows]


def count_groups(tx: Tx, account: str, region: str) -> int:
    row = tx.one(
        "SELECT count(*) AS number FROM scheduler_group"
        " WHERE account = :account AND region = :region",
        account=account,
        region=region,
    )
    return 0 if row is None else int(row["number"])


def put_group(tx: Tx, group: ScheduleGroup) -> None:
    tx.execute(
        "INSERT INTO scheduler_group (account, region, name, created, modified, tags, client_token)"
        " VALUES (:account, :region, :name, :created, :modified, :tags, :client_token)"
        " ON CONFLICT (account, region, name)"
        " DO UPDATE SET modified = excluded.modified, tags = excluded.tags",
        account=group.account,
        region=group.region,
        name=group.name,
        created=group.created,
        modified=group.modified,
        tags=orjson.dumps(dict(group.tags)).decode(),
        client_token=group.client_token,
    )


def remove_group(tx: Tx, group: ScheduleGroup) -> None:
    tx.execute(
        "DELETE FROM scheduler_group"
        " WHERE account = :account AND region = :region AND name = :name",
        account=group.account,
        region=group.region,
        name=group.name,
    )


def find_schedule(tx: Tx, account: str, region: str, group_name: str, name: str) -> Schedule | None:
    row = tx.one(
        f"SELECT {_SCHEDULE} FROM scheduler_schedule"
        " WHERE account = :account AND region = :region"
        " AND group_name = :group_name AND name = :name",
        account=account,
        region=region,
        group_name=group_name,
        name=name,
    )
    return None if row is None else _schedule(row)


def get_schedule(tx: Tx, account: str, region: str, group_name: str, name: str) -> Schedule:
    schedule = find_schedule(tx, account, region, group_name, name)
    if schedule is None:
        raise ResourceNotFound(f"Schedule {name} does not exist.")
    return schedule


def list_schedules(
    tx: Tx,
    account: str,
    region: str,
    *,
    group_name: str | None = None,
    prefix: str = "",
    state: str | None = None,
    after: tuple[str, str] = ("", ""),
    limit: int,
) -> list[Schedule]:
    """By group and name. None asks for every group, or every state."""
    rows = tx.all(
        f"SELECT {_SCHEDULE} FROM scheduler_schedule"
        " WHERE account = :account AND region = :region"
        " AND (group_name > :after_group OR (group_name = :after_group AND name > :after_name))"
        " AND substr(name, 1, :length) = :prefix"
        " AND (:any_group = 1 OR group_name = :group_name)"
        " AND (:any_state = 1 OR state = :state)"
        " ORDER BY group_name, name LIMIT :limit",
        account=account,
        region=region,
        after_group=after[0],
        after_name=after[1],
        length=len(prefix),
        prefix=prefix,
        any_group=int(group_name is None),
        group_name=group_name or "",
        any_state=int(state is None),
        state=state or "",
        limit=limit,
    )
    return [_schedule(row) for row in rows]


def put_schedule(tx: Tx, schedule: Schedule) -> None:
    tx.execute(
        f"INSERT INTO scheduler_schedule ({_SCHEDULE}) VALUES"
        " (:account, :region, :group_name, :name, :revision, :expression, :timezone, :state,"
        " :start_date, :end_date, :counts_from, :window_minutes, :description, :kms_key_arn,"
        " :target, :after_completion, :created, :modified, :next_time, :client_token)"
        " ON CONFLICT (account, region, group_name, name) DO UPDATE SET"
        " revision = excluded.revision, expression = excluded.expression,"
        " timezone = excluded.timezone, state = excluded.state,"
        " start_date = excluded.start_date, end_date = excluded.end_date,"
        " counts_from = excluded.counts_from, window_minutes = excluded.window_minutes,"
        " description = excluded.description, kms_key_arn = excluded.kms_key_arn,"
        " target = excluded.target, after_completion = excluded.after_completion,"
        " modified = excluded.modified, next_time = excluded.next_time",
        **_values(schedule),
    )


def put_next_time(tx: Tx, schedule: Schedule, next_time: float | None) -> None:
    tx.execute(
        "UPDATE scheduler_schedule SET next_time = :next_time"
        " WHERE account = :account AND region = :region"
        " AND group_name = :group_name AND name = :name",
        next_time=next_time,
        account=schedule.account,
        region=schedule.region,
        group_name=schedule.group_name,
        name=schedule.name,
    )


def remove_schedule(tx: Tx, schedule: Schedule) -> None:
    tx.execute(
        "DELETE FROM scheduler_schedule WHERE account = :account AND region = :region"
        " AND group_name = :group_name AND name = :name",
        account=schedule.account,
        region=schedule.region,
        group_name=schedule.group_name,
        name=schedule.name,
    )


def _group(row: Row) -> ScheduleGroup:
    return ScheduleGroup(**{**row, "tags": orjson.loads(row["tags"])})


def _schedule(row: Row) -> Schedule:
    return Schedule(**{**row, "target": orjson.loads(row["target"])})


def _values(schedule: Schedule) -> dict[str, Any]:
    names = _SCHEDULE.split(", ")
    values = {name: getattr(schedule, name) for name in names}
    values["target"] = orjson.dumps(schedule.target).decode()
    return values
