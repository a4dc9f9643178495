"""
The worker: claims work, runs it, tries again what broke. The only loop of the server.

Items that a transaction announces run at once; for the others it sleeps until the next one is
due, so what waits costs nothing. A work function ends its item itself, in the write that
holds the item's effects; if it raises instead, the item comes back after a while.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial

from lambent import registry
from lambent.core.ids import new_uuid
from lambent.metrics import Counted
from lambent.platform import Context, Platform, Principal
from lambent.storage import facts
from lambent.storage.database import PatientDatabase, StoreFull, Tx
from lambent.traces import Recorded
from lambent.work import backoff, queue
from lambent.work.queue import Born, Timer, WorkItem
from lambent.work.signals import News, working_for

_log = logging.getLogger(__name__)

# Work of other nodes is found by looking; our own is announced.
_LOOK_AGAIN_SECONDS = 1.0
_LOOK_FOR_PATIENCE_SECONDS = 0.1
# A bug, or a full disk: what fails so often is looked at by a person, not by us.
_MOST_ATTEMPTS = 50
_CLAIM = 200


class Worker:
    """`shared` is true where other nodes write to the same store."""

    def __init__(self, platform: Platform, *, shared: bool = False) -> None:
        # Nobody waits for the answer of work, so it can wait for room on the disk.
        self._platform = replace(platform, database=PatientDatabase(platform.database))
        self._database = platform.database
        self._shared = shared
        self._running: dict[str, asyncio.Task[None]] = {}
        # Held items that had news while they ran.
        self._again: set[str] = set()
        self._wake = asyncio.Event()
        self._next_wake = 0.0
        self._extended = platform.clock.now()
        self._taking = True
        self._not_begun: list[str] = []
        self._loop_task: asyncio.Task[None] | None = None
        platform.signals.resume = self._resume

    def announced(self, news: list[object]) -> None:
        """Called after each commit with what its transactions announced."""
        for one in news:
            match one:
                case Born(item):
                    # After SIGTERM nothing begins; the next start finds the item.
                    if self._taking:
                        self._start(item)
                    else:
                        self._not_begun.append(item.id)
                case Timer(wake_at):
                    if wake_at < self._next_wake:
                        self._next_wake = wake_at
                        self._wake.set()
                case News(topic):
                    self._platform.signals.tell(topic)
                case Counted():
                    self._platform.metrics.count(one)
                case Recorded():
                    self._platform.traces.record(one)
                case _:
                    _log.error("nobody listens to %r", one)

    def start(self) -> None:
        self._loop_task = asyncio.get_running_loop().create_task(self._work_for_ever())

    async def stop(self, drain_seconds: float) -> None:
        """Take nothing new; let what runs end, for so long."""
        self._taking = False
        if self._loop_task is not None:
            self._loop_task.cancel()
        if busy := self._busy():
            await asyncio.wait(busy, timeout=drain_seconds)
        for task in list(self._running.values()):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=1.0)
        if self._not_begun:
            # With no room for that they come back when the next server starts, or their leases end.
            with suppress(StoreFull):
                await self._database.write(self._give_back)

    def _give_back(self, tx: Tx) -> None:
        for item_id in self._not_begun:
            queue.give_back(tx, item_id)

    async def settle(self, seconds: float = 60.0) -> None:
        """Do all that is due and all that follows from it at once; at most for `seconds`."""
        async with asyncio.timeout(seconds):
            while True:
                claimed = await self._claim()
                if busy := self._busy():
                    # One of them may begin to wait for a time that is yet to come.
                    await asyncio.wait(busy, timeout=_LOOK_FOR_PATIENCE_SECONDS)
                elif not claimed:
                    return

    def _busy(self) -> list[asyncio.Task[None]]:
        """What runs, but for what waits until the clock is moved."""
        patient = self._platform.signals.patient_items()
        return [task for item_id, task in self._running.items() if item_id not in patient]

    async def move_clock(self, seconds: float) -> None:
        """Move the clock forward, doing everything that falls due on the way, in order."""
        clock = self._platform.clock
        target = clock.now() + seconds
        while True:
            await self.settle()
            due = await self._platform.database.read(queue.next_wake)
            if due is None or due > target:
                break
            await self._advance(max(0.0, due - clock.now()))
        await self._advance(max(0.0, target - clock.now()))
        await self.settle()

    async def _advance(self, seconds: float) -> None:
        def move(tx: Tx) -> None:
            queue.move_leases(tx, seconds)
            facts.add_to_fact(tx, facts.CLOCK_MOVED, seconds)

        await self._database.write(move)
        self._platform.clock.advance(seconds)
        self._platform.signals.tell_all()

    async def _work_for_ever(self) -> None:
        while True:
            try:
                await self._extend()
                if not await self._claim():
                    await self._sleep()
            except Exception:
                # A store that is away, say: time goes on when it is back.
                _log.exception("the work that is due cannot be looked at")
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _extend(self) -> None:
        """Keep what runs here ours."""
        now = self._platform.clock.now()
        held = self._running or self._platform.signals.holds
        if held and now - self._extended > queue.LEASE_SECONDS / 3:
            await self._platform.database.write(partial(queue.extend, now=now))
            self._extended = now

    async def _sleep(self) -> None:
        self._wake.clear()
        due = await self._platform.database.read(queue.next_wake)
        self._next_wake = float("inf") if due is None else due
        longest = _LOOK_AGAIN_SECONDS if self._shared else queue.LEASE_SECONDS / 3
        seconds = min(longest, self._next_wake - self._platform.clock.now())
        if seconds > 0:
            try:
                await asyncio.wait_for(self._wake.wait(), seconds)
            except TimeoutError:
                pass

    async def _claim(self) -> int:
        now = self._platform.clock.now()
        if not await self._platform.database.read(lambda tx: queue.any_due(tx, now)):
            return 0
        items = await self._platform.database.write(lambda tx: queue.claim(tx, now, limit=_CLAIM))
        for item in items:
            self._start(item)
        return len(items)

    def _start(self, item: WorkItem) -> None:
        if item.id in self._running:
            return
        task = asyncio.get_running_loop().create_task(self._run(item))
        self._running[item.id] = task

    def _resume(self, item: WorkItem) -> None:
        if item.id in self._running:
            self._again.add(item.id)
        elif self._taking:
            self._start(item)

    async def _run(self, item: WorkItem) -> None:
        context = Context(
            self._platform, item.account, item.region, Principal("lambent"), new_uuid()
        )
        working_for.set(item.id)
        try:
            await registry.work(item.kind)(context, item)
        except Exception:
            _log.exception("work %s (%s) failed, attempt %d", item.id, item.kind, item.attempt)
            await self._try_again(item)
        finally:
            del self._running[item.id]
            if item.id in self._again:
                self._again.remove(item.id)
                self._resume(item)

    async def _try_again(self, item: WorkItem) -> None:
        if item.attempt >= _MOST_ATTEMPTS:
            wait = float("inf")
        else:
            wait = backoff.exponential(item.attempt, first=1.0, most=300.0)
        run_at = self._platform.clock.now() + wait
        await self._platform.database.write(lambda tx: queue.postpone(tx, item.id, run_at))
