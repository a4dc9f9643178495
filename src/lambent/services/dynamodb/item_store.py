"""The SQL about items, and about their entries in indexes."""

from dataclasses import dataclass

from lambent.services.dynamodb import contents
from lambent.services.dynamodb.records import Kept, Place
from lambent.storage.database import Row, Tx

_ITEM = "partition, sort, item, size"
_OF_ITEM = "table_id = :table_id AND partition = :partition AND sort = :sort"

# Above every sort key, which has at most 1,024 bytes, and above every partition.
END = b"\xff" * 1_025


@dataclass(frozen=True, slots=True)
class Span:
    """
    Part of a table or index: of one partition the sort keys from `low` on and before `high`, or of
    all partitions those from `first` on and before `last`.

    `after` is where the page before ended, in this part: the whole key of the row.
    """

    first: bytes = b""
    last: bytes = END
    partition: bytes | None = None
    low: bytes = b""
    high: bytes = END
    after: tuple[bytes, ...] = ()
    forward: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a page. `size` counts for the page: that of the item, or of what an index has."""

    kept: Kept
    size: int


def find_item(tx: Tx, table_id: int, place: Place) -> Kept | None:
    row = tx.one(
        f"SELECT item, size FROM dynamodb_item WHERE {_OF_ITEM}",
        table_id=table_id,
        partition=place.partition,
        sort=place.sort,
    )
    return None if row is None else Kept(place, contents.read(row["item"]), row["size"])


def put_item(tx: Tx, table_id: int, kept: Kept, expires_at: float | None) -> None:
    tx.execute(
        "INSERT INTO dynamodb_item (table_id, partition, sort, item, size, expires_at)"
        " VALUES (:table_id, :partition, :sort, :item, :size, :expires_at)"
        " ON CONFLICT (table_id, partition, sort) DO UPDATE SET item = excluded.item,"
        " size = excluded.size, expires_at = excluded.expires_at",
        table_id=table_id,
        partition=kept.place.partition,
        sort=kept.place.sort,
        item=contents.written(kept.item),
        size=kept.size,
        expires_at=expires_at,
    )


def remove_item(tx: Tx, table_id: int, place: Place) -> None:
    tx.execute(
        f"DELETE FROM dynamodb_item WHERE {_OF_ITEM}",
        table_id=table_id,
        partition=place.partition,
        sort=place.sort,
    )


def put_expiry(tx: Tx, table_id: int, place: Place, expires_at: float | None) -> None:
    tx.execute(
        f"UPDATE dynamodb_item SET expires_at = :expires_at WHERE {_OF_ITEM}",
        table_id=table_id,
        partition=place.partition,
        sort=place.sort,
        expires_at=expires_at,
    )


def list_expired(tx: Tx, table_id: int, now: float, limit: int) -> list[Kept]:
    rows = tx.all(
        f"SELECT {_ITEM} FROM dynamodb_item WHERE table_id = :table_id AND expires_at <= :now"
        " ORDER BY expires_at LIMIT :limit",
        table_id=table_id,
        now=now,
        limit=limit,
    )
    return [_kept(row) for row in rows]


def next_expiry(tx: Tx, table_id: int) -> float | None:
    row = tx.one(
        "SELECT MIN(expires_at) AS due FROM dynamodb_item"
        " WHERE table_id = :table_id AND expires_at IS NOT NULL",
        table_id=table_id,
    )
    return None if row is None else row["due"]


def find_due(tx: Tx, table_id: int) -> float | None:
    """When the work that removes expired items is due; None where there is none."""
    row = tx.one("SELECT due FROM dynamodb_expiry WHERE table_id = :id", id=table_id)
    return None if row is None else row["due"]


def put_due(tx: Tx, table_id: int, due: float) -> None:
    tx.execute(
        "INSERT INTO dynamodb_expiry (table_id, due) VALUES (:id, :due)"
        " ON CONFLICT (table_id) DO UPDATE SET due = excluded.due",
        id=table_id,
        due=due,
    )


def remove_due(tx: Tx, table_id: int) -> None:
    tx.execute("DELETE FROM dynamodb_expiry WHERE table_id = :id", id=table_id)


def remove_some(tx: Tx, table_id: int, limit: int) -> bool:
    """Remove items and entries of a table that is gone; whether there may be more."""
    items = tx.execute(
        "DELETE FROM dynamodb_item WHERE table_id = :id AND (partition, sort) IN (SELECT"
        " partition, sort FROM dynamodb_item WHERE table_id = :id LIMIT :limit)",
        id=table_id,
        limit=limit,
    )
    entries = remove_entries(tx, table_id, None, limit)
    return items >= limit or entries >= limit


def copy_items(tx: Tx, from_id: int, to_id: int) -> None:
    tx.execute(
        "INSERT INTO dynamodb_item (table_id, partition, sort, item, size)"
        " SELECT :to_id, partition, sort, item, size FROM dynamodb_item WHERE table_id = :from_id",
        from_id=from_id,
        to_id=to_id,
    )


# Pages -------------------------------------------------------------------------------------------


def page_of_items(tx: Tx, table_id: int, span: Span, limit: int) -> list[Found]:
    """The next rows of a part of a table, in its order."""
    values: dict[str, object] = {"table_id": table_id, "limit": limit}
    where = _within(span, values, "", ("partition", "sort"))
    rows = tx.all(
        f"SELECT {_ITEM} FROM dynamodb_item WHERE table_id = :table_id AND {where} LIMIT :limit",
        **values,
    )
    return [Found(_kept(row), row["size"]) for row in rows]


def page_of_entries(tx: Tx, table_id: int, number: int, span: Span, limit: int) -> list[Found]:
    """The next items of a part of an index, in its order."""
    values: dict[str, object] = {"table_id": table_id, "number": number, "limit": limit}
    where = _within(span, values, "e.", ("partition", "sort", "item_partition", "item_sort"))
    rows = tx.all(
        "SELECT i.partition, i.sort, i.item, i.size, e.size AS entry_size"
        " FROM dynamodb_index_entry e JOIN dynamodb_item i ON i.table_id = e.table_id"
        " AND i.partition = e.item_partition AND i.sort = e.item_sort"
        f" WHERE e.table_id = :table_id AND e.number = :number AND {where} LIMIT :limit",
        **values,
    )
    return [Found(_kept(row), row["entry_size"]) for row in rows]


def _within(span: Span, values: dict[str, object], of: str, columns: tuple[str, ...]) -> str:
    """The condition and order of a page; its values are added to the statement's."""
    if span.partition is not None:
        parts = [f"{of}partition = :partition"]
        values["partition"] = span.partition
        low, high = span.low, span.high
        columns, after = columns[1:], span.after[1:]
    else:
        parts, after = [], span.after
        low, high = span.first, span.last
    # SQLite begins at the first bound that it finds: the other one is left out where a page before
    # has gone beyond it, or each page would read all those before it.
    if span.forward or not after:
        parts.append(f"{of}{columns[0]} < :high")
        values["high"] = high
    if not span.forward or not after:
        parts.append(f"{of}{columns[0]} >= :low")
        values["low"] = low
    if after:
        sign = ">" if span.forward else "<"
        names = ", ".join(of + column for column in columns)
        marks = ", ".join(f":after_{column}" for column in columns)
        parts.append(f"({names}) {sign} ({marks})")
        values.update(zip((f"after_{column}" for column in columns), after, strict=True))
    direction = "" if span.forward else " DESC"
    order = ", ".join(f"{of}{column}{direction}" for column in columns)
    return f"{' AND '.join(parts)} ORDER BY {order}"


