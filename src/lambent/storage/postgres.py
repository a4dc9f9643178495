"""
The store of several nodes: PostgreSQL, the same functions in serializable transactions.

Each transaction has a connection of its own from a small pool of threads, since the functions of
`tx` are plain ones; where two conflict, PostgreSQL refuses one and it is run again.
"""

import asyncio
import random
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from lambent.core.ids import new_uuid
from lambent.storage.database import DataFolderUnusable, Result, Row, StoreFull, Tx

# More connections than this conflict more than they add on the machines of one team.
_CONNECTIONS = 8
_MOST_TRIES = 50
_PARAMETER = re.compile(r"(?<!:):([a-z_]\w*)")

Announce = Callable[[list[object]], None]


@cache
def _translated(sql: str) -> str:
    """`:name` in psycopg's spelling."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


# PostgreSQL's texts cannot hold NUL, which SQLite's can and users send. This character of nobody's
# (Unicode gives it to no text) stands for it.
_NUL = "\uffff"


def _storable(values: dict[str, Any]) -> dict[str, Any]:
    for value in values.values():
        if type(value) is str and "\0" in value:
            return {
                name: value.replace("\0", _NUL) if isinstance(value, str) else value
                for name, value in values.items()
            }
    return values


def _as_given(row: Row) -> Row:
    for name, value in row.items():
        if type(value) is str and _NUL in value:
            row[name] = value.replace(_NUL, "\0")
    return row


class _PostgresTx:
    """Tx on one psycopg connection."""

    __slots__ = ("_cursor", "announced", "node")

    def __init__(self, connection: psycopg.Connection[Row], node: str) -> None:
        self._cursor = connection.cursor()
        self.announced: list[object] = []
        self.node = node

    def execute(self, sql: str, **values: Any) -> int:
        return self._run(sql, values).rowcount

    def one(self, sql: str, **values: Any) -> Row | None:
        row = self._run(sql, values).fetchone()
        return None if row is None else _as_given(row)

    def all(self, sql: str, **values: Any) -> list[Row]:
        return [_as_given(row) for row in self._run(sql, values).fetchall()]

    def _run(self, sql: str, values: dict[str, Any]) -> psycopg.Cursor[Row]:
        # The text comes from our own stores, never from a client.
        return self._cursor.execute(_translated(sql), _storable(values))


class PostgresDatabase:
    """Database on a server, `postgresql://…`. `announce` is called on the event loop."""

    def __init__(self, url: str) -> None:
        self.announce: Announce = lambda announced: None
        self._url = url
        # Every start is a new node: what a dead one held comes back when its lease ends.
        self._node = new_uuid()
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="postgres")
        self._local = threading.local()
        self._connections: list[psycopg.Connection[Row]] = []
        try:
            psycopg.connect(url, connect_timeout=10).close()
        except psycopg.Error as error:
            raise DataFolderUnusable(f"the store cannot be reached: {error}") from error

    async def read(self, fn: Callable[[Tx], Result]) -> Result:
        loop = asyncio.get_running_loop()
        result, _ = await loop.run_in_executor(self._threads, self._run, fn)
        return result

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        loop = asyncio.get_running_loop()
        result, announced = await loop.run_in_executor(self._threads, self._run, fn)
        if announced:
            # After the caller has its answer, as on SQLite.
            loop.call_soon(self.announce, announced)
        return result

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()

    def _run(self, fn: Callable[[Tx], Result]) -> tuple[Result, list[object]]:
        for attempt in range(_MOST_TRIES):
            try:
                return self._try(fn)
            except (errors.SerializationFailure, errors.DeadlockDetected):
                time.sleep(random.random() * 0.002 * min(attempt + 1, 20))
            except errors.DiskFull as error:
                raise StoreFull("the PostgreSQL store") from error
            except psycopg.OperationalError:
                # The server went away, or ended the connection: once more on a fresh one.
                self._forget_connection()
                if attempt:
                    raise
        return self._try(fn)

    def _try(self, fn: Callable[[Tx], Result]) -> tuple[Result, list[object]]:
        connection = self._connection()
        with connection.transaction():
            tx = _PostgresTx(connection, self._node)
            return fn(tx), tx.announced

    def _connection(self) -> psycopg.Connection[Row]:
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = psycopg.connect(self._url, row_factory=dict_row, autocommit=True)
            connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    def _forget_connection(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            self._connections.remove(connection)
            connection.close()
            self._local.connection = None
