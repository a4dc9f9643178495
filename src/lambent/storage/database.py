"""
The narrow waist: everything stored goes through these six methods.

A transaction is a plain function of `Tx`. It cannot await, so no network call can
happen inside one; and it can be run again, so a backend may retry it on a conflict.
SQL is what SQLite and PostgreSQL both understand, with `:name` parameters.

What a transaction wants told after its commit (work that is due, topics that have news) it
appends to `tx.announced`; a transaction that is run again starts with an empty list.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lambent.core.errors import ServerFault

Result = TypeVar("Result")
Row = dict[str, Any]
# Somebody has to make room: there is no hurry.
_LOOK_FOR_ROOM_SECONDS = 1.0


class Tx(Protocol):
    announced: list[object]
    # The node that runs the transaction; claims are made in its name.
    node: str

    def execute(self, sql: str, **values: Any) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    def one(self, sql: str, **values: Any) -> Row | None:
        """The first row, as column → value."""
        ...

    def all(self, sql: str, **values: Any) -> list[Row]: ...


class Database(Protocol):
    announce: Callable[[list[object]], None]
    """Called on the event loop, after a commit, with what its transactions announced."""

    async def read(self, fn: Callable[[Tx], Result]) -> Result:
        """Run `fn` on one snapshot of what is committed. It must not change anything."""
        ...

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        """Run `fn` and return when all it did is durable; nothing of it is if it raises."""
        ...

    async def close(self) -> None: ...


class DataFolderInUse(Exception):
    """Another server holds the data folder."""


class DataFolderUnusable(Exception):
    """The data folder cannot be written, or the store in it cannot be opened."""


class StoreFull(ServerFault):
    """There is no room to keep what was asked for: nothing of it is kept, the server goes on."""

    code = "ServiceUnavailable"
    status = 503

    def __init__(self, place: Path | str) -> None:
        super().__init__(f"The disk that holds {place} is full.")


class PatientDatabase:
    """A Database whose writes wait for room instead of raising StoreFull."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def announce(self) -> Callable[[list[object]], None]:
        return self._database.announce

    @announce.setter
    def announce(self, announce: Callable[[list[object]], None]) -> None:
        self._database.announce = announce

    async def read(self, fn: Callable[[Tx], Result]) -> Result:
        return await self._database.read(fn)

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        while True:
            try:
                return await self._database.write(fn)
            except StoreFull:
                await asyncio.sleep(_LOOK_FOR_ROOM_SECONDS)

    async def close(self) -> None:
        await self._database.close()


@contextmanager
def told_when_full(folder: Path) -> Iterator[None]:
    """Turn the system's error of a full disk (or quota) into StoreFull, which names the folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in (ENOSPC, EDQUOT):
            raise
        raise StoreFull(folder) from error
