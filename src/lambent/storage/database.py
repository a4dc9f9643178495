"""
The narrow waist: everything stored goes through these six methods.

A transaction is a plain function of `Tx`. It cannot await, so no network call can
happen inside one; and it can be run again, so a backend may retry it on a conflict.
SQL is what SQLite and PostgreSQL both understand, with `:name` parameters.

What a transaction wants told after its commit (work that is due, topics that have news) it
appends to `tx.announced`; a transaction that is run again starts with an empty list.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")
Row = dict[str, Any]
Transaction = Callable[["Tx"], Result]


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
