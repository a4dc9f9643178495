"""The SQL about streams and their records."""

from lambent.services.dynamodb.errors import ResourceNotFound
from lambent.services.dynamodb.records import Keys, Stream, Table
from lambent.storage.database import Row, Tx

_STREAM = (
    "id, account, region, table_name, label, view_type, partition_name, sort_name, created_at,"
    " ended_at"
)


def add_stream(tx: Tx, table: Table, label: str, view_type: str, now: float) -> int:
    row = tx.one(
        "INSERT INTO dynamodb_stream (account, region, table_name, label, view_type,"
        " partition_name, sort_name, created_at, last, trimmed) VALUES (:account, :region,"
        " :table_name, :label, :view_type, :partition_name, :sort_name, :now, 0, 0)"
        " RETURNING id",
        account=table.account,
        region=table.region,
        table_name=table.name,
        label=label,
        view_type=view_type,
        partition_name=table.keys.partition,
        sort_name=table.keys.sort or "",
        now=now,
    )
    assert row is not None
    return int(row["id"])


def end_stream(tx: Tx, stream_id: int, now: float) -> None:
    tx.execute("UPDATE dynamodb_stream SET ended_at = :now WHERE id = :id", id=stream_id, now=now)


def find_stream(tx: Tx, account: str, region: str, table_name: str, label: str) -> Stream | None:
    row = tx.one(
        f"SELECT {_STREAM} FROM dynamodb_stream WHERE account = :account AND region = :region"
        " AND table_name = :table_name AND label = :label",
        account=account,
        region=region,
        table_name=table_name,
        label=label,
    )
    return None if row is None else _stream(row)


def get_stream(tx: Tx, arn: str) -> Stream:
    parts = arn.split(":", 5)
    stream = None
    if len(parts) == 6 and parts[5].count("/") == 3:
        _, name, _, label = parts[5].split("/")
        stream = find_stream(tx, parts[4], parts[3], name, label)
    if stream is None:
        raise ResourceNotFound(f"Requested resource not found: Stream: {arn} not found")
    return stream


def list_streams(
    tx: Tx, account: str, region: str, *, table_name: str, after: str, limit: int
) -> list[Stream]:
    """By table and label; `after` is the table's name and the label, with a slash between."""
    rows = tx.all(
        f"SELECT {_STREAM} FROM dynamodb_stream WHERE account = :account AND region = :region"
        " AND (:table_name = '' OR table_name = :table_name)"
        " AND table_name || '/' || label > :after"
        " ORDER BY table_name || '/' || label LIMIT :limit",
        account=account,
        region=region,
        table_name=table_name,
        after=after,
        limit=limit,
    )
    return [_stream(row) for row in rows]


def next_number(tx: Tx, stream_id: int) -> tuple[int, bool]:
    """The number of the next record, and whether old ones are being removed."""
    row = tx.one(
        "UPDATE dynamodb_stream SET last = last + 1 WHERE id = :id RETURNING last, trimmed",
        id=stream_id,
    )
    assert row is not None
    return row["last"], bool(row["trimmed"])


def last_number(tx: Tx, stream_id: int) -> int:
    row = tx.one("SELECT last FROM dynamodb_stream WHERE id = :id", id=stream_id)
    return 0 if row is None else int(row["last"])


def put_trimmed(tx: Tx, stream_id: int, *, trimmed: bool) -> None:
    tx.execute(
        "UPDATE dynamodb_stream SET trimmed = :trimmed WHERE id = :id",
        id=stream_id,
        trimmed=int(trimmed),
    )


def add_record(tx: Tx, stream_id: int, number: int, record: str, size: int, now: float) -> None:
    tx.execute(
        "INSERT INTO dynamodb_stream_record (stream, number, record, size, at)"
        " VALUES (:stream, :number, :record, :size, :now)",
        stream=stream_id,
        number=number,
        record=record,
        size=size,
        now=now,
    )


def list_records(
    tx: Tx, stream_id: int, *, start: int, since: float, limit: int
) -> list[tuple[int, str, int]]:
    """Number, text and size of the records from `start` on that were written after `since`."""
    rows = tx.all(
        "SELECT number, record, size FROM dynamodb_stream_record WHERE stream = :stream"
        " AND number >= :start AND at > :since ORDER BY number LIMIT :limit",
        stream=stream_id,
        start=start,
        since=since,
        limit=limit,
    )
    return [(row["number"], row["record"], row["size"]) for row in rows]


def first_number(tx: Tx, stream_id: int, since: float) -> int | None:
    """The oldest record that was written after `since`."""
    row = tx.one(
        "SELECT number FROM dynamodb_stream_record WHERE stream = :stream AND at > :since"
        " ORDER BY number LIMIT 1",
        stream=stream_id,
        since=since,
    )
    return None if row is None else int(row["number"])


def remove_old(tx: Tx, stream_id: int, until: float, limit: int) -> int:
    """Remove some of the records that were written until then; how many."""
    return tx.execute(
        "DELETE FROM dynamodb_stream_record WHERE stream = :stream AND number IN (SELECT number"
        " FROM dynamodb_stream_record WHERE stream = :stream AND at <= :until ORDER BY number"
        " LIMIT :limit)",
        stream=stream_id,
        until=until,
        limit=limit,
    )


def oldest(tx: Tx, stream_id: int) -> float | None:
    """When the oldest record that is left was written."""
    row = tx.one(
        "SELECT at FROM dynamodb_stream_record WHERE stream = :stream ORDER BY number LIMIT 1",
        stream=stream_id,
    )
    return None if row is None else float(row["at"])


def remove_stream(tx: Tx, stream_id: int) -> None:
    tx.execute("DELETE FROM dynamodb_stream WHERE id = :id", id=stream_id)


def find_stream_by_id(tx: Tx, stream_id: int) -> Stream | None:
    row = tx.one(f"SELECT {_STREAM} FROM dynamodb_stream WHERE id = :id", id=stream_id)
    return None if row is None else _stream(row)


def _stream(row: Row) -> Stream:
    partition, sort = row.pop("partition_name"), row.pop("sort_name")
    return Stream(**row, keys=Keys(partition, sort or None))
