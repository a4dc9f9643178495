"""
The embedded store: SQLite in WAL mode, one writer, group commit with full sync.

The functions of `tx` run on the event loop (they are short and need no hop); only COMMIT, which
waits for the disk, runs in a thread of its own. Writes that arrive meanwhile wait and share
the next commit, and each caller is answered after the commit that holds its change.
"""

import asyncio
import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import apsw

from lambent.storage.database import DataFolderInUse, DataFolderUnusable, Result, Row, Tx

# A commit moves the log into the store beyond so many pages: small enough to keep the log
# below 20 MB, large enough that few commits pay for it.
_CHECKPOINT_PAGES = 4_000

Announce = Callable[[list[object]], None]
_Answer = tuple[asyncio.Future[Any], Any]


class _BatchLost(Exception):
    """SQLite has rolled the whole transaction back, not only the failing function's part."""


class _SqliteTx:
    """Tx on one apsw connection."""

    __slots__ = ("_columns", "_connection", "_cursor", "announced", "node")

    def __init__(self, connection: apsw.Connection) -> None:
        # A store in a file belongs to one node, whichever process is it at the moment.
        self.node = "local"
        self._connection = connection
        self._cursor = connection.cursor()
        self._columns: dict[str, tuple[str, ...]] = {}
        self.announced: list[object] = []

    def execute(self, sql: str, **values: Any) -> int:
        if sql.startswith("CREATE TABLE"):
            # The one type that SQLite spells otherwise.
            sql = sql.replace("BIGSERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT")
        self._cursor.execute(sql, values)
        return self._connection.changes()

    def one(self, sql: str, **values: Any) -> Row | None:
        cursor = self._cursor.execute(sql, values)
        row = cursor.fetchone()
        if row is None:
            return None
        names = self._columns.get(sql)
        if names is None:
            names = self._names(sql)
        # What RETURNING yields is complete only when the statement has run to its end.
        cursor.fetchall()
        return dict(zip(names, row, strict=True))

    def all(self, sql: str, **values: Any) -> list[Row]:
        cursor = self._cursor.execute(sql, values)
        row = cursor.fetchone()
        if row is None:
            return []
        names = self._columns.get(sql)
        if names is None:
            names = self._names(sql)
        rows = [dict(zip(names, row, strict=True))]
        rows.extend(dict(zip(names, row, strict=True)) for row in cursor)
        return rows

    def run(self, sql: str) -> None:
        self._cursor.execute(sql)

    def _names(self, sql: str) -> tuple[str, ...]:
        names = self._columns[sql] = tuple(column[0] for column in self._cursor.getdescription())
        return names


class SqliteDatabase:
    """
    Database on one file. Use from one event loop only.

    `announce` is called on the loop with what committed transactions announced.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.announce: Announce = _nobody
        self._lock = _lock(path)
        try:
            self._writer = _connect(path, durable)
            self._reader = _connect(path, durable)
        except apsw.Error as error:
            raise DataFolderUnusable(f"{path} cannot be opened: {error}") from error
        self._write_tx = _SqliteTx(self._writer)
        self._read_tx = _SqliteTx(self._reader)
        self._waiting: list[tuple[Callable[[Tx], Any], asyncio.Future[Any]]] = []
        self._busy = False
        self._commits: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._committer = threading.Thread(target=self._commit_for_ever, daemon=True)
        self._committer.start()

    async def read(self, fn: Callable[[Tx], Result]) -> Result:
        tx = self._read_tx
        tx.run("BEGIN")
        try:
            return fn(tx)
        finally:
            tx.run("COMMIT")

    async def write(self, fn: Callable[[Tx], Result]) -> Result:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((fn, done))
        if not self._busy:
            self._busy = True
            # The next turn of the loop: whoever writes in this one joins.
            loop.call_soon(self._run_waiting)
        return await done

    async def close(self) -> None:
        while self._busy:
            await self.write(lambda tx: None)
            await asyncio.sleep(0)
        self._commits.put(None)
        await asyncio.to_thread(self._committer.join)
        self._reader.close()
        self._writer.close()
        os.close(self._lock)

    def _run_waiting(self) -> None:
        """Run all that waits in one transaction and hand its commit to the thread."""
        batch, self._waiting = self._waiting, []
        loop = asyncio.get_running_loop()
        tx = self._write_tx
        tx.announced = []
        answers: list[_Answer] = []
        try:
            tx.run("BEGIN IMMEDIATE")
            for fn, done in batch:
                self._run_one(fn, done, answers)
        except (apsw.Error, _BatchLost) as error:
            # A full disk, say, ends the whole transaction: nothing of the batch is kept.
            if self._writer.in_transaction:
                tx.run("ROLLBACK")
            self._ended([(done, None) for _, done in batch], [], error.__cause__ or error)
            return
        announced = tx.announced
        self._commits.put(lambda: self._commit(loop, answers, announced))

    def _run_one(
        self, fn: Callable[[Tx], Any], done: asyncio.Future[Any], answers: list[_Answer]
    ) -> None:
        tx = self._write_tx
        announced_before = len(tx.announced)
        tx.run("SAVEPOINT one")
        try:
            answers.append((done, fn(tx)))
        except Exception as error:
            if not self._writer.in_transaction:
                raise _BatchLost from error
            del tx.announced[announced_before:]
            tx.run("ROLLBACK TO one")
            if not done.done():
                done.set_exception(error)
        tx.run("RELEASE one")

    def _commit(
        self,
        loop: asyncio.AbstractEventLoop,
        answers: list[_Answer],
        announced: list[object],
    ) -> None:
        failure: Exception | None = None
        try:
            self._write_tx.run("COMMIT")
        except apsw.Error as error:
            failure = error
            if self._writer.in_transaction:
                self._write_tx.run("ROLLBACK")
        loop.call_soon_threadsafe(self._ended, answers, announced, failure)

    def _ended(
        self, answers: list[_Answer], announced: list[object], failure: BaseException | None
    ) -> None:
        for done, answer in answers:
            if done.done():
                continue
            if failure is None:
                done.set_result(answer)
            else:
                done.set_exception(failure)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._run_waiting)
        else:
            self._busy = False
        if failure is None and announced:
            self.announce(announced)

    def _commit_for_ever(self) -> None:
        while (commit := self._commits.get()) is not None:
            commit()


def _nobody(announced: list[object]) -> None:
    return None


def _lock(path: Path) -> int:
    """Hold the folder for this process; two servers on one store would corrupt each other."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.parent / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataFolderUnusable(
            f"the data folder {path.parent} cannot be used: {error.strerror}"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DataFolderInUse(f"another server uses the data folder {path.parent}") from None
    return descriptor


def _connect(path: Path, durable: bool) -> apsw.Connection:
    connection = apsw.Connection(str(path), statementcachesize=1_000)
    connection.setbusytimeout(5_000)
    for pragma in (
        "journal_mode = WAL",
        f"synchronous = {'FULL' if durable else 'OFF'}",
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
        f"journal_size_limit = {_CHECKPOINT_PAGES * 4096}",
        "cache_size = -16000",
        "temp_store = MEMORY",
        "foreign_keys = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection
