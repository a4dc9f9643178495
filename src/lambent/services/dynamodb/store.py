"""The SQL about tables, their tags, and tokens of transactions."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from lambent.services.dynamodb.records import Index, Keys, Table, TableStream
from lambent.storage.database import Row, Tx

_TABLE = "id, account, region, name, uid, status, definition, created_at, revision"
_PLACE = "account = :account AND region = :region AND name = :name"

# Tables that were read before, by id, with the row that each was made of.
Known = dict[int, tuple[Row, Table]]


def find_table(tx: Tx, known: Known, account: str, region: str, name: str) -> Table | None:
    """The row is read each time, as others may have changed it, and is understood once."""
    row = tx.one(
        f"SELECT {_TABLE} FROM dynamodb_table WHERE {_PLACE}",
        account=account,
        region=region,
        name=name,
    )
    if row is None:
        return None
    made_of, table = known.get(row["id"], (None, None))
    if table is None or made_of != row:
        table = _table(dict(row))
        known[row["id"]] = row, table
    return table


def find_table_by_id(tx: Tx, table_id: int) -> Table | None:
    row = tx.one(f"SELECT {_TABLE} FROM dynamodb_table WHERE id = :id", id=table_id)
    return None if row is None else _table(row)


def list_names(tx: Tx, account: str, region: str, *, after: str, limit: int) -> list[str]:
    rows = tx.all(
        "SELECT name FROM dynamodb_table WHERE account = :account AND region = :region"
        " AND name > :after ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [row["name"] for row in rows]


def count_tables(tx: Tx, account: str, region: str) -> int:
    row = tx.one(
        "SELECT COUNT(*) AS tables FROM dynamodb_table"
        " WHERE account = :account AND region = :region",
        account=account,
        region=region,
    )
    assert row is not None
    return int(row["tables"])


def add_table(tx: Tx, table: Table) -> Table:
    row = tx.one(
        "INSERT INTO dynamodb_table (account, region, name, uid, status, definition, created_at,"
        " revision) VALUES (:account, :region, :name, :uid, :status, :definition, :created_at, 0)"
        f" RETURNING {_TABLE}",
        account=table.account,
        region=table.region,
        name=table.name,
        uid=table.uid,
        status=table.status,
        definition=_definition(table),
        created_at=table.created_at,
    )
    assert row is not None
    return _table(row)


def put_table(tx: Tx, table: Table) -> Table:
    """Keep what changed of a table; the answer has the revision that it has from now on."""
    row = tx.one(
        "UPDATE dynamodb_table SET status = :status, definition = :definition,"
        f" revision = revision + 1 WHERE id = :id RETURNING {_TABLE}",
        id=table.id,
        status=table.status,
        definition=_definition(table),
    )
    assert row is not None
    return _table(row)


def remove_table(tx: Tx, table_id: int) -> None:
    tx.execute("DELETE FROM dynamodb_table WHERE id = :id", id=table_id)
    tx.execute("DELETE FROM dynamodb_tag WHERE table_id = :id", id=table_id)
    tx.execute("DELETE FROM dynamodb_count WHERE table_id = :id", id=table_id)
    tx.execute("DELETE FROM dynamodb_expiry WHERE table_id = :id", id=table_id)


def put_tags(tx: Tx, table_id: int, tags: Mapping[str, str]) -> None:
    for name, value in tags.items():
        tx.execute(
            "INSERT INTO dynamodb_tag (table_id, name, value) VALUES (:table_id, :name, :value)"
            " ON CONFLICT (table_id, name) DO UPDATE SET value = excluded.value",
            table_id=table_id,
            name=name,
            value=value,
        )


def remove_tags(tx: Tx, table_id: int, names: list[str]) -> None:
    for name in names:
        tx.execute(
            "DELETE FROM dynamodb_tag WHERE table_id = :table_id AND name = :name",
            table_id=table_id,
            name=name,
        )


def list_tags(tx: Tx, table_id: int) -> dict[str, str]:
    rows = tx.all(
        "SELECT name, value FROM dynamodb_tag WHERE table_id = :id ORDER BY name", id=table_id
    )
    return {row["name"]: row["value"] for row in rows}


def find_transaction(
    tx: Tx, account: str, region: str, token: str, now: float
) -> tuple[str, str] | None:
    """The digest of what a token stood for, and the capacity that it took."""
    row = tx.one(
        "SELECT digest, capacity FROM dynamodb_transaction WHERE account = :account"
        " AND region = :region AND token = :token AND expires_at > :now",
        account=account,
        region=region,
        token=token,
        now=now,
    )
    return None if row is None else (row["digest"], row["capacity"])


def put_transaction(
    tx: Tx,
    account: str,
    region: str,
    token: str,
    *,
    digest: str,
    capacity: str,
    now: float,
    expires_at: float,
) -> None:
    tx.execute("DELETE FROM dynamodb_transaction WHERE expires_at <= :now", now=now)
    tx.execute(
        "INSERT INTO dynamodb_transaction (account, region, token, digest, capacity, expires_at)"
        " VALUES (:account, :region, :token, :digest, :capacity, :expires_at)",
        account=account,
        region=region,
        token=token,
        digest=digest,
        capacity=capacity,
        expires_at=expires_at,
    )


def written(table: Table) -> str:
    """A table as text that `read` understands, for who keeps one aside."""
    columns = ("id", "account", "region", "name", "uid", "status", "created_at", "revision")
    row = {name: getattr(table, name) for name in columns}
    return orjson.dumps({**row, "definition": _definition(table)}).decode()


def read(text: str) -> Table:
    return _table(orjson.loads(text))


def _definition(table: Table) -> str:
    return orjson.dumps(
        {
            "types": table.types,
            "keys": asdict(table.keys),
            "indexes": [asdict(index) for index in table.indexes],
            "last_index": table.last_index,
            "stream": None if table.stream is None else asdict(table.stream),
            "ttl_attribute": table.ttl_attribute,
            "settings": table.settings,
        }
    ).decode()


def _table(row: Row) -> Table:
    definition: dict[str, Any] = orjson.loads(row.pop("definition"))
    stream = definition["stream"]
    return Table(
        **row,
        types=definition["types"],
        keys=Keys(**definition["keys"]),
        indexes=tuple(_index(index) for index in definition["indexes"]),
        last_index=definition["last_index"],
        stream=None if stream is None else TableStream(**stream),
        ttl_attribute=definition["ttl_attribute"],
        settings=definition["settings"],
    )


def _index(kept: dict[str, Any]) -> Index:
    kept["keys"] = Keys(**kept["keys"])
    kept["non_key_attributes"] = tuple(kept["non_key_attributes"])
    return Index(**kept)
