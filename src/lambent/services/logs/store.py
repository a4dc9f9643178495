"""The only SQL of the logs service."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import orjson

from lambent.services.logs.errors import ResourceNotFound
from lambent.services.logs.records import Chunk, LogGroup, LogStream
from lambent.services.logs.rules import DAY, size_of
from lambent.storage.database import Row, Tx

_GROUP = (
    "account, region, name, created, log_group_class, kms_key_id, tags, deletion_protected,"
    " retention_days"
)
_STREAM = "id, group_id, name, created, first_event, last_event, last_ingestion"
# So many chunks are read at a time while events are sought.
_CHUNKS = 100


def find_group(tx: Tx, account: str, region: str, name: str) -> LogGroup | None:
    row = tx.one(
        f"SELECT id, {_GROUP} FROM logs_group"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else _group(row)


def get_group(tx: Tx, account: str, region: str, name: str) -> LogGroup:
    group = find_group(tx, account, region, name)
    if group is None:
        raise ResourceNotFound("The specified log group does not exist.")
    return group


def find_group_by_id(tx: Tx, id: int) -> LogGroup | None:
    row = tx.one(f"SELECT id, {_GROUP} FROM logs_group WHERE id = :id", id=id)
    return None if row is None else _group(row)


def put_group(tx: Tx, group: LogGroup) -> int:
    """Its id."""
    row = tx.one(
        f"INSERT INTO logs_group ({_GROUP}) VALUES (:account, :region, :name, :created,"
        " :log_group_class, :kms_key_id, :tags, :deletion_protected, :retention_days)"
        " ON CONFLICT (account, region, name) DO UPDATE SET kms_key_id = excluded.kms_key_id,"
        " tags = excluded.tags, deletion_protected = excluded.deletion_protected,"
        " retention_days = excluded.retention_days RETURNING id",
        **{
            **asdict(group),
            "tags": orjson.dumps(group.tags).decode(),
            "deletion_protected": int(group.deletion_protected),
        },
    )
    return int(row["id"]) if row else 0


def remove_group(tx: Tx, group: LogGroup) -> None:
    tx.execute("DELETE FROM logs_chunk WHERE group_id = :id", id=group.id)
    tx.execute("DELETE FROM logs_stream WHERE group_id = :id", id=group.id)
    tx.execute("DELETE FROM logs_group WHERE id = :id", id=group.id)


def list_groups(tx: Tx, account: str, region: str, after: str) -> list[LogGroup]:
    """All groups whose name comes after `after`, by name."""
    rows = tx.all(
        f"SELECT id, {_GROUP} FROM logs_group"
        " WHERE account = :account AND region = :region AND name > :after ORDER BY name",
        account=account,
        region=region,
        after=after,
    )
    return [_group(row) for row in rows]


def stored_bytes(tx: Tx, group: LogGroup) -> int:
    row = tx.one("SELECT SUM(bytes) AS bytes FROM logs_stream WHERE group_id = :id", id=group.id)
    return int(row["bytes"] or 0) if row else 0


def find_stream(tx: Tx, group: LogGroup, name: str) -> LogStream | None:
    row = tx.one(
        f"SELECT {_STREAM} FROM logs_stream WHERE group_id = :group_id AND name = :name",
        group_id=group.id,
        name=name,
    )
    return None if row is None else LogStream(**row)


def get_stream(tx: Tx, group: LogGroup, name: str) -> LogStream:
    stream = find_stream(tx, group, name)
    if stream is None:
        raise ResourceNotFound("The specified log stream does not exist.")
    return stream


def add_stream(tx: Tx, stream: LogStream) -> int:
    """Its id."""
    row = tx.one(
        "INSERT INTO logs_stream (group_id, name, created, bytes)"
        " VALUES (:group_id, :name, :created, 0) RETURNING id",
        group_id=stream.group_id,
        name=stream.name,
        created=stream.created,
    )
    return int(row["id"]) if row else 0


def remove_stream(tx: Tx, stream: LogStream) -> None:
    tx.execute("DELETE FROM logs_chunk WHERE stream_id = :id", id=stream.id)
    tx.execute("DELETE FROM logs_stream WHERE id = :id", id=stream.id)


def list_streams(tx: Tx, group: LogGroup, prefix: str = "") -> list[LogStream]:
    """The streams whose name begins with `prefix`, by name."""
    rows = tx.all(
        f"SELECT {_STREAM} FROM logs_stream WHERE group_id = :group_id"
        " AND substr(name, 1, :length) = :prefix ORDER BY name",
        group_id=group.id,
        prefix=prefix,
        length=len(prefix),
    )
    return [LogStream(**row) for row in rows]


def add_chunk(tx: Tx, stream: LogStream, chunk: Chunk) -> int:
    """Keep a batch of events and tell the stream; the chunk's id."""
    size = sum([size_of(message) for _, message in chunk.events])
    first, last = chunk.events[0][0], chunk.events[-1][0]
    row = tx.one(
        "INSERT INTO logs_chunk"
        " (group_id, stream_id, first_event, last_event, ingested, bytes, events)"
        " VALUES (:group_id, :stream_id, :first, :last, :ingested, :bytes, :events) RETURNING id",
        group_id=stream.group_id,
        stream_id=stream.id,
        first=first,
        last=last,
        ingested=chunk.ingested,
        bytes=size,
        events=orjson.dumps(chunk.events).decode(),
    )
    tx.execute(
        "UPDATE logs_stream SET bytes = bytes + :bytes, last_ingestion = :ingested,"
        " first_event = CASE WHEN first_event < :first THEN first_event ELSE :first END,"
        " last_event = CASE WHEN last_event > :last THEN last_event ELSE :last END"
        " WHERE id = :id",
        id=stream.id,
        bytes=size,
        ingested=chunk.ingested,
        first=first,
        last=last,
    )
    return int(row["id"]) if row else 0


