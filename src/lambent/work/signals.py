"""
News inside one process: a long poll waits for a topic, a committed transaction announces it.

Only a hint to look again: nothing depends on a signal arriving.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from lambent.storage.database import Tx


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

    def tell(self, topic: str) -> None:
        for waiter in self._waiting.pop(topic, ()):
            if not waiter.done():
                waiter.set_result(None)

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
        """Everybody looks again: the clock was moved."""
        for topic in list(self._waiting):
            self.tell(topic)
