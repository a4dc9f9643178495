"""The only SQL of SQS, the half about messages. What is received is found by an index."""

from lambent.services.sqs.records import Message, Queue, Receipt
from lambent.storage.database import Tx

_MESSAGE = (
    "number, id, body, md5, attributes, system_attributes, sender, sent_at, visible_at,"
    " received_at, receive_count, fifo_group"
)

# While messages of a group are in flight no more are received, and a receive takes ten at most:
# those in flight are among the first.
_MOST_IN_FLIGHT_OF_GROUP = 10


def add_message(
    tx: Tx,
    queue_id: int,
    *,
    message_id: str,
    body: str,
    md5: str,
    attributes: str,
    system_attributes: str,
    sender: str,
    sent_at: float,
    visible_at: float,
    fifo_group: str | None,
) -> None:
    tx.execute(
        "INSERT INTO sqs_message (queue, id, body, md5, attributes, system_attributes, sender,"
        " sent_at, visible_at, receive_count, fifo_group) VALUES (:queue, :id, :body, :md5,"
        " :attributes, :system_attributes, :sender, :sent_at, :visible_at, 0, :fifo_group)",
        queue=queue_id,
        id=message_id,
        body=body,
        md5=md5,
        attributes=attributes,
        system_attributes=system_attributes,
        sender=sender,
        sent_at=sent_at,
        visible_at=visible_at,
        fifo_group=fifo_group,
    )


def take(tx: Tx, queue: Queue, *, now: float, until: float, limit: int) -> list[Message]:
    """Receive what is visible: hide it until `until` and count it."""
    rows = tx.all(
        "UPDATE sqs_message SET visible_at = :until, receive_count = receive_count + 1,"
        " received_at = COALESCE(received_at, :now) WHERE number IN (SELECT number FROM"
        " sqs_message WHERE queue = :queue AND visible_at <= :now ORDER BY visible_at, number"
        f" LIMIT :limit) RETURNING {_MESSAGE}",
        queue=queue.id,
        now=now,
        until=until,
        limit=limit,
    )
    messages = [Message(**row) for row in rows]
    messages.sort(key=lambda message: message.number)
    return messages


def take_of_group(
    tx: Tx, queue: Queue, group: str, *, now: float, until: float, limit: int
) -> list[Message]:
    """Receive the first messages of a group, in their order; a delayed one holds the rest."""
    rows = tx.all(
        "UPDATE sqs_message SET visible_at = :until, receive_count = receive_count + 1,"
        " received_at = COALESCE(received_at, :now) WHERE number IN (SELECT number FROM"
        " sqs_message WHERE queue = :queue AND fifo_group = :group AND visible_at <= :now"
        f" ORDER BY number LIMIT :limit) RETURNING {_MESSAGE}",
        queue=queue.id,
        group=group,
        now=now,
        until=until,
        limit=limit,
    )
    messages = [Message(**row) for row in rows]
    messages.sort(key=lambda message: message.number)
    return messages


def next_visible(tx: Tx, queue: Queue) -> float | None:
    """When something can be received, if nothing changes."""
    if queue.settings.is_fifo:
        row = tx.one(
            "SELECT MIN(available_at) AS at FROM sqs_group WHERE queue = :queue", queue=queue.id
        )
    else:
        row = tx.one(
            "SELECT MIN(visible_at) AS at FROM sqs_message WHERE queue = :queue", queue=queue.id
        )
    return None if row is None else row["at"]


def available_groups(tx: Tx, queue: Queue, now: float, limit: int) -> list[str]:
    rows = tx.all(
        "SELECT fifo_group FROM sqs_group WHERE queue = :queue AND available_at <= :now"
        " ORDER BY available_at, fifo_group LIMIT :limit",
        queue=queue.id,
        now=now,
        limit=limit,
    )
    return [row["fifo_group"] for row in rows]


