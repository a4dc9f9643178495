"""What X-Ray does later: forgetting traces."""

from lambent.platform import Context
from lambent.services.xray import changes
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

_AT_ONCE = 500


async def forget(context: Context, item: WorkItem) -> None:
    now = context.clock.now()

    def write(tx: Tx) -> None:
        again = changes.forget(tx, now, _AT_ONCE)
        if again is None:
            queue.finish(tx, item.id)
        else:
            queue.postpone(tx, item.id, again)

    await context.db.write(write)
