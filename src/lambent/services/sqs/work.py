"""What SQS does later: empties large queues, moves dead letters back, looks how full queues are."""

from dataclasses import replace

import orjson

from lambent.platform import Context
from lambent.services.sqs import changes, message_store, metrics, store
from lambent.services.sqs.records import Message, MoveTask, Queue
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

_MOVED_AT_ONCE = 200


async def empty(context: Context, item: WorkItem) -> None:
    """Remove some more messages of a queue that was purged or deleted."""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        if changes.remove_messages(tx, item.payload["queue"]):
            queue.postpone(tx, item.id, now)
        else:
            queue.finish(tx, item.id)

    await context.db.write(write)


async def move_messages(context: Context, item: WorkItem) -> None:
    """Move some more messages of a task; a second's worth where it has a rate."""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        task = store.find_move_task(tx, item.payload["handle"])
        if task is None or task.status != "RUNNING":
            queue.finish(tx, item.id)
            return
        task = _moved_some(tx, task, now)
        store.put_move_task(tx, task)
        if task.status == "RUNNING":
            queue.postpone(tx, item.id, now + 1.0 if task.per_second else now)
        else:
            queue.finish(tx, item.id)

    await context.db.write(write)


async def measure(context: Context, item: WorkItem) -> None:
    """Count how full the queues are that are in use, and look again in a minute."""
    now = context.clock.now()
    names = metrics.in_use(context, now)
    found = await context.db.read(
        lambda tx: metrics.measured(tx, context, names, now),
    )
    metrics.count_measured(context, found, now)

    def write(tx: Tx) -> None:
        # Asked again: somebody may have begun to use a queue.
        if metrics.in_use(context, now):
            queue.postpone(tx, item.id, metrics.next_look(now))
        else:
            queue.finish(tx, item.id)

    await context.db.write(write)


def _moved_some(tx: Tx, task: MoveTask, now: float) -> MoveTask:
    source = store.find_queue_by_arn(tx, task.source_arn)
    if source is None:
        return replace(task, status="FAILED", failure="AWS.SimpleQueueService.NonExistentQueue")
    limit = min(task.per_second or _MOVED_AT_ONCE, task.to_move - task.moved)
    messages = message_store.list_visible(tx, source, now, limit) if limit > 0 else []
    for message in messages:
        destination = _destination(tx, task, message)
        if destination is None:
            return replace(task, status="FAILED", failure="CouldNotDetermineMessageSource")
        changes.move_back(tx, message, destination, now)
        if message.fifo_group is not None:
            message_store.refresh_group(tx, source.id, message.fifo_group)
    moved = task.moved + len(messages)
    done = not messages or moved >= task.to_move
    return replace(task, moved=moved, status="COMPLETED" if done else "RUNNING")


def _destination(tx: Tx, task: MoveTask, message: Message) -> Queue | None:
    arn = task.destination_arn
    if not arn:
        arn = orjson.loads(message.system_attributes or "{}").get("DeadLetterQueueSourceArn", "")
    return store.find_queue_by_arn(tx, arn) if arn else None
