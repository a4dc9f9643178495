"""
Functions under a debugger: one environment each, and a port where an editor finds its debugger.

The port is the server's own, on the loopback, and stays while environments come and go. What
connects there is passed on to what listens in the sandbox, wherever the sandbox's network ends.
"""

import asyncio
import socket
from collections.abc import Callable

from lambent.runtime.api import FunctionVersion, SandboxFailed
from lambent.runtime.live_environment import LiveEnvironment
from lambent.runtime.sandbox.relay import Relay

# A debugger takes a second or two to start; an editor that asks earlier is kept waiting.
_ATTEMPTS, _SECONDS_BETWEEN = 150, 0.1

Start = Callable[[FunctionVersion, str], LiveEnvironment]


class Debugged(Relay):
    """A function under a debugger. Its invocations run one after another, in one process."""

    def __init__(self, version: FunctionVersion, start: Start) -> None:
        super().__init__("", 0)
        self._version = version
        self._start = start
        self._environment: LiveEnvironment | None = None
        self._changed = asyncio.Event()
        self._closed = False
        self._ending: set[asyncio.Task[None]] = set()

    async def listen(self, port: int) -> int:
        """Open the port, or a free one for 0; raises OSError. The environment starts at once."""
        listener = socket.create_server(("127.0.0.1", port), backlog=8)
        listener.setblocking(False)
        await self.open(listener)
        self._living(self._version)
        bound: int = listener.getsockname()[1]
        return bound

    async def take(self, version: FunctionVersion) -> LiveEnvironment:
        """The environment, when it is free; another one if the function has changed since."""
        self._version = version
        while not self._closed:
            environment = self._living(version)
            if not environment.is_busy:
                return environment
            self._changed.clear()
            await self._changed.wait()
        raise SandboxFailed("The debugger's session has ended")

    def changed(self, environment: LiveEnvironment) -> None:
        """An environment rests, or has ended."""
        self._changed.set()

    async def end(self) -> None:
        """Close the port and end the environment, whatever it does."""
        self._closed = True
        self.close()
        self._changed.set()
        if self._environment is not None:
            await self._environment.end()
        if self._ending:
            await asyncio.wait(self._ending)

    def _living(self, version: FunctionVersion) -> LiveEnvironment:
        environment = self._environment
        if environment is not None and not environment.is_over:
            if environment.is_busy or environment.version.key == version.key:
                return environment
            # It may wait for a debugger for ever, so it is not asked to end by itself.
            self._end_later(environment)
        environment = self._environment = self._start(version, "on-demand")
        environment.initialise()
        return environment

    def _end_later(self, environment: LiveEnvironment) -> None:
        ending = asyncio.ensure_future(environment.end())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        debugger = self._version.debugger
        assert debugger is not None
        for _ in range(_ATTEMPTS):
            try:
                connection = await self._living(self._version).connect(debugger.port)
            except ConnectionRefusedError:
                await asyncio.sleep(_SECONDS_BETWEEN)
                continue
            connection.setblocking(False)
            return await asyncio.open_connection(sock=connection)
        raise ConnectionRefusedError
