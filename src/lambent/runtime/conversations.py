"""
How the server talks with what runs the handler: by frames with our own bootstraps, by the Runtime
API with all others. Both tell the same happenings.
"""

import asyncio
import socket
from typing import Protocol

import orjson

from lambent.runtime.api import Invocation
from lambent.runtime.frames import FrameChannel, frame
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
    async def open(self, control: socket.socket) -> None: ...
    def set_up(self, setup: bytes) -> None: ...
    def deliver(self, invocation: Invocation, deadline_ms: int) -> None: ...
    def hold_stream(self, hold: bool) -> None:
        """Let a function that streams wait for its reader."""
        ...

    def close(self) -> None: ...


class FramedConversation:
    """With the bootstraps in `bootstraps/`."""

    def __init__(self, environment: Hears) -> None:
        self._environment = environment
        self._transport: asyncio.Transport | None = None
        self._setup = b""

    async def open(self, control: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_unix_connection(
            lambda: FrameChannel(self._heard, self._ended), sock=control
        )

    def _ended(self) -> None:
        if self._transport is not None:
            self._environment.hung_up()

    def set_up(self, setup: bytes) -> None:
        assert self._transport is not None
        self._setup = setup
        self._transport.write(frame(b"S", 0, setup))

    def deliver(self, invocation: Invocation, deadline_ms: int) -> None:
        assert self._transport is not None
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
        self._transport.write(frame(b"I", len(meta), meta, invocation.payload))

    def _heard(self, kind: bytes, number: int, length: int, body: bytes) -> None:
        environment = self._environment
        if self._transport is None:
            return
        if kind == b"W":
            self._transport.write(frame(b"S", 0, self._setup))
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
        if self._transport is None or self._transport.is_closing():
            return
        if hold:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None


class ApiConversation:
    """With whatever asks the Runtime API for work."""

    def __init__(self, environment: Hears, machine: RuntimeApi, door: FunctionDoor) -> None:
        self._environment = environment
        self._machine = machine
        self._door = door
        self._transport: asyncio.Transport | None = None

    async def open(self, control: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_unix_connection(
            lambda: FrameChannel(self._heard), sock=control
        )

    def set_up(self, setup: bytes) -> None:
        assert self._transport is not None
        self._transport.write(frame(b"S", 0, setup))

    def _heard(self, kind: bytes, number: int, length: int, body: bytes) -> None:
        # The launcher has nothing else to say; what it becomes cannot reach this any more.
        if self._transport is not None and kind == b"X":
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

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None