def chunks_forward(
    tx: Tx, group: LogGroup, streams: Sequence[int] | None, start: int, end: int
) -> Iterator[Chunk]:
    """
    The chunks with events from `start` to before `end`, by their first event.

    `streams` are the ids of those that are wanted, None for all of the group.
    """
    # No chunk spans more than a day, so none that began before then reaches into the range.
    sought, last_id = start - DAY, 0
    while True:
        rows = tx.all(
            "SELECT id, stream_id, ingested, events, first_event FROM logs_chunk"
            f" WHERE {_place(streams)} AND last_event >= :start AND first_event < :end"
            " AND (first_event > :sought OR (first_event = :sought AND id > :last_id))"
            f" ORDER BY first_event, id LIMIT {_CHUNKS}",
            start=start,
            end=end,
            sought=sought,
            last_id=last_id,
            **_ids(group, streams),
        )
        for row in rows:
            sought, last_id = row.pop("first_event"), row["id"]
            yield _chunk(row)
        if len(rows) < _CHUNKS:
            return


def chunks_backward(
    tx: Tx, group: LogGroup, streams: Sequence[int] | None, start: int, end: int
) -> Iterator[Chunk]:
    """The same chunks from the newest to the oldest, by their last event."""
    sought, last_id = end, 0
    while True:
        rows = tx.all(
            "SELECT id, stream_id, ingested, events, last_event FROM logs_chunk"
            f" WHERE {_place(streams)} AND last_event >= :start AND first_event < :end"
            " AND (:last_id = 0 OR last_event < :sought"
            " OR (last_event = :sought AND id < :last_id))"
            f" ORDER BY last_event DESC, id DESC LIMIT {_CHUNKS}",
            start=start,
            end=end,
            sought=sought,
            last_id=last_id,
            **_ids(group, streams),
        )
        for row in rows:
            sought, last_id = row.pop("last_event"), row["id"]
            yield _chunk(row)
        if len(rows) < _CHUNKS:
            return


def newest_chunk(tx: Tx) -> int:
    """The id of the chunk written last, 0 when there is none."""
    row = tx.one("SELECT MAX(id) AS id FROM logs_chunk")
    return int(row["id"] or 0) if row else 0


def chunks_after(tx: Tx, group: LogGroup, id: int) -> list[Chunk]:
    """The chunks of a group that were written after another."""
    rows = tx.all(
        "SELECT id, stream_id, ingested, events FROM logs_chunk"
        " WHERE id > :id AND group_id = :group_id ORDER BY id",
        id=id,
        group_id=group.id,
    )
    return [_chunk(row) for row in rows]


def remove_expired(tx: Tx, group: LogGroup, before: int) -> None:
    """Remove the chunks whose every event is older, and take their bytes off their streams."""
    tx.execute(
        "DELETE FROM logs_chunk WHERE group_id = :id AND last_event < :before",
        id=group.id,
        before=before,
    )
    tx.execute(
        "UPDATE logs_stream SET bytes = (SELECT COALESCE(SUM(logs_chunk.bytes), 0)"
        " FROM logs_chunk WHERE logs_chunk.stream_id = logs_stream.id) WHERE group_id = :id",
        id=group.id,
    )


def _place(streams: Sequence[int] | None) -> str:
    if streams is None:
        return "group_id = :group_id"
    if len(streams) == 1:
        return "stream_id = :stream_0"
    names = ", ".join(f":stream_{number}" for number in range(len(streams)))
    return f"group_id = :group_id AND stream_id IN ({names or 'NULL'})"


def _ids(group: LogGroup, streams: Sequence[int] | None) -> dict[str, int]:
    ids = {f"stream_{number}": id for number, id in enumerate(streams or ())}
    return ids if len(ids) == 1 else {"group_id": group.id, **ids}


def _group(row: Row) -> LogGroup:
    row["tags"] = orjson.loads(row["tags"])
    row["deletion_protected"] = bool(row["deletion_protected"])
    return LogGroup(**row)


def _chunk(row: Row) -> Chunk:
    row["events"] = tuple(map(tuple, orjson.loads(row["events"])))
    return Chunk(**row)