def open_group(tx: Tx, queue_id: int, group: str, available_at: float) -> None:
    """A message of the group was sent; one that is there already decides for itself."""
    tx.execute(
        "INSERT INTO sqs_group (queue, fifo_group, available_at)"
        " VALUES (:queue, :group, :available_at) ON CONFLICT DO NOTHING",
        queue=queue_id,
        group=group,
        available_at=available_at,
    )


def refresh_group(tx: Tx, queue_id: int, group: str) -> None:
    """Calculate when the group is available: when its first message and those in flight are."""
    first = tx.all(
        "SELECT visible_at, receive_count FROM sqs_message"
        " WHERE queue = :queue AND fifo_group = :group ORDER BY number LIMIT :limit",
        queue=queue_id,
        group=group,
        limit=_MOST_IN_FLIGHT_OF_GROUP,
    )
    if not first:
        tx.execute(
            "DELETE FROM sqs_group WHERE queue = :queue AND fifo_group = :group",
            queue=queue_id,
            group=group,
        )
        return
    in_flight = [row["visible_at"] for row in first if row["receive_count"] > 0]
    tx.execute(
        "UPDATE sqs_group SET available_at = :at WHERE queue = :queue AND fifo_group = :group",
        queue=queue_id,
        group=group,
        at=max([first[0]["visible_at"], *in_flight]),
    )


def remove_message(tx: Tx, queue: Queue, receipt: Receipt) -> bool:
    """False where it is gone, or was received again since."""
    return bool(
        tx.execute(
            "DELETE FROM sqs_message WHERE number = :number AND queue = :queue"
            " AND receive_count = :count",
            number=receipt.number,
            queue=queue.id,
            count=receipt.receive_count,
        )
    )


def find_message(tx: Tx, queue: Queue, receipt: Receipt) -> Message | None:
    row = tx.one(
        f"SELECT {_MESSAGE} FROM sqs_message WHERE number = :number AND queue = :queue"
        " AND receive_count = :count",
        number=receipt.number,
        queue=queue.id,
        count=receipt.receive_count,
    )
    return None if row is None else Message(**row)


def discard(tx: Tx, number: int) -> None:
    tx.execute("DELETE FROM sqs_message WHERE number = :number", number=number)


def hide(tx: Tx, queue: Queue, receipt: Receipt, *, now: float, until: float) -> bool:
    """Change when a message in flight comes back; False where it is not in flight."""
    return bool(
        tx.execute(
            "UPDATE sqs_message SET visible_at = :until WHERE number = :number AND queue = :queue"
            " AND receive_count = :count AND visible_at > :now",
            number=receipt.number,
            queue=queue.id,
            count=receipt.receive_count,
            now=now,
            until=until,
        )
    )


def move(
    tx: Tx,
    message: Message,
    queue_id: int,
    *,
    visible_at: float,
    sent_at: float,
    receive_count: int,
    system_attributes: str,
) -> None:
    """Put a message into another queue."""
    tx.execute(
        "UPDATE sqs_message SET queue = :queue, visible_at = :visible_at, sent_at = :sent_at,"
        " receive_count = :receive_count, system_attributes = :system_attributes"
        " WHERE number = :number",
        number=message.number,
        queue=queue_id,
        visible_at=visible_at,
        sent_at=sent_at,
        receive_count=receive_count,
        system_attributes=system_attributes,
    )


def list_visible(tx: Tx, queue: Queue, now: float, limit: int) -> list[Message]:
    rows = tx.all(
        f"SELECT {_MESSAGE} FROM sqs_message WHERE queue = :queue AND visible_at <= :now"
        " ORDER BY visible_at, number LIMIT :limit",
        queue=queue.id,
        now=now,
        limit=limit,
    )
    return [Message(**row) for row in rows]


