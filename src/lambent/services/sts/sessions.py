"""
Whose session an access key is; asked for every signed request.

A session never changes, so what was read once is kept in memory.
"""

from functools import partial

from lambent.platform import Platform
from lambent.services.sts import store
from lambent.services.sts.records import Session

# More sessions than this in use at once are read from the store again.
_MOST_KEPT = 20_000


async def find_session(platform: Platform, access_key_id: str) -> Session | None:
    """The session, ended or not: `expires_at` is for the caller to judge."""
    kept: dict[str, Session] = platform.caches.setdefault("sts", {})
    session = kept.get(access_key_id)
    if session is None:
        session = await platform.database.read(
            partial(store.find_session, access_key_id=access_key_id)
        )
        if session is not None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            kept[access_key_id] = session
    return session
