"""
News inside one process: a long poll waits for a topic, a committed transaction announces it.

Only a hint to look again: nothing depends on a signal arriving.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from lambent.storage.database import Tx
from lambent.work.queue import WorkItem


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
        # Runs a held item again; the worker's part.
        self.resume: Callable[[WorkItem], None] = _nobody

    @property
    def holds(self) -> bool:
        return bool(self._held)

    def tell(self, topic: str) -> None:
        for waiter in self._waiting.pop(topic, ()):
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

    async def wait(self, topic: str, seconds: float) -> bool:
        """Wait for news of `topic`; False when none came in `seconds` (real ones)."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[topic].add(waiter)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            waiters = self._waiting.get(topic)
            if waiters is not None:
                waiters.discard(waiter)
                if not waiters:
                    del self._waiting[topic]
        return True

    def end(self) -> None:
        """Nobody need wait any more."""
        self.ended = True
        self.tell_all()

    def tell_all(self) -> None:
        """Everybody who waits looks again: the clock was moved. Held items have their timers."""
        for waiters in list(self._waiting.values()):
            for waiter in list(waiters):
                if not waiter.done():
                    waiter.set_result(None)


def _nobody(item: WorkItem) -> None:
    return None
