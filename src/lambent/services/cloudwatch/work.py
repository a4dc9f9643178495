"""What CloudWatch does later: making old points coarser, and forgetting them in the end."""

from lambent.platform import Context
from lambent.services.cloudwatch import changes
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

_AT_ONCE = 1_000


async def age(context: Context, item: WorkItem) -> None:
    now = context.clock.now()

    def write(tx: Tx) -> None:
        if changes.age(tx, now, _AT_ONCE):
            queue.postpone(tx, item.id, now)
            return
        again = changes.next_age(tx, now)
        if again is None:
            queue.finish(tx, item.id)
        else:
            queue.postpone(tx, item.id, again)

    await context.db.write(write)
