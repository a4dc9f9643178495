"""What the logs service does later: removing the events whose retention has ended."""

from lambent.platform import Context
from lambent.services.logs import changes, rules, store
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem


async def expire(context: Context, item: WorkItem) -> None:
    """Remove a group's expired events and look again tomorrow."""
    now = int(context.clock.now() * 1000)

    def write(tx: Tx) -> None:
        group = store.find_group_by_id(tx, item.payload["group"])
        if group is None or group.retention_days is None:
            queue.finish(tx, item.id)
            return
        store.remove_expired(tx, group, rules.oldest_kept(group, now))
        queue.postpone(tx, item.id, changes.next_look(context))

    await context.db.write(write)
