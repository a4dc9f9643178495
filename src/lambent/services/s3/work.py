"""What S3 does later: tells of what happened, and removes blobs that no object has any more."""

from lambent.platform import Context
from lambent.services.s3 import blob_store, changes, contents
from lambent.services.s3.notifying import deliver as notify
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

__all__ = ["notify", "sweep"]

_AT_ONCE = 500


async def sweep(context: Context, item: WorkItem) -> None:
    """Remove what has been free for long enough; come back for the rest."""
    now = context.clock.now()
    blobs = contents.blobs_of(context)

    def write(tx: Tx) -> None:
        for blob_id in blob_store.list_free(tx, now - changes.KEPT_FREE_SECONDS, _AT_ONCE):
            # In here, because no other write can give the blob a use at this moment. Should the
            # transaction fail, the row says still that nothing needs the file.
            if blobs.remove(blob_id):
                blob_store.forget(tx, blob_id)
        since = blob_store.first_free(tx)
        if since is None:
            queue.finish(tx, item.id)
        else:
            queue.postpone(tx, item.id, max(now + 1.0, since + changes.KEPT_FREE_SECONDS))

    await context.db.write(write)
