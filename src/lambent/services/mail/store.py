"""The mailbox's only SQL."""

from dataclasses import asdict

import orjson

from lambent.core.errors import NotFound
from lambent.services.mail.records import Message
from lambent.storage.database import Row, Tx

_COLUMNS = "id, account, region, sent_at, sender, recipients, subject, body, status, error"


class NoSuchMessage(NotFound):
    code = "NoSuchMessage"


def add_message(tx: Tx, message: Message) -> None:
    """Put a message into the mailbox; once for each id."""
    values = asdict(message) | {"recipients": orjson.dumps(message.recipients).decode()}
    tx.execute(
        f"INSERT INTO mail_message ({_COLUMNS}) VALUES (:id, :account, :region, :sent_at, :sender,"
        " :recipients, :subject, :body, :status, :error) ON CONFLICT (id) DO NOTHING",
        **values,
    )


def put_status(tx: Tx, message_id: str, status: str, error: str | None = None) -> None:
    tx.execute(
        "UPDATE mail_message SET status = :status, error = :error WHERE id = :id",
        id=message_id,
        status=status,
        error=error,
    )


def get_message(tx: Tx, message_id: str) -> Message:
    row = tx.one(f"SELECT {_COLUMNS} FROM mail_message WHERE id = :id", id=message_id)
    if row is None:
        raise NoSuchMessage(f"There is no message {message_id}.")
    return _message(row)


def list_messages(tx: Tx, limit: int) -> list[Message]:
    """The newest, oldest of them first."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM mail_message ORDER BY sent_at DESC, id DESC LIMIT :limit",
        limit=limit,
    )
    return [_message(row) for row in reversed(rows)]


def _message(row: Row) -> Message:
    row["recipients"] = tuple(orjson.loads(row["recipients"]))
    return Message(**row)
