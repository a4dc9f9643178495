"""The SQL about how many items and entries there are, and their bytes."""

from collections.abc import Sequence

import orjson

from lambent.services.dynamodb.descriptions import Counts
from lambent.storage.database import Row, Tx

_ITEM = ("partition", "sort")
_ENTRY = ("number", "partition", "sort", "item_partition", "item_sort")


def count_items(tx: Tx, table_id: int, limit: int) -> tuple[int, int]:
    """How many items there are, up to the limit, and their bytes."""
    row = tx.one(
        "SELECT COUNT(*) AS items, COALESCE(SUM(size), 0) AS bytes FROM (SELECT size"
        " FROM dynamodb_item WHERE table_id = :id LIMIT :limit) AS part",
        id=table_id,
        limit=limit,
    )
    assert row is not None
    return int(row["items"]), int(row["bytes"])


def count_entries(tx: Tx, table_id: int) -> dict[int, tuple[int, int]]:
    """By the number of an index: its entries, and their bytes."""
    rows = tx.all(
        "SELECT number, COUNT(*) AS entries, SUM(size) AS bytes FROM dynamodb_index_entry"
        " WHERE table_id = :id GROUP BY number",
        id=table_id,
    )
    return {row["number"]: (int(row["entries"]), int(row["bytes"])) for row in rows}


def sizes_of_items(tx: Tx, table_id: int, after: Sequence[object], limit: int) -> list[Row]:
    return _sizes(tx, "dynamodb_item", _ITEM, table_id, after, limit)


def sizes_of_entries(tx: Tx, table_id: int, after: Sequence[object], limit: int) -> list[Row]:
    return _sizes(tx, "dynamodb_index_entry", _ENTRY, table_id, after, limit)


def _sizes(
    tx: Tx, of: str, key: tuple[str, ...], table_id: int, after: Sequence[object], limit: int
) -> list[Row]:
    """The keys and sizes of the next rows after a key; from the first where there is none."""
    columns = ", ".join(key)
    marks = ", ".join(f":{column}" for column in key)
    where = f" AND ({columns}) > ({marks})" if after else ""
    return tx.all(
        f"SELECT {columns}, size FROM {of} WHERE table_id = :id{where} ORDER BY {columns}"
        " LIMIT :limit",
        id=table_id,
        limit=limit,
        **dict(zip(key, after, strict=False)),
    )


def find_counted(tx: Tx, table_id: int) -> tuple[float, Counts] | None:
    """What was found when the table was last counted, and when that was."""
    row = tx.one(
        "SELECT counted_at, items, size, indexes FROM dynamodb_count WHERE table_id = :id",
        id=table_id,
    )
    if row is None:
        return None
    indexes = {int(number): (n, size) for number, (n, size) in orjson.loads(row["indexes"]).items()}
    return row["counted_at"], Counts(row["items"], row["size"], indexes)


def put_counted(tx: Tx, table_id: int, counts: Counts, now: float) -> None:
    tx.execute(
        "INSERT INTO dynamodb_count (table_id, counted_at, items, size, indexes)"
        " VALUES (:id, :now, :items, :size, :indexes) ON CONFLICT (table_id) DO UPDATE"
        " SET counted_at = excluded.counted_at, items = excluded.items, size = excluded.size,"
        " indexes = excluded.indexes",
        id=table_id,
        now=now,
        items=counts.items,
        size=counts.size,
        indexes=orjson.dumps(counts.indexes, option=orjson.OPT_NON_STR_KEYS).decode(),
    )
