"""
The server's end of a keeper that stays: extensions are started and heard of through it.

`inside/companions.py` lists the messages.
"""

import asyncio
import json
import os
import socket
from contextlib import suppress
from typing import Any

from lambent.runtime.api import SandboxFailed


class Companions:
    def __init__(self, keeper: socket.socket) -> None:
        self._keeper = keeper
        self._loop = asyncio.get_running_loop()
        self._next = 0
        self._exits: dict[int, asyncio.Future[int]] = {}
        self._connecting: dict[int, asyncio.Future[socket.socket]] = {}
        self.function_exited: asyncio.Future[int] = self._loop.create_future()
        self._loop.add_reader(keeper, self._hear)

    def start(
        self, argv: list[str], environment: dict[str, str], folder: str, log: int
    ) -> "asyncio.Future[int]":
        """Start an executable; its exit status is what the answer becomes."""
        self._next += 1
        exited = self._exits[self._next] = self._loop.create_future()
        wanted = {
            "start": self._next,
            "argv": argv,
            "environment": environment,
            "folder": folder,
        }
        try:
            socket.send_fds(self._keeper, [json.dumps(wanted).encode()], [log])
        except OSError as error:
            raise SandboxFailed(f"An extension could not be started: {error}") from error
        return exited

    async def connect(self, port: int) -> socket.socket:
        """A connection to what listens in the sandbox. Raises ConnectionRefusedError."""
        self._next += 1
        connected: asyncio.Future[socket.socket] = self._loop.create_future()
        self._connecting[self._next] = connected
        self._send({"connect": self._next, "port": port})
        return await connected

    def end_function(self) -> None:
        """End all that is not an extension."""
        self._send({"end function": True})

    def _send(self, message: dict[str, Any]) -> None:
        with suppress(OSError):
            self._keeper.send(json.dumps(message).encode())

    def _hear(self) -> None:
        while True:
            try:
                message, descriptors, _, _ = socket.recv_fds(self._keeper, 1 << 16, 1)
            except BlockingIOError:
                return
            except OSError:
                message, descriptors = b"", []
            if not message:
                self.close()
                return
            self._told(json.loads(message), descriptors)

    def _told(self, message: dict[str, Any], descriptors: list[int]) -> None:
        match message:
            case {"exited": number, "status": status}:
                _settle(self._exits.pop(number), status)
            case {"function exited": status}:
                _settle(self.function_exited, status)
            case {"connected": number} if descriptors:
                connection = socket.socket(fileno=descriptors.pop())
                connecting = self._connecting.pop(number)
                if connecting.done():
                    connection.close()
                else:
                    connecting.set_result(connection)
            case {"not connected": number}:
                self._refuse(self._connecting.pop(number))
        for descriptor in descriptors:
            os.close(descriptor)

    def _refuse(self, connecting: "asyncio.Future[socket.socket]") -> None:
        if not connecting.done():
            connecting.set_exception(ConnectionRefusedError())

    def close(self) -> None:
        """The sandbox has ended, and all in it."""
        if self._keeper.fileno() >= 0:
            self._loop.remove_reader(self._keeper)
        for connecting in self._connecting.values():
            self._refuse(connecting)
        for exited in (*self._exits.values(), self.function_exited):
            _settle(exited, 137)
        self._connecting.clear()
        self._exits.clear()


def _settle(future: "asyncio.Future[int]", value: int) -> None:
    if not future.done():
        future.set_result(value)
