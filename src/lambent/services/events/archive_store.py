"""Archives, what is in them, and replays, as rows."""

from collections.abc import Sequence

from lambent.services.events.named_store import NamedRows
from lambent.services.events.records import Archive, Replay
from lambent.storage.database import Row, Tx


def _replay(row: Row) -> Replay:
    return Replay(**{**row, "filter_arns": tuple(row["filter_arns"])})


_ARCHIVES = NamedRows(
    "events_archive",
    (
        *("account", "region", "name", "bus", "pattern", "description", "kms_key"),
        *("retention_days", "created", "event_count", "size_bytes"),
    ),
    ("pattern", "description", "kms_key", "retention_days"),
    lambda row: Archive(**row),
)
_REPLAYS = NamedRows(
    "events_replay",
    (
        *("account", "region", "name", "description", "archive", "bus", "filter_arns", "state"),
        *("state_reason", "events_from", "events_to", "last_replayed", "started", "ended"),
    ),
    ("state", "state_reason", "last_replayed", "ended"),
    _replay,
    as_json=("filter_arns",),
)

find_archive, list_archives, put_archive = _ARCHIVES.find, _ARCHIVES.list, _ARCHIVES.put
find_replay, list_replays, put_replay = _REPLAYS.find, _REPLAYS.list, _REPLAYS.put


def remove_archive(tx: Tx, archive: Archive) -> None:
    """With what is in it."""
    tx.execute(
        "DELETE FROM events_archived"
        " WHERE account = :account AND region = :region AND archive = :name",
        account=archive.account,
        region=archive.region,
        name=archive.name,
    )
    _ARCHIVES.remove(tx, archive)


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
