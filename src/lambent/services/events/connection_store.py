"""Connections and API destinations, as rows."""

from typing import Any

import orjson

from lambent.services.events.records import Connection, Destination
from lambent.storage.database import Row, Tx

_CONNECTION = (
    "account, region, name, id, secret_id, revision, description, authorization_type, parameters,"
    " state, state_reason, kms_key, token, token_until, created, modified, authorized"
)
_DESTINATION = (
    "account, region, name, id, connection_arn, endpoint, method, rate, description, created,"
    " modified, next_slot"
)


def find_connection(tx: Tx, account: str, region: str, name: str) -> Connection | None:
    row = tx.one(
        f"SELECT {_CONNECTION} FROM events_connection"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else _connection(row)


def list_connections(
    tx: Tx, account: str, region: str, *, prefix: str, state: str, after: str, limit: int
) -> list[Connection]:
    """`state` is empty for any."""
    rows = tx.all(
        f"SELECT {_CONNECTION} FROM events_connection"
        " WHERE account = :account AND region = :region AND name > :after"
        " AND substr(name, 1, :length) = :prefix AND (:state = '' OR state = :state)"
        " ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        length=len(prefix),
        prefix=prefix,
        state=state,
        limit=limit,
    )
    return [_connection(row) for row in rows]


def put_connection(tx: Tx, connection: Connection) -> None:
    names = _CONNECTION.split(", ")
    values = {name: getattr(connection, name) for name in names}
    values["parameters"] = orjson.dumps(connection.parameters).decode()
    changing = names[names.index("revision") :]
    tx.execute(
        f"INSERT INTO events_connection ({_CONNECTION})"
        f" VALUES ({', '.join(f':{name}' for name in names)})"
        " ON CONFLICT (account, region, name) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in changing),
        **values,
    )


def put_token(tx: Tx, connection: Connection, token: str, until: float, now: float) -> bool:
    """False when the connection was changed meanwhile, and the token is not for it."""
    return bool(
        tx.execute(
            "UPDATE events_connection SET token = :token, token_until = :until,"
            " state = 'AUTHORIZED', state_reason = '', authorized = :now"
            " WHERE account = :account AND region = :region AND name = :name"
            " AND revision = :revision",
            token=token,
            until=until,
            now=now,
            account=connection.account,
            region=connection.region,
            name=connection.name,
            revision=connection.revision,
        )
    )


def remove_connection(tx: Tx, connection: Connection) -> None:
    tx.execute(
        "DELETE FROM events_connection"
        " WHERE account = :account AND region = :region AND name = :name",
        account=connection.account,
        region=connection.region,
        name=connection.name,
    )


def find_destination(tx: Tx, account: str, region: str, name: str) -> Destination | None:
    row = tx.one(
        f"SELECT {_DESTINATION} FROM events_destination"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else Destination(**row)


def list_destinations(
    tx: Tx,
    account: str,
    region: str,
    *,
    prefix: str,
    connection_arn: str,
    after: str,
    limit: int,
) -> list[Destination]:
    """`connection_arn` is empty for any."""
    rows = tx.all(
        f"SELECT {_DESTINATION} FROM events_destination"
        " WHERE account = :account AND region = :region AND name > :after"
        " AND substr(name, 1, :length) = :prefix"
        " AND (:connection_arn = '' OR connection_arn = :connection_arn)"
        " ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        length=len(prefix),
        prefix=prefix,
        connection_arn=connection_arn,
        limit=limit,
    )
    return [Destination(**row) for row in rows]


def put_destination(tx: Tx, destination: Destination) -> None:
    names = _DESTINATION.split(", ")
    values: dict[str, Any] = {name: getattr(destination, name) for name in names}
    changing = names[names.index("connection_arn") :]
    tx.execute(
        f"INSERT INTO events_destination ({_DESTINATION})"
        f" VALUES ({', '.join(f':{name}' for name in names)})"
        " ON CONFLICT (account, region, name) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in changing),
        **values,
    )


def put_next_slot(tx: Tx, destination: Destination, next_slot: float) -> None:
    tx.execute(
        "UPDATE events_destination SET next_slot = :next_slot"
        " WHERE account = :account AND region = :region AND name = :name",
        next_slot=next_slot,
        account=destination.account,
        region=destination.region,
        name=destination.name,
    )


def remove_destination(tx: Tx, destination: Destination) -> None:
    tx.execute(
        "DELETE FROM events_destination"
        " WHERE account = :account AND region = :region AND name = :name",
        account=destination.account,
        region=destination.region,
        name=destination.name,
    )


def _connection(row: Row) -> Connection:
    return Connection(**{**row, "parameters": orjson.loads(row["parameters"])})
