"""
An answer that is ready while its environment is not yet.

AWS: the caller has its answer when there is one, whatever runs on afterwards. A moment it waits all
the same, so that who calls again at once finds the environment ready.
"""

import asyncio
from collections.abc import Callable

from lambent.runtime.api import InvocationResult

MakeResult = Callable[[], InvocationResult]

_SETTLE_SECONDS = 0.01


class ParkedAnswer:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parked: tuple[asyncio.Future[InvocationResult], MakeResult] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def park(self, caller: "asyncio.Future[InvocationResult]", result: MakeResult) -> None:
        """`result` makes it when it is given: what is logged until then is in it."""
        self._parked = (caller, result)
        self._timer = self._loop.call_later(_SETTLE_SECONDS, self.give)

    def give(self) -> None:
        """Let the caller have it now."""
        if self._timer is None or self._parked is None:
            return
        self._timer.cancel()
        caller, result = self._parked
        self._parked = self._timer = None
        if not caller.done():
            caller.set_result(result())
