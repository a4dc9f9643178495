"""The tables of messages on their way."""

from typing import Any

import orjson

from lambent.services.sns.records import Message
from lambent.storage.database import Tx


def add_message(tx: Tx, message: Message, deliveries: int) -> None:
    tx.execute(
        "INSERT INTO sns_message (id, topic_arn, sent_at, body, deliveries)"
        " VALUES (:id, :topic_arn, :sent_at, :body, :deliveries)",
        id=message.id,
        topic_arn=message.topic_arn,
        sent_at=message.sent_at,
        body=orjson.dumps(_body(message)).decode(),
        deliveries=deliveries,
    )


def find_message(tx: Tx, message_id: str) -> Message | None:
    row = tx.one(
        "SELECT id, topic_arn, sent_at, body FROM sns_message WHERE id = :id", id=message_id
    )
    if row is None:
        return None
    return Message(row["id"], row["topic_arn"], row["sent_at"], **orjson.loads(row["body"]))


def finish_delivery(tx: Tx, message_id: str) -> None:
    """One delivery has ended; after the last one nobody needs the message."""
    tx.execute("UPDATE sns_message SET deliveries = deliveries - 1 WHERE id = :id", id=message_id)
    tx.execute("DELETE FROM sns_message WHERE id = :id AND deliveries <= 0", id=message_id)


def add_to_backlog(tx: Tx, subscription_arn: str, message: Message) -> None:
    tx.execute(
        "INSERT INTO sns_backlog (subscription_arn, group_id, sequence, message_id)"
        " VALUES (:subscription_arn, :group_id, :sequence, :message_id)",
        subscription_arn=subscription_arn,
        group_id=message.group_id,
        sequence=message.sequence,
        message_id=message.id,
    )


def find_next_in_backlog(tx: Tx, subscription_arn: str, group_id: str) -> tuple[int, str] | None:
    """The sequence number and the message that a subscription gets next of a group."""
    row = tx.one(
        "SELECT sequence, message_id FROM sns_backlog"
        " WHERE subscription_arn = :subscription_arn AND group_id = :group_id"
        " ORDER BY sequence LIMIT 1",
        subscription_arn=subscription_arn,
        group_id=group_id,
    )
    return None if row is None else (int(row["sequence"]), row["message_id"])


def remove_from_backlog(tx: Tx, subscription_arn: str, group_id: str, sequence: int) -> None:
    tx.execute(
        "DELETE FROM sns_backlog WHERE subscription_arn = :subscription_arn"
        " AND group_id = :group_id AND sequence = :sequence",
        subscription_arn=subscription_arn,
        group_id=group_id,
        sequence=sequence,
    )


def find_duplicate(
    tx: Tx, topic_arn: str, group_id: str, deduplication_id: str, now: float
) -> tuple[str, int] | None:
    """The message and the sequence number that the topic gave to the same within five minutes."""
    row = tx.one(
        "SELECT message_id, sequence FROM sns_deduplication WHERE topic_arn = :topic_arn"
        " AND group_id = :group_id AND deduplication_id = :deduplication_id AND until > :now",
        topic_arn=topic_arn,
        group_id=group_id,
        deduplication_id=deduplication_id,
        now=now,
    )
    return None if row is None else (row["message_id"], int(row["sequence"]))


def remember_deduplication(
    tx: Tx, group_id: str, message: Message, *, now: float, until: float
) -> None:
    tx.execute("DELETE FROM sns_deduplication WHERE until <= :now", now=now)
    tx.execute(
        "INSERT INTO sns_deduplication"
        " (topic_arn, group_id, deduplication_id, message_id, sequence, until)"
        " VALUES (:topic_arn, :group_id, :deduplication_id, :message_id, :sequence, :until)",
        topic_arn=message.topic_arn,
        group_id=group_id,
        deduplication_id=message.deduplication_id,
        message_id=message.id,
        sequence=message.sequence,
        until=until,
    )


def _body(message: Message) -> dict[str, Any]:
    names = ("texts", "subject", "attributes", "group_id", "deduplication_id", "sequence")
    return {name: value for name in names if (value := getattr(message, name)) is not None}
