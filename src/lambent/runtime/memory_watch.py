"""
A look at an environment's memory now and then.

What a function keeps in /tmp counts for the hard limit of the control group, and for AWS does not.
"""

import asyncio

from lambent.runtime.sandbox.forked import NamespaceSandbox

# A thousand functions at once should not keep the server busy.
_FIRST_LOOK_SECONDS = 0.1
_LOOK_SECONDS = 0.05
_SELDOM_LOOK_SECONDS = 0.4


class MemoryWatch:
    """Ends the sandbox that holds more than its function may; `exceeded` says so afterwards."""

    def __init__(self, megabytes: int) -> None:
        self._limit = megabytes << 20
        self._timer: asyncio.TimerHandle | None = None
        self.exceeded = False

    def begin(self, sandbox: NamespaceSandbox) -> None:
        self.stop()
        self._look_after(_FIRST_LOOK_SECONDS, sandbox)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_after(self, seconds: float, sandbox: NamespaceSandbox) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._look, sandbox)

    def _look(self, sandbox: NamespaceSandbox) -> None:
        held = sandbox.memory_held()
        if held > self._limit and sandbox.memory_used() > self._limit:
            self.exceeded = True
            sandbox.kill()
            return
        seldom = held <= self._limit // 2
        self._look_after(_SELDOM_LOOK_SECONDS if seldom else _LOOK_SECONDS, sandbox)
