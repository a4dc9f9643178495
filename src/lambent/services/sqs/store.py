"""The only SQL of SQS: queues, their tags, and move tasks. Messages are in `message_store`."""

from dataclasses import asdict

import orjson

from lambent.services.sqs import queue_attributes, rules
from lambent.services.sqs.records import MoveTask, Queue
from lambent.storage.database import Row, Tx

_QUEUE = "id, account, region, name, attributes, created_at, modified_at"
_TASK = (
    "handle, account, region, source_arn, destination_arn, per_second, status, moved, to_move,"
    " failure, started_at"
)


def find_queue(tx: Tx, account: str, region: str, name: str) -> Queue | None:
    row = tx.one(
        f"SELECT {_QUEUE} FROM sqs_queue"
        " WHERE account = :account AND region = :region AND name = :name",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else _queue(row)


def get_queue(tx: Tx, account: str, region: str, name: str) -> Queue:
    queue = find_queue(tx, account, region, name)
    if queue is None:
        raise rules.queue_does_not_exist()
    return queue


def find_queue_by_arn(tx: Tx, arn: str) -> Queue | None:
    _, _, _, region, account, name = arn.split(":", 5)
    return find_queue(tx, account, region, name)


def list_queues(
    tx: Tx, account: str, region: str, *, prefix: str, after: str, limit: int
) -> list[Queue]:
    rows = tx.all(
        f"SELECT {_QUEUE} FROM sqs_queue WHERE account = :account AND region = :region"
        " AND name > :after AND substr(name, 1, :length) = :prefix ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        prefix=prefix,
        length=len(prefix),
        limit=limit,
    )
    return [_queue(row) for row in rows]


def list_sources(tx: Tx, dead_letter_arn: str, *, after: str, limit: int) -> list[Queue]:
    """The queues whose dead letters go to this one."""
    rows = tx.all(
        f"SELECT {_QUEUE} FROM sqs_queue WHERE dead_letter_arn = :arn AND name > :after"
        " ORDER BY name LIMIT :limit",
        arn=dead_letter_arn,
        after=after,
        limit=limit,
    )
    return [_queue(row) for row in rows]


def add_queue(tx: Tx, queue: Queue) -> Queue:
    row = tx.one(
        "INSERT INTO sqs_queue (account, region, name, attributes, dead_letter_arn, created_at,"
        " modified_at) VALUES (:account, :region, :name, :attributes, :dead_letter_arn,"
        f" :created_at, :created_at) RETURNING {_QUEUE}",
        account=queue.account,
        region=queue.region,
        name=queue.name,
        attributes=orjson.dumps(queue.attributes).decode(),
        dead_letter_arn=queue.settings.dead_letter_arn,
        created_at=queue.created_at,
    )
    assert row is not None
    return _queue(row)


def put_attributes(tx: Tx, queue: Queue, attributes: dict[str, str], now: float) -> None:
    text = orjson.dumps(attributes).decode()
    _, settings = queue_attributes.read(text)
    tx.execute(
        "UPDATE sqs_queue SET attributes = :attributes, dead_letter_arn = :dead_letter_arn,"
        " modified_at = :now WHERE id = :id",
        id=queue.id,
        attributes=text,
        dead_letter_arn=settings.dead_letter_arn,
        now=now,
    )


def remove_queue(tx: Tx, queue: Queue) -> None:
    tx.execute("DELETE FROM sqs_queue WHERE id = :id", id=queue.id)
    tx.execute("DELETE FROM sqs_tag WHERE queue = :id", id=queue.id)
    tx.execute("DELETE FROM sqs_sequence WHERE queue = :id", id=queue.id)
    tx.execute("DELETE FROM sqs_deduplication WHERE queue = :id", id=queue.id)


def put_tags(tx: Tx, queue: Queue, tags: dict[str, str]) -> None:
    for name, value in tags.items():
        tx.execute(
            "INSERT INTO sqs_tag (queue, name, value) VALUES (:queue, :name, :value)"
            " ON CONFLICT (queue, name) DO UPDATE SET value = excluded.value",
            queue=queue.id,
            name=name,
            value=value,
        )


def remove_tags(tx: Tx, queue: Queue, names: list[str]) -> None:
    for name in names:
        tx.execute(
            "DELETE FROM sqs_tag WHERE queue = :queue AND name = :name", queue=queue.id, name=name
        )


def list_tags(tx: Tx, queue: Queue) -> dict[str, str]:
    rows = tx.all(
        "SELECT name, value FROM sqs_tag WHERE queue = :queue ORDER BY name", queue=queue.id
    )
    return {row["name"]: row["value"] for row in rows}


def put_move_task(tx: Tx, task: MoveTask) -> None:
    tx.execute(
        f"INSERT INTO sqs_move_task ({_TASK})"
        " VALUES (:handle, :account, :region, :source_arn, :destination_arn, :per_second, :status,"
        " :moved, :to_move, :failure, :started_at)"
        " ON CONFLICT (handle) DO UPDATE SET status = excluded.status, moved = excluded.moved,"
        " failure = excluded.failure",
        **asdict(task),
    )


def find_move_task(tx: Tx, handle: str) -> MoveTask | None:
    row = tx.one(f"SELECT {_TASK} FROM sqs_move_task WHERE handle = :handle", handle=handle)
    return None if row is None else MoveTask(**row)


def list_move_tasks(tx: Tx, source_arn: str, limit: int) -> list[MoveTask]:
    """Newest first."""
    rows = tx.all(
        f"SELECT {_TASK} FROM sqs_move_task WHERE source_arn = :arn"
        " ORDER BY started_at DESC, handle LIMIT :limit",
        arn=source_arn,
        limit=limit,
    )
    return [MoveTask(**row) for row in rows]


def _queue(row: Row) -> Queue:
    attributes, settings = queue_attributes.read(row["attributes"])
    return Queue(
        row["id"],
        row["account"],
        row["region"],
        row["name"],
        attributes,
        settings,
        row["created_at"],
        row["modified_at"],
    )
