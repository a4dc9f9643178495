"""
How the server talks with what runs the handler: by frames with our own bootstraps, by the Runtime
API with all others. Both tell the same happenings.
"""

import socket
from typing import Protocol

import orjson

from lambent.runtime.api import Invocation
from lambent.runtime.control_channel import ControlChannel
from lambent.runtime.frames import frame
from lambent.runtime.function_door import FunctionDoor
from lambent.runtime.interface import (
    Erred,
    Happening,
    InitErred,
    Responded,
    RuntimeWaits,
    StreamBegan,
    StreamEnded,
    StreamPart,
)
from lambent.runtime.runtime_api import RuntimeApi


class Hears(Protocol):
    """What an environment does with what it is told."""

    def happened(self, happening: Happening) -> None: ...
    def used_memory(self, kilobytes: int) -> None: ...
    def confused(self) -> None:
        """Something that is no message was said."""
        ...

    def hung_up(self) -> None: ...


class Conversation(Protocol):
    async def open(self) -> None: ...
    def set_up(self, setup: bytes) -> None:
        """May come before it is open."""
        ...

    def deliver(self, invocation: Invocation, deadline_ms: int) -> None: ...
    def hold_stream(self, hold: bool) -> None:
        """Let a function that streams wait for its reader."""
        ...

    def drain(self) -> None:
        """Hear what is there to be read."""
        ...

    def close(self) -> None: ...


class FramedConversation:
    """With the bootstraps in `bootstraps/`."""

    def __init__(self, environment: Hears, control: socket.socket) -> None:
        self._environment = environment
        self._channel = ControlChannel(control, self._heard, self._ended)
        self._setup = b""

    async def open(self) -> None:
        await self._channel.open()

    def _ended(self) -> None:
        if not self._channel.is_closed:
            self._environment.hung_up()

    def set_up(self, setup: bytes) -> None:
        self._setup = setup
        self._channel.write(frame(b"S", 0, setup))

    def deliver(self, invocation: Invocation, deadline_ms: int) -> None:
        meta = orjson.dumps(
            {
                "request_id": invocation.request_id,
                "invoked_arn": invocation.invoked_arn,
                "deadline_ms": deadline_ms,
                "client_context": invocation.client_context,
                "cognito_identity": invocation.cognito_identity,
                "trace_header": invocation.trace_header,
            }
        )
        self._channel.write(frame(b"I", len(meta), meta, invocation.payload))

    def _heard(self, kind: bytes, number: int, length: int, body: bytes) -> None:
        environment = self._environment
        if self._channel.is_closed:
            return
        if kind == b"W":
            self._channel.write(frame(b"S", 0, self._setup))
            return
        environment.used_memory(number)
        match kind:
            case b"A":
                environment.happened(Responded(body, length))
                environment.happened(RuntimeWaits())
            case b"F":
                environment.happened(Erred(body, length, ""))
                environment.happened(RuntimeWaits())
            case b"P":
                environment.happened(StreamPart(body))
            case b"B":
                environment.happened(StreamBegan(body.decode("latin-1")))
            case b"E":
                environment.happened(StreamEnded(body or None))
                environment.happened(RuntimeWaits())
            case b"R":
                environment.happened(RuntimeWaits())
            case b"X":
                environment.happened(InitErred(body, ""))
            case _:
                environment.confused()

    def hold_stream(self, hold: bool) -> None:
        self._channel.hold(hold)

    def drain(self) -> None:
        self._channel.drain()

    def close(self) -> None:
        self._channel.close()


class ApiConversation:
    """With whatever asks the Runtime API for work."""

    def __init__(
        self, environment: Hears, control: socket.socket, machine: RuntimeApi, door: FunctionDoor
    ) -> None:
        self._environment = environment
        self._channel = ControlChannel(control, self._heard)
        self._machine = machine
        self._door = door

    async def open(self) -> None:
        await self._channel.open()

    def set_up(self, setup: bytes) -> None:
        self._channel.write(frame(b"S", 0, setup))

    def _heard(self, kind: bytes, number: int, length: int, body: bytes) -> None:
        # The launcher has nothing else to say; what it becomes cannot reach this any more.
        if not self._channel.is_closed and kind == b"X":
            self._environment.happened(InitErred(body, ""))

    def deliver(self, invocation: Invocation, deadline_ms: int) -> None:
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", invocation.invoked_arn),
        ]
        optional = (
            ("Lambda-Runtime-Trace-Id", invocation.trace_header),
            ("Lambda-Runtime-Client-Context", invocation.client_context),
            ("Lambda-Runtime-Cognito-Identity", invocation.cognito_identity),
        )
        headers += [(name, value) for name, value in optional if value]
        replies = self._machine.give(invocation.request_id, tuple(headers), invocation.payload)
        self._door.send(replies)

    def hold_stream(self, hold: bool) -> None:
        self._door.hold_stream(hold)

    def drain(self) -> None:
        self._channel.drain()

    def close(self) -> None:
        self._channel.close()
