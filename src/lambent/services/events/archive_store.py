"""Archives, what is in them, and replays, as rows."""

from collections.abc import Sequence
from typing import Any

import orjson

from lambent.services.events.records import Archive, Replay
from lambent.storage.database import Row, Tx

_ARCHIVE = (
    "account, region, name, bus, pattern, description, kms_key, retention_days, created,"
    " event_count, size_bytes"
)
_REPLAY = (
    "account, region, name, description, archive, bus, filter_arns, state, state_reason,"
    " events_from, events_to, last_replayed, started, ended"
)


def find_archive(tx: Tx, account: str, region: str, name: str) -> Archive | None:
    row = tx.one(
        f"SELECT {_ARCHIVE} FROM events_archive"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else Archive(**row)


def list_archives(
    tx: Tx, account: str, region: str, *, prefix: str, bus: str, after: str, limit: int
) -> list[Archive]:
    """`bus` is empty for any."""
    rows = tx.all(
        f"SELECT {_ARCHIVE} FROM events_archive"
        " WHERE account = :account AND region = :region AND name > :after"
        " AND substr(name, 1, :length) = :prefix AND (:bus = '' OR bus = :bus)"
        " ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        length=len(prefix),
        prefix=prefix,
        bus=bus,
        limit=limit,
    )
    return [Archive(**row) for row in rows]


def put_archive(tx: Tx, archive: Archive) -> None:
    names = _ARCHIVE.split(", ")
    tx.execute(
        f"INSERT INTO events_archive ({_ARCHIVE})"
        f" VALUES ({', '.join(f':{name}' for name in names)})"
        " ON CONFLICT (account, region, name) DO UPDATE SET pattern = excluded.pattern,"
        " description = excluded.description, kms_key = excluded.kms_key,"
        " retention_days = excluded.retention_days",
        **{name: getattr(archive, name) for name in names},
    )


def remove_archive(tx: Tx, archive: Archive) -> None:
    for table, column in (("events_archived", "archive"), ("events_archive", "name")):
        tx.execute(
            f"DELETE FROM {table} WHERE account = :account AND region = :region"
            f" AND {column} = :name",
            account=archive.account,
            region=archive.region,
            name=archive.name,
        )


def add_event(
    tx: Tx, archive: Archive, event_id: str, time: float, ingested: float, event: str
) -> None:
    """Once, however often it is added."""
    added = tx.execute(
        "INSERT INTO events_archived (account, region, archive, id, time, ingested, event)"
        " VALUES (:account, :region, :archive, :id, :time, :ingested, :event)"
        " ON CONFLICT (account, region, archive, id) DO NOTHING",
        account=archive.account,
        region=archive.region,
        archive=archive.name,
        id=event_id,
        time=time,
        ingested=ingested,
        event=event,
    )
    if added:
        _count(tx, archive, 1, len(event.encode()))


def remove_events_before(tx: Tx, archive: Archive, before: float, limit: int) -> int:
    """How many were removed; as many as `limit` means that there may be more."""
    rows = tx.all(
        "DELETE FROM events_archived WHERE number IN (SELECT number FROM events_archived"
        " WHERE account = :account AND region = :region AND archive = :archive"
        " AND ingested < :before LIMIT :limit) RETURNING event",
        account=archive.account,
        region=archive.region,
        archive=archive.name,
        before=before,
        limit=limit,
    )
    _count(tx, archive, -len(rows), -sum(len(row["event"].encode()) for row in rows))
    return len(rows)


def _count(tx: Tx, archive: Archive, events: int, size: int) -> None:
    tx.execute(
        "UPDATE events_archive SET event_count = event_count + :events,"
        " size_bytes = size_bytes + :size"
        " WHERE account = :account AND region = :region AND name = :name",
        events=events,
        size=size,
        account=archive.account,
        region=archive.region,
        name=archive.name,
    )


def list_events(
    tx: Tx, replay: Replay, after: tuple[float, int], limit: int
) -> Sequence[tuple[int, float, str]]:
    """Number, time and text of what a replay covers, in the order of the events' times."""
    rows = tx.all(
        "SELECT number, time, event FROM events_archived"
        " WHERE account = :account AND region = :region AND archive = :archive"
        " AND time >= :begin AND time <= :finish"
        " AND (time > :after_time OR (time = :after_time AND number > :after_number))"
        " ORDER BY time, number LIMIT :limit",
        account=replay.account,
        region=replay.region,
        archive=replay.archive,
        begin=replay.events_from,
        finish=replay.events_to,
        after_time=after[0],
        after_number=after[1],
        limit=limit,
    )
    return [(row["number"], row["time"], row["event"]) for row in rows]


def find_replay(tx: Tx, account: str, region: str, name: str) -> Replay | None:
    row = tx.one(
        f"SELECT {_REPLAY} FROM events_replay"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else _replay(row)


def list_replays(
    tx: Tx,
    account: str,
    region: str,
    *,
    prefix: str,
    archive: str,
    state: str,
    after: str,
    limit: int,
) -> list[Replay]:
    """`archive` and `state` are empty for any."""
    rows = tx.all(
        f"SELECT {_REPLAY} FROM events_replay"
        " WHERE account = :account AND region = :region AND name > :after"
        " AND substr(name, 1, :length) = :prefix AND (:archive = '' OR archive = :archive)"
        " AND (:state = '' OR state = :state) ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        length=len(prefix),
        prefix=prefix,
        archive=archive,
        state=state,
        limit=limit,
    )
    return [_replay(row) for row in rows]


def put_replay(tx: Tx, replay: Replay) -> None:
    names = _REPLAY.split(", ")
    values: dict[str, Any] = {name: getattr(replay, name) for name in names}
    values["filter_arns"] = orjson.dumps(replay.filter_arns).decode()
    tx.execute(
        f"INSERT INTO events_replay ({_REPLAY})"
        f" VALUES ({', '.join(f':{name}' for name in names)})"
        " ON CONFLICT (account, region, name) DO UPDATE SET state = excluded.state,"
        " state_reason = excluded.state_reason, last_replayed = excluded.last_replayed,"
        " ended = excluded.ended",
        **values,
    )


def _replay(row: Row) -> Replay:
    return Replay(**{**row, "filter_arns": tuple(orjson.loads(row["filter_arns"]))})
