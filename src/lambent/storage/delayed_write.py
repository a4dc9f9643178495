"""
What is written some seconds after it began to gather: best effort, for what nobody waits for.

Only for the event loop. While nothing gathers nothing wakes up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from lambent.core.errors import AwsError

Thing = TypeVar("Thing")

_log = logging.getLogger(__name__)


class DelayedWrite(Generic[Thing]):
    """`take` empties what has gathered; `keep` writes it, if anything does."""

    def __init__(
        self,
        called: str,
        seconds: float,
        take: Callable[[], Sequence[Thing]],
        keep: Callable[[Sequence[Thing]], Awaitable[None]] | None,
    ) -> None:
        self._called = called
        # Real ones. A reader need not wait for them.
        self._seconds = seconds
        self._take = take
        self._keep = keep
        self._timer: asyncio.TimerHandle | None = None
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Something has begun to gather."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self._write_soon)

    async def write(self) -> None:
        """Have all that has gathered so far in the store when this answers."""
        async with self._writing:
            things = self.take()
            if not things or self._keep is None:
                return
            try:
                await self._keep(things)
            except AwsError as error:
                # A full disk, say. Nothing that works waits for this.
                _log.warning("%d %s are lost: %s", len(things), self._called, error)

    def take(self) -> Sequence[Thing]:
        """What has gathered, for the caller to write or to forget."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return self._take()

    def _write_soon(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self.write())
