"""Connections and API destinations, as rows."""

from lambent.services.events.named_store import NamedRows
from lambent.services.events.records import Connection, Destination
from lambent.storage.database import Tx

_CHANGING_OF_CONNECTIONS = (
    *("revision", "description", "authorization_type", "parameters", "state", "state_reason"),
    *("kms_key", "token", "token_until", "created", "modified", "authorized"),
)
_CONNECTIONS = NamedRows(
    "events_connection",
    ("account", "region", "name", "id", "secret_id", *_CHANGING_OF_CONNECTIONS),
    _CHANGING_OF_CONNECTIONS,
    lambda row: Connection(**row),
    as_json=("parameters",),
)
_CHANGING_OF_DESTINATIONS = (
    *("connection_arn", "endpoint", "method", "rate", "description", "created", "modified"),
    "next_slot",
)
_DESTINATIONS = NamedRows(
    "events_destination",
    ("account", "region", "name", "id", *_CHANGING_OF_DESTINATIONS),
    _CHANGING_OF_DESTINATIONS,
    lambda row: Destination(**row),
)

find_connection, list_connections = _CONNECTIONS.find, _CONNECTIONS.list
put_connection, remove_connection = _CONNECTIONS.put, _CONNECTIONS.remove
find_destination, list_destinations = _DESTINATIONS.find, _DESTINATIONS.list
put_destination, remove_destination = _DESTINATIONS.put, _DESTINATIONS.remove


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


def put_next_slot(tx: Tx, destination: Destination, next_slot: float) -> None:
    tx.execute(
        "UPDATE events_destination SET next_slot = :next_slot"
        " WHERE account = :account AND region = :region AND name = :name",
        next_slot=next_slot,
        account=destination.account,
        region=destination.region,
        name=destination.name,
    )
