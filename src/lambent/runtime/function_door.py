"""
The HTTP interfaces of one environment, served: bytes to the machines, their replies to bytes.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from lambent.runtime.extensions_api import ExtensionsApi
from lambent.runtime.http_messages import (
    CONTINUE,
    End,
    Event,
    Head,
    Nonsense,
    Part,
    RequestReader,
    response,
)
from lambent.runtime.interface import Effect, Happening, Reply, StreamBegan, StreamEnded
from lambent.runtime.runtime_api import PREFIX, RuntimeApi
from lambent.runtime.transports import hold_reading

# A runtime needs one connection, an extension another; a function could make a thousand.
_MOST_CONNECTIONS = 128
# Requests that a connection may have sent before it has the reply to the first.
_MOST_AHEAD = 16

Admits = Callable[[tuple[str, int], tuple[str, int]], bool]


class FunctionDoor:
    """What listens at AWS_LAMBDA_RUNTIME_API."""

    def __init__(
        self,
        runtime_api: RuntimeApi | None,
        extensions_api: ExtensionsApi,
        happened: Callable[[Happening], None],
        admits: Admits | None,
    ) -> None:
        self._runtime_api = runtime_api
        self._extensions_api = extensions_api
        self._happened = happened
        self._admits = admits
        self._listener: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self._exchanges: dict[int, _Connection] = {}
        self._connections: set[_Connection] = set()
        self._next = 0
        self._streaming: _Connection | None = None

    def open(self, listener: socket.socket) -> None:
        """Most functions never come here, so the server is made for the first who does."""
        self._listener = listener
        asyncio.get_running_loop().add_reader(listener, self._begin_serving)

    def _begin_serving(self) -> None:
        assert self._listener is not None
        asyncio.get_running_loop().remove_reader(self._listener)
        self._opening = asyncio.ensure_future(self._serve(self._listener))

    async def _serve(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), sock=listener)

    def close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        elif self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
        self._listener = None
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.end()

    def send(self, replies: list[Reply]) -> None:
        for reply in replies:
            connection = self._exchanges.pop(reply.exchange, None)
            if connection is not None:
                connection.ahead -= 1
                connection.write(response(reply.status, reply.headers, reply.body))

    def hold_stream(self, hold: bool) -> None:
        """Let the function that streams wait, because its reader does; or go on."""
        if self._streaming is not None:
            self._streaming.hold(hold)

    # What connections say.

    def admits(
        self, connection: "_Connection", peer: tuple[str, int], own: tuple[str, int]
    ) -> bool:
        if self._listener is None or len(self._connections) >= _MOST_CONNECTIONS:
            return False
        if self._admits is not None and not self._admits(peer, own):
            return False
        self._connections.add(connection)
        return True

    def begin(self, connection: "_Connection", head: Head) -> int:
        self._next += 1
        self._exchanges[self._next] = connection
        connection.ahead += 1
        effects = self._machine(head).begin(self._next, head)
        self._carry_out(effects, connection)
        return self._next

    def receive(self, connection: "_Connection", exchange: int, head: Head, part: bytes) -> None:
        self._carry_out(self._machine(head).receive(exchange, part), connection)

    def finish(
        self, connection: "_Connection", exchange: int, head: Head, trailers: dict[str, str]
    ) -> None:
        self._carry_out(self._machine(head).finish(exchange, trailers), connection)

    def lose(self, connection: "_Connection") -> None:
        self._connections.discard(connection)
        lost = [number for number, each in self._exchanges.items() if each is connection]
        for exchange in lost:
            del self._exchanges[exchange]
            if self._runtime_api is not None:
                self._carry_out(self._runtime_api.lose(exchange), connection)
            self._carry_out(self._extensions_api.lose(exchange), connection)

    def _machine(self, head: Head) -> RuntimeApi | ExtensionsApi:
        if self._runtime_api is not None and head.path.startswith(PREFIX):
            return self._runtime_api
        return self._extensions_api

    def _carry_out(self, effects: list[Effect], connection: "_Connection") -> None:
        for effect in effects:
            match effect:
                case Reply():
                    self.send([effect])
                case StreamBegan():
                    self._streaming = connection
                    self._happened(effect)
                case StreamEnded():
                    self._streaming = None
                    connection.hold(False)
                    self._happened(effect)
                case _:
                    self._happened(effect)


class _Connection(asyncio.Protocol):
    def __init__(self, door: FunctionDoor) -> None:
        self._door = door
        self._reader = RequestReader()
        self._transport: asyncio.Transport | None = None
        self._exchange = 0
        self._head: Head | None = None
        self.ahead = 0  # requests that have no reply yet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if not peer or not self._door.admits(self, peer, own):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        for event in self._reader.feed(data):
            if self.ahead > _MOST_AHEAD and isinstance(event, Head):
                self.abort()
                return
            self._hear(event)

    def _hear(self, event: Event) -> None:
        match event, self._head:
            case Head(), _:
                self._head = event
                if event.headers.get("expect", "").lower() == "100-continue":
                    self.write(CONTINUE)
                self._exchange = self._door.begin(self, event)
            case Part(content=content), Head() as head:
                self._door.receive(self, self._exchange, head, content)
            case End(trailers=trailers), Head() as head:
                self._door.finish(self, self._exchange, head, trailers)
            case Nonsense(), _:
                self.write(response(400, (("Connection", "close"),), b""))
                self.end()

    def write(self, content: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(content)

    def pause_writing(self) -> None:
        # Who does not read replies is not heard further.
        self.hold(True)

    def resume_writing(self) -> None:
        self.hold(False)

    def hold(self, hold: bool) -> None:
        hold_reading(self._transport, hold)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def end(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.lose(self)
