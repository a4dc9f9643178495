"""
Where functions send their segments: the address that AWS's SDKs take for the X-Ray daemon's.

Sandboxes that share the machine's network share one socket; those that have a network of their
own have a socket of their own in it.

https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

# The daemon's own port, where nobody else can have it.
INNER_PORT = 2000
_HOST = "127.0.0.1"
_LONGEST = 1 << 16
# So many are read before others have their turn.
_AT_ONCE = 64


class XrayDaemon:
    def __init__(self, receive: Callable[[bytes], None], *, own_networks: bool) -> None:
        self._receive = receive
        self._own_networks = own_networks
        self._address = ""
        self._open: set[socket.socket] = set()

    @property
    def address(self) -> str:
        """As functions see it. The first who asks opens it."""
        if self._own_networks:
            return f"{_HOST}:{INNER_PORT}"
        if not self._address:
            door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            door.setblocking(False)
            door.bind((_HOST, 0))
            self._address = f"{_HOST}:{self._listen(door).getsockname()[1]}"
        return self._address

    def open(self, door: socket.socket) -> socket.socket:
        """Listen at a sandbox's own socket; `release` what this answers."""
        # Ours alone, so that it is still open when we stop listening.
        return self._listen(door.dup())

    def release(self, door: socket.socket) -> None:
        if door in self._open:
            self._open.remove(door)
            self._read(door)
            asyncio.get_running_loop().remove_reader(door)
            door.close()

    def close(self) -> None:
        for door in list(self._open):
            self.release(door)
        self._address = ""

    def _listen(self, door: socket.socket) -> socket.socket:
        self._open.add(door)
        asyncio.get_running_loop().add_reader(door, self._read, door)
        return door

    def _read(self, door: socket.socket) -> None:
        with suppress(BlockingIOError):
            for _ in range(_AT_ONCE):
                self._receive(door.recv(_LONGEST))
