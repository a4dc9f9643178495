"""
News inside one process: a long poll waits for a topic, a committed transaction announces it.

Only a hint to look again: nothing depends on a signal arriving.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from lambent.storage.database import Tx
from lambent.work.queue import WorkItem

# The id of the work item that a task works for; the tasks that it makes inherit it.
working_for: ContextVar[str] = ContextVar("working_for", default="")


@dataclass(frozen=True, slots=True)
class News:
    """Announced by a transaction: whoever waits for the topic should look again."""

    topic: str


def announce(tx: Tx, topic: str) -> None:
    """Wake those who wait for `topic`, once the transaction is durable."""
    tx.announced.append(News(topic))


class Signals:
    """`ended` is true when the server ends: a long poll answers with what there is."""

    def __init__(self) -> None:
        self.ended = False
        self._waiting: dict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._held: dict[str, dict[str, WorkItem]] = {}
        # Waits that may take until the clock is moved → the work items that they hold up.
        self._patient: dict[asyncio.Future[None], str] = {}
        # Runs a held item again; the worker's part.
        self.resume: Callable[[WorkItem], None] = _nobody

    @property
    def holds(self) -> bool:
        return bool(self._held)

    def tell(self, topic: str) -> None:
        for waiter in self._waiting.pop(topic, ()):
            self._patient.pop(waiter, None)
            if not waiter.done():
                waiter.set_result(None)
        for item in self._held.pop(topic, {}).values():
            self.resume(item)

    def hold(self, topic: str, item: WorkItem) -> None:
        """
        Have `item` run again at the next news of `topic`; until then it costs nothing.

        For work that never ends, such as looking after a queue: its function asks for this
        before it looks, and returns without finishing the item. The row stays claimed, so that
        the next start of the server, or another node, goes on with it. It may run without news.
        """
        self._held.setdefault(topic, {})[item.id] = item

    async def wait(self, topic: str, seconds: float, *, patiently: bool = False) -> bool:
        """
        Wait for news of `topic`; False when none came in `seconds` (real ones).

        What waits `patiently` may wait for a time that comes when the clock is moved, so that who
        moves it must not wait for the work item meanwhile.
        """
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[topic].add(waiter)
        if patiently:
            self._patient[waiter] = working_for.get()
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            self._patient.pop(waiter, None)
            waiters = self._waiting.get(topic)
            if waiters is not None:
                waiters.discard(waiter)
                if not waiters:
                    del self._waiting[topic]
        return True

    def patient_items(self) -> set[str]:
        """The work items that wait patiently at this moment."""
        return set(self._patient.values())

    def end(self) -> None:
        """Nobody need wait any more."""
        self.ended = True
        self.tell_all()

    def tell_all(self) -> None:
        """Everybody who waits looks again: the clock was moved. Held items have their timers."""
        for waiters in list(self._waiting.values()):
            for waiter in list(waiters):
                self._patient.pop(waiter, None)
                if not waiter.done():
                    waiter.set_result(None)


def _nobody(item: WorkItem) -> None:
    return None
