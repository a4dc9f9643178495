"""
The embedded store: SQLite in WAL mode, one writer, group commit with full sync.

The functions of `tx` run on the event loop (they are short and need no hop); only COMMIT, which
waits for the disk, runs in a thread of its own where the disk is slow. Writes that arrive
meanwhile wait and share the next commit, and each caller is answered after the commit that holds
its change.
"""

import asyncio
import fcntl
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw

from lambent.storage.database import (
    DataFolderInUse,
    DataFolderUnusable,
    Result,
    Row,
    StoreFull,
    Tx,
)

# A commit moves the log into the store beyond so many pages: small enough to keep the log
# below 20 MB, large enough that few commits pay for it.
_CHECKPOINT_PAGES = 4_000
# A commit this quick costs less than handing it to a thread and waiting for the interpreter.
_QUICK_COMMIT_SECONDS = 0.001
# One commit in so many runs on the loop to see how quick the disk is.
_PROBE = 64

_log = logging.getLogger(__name__)

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
        self._folder = path.parent
        self._lock = _lock(path)
        try:
            self._writer = _connect(path, durable)
            self._reader = _connect(path, durable)
            self._checkpointer = _connect(path, durable)
        except apsw.FullError as error:
            raise StoreFull(path.parent) from error
        except apsw.Error as error:
            raise DataFolderUnusable(f"{path} cannot be opened: {error}") from error
        self._write_tx = _SqliteTx(self._writer)
        self._read_tx = _SqliteTx(self._reader)
        self._waiting: list[tuple[Callable[[Tx], Any], asyncio.Future[Any]]] = []
        self._busy = False
        # Commits of slow disks and checkpoints: what would hold the event loop up.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._commits = 0
        self._quick_commit = False
        self._checkpoint: Future[None] | None = None
        self._writer.set_wal_hook(self._log_grew)

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
        await asyncio.to_thread(self._thread.shutdown)
        for connection in (self._checkpointer, self._reader, self._writer):
            connection.close()
        os.close(self._lock)

    def _run_waiting(self) -> None:
        """Run all that waits in one transaction and commit it."""
        batch, self._waiting = self._waiting, []
        tx = self._write_tx
        tx.announced = []
        answers: list[_Answer] = []
        try:
            if self._checkpoint is not None and self._checkpoint.done():
                self._finish_checkpoint()
            tx.run("BEGIN IMMEDIATE")
            for fn, done in batch:
                self._run_one(fn, done, answers)
        except (apsw.Error, _BatchLost) as error:
            # A full disk, say, ends the whole transaction: nothing of the batch is kept.
            if self._writer.in_transaction:
                tx.run("ROLLBACK")
            failure = self._told(error.__cause__ or error)
            self._ended([(done, None) for _, done in batch], [], failure)
            return
        self._commits += 1
        if self._quick_commit or self._commits % _PROBE == 0:
            self._ended(answers, tx.announced, self._commit())
            return
        loop = asyncio.get_running_loop()
        announced = tx.announced
        self._thread.submit(self._commit).add_done_callback(
            lambda commit: loop.call_soon_threadsafe(
                self._ended, answers, announced, commit.result()
            )
        )

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

    def _commit(self) -> BaseException | None:
        began = time.perf_counter()
        try:
            self._write_tx.run("COMMIT")
        except apsw.Error as error:
            if self._writer.in_transaction:
                self._write_tx.run("ROLLBACK")
            return self._told(error)
        if self._quick_commit or self._commits % _PROBE == 0:
            # Only here, on the loop: in the thread the time holds the wait for the interpreter.
            self._quick_commit = time.perf_counter() - began < _QUICK_COMMIT_SECONDS
        return None

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

    def _told(self, error: BaseException) -> BaseException:
        if isinstance(error, apsw.FullError):
            full = StoreFull(self._folder)
            _log.error("%s", full)
            full.__cause__ = error
            return full
        return error

    # The log ---------------------------------------------------------------------------------

    def _log_grew(self, connection: apsw.Connection, name: str, pages: int) -> int:
        """Called after each commit with the length of the log, wherever the commit ran."""
        if pages > _CHECKPOINT_PAGES and self._checkpoint is None:
            self._checkpoint = self._thread.submit(_move_log, self._checkpointer)
        return apsw.SQLITE_OK

    def _finish_checkpoint(self) -> None:
        """
        Move the little that came while the thread moved the rest: then the log begins anew.

        Between two transactions nobody reads or writes, so this always gets to the end.
        """
        self._checkpoint = None
        _move_log(self._writer)


def _move_log(connection: apsw.Connection) -> None:
    try:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except apsw.Error as error:
        # A full disk: the log stays, the next commit asks again.
        _log.warning("the store's log could not be moved into the store: %s", error)


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
        raise DataFolderInUse(
            f"another server uses the data folder {path.parent}; end it, or name another folder"
            " with --data"
        ) from None
    return descriptor


def _connect(path: Path, durable: bool) -> apsw.Connection:
    connection = apsw.Connection(str(path), statementcachesize=1_000)
    connection.setbusytimeout(5_000)
    for pragma in (
        "journal_mode = WAL",
        f"synchronous = {'FULL' if durable else 'OFF'}",
        # Ours: the thread does it, not the commit that happens to be the thousandth.
        "wal_autocheckpoint = 0",
        f"journal_size_limit = {_CHECKPOINT_PAGES * 4096}",
        "cache_size = -16000",
        "temp_store = MEMORY",
        "foreign_keys = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection
