"""
What an environment holds of one sandbox: conversation, door, extensions, telemetry, pipes.
"""

import asyncio
import os
import socket
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import uuid4

from lambent.runtime.api import FunctionVersion
from lambent.runtime.conversations import ApiConversation, Conversation, FramedConversation
from lambent.runtime.environment import Ended, Told
from lambent.runtime.extensions import Extensions, extension_names
from lambent.runtime.extensions_api import ExtensionsApi, Identity
from lambent.runtime.function_door import FunctionDoor
from lambent.runtime.interface import Happening
from lambent.runtime.log_pipe import LogPipe
from lambent.runtime.log_stream import LogStream, SideLog
from lambent.runtime.runtime_api import RuntimeApi
from lambent.runtime.sandbox.forked import NamespaceSandbox
from lambent.runtime.sandbox.relay import Relay
from lambent.runtime.surroundings import Surroundings
from lambent.runtime.telemetry import Telemetry

# How long a function that has closed its side of the channel may go on.
_LEAVE_SECONDS = 1.0


class Lives(Protocol):
    """The environment, as its incarnations know it."""

    version: FunctionVersion
    around: Surroundings
    log: LogStream
    memory_kb: int

    def happened(self, happening: Happening, alive: "Incarnation | None") -> None: ...
    def tell(self, told: Told) -> None: ...
    def extension_ended(self, name: str, reason: str) -> None: ...


class Incarnation:
    """
    What an environment holds of one sandbox; a second Init phase gets a second one.

    It is the ear of the conversation, and deaf once it has been replaced.
    """

    def __init__(self, environment: "Lives", sandbox: NamespaceSandbox) -> None:
        self.sandbox = sandbox
        self._environment = environment
        version, around = environment.version, environment.around
        identity = Identity(
            version.function_name, version.version, version.handler, version.account
        )
        external = extension_names(version.layers)
        runtime_api = RuntimeApi() if around.choice.interpreter.speaks_api else None
        self.extensions_api = ExtensionsApi(identity, frozenset(external), lambda: str(uuid4()))
        # Whoever is in the sandbox's own network is in the sandbox.
        self.door = FunctionDoor(runtime_api, self.extensions_api, self.happened, sandbox.admits)
        self.extensions = (
            Extensions(external, self.extensions_api, self.door, self._crashed)
            if sandbox.companions is not None
            else None
        )
        self.conversation: Conversation = (
            FramedConversation(self, sandbox.control)
            if runtime_api is None
            else ApiConversation(self, sandbox.control, runtime_api, self.door)
        )
        self.telemetry = Telemetry(self.connect, around.now)
        self.relay: Relay | None = None
        self._xray_daemon = around.xray_daemon
        self._xray: socket.socket | None = None
        self._pipes = [LogPipe(sandbox.log, environment.log, around.shipper)]
        self.is_current = True
        self.runtime_waits = False

    async def open(self) -> None:
        await self.conversation.open()
        if not self.is_current:
            # It has been closed meanwhile.
            return
        if self.sandbox.api is not None:
            self.door.open(self.sandbox.api)
        if self.sandbox.endpoint is not None and self._environment.around.relay_to is not None:
            self.relay = Relay(*self._environment.around.relay_to)
            await self.relay.open(self.sandbox.endpoint)
        if self.sandbox.xray is not None:
            self._xray = self._xray_daemon.open(self.sandbox.xray)

    def start_extensions(self, variables: Mapping[str, str]) -> None:
        assert self.extensions is not None
        self.extensions.start(self.sandbox, variables, self._new_extension_log)

    def _new_extension_log(self) -> int:
        """A pipe whose writing end is for one extension."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        side = SideLog(self._environment.log)
        side.on_line = lambda line: self.telemetry.line("extension", line)
        shipper = self._environment.around.shipper
        pipe = LogPipe(reading, self._environment.log, shipper, side.feed)
        self._pipes.append(pipe)
        return writing

    async def connect(self, port: int) -> Any:
        """To what listens in the sandbox. Raises ConnectionRefusedError."""
        if self.sandbox.companions is None:
            raise ConnectionRefusedError
        return await self.sandbox.companions.connect(port)

    @property
    def all_wait(self) -> bool:
        return self.runtime_waits and self.extensions_api.all_wait

    # As the ear of the conversation.

    def happened(self, happening: Happening) -> None:
        if self.is_current:
            self._environment.happened(happening, self)

    def used_memory(self, kilobytes: int) -> None:
        if self.is_current:
            self._environment.memory_kb = kilobytes

    def confused(self) -> None:
        if self.is_current:
            self._environment.tell(Ended())

    def hung_up(self) -> None:
        # A process that ends closes it too, and then there is nothing to do.
        asyncio.get_running_loop().call_later(_LEAVE_SECONDS, self.sandbox.kill)

    def _crashed(self, name: str, status: int) -> None:
        if self.is_current:
            self._environment.extension_ended(name, f"exit status {status}")

    def hear_out(self) -> None:
        """Hear what was said before the end, and has not been heard of yet."""
        self.conversation.drain()
        self.drain()

    def drain(self) -> None:
        for pipe in self._pipes:
            pipe.drain()

    def close(self) -> None:
        """Close our ends of a sandbox that has ended or is about to."""
        self.is_current = False
        self.conversation.close()
        self.door.close()
        self.telemetry.close()
        if self.extensions is not None:
            self.extensions.give_up()
        if self.relay is not None:
            self.relay.close()
        if self._xray is not None:
            self._xray_daemon.release(self._xray)
        for pipe in self._pipes:
            pipe.close()
