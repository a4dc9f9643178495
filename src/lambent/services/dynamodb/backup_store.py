"""The SQL about backups, copies of items, and what items were before."""

from dataclasses import dataclass
from typing import Any

import orjson

from lambent.services.dynamodb import contents, item_store, store
from lambent.services.dynamodb.errors import BackupNotFound
from lambent.services.dynamodb.records import Kept, Place, Table
from lambent.storage.database import Row, Tx

_BACKUP = "account, region, table_name, id, name, copy, description, definition, size, created_at"


@dataclass(frozen=True, slots=True)
class Backup:
    """`description` is what the API said of the table, `table` is the table as it was."""

    account: str
    region: str
    table_name: str
    id: str
    name: str
    copy: int
    description: dict[str, Any]
    table: Table
    size: int
    created_at: float

    @property
    def arn(self) -> str:
        return (
            f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table_name}"
            f"/backup/{self.id}"
        )


def add_copy(tx: Tx, table_id: int, now: float) -> int:
    """Keep the items of a table aside; the id of the table that they are items of."""
    row = tx.one("INSERT INTO dynamodb_copy (made_at) VALUES (:now) RETURNING id", now=now)
    assert row is not None
    copy_id = -int(row["id"])
    item_store.copy_items(tx, table_id, copy_id)
    return copy_id


def remove_copy(tx: Tx, copy_id: int) -> None:
    tx.execute("DELETE FROM dynamodb_copy WHERE id = :id", id=-copy_id)


def add_backup(tx: Tx, backup: Backup) -> None:
    tx.execute(
        f"INSERT INTO dynamodb_backup ({_BACKUP}) VALUES (:account, :region, :table_name, :id,"
        " :name, :copy, :description, :definition, :size, :created_at)",
        account=backup.account,
        region=backup.region,
        table_name=backup.table_name,
        id=backup.id,
        name=backup.name,
        copy=backup.copy,
        description=orjson.dumps(backup.description).decode(),
        definition=store.written(backup.table),
        size=backup.size,
        created_at=backup.created_at,
    )


def get_backup(tx: Tx, arn: str) -> Backup:
    parts = arn.split(":", 5)
    resource = parts[5].split("/") if len(parts) == 6 else []
    row = None
    if len(resource) == 4:
        row = tx.one(
            f"SELECT {_BACKUP} FROM dynamodb_backup WHERE account = :account"
            " AND region = :region AND table_name = :table_name AND id = :id",
            account=parts[4],
            region=parts[3],
            table_name=resource[1],
            id=resource[3],
        )
    if row is None:
        raise BackupNotFound(f"Backup not found: {arn}")
    return _backup(row)


def list_backups(
    tx: Tx, account: str, region: str, *, table_name: str, after: str, limit: int
) -> list[Backup]:
    """By id, which begins with the time; of all tables where no name is given."""
    rows = tx.all(
        f"SELECT {_BACKUP} FROM dynamodb_backup WHERE account = :account AND region = :region"
        " AND (:table_name = '' OR table_name = :table_name) AND id > :after"
        " ORDER BY id LIMIT :limit",
        account=account,
        region=region,
        table_name=table_name,
        after=after,
        limit=limit,
    )
    return [_backup(row) for row in rows]


def remove_backup(tx: Tx, backup: Backup) -> None:
    tx.execute(
        "DELETE FROM dynamodb_backup WHERE account = :account AND region = :region"
        " AND table_name = :table_name AND id = :id",
        account=backup.account,
        region=backup.region,
        table_name=backup.table_name,
        id=backup.id,
    )


# What was before ---------------------------------------------------------------------------------


def add_history(tx: Tx, table_id: int, place: Place, old: Kept | None, now: float) -> None:
    tx.execute(
        "INSERT INTO dynamodb_history (table_id, partition, sort, item, size, at)"
        " VALUES (:table_id, :partition, :sort, :item, :size, :now)",
        table_id=table_id,
        partition=place.partition,
        sort=place.sort,
        item=None if old is None else contents.written(old.item),
        size=0 if old is None else old.size,
        now=now,
    )


def turn_back(tx: Tx, table_id: int, copy_id: int, at: float) -> None:
    """Have a copy of a table be what the table was at a time."""
    numbers = tx.all(
        "SELECT MIN(number) AS number FROM dynamodb_history WHERE table_id = :table_id"
        " AND at > :at GROUP BY partition, sort",
        table_id=table_id,
        at=at,
    )
    # One by one: all of them may be more than the memory holds.
    for changed in numbers:
        row = tx.one(
            "SELECT partition, sort, item, size FROM dynamodb_history WHERE number = :number",
            number=changed["number"],
        )
        assert row is not None
        place = Place(row["partition"], row["sort"])
        if row["item"] is None:
            item_store.remove_item(tx, copy_id, place)
        else:
            kept = Kept(place, contents.read(row["item"]), row["size"])
            item_store.put_item(tx, copy_id, kept, None)


def remove_history(tx: Tx, table_id: int, until: float, limit: int) -> int:
    """Forget some of what was before; how much."""
    return tx.execute(
        "DELETE FROM dynamodb_history WHERE number IN (SELECT number FROM dynamodb_history"
        " WHERE table_id = :table_id AND at <= :until LIMIT :limit)",
        table_id=table_id,
        until=until,
        limit=limit,
    )


def _backup(row: Row) -> Backup:
    row["description"] = orjson.loads(row["description"])
    table = store.read(row.pop("definition"))
    return Backup(**row, table=table)
