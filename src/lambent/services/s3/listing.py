"""
Lists of keys, with a delimiter and in pages; functions of tx.

The walk is on the index in the order of keys. Keys that share a prefix up to the delimiter are one
entry, and the walk jumps over the rest of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from lambent.services.s3 import object_store
from lambent.services.s3.records import Version
from lambent.storage.database import Tx

_BATCH = 1_000
# With a delimiter most of a batch may be jumped over.
_SMALL_BATCH = 100
_FIRST_AFTER_SURROGATES = "\ue000"
_LAST_CHARACTER = "\U0010ffff"


@dataclass(slots=True)
class Page:
    """What a page lists; `last` is its last entry where more follow."""

    versions: list[Version] = field(default_factory=list)
    common_prefixes: list[str] = field(default_factory=list)
    last: str | None = None
    last_is_prefix: bool = False
    last_version: Version | None = None

    @property
    def count(self) -> int:
        return len(self.versions) + len(self.common_prefixes)


def after_prefix(prefix: str) -> str | None:
    """The least text above all that begin with `prefix`; None where there is none."""
    for end in range(len(prefix), 0, -1):
        character = prefix[end - 1]
        if character == _LAST_CHARACTER:
            continue
        following = chr(ord(character) + 1) if character != "\ud7ff" else _FIRST_AFTER_SURROGATES
        return prefix[: end - 1] + following
    return None


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """The prefix that stands for `key` in a list; None where the key stands for itself."""
    if not delimiter:
        return None
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]


def list_page(tx: Tx, bucket: str, *, prefix: str, delimiter: str, after: str, limit: int) -> Page:
    """
    Objects and common prefixes after the entry `after`, `limit` at most.

    An `after` that is itself a common prefix stands for all its keys.
    """

    def read(start: str, is_after: bool, count: int) -> list[Version]:
        return object_store.list_latest(
            tx, bucket, start=start, is_after=is_after, end=end, limit=count
        )

    end = after_prefix(prefix) if prefix else None
    start, is_after = _start(prefix, delimiter, after)
    return _walk(read, Page(), prefix, delimiter, start, is_after, limit)


def list_versions_page(
    tx: Tx,
    bucket: str,
    *,
    prefix: str,
    delimiter: str,
    after: str,
    after_version: Version | None,
    limit: int,
) -> Page:
    """As `list_page`, with every version of each key; `after_version` continues within a key."""
    below = None if after_version is None else after_version.number

    def read(start: str, is_after: bool, count: int) -> list[Version]:
        number = below if below is not None and start == after and is_after else None
        return object_store.list_versions(
            tx, bucket, start=start, below_number=number, is_after=is_after, end=end, limit=count
        )

    def read_on(start: str, is_after: bool, count: int) -> list[Version]:
        # Within a page the walk goes on after the last version that it has, not after its key.
        if is_after and page.versions and page.versions[-1].key == start:
            return object_store.list_versions(
                tx,
                bucket,
                start=start,
                below_number=page.versions[-1].number,
                is_after=True,
                end=end,
                limit=count,
            )
        return read(start, is_after, count)

    page = Page()
    end = after_prefix(prefix) if prefix else None
    start, is_after = _start(prefix, delimiter, after)
    return _walk(read_on, page, prefix, delimiter, start, is_after, limit)


def _start(prefix: str, delimiter: str, after: str) -> tuple[str, bool]:
    """Where the walk begins, and whether with that key or after it."""
    if not after or after < prefix:
        return prefix, False
    if delimiter and common_prefix(after, prefix, delimiter) == after:
        return after_prefix(after) or _LAST_CHARACTER, False
    return after, True


def _walk(
    read: Callable[[str, bool, int], list[Version]],
    page: Page,
    prefix: str,
    delimiter: str,
    start: str,
    is_after: bool,
    limit: int,
) -> Page:
    if limit == 0:
        return page
    while True:
        batch = _SMALL_BATCH if delimiter else _BATCH
        count = min(limit - page.count + 1, batch)
        versions = read(start, is_after, count)
        jumped: str | None = None
        for version in versions:
            if jumped is not None and version.key.startswith(jumped):
                continue
            if page.count == limit:
                return page
            shared = common_prefix(version.key, prefix, delimiter)
            if shared is None:
                page.versions.append(version)
                jumped = None
            else:
                page.common_prefixes.append(shared)
                jumped = shared
            page.last = shared or version.key
            page.last_is_prefix = shared is not None
            page.last_version = None if shared else version
        if len(versions) < count:
            page.last = None
            return page
        if jumped is None:
            start, is_after = versions[-1].key, True
        else:
            following = after_prefix(jumped)
            if following is None:
                page.last = None
                return page
            start, is_after = following, False
