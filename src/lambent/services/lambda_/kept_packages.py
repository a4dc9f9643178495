"""
The packages of functions and layers that are kept, and when one is needed no more.

A package is noted before the row that names it is there; an hour later, or later than that, it is
removed when nothing names it. So neither an update that was refused nor a function that was
deleted leaves its code on the disk for good.
"""

from lambent.platform import Context
from lambent.services.lambda_ import layer_store, package_store, store
from lambent.storage.blobs import Blob, Blobs
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

# Longer than an operation takes from keeping the package to the row that names it.
_GRACE_SECONDS = 3_600.0
_ITEM = "lambda/collect_packages"


def blobs_of(context: Context) -> Blobs:
    return context.platform.blobs.area("lambda")


async def keep(context: Context, package: bytes) -> Blob:
    """Durable when this returns, and safe for an hour without anything that names it."""
    blobs = blobs_of(context)
    blob = await blobs.put(package)

    def note(tx: Tx) -> None:
        package_store.note(tx, blob.id, context.clock.now())
        collect_later(tx, context)

    try:
        await context.db.write(note)
    finally:
        blobs.unpin(blob.id)
    return blob


def collect_later(tx: Tx, context: Context) -> None:
    """Have what nothing names any more removed in a while."""
    run_at = context.clock.now() + _GRACE_SECONDS
    context.enqueue(tx, _ITEM, "lambda.collect_packages", {}, run_at)


async def collect(context: Context, item: WorkItem) -> None:
    """Remove the packages that nothing names; come back while some are too young for that."""
    now = context.clock.now()
    blobs = blobs_of(context)

    def write(tx: Tx) -> None:
        unnamed = [
            (blob, noted)
            for blob, noted in package_store.list_packages(tx)
            if not (store.has_code(tx, blob) or layer_store.has_layer(tx, blob))
        ]
        young = [noted for _, noted in unnamed if noted > now - _GRACE_SECONDS]
        for blob, noted in unnamed:
            # In here, because no other write can name the package at this moment. Should the
            # transaction fail, its note is still there, and the next time removes that.
            if noted <= now - _GRACE_SECONDS and blobs.remove(blob):
                package_store.forget(tx, blob)
        if young:
            queue.postpone(tx, item.id, min(young) + _GRACE_SECONDS)
        else:
            queue.finish(tx, item.id)

    await context.db.write(write)