def counts(tx: Tx, queue: Queue, now: float) -> tuple[int, int, int]:
    """How many are visible, in flight and delayed. What is older than the queue keeps is none."""
    oldest = now - queue.settings.retention_seconds
    visible = tx.one(
        "SELECT COUNT(*) AS n FROM sqs_message WHERE queue = :queue AND visible_at <= :now"
        " AND visible_at > :oldest",
        queue=queue.id,
        now=now,
        oldest=oldest,
    )
    hidden = tx.one(
        "SELECT COUNT(*) AS n, COALESCE(SUM(CASE WHEN receive_count > 0 THEN 1 ELSE 0 END), 0)"
        " AS in_flight FROM sqs_message WHERE queue = :queue AND visible_at > :now",
        queue=queue.id,
        now=now,
    )
    assert visible is not None and hidden is not None
    in_flight = int(hidden["in_flight"])
    return int(visible["n"]), in_flight, int(hidden["n"]) - in_flight


def first_sent(tx: Tx, queue: Queue) -> float | None:
    """When the message was sent that is to be received next: about the oldest one."""
    row = tx.one(
        "SELECT sent_at FROM sqs_message WHERE queue = :queue ORDER BY visible_at LIMIT 1",
        queue=queue.id,
    )
    return None if row is None else row["sent_at"]


def remove_messages(tx: Tx, queue_id: int, limit: int) -> int:
    """Empty the queue, by so many at most."""
    return tx.execute(
        "DELETE FROM sqs_message WHERE number IN"
        " (SELECT number FROM sqs_message WHERE queue = :queue LIMIT :limit)",
        queue=queue_id,
        limit=limit,
    )


def remove_expired(tx: Tx, queue_id: int, sent_before: float, limit: int) -> int:
    """Forget what lies in the queue since before then."""
    return tx.execute(
        "DELETE FROM sqs_message WHERE number IN (SELECT number FROM sqs_message"
        " WHERE queue = :queue AND visible_at < :before AND sent_at < :before LIMIT :limit)",
        queue=queue_id,
        before=sent_before,
        limit=limit,
    )


def remove_groups(tx: Tx, queue_id: int) -> None:
    tx.execute("DELETE FROM sqs_group WHERE queue = :queue", queue=queue_id)


def next_in_sequence(tx: Tx, queue_id: int) -> int:
    row = tx.one(
        "INSERT INTO sqs_sequence (queue, last) VALUES (:queue, 1)"
        " ON CONFLICT (queue) DO UPDATE SET last = sqs_sequence.last + 1 RETURNING last",
        queue=queue_id,
    )
    return int(row["last"]) if row else 0


def find_duplicate(
    tx: Tx, queue_id: int, scope: str, deduplication_id: str, now: float
) -> tuple[str, str] | None:
    """Message id and sequence number of a message sent in the last five minutes."""
    row = tx.one(
        "SELECT message_id, sequence_number FROM sqs_deduplication WHERE queue = :queue"
        " AND scope = :scope AND deduplication_id = :id AND expires_at > :now",
        queue=queue_id,
        scope=scope,
        id=deduplication_id,
        now=now,
    )
    return None if row is None else (row["message_id"], row["sequence_number"])


def put_duplicate(
    tx: Tx,
    queue_id: int,
    scope: str,
    deduplication_id: str,
    *,
    message_id: str,
    sequence_number: str,
    now: float,
    expires_at: float,
) -> None:
    tx.execute("DELETE FROM sqs_deduplication WHERE expires_at <= :now", now=now)
    tx.execute(
        "INSERT INTO sqs_deduplication (queue, scope, deduplication_id, message_id,"
        " sequence_number, expires_at) VALUES (:queue, :scope, :id, :message_id, :sequence,"
        " :expires_at) ON CONFLICT (queue, scope, deduplication_id) DO UPDATE SET"
        " message_id = excluded.message_id, sequence_number = excluded.sequence_number,"
        " expires_at = excluded.expires_at",
        queue=queue_id,
        scope=scope,
        id=deduplication_id,
        message_id=message_id,
        sequence=sequence_number,
        expires_at=expires_at,
    )
