"""How configurations reach their transaction: kept as they are given, and given back."""

from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.s3 import changes, configurations, store
from lambent.storage.database import Tx


async def put(context: Context, params: Params, kind: str, document: Any, id: str = "") -> Reply:
    def write(tx: Tx) -> None:
        bucket = changes.bucket_of(tx, params)
        store.put_configuration(tx, bucket.name, kind, document, id)

    await context.db.write(write)
    return {}


async def get(context: Context, params: Params, kind: str, id: str = "") -> Any:
    """What was put, or what a bucket has without; raises AWS's error where that is nothing."""

    def read(tx: Tx) -> Any:
        bucket = changes.bucket_of(tx, params)
        document = store.find_configuration(tx, bucket.name, kind, id)
        if document is None:
            return configurations.default_of(kind, bucket.name)
        if document == configurations.DELETED:
            raise configurations.missing(kind, bucket.name)
        return document

    return await context.db.read(read)


async def remove(context: Context, params: Params, kind: str, id: str = "") -> Reply:
    def write(tx: Tx) -> None:
        bucket = changes.bucket_of(tx, params)
        if kind in configurations.DELETED_FOR_GOOD:
            store.put_configuration(tx, bucket.name, kind, configurations.DELETED)
            return
        if id and store.find_configuration(tx, bucket.name, kind, id) is None:
            raise configurations.missing(kind, bucket.name)
        store.remove_configuration(tx, bucket.name, kind, id)

    await context.db.write(write)
    return {}


async def list_all(context: Context, params: Params, kind: str, member: str) -> Reply:
    def read(tx: Tx) -> list[Any]:
        bucket = changes.bucket_of(tx, params)
        return store.list_configurations(tx, bucket.name, kind)

    found = await context.db.read(read)
    return {"IsTruncated": False, **({member: found} if found else {})}
