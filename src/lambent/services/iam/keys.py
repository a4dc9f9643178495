"""Whose access key one is; asked for every request that is signed with a user's key."""

from functools import partial

from lambent.platform import Platform
from lambent.services.iam import store
from lambent.services.iam.records import AccessKey, Identity
from lambent.storage.database import Tx


async def find_user(platform: Platform, access_key_id: str) -> Identity | None:
    """The user; None where nobody has the key, or it is inactive."""

    def read(tx: Tx) -> Identity | None:
        key = store.find_access_key(tx, access_key_id)
        if key is None or key.status != "Active":
            return None
        return store.find_identity_by_id(tx, key.owner)

    return await platform.database.read(read)


async def find_key(platform: Platform, access_key_id: str) -> AccessKey | None:
    """The key with its secret, active or not."""
    return await platform.database.read(partial(store.find_access_key, key_id=access_key_id))