# Entries -----------------------------------------------------------------------------------------


def put_entry(tx: Tx, table_id: int, number: int, at: Place, item: Place, size: int) -> None:
    tx.execute(
        "INSERT INTO dynamodb_index_entry (table_id, number, partition, sort, item_partition,"
        " item_sort, size) VALUES (:table_id, :number, :partition, :sort, :item_partition,"
        " :item_sort, :size) ON CONFLICT (table_id, number, partition, sort, item_partition,"
        " item_sort) DO UPDATE SET size = excluded.size",
        table_id=table_id,
        number=number,
        partition=at.partition,
        sort=at.sort,
        item_partition=item.partition,
        item_sort=item.sort,
        size=size,
    )


def remove_entry(tx: Tx, table_id: int, number: int, at: Place, item: Place) -> None:
    tx.execute(
        "DELETE FROM dynamodb_index_entry WHERE table_id = :table_id AND number = :number"
        " AND partition = :partition AND sort = :sort AND item_partition = :item_partition"
        " AND item_sort = :item_sort",
        table_id=table_id,
        number=number,
        partition=at.partition,
        sort=at.sort,
        item_partition=item.partition,
        item_sort=item.sort,
    )


def remove_entries(tx: Tx, table_id: int, number: int | None, limit: int) -> int:
    """Remove entries of an index that is gone, of any where no number is given; how many."""
    which = "" if number is None else " AND number = :number"
    values = {} if number is None else {"number": number}
    columns = "number, partition, sort, item_partition, item_sort"
    return tx.execute(
        f"DELETE FROM dynamodb_index_entry WHERE table_id = :id{which} AND ({columns}) IN (SELECT"
        f" {columns} FROM dynamodb_index_entry WHERE table_id = :id{which} LIMIT :limit)",
        id=table_id,
        limit=limit,
        **values,
    )


def _kept(row: Row) -> Kept:
    return Kept(Place(row["partition"], row["sort"]), contents.read(row["item"]), row["size"])
