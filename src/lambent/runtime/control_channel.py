"""The server's end of the channel between it and a sandbox, which speaks frames."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from lambent.runtime.frames import FrameChannel, OnFrame
from lambent.runtime.transports import hold_reading

# More than what a socket keeps for its reader.
_LONGEST_REST = 1 << 19


class ControlChannel(FrameChannel):
    """It can be written to before it is open, so that a function begins a little earlier."""

    def __init__(
        self, control: socket.socket, on_frame: OnFrame, on_end: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(on_frame, on_end)
        self._control = control
        self._transport: asyncio.Transport | None = None
        self._unsent = b""
        self.is_closed = False

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: self, sock=self._control)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are none by class.
        self._transport = cast(asyncio.Transport, transport)
        if self.is_closed:
            self._transport.close()
        elif self._unsent:
            self._transport.write(self._unsent)
            self._unsent = b""

    def write(self, frame: bytes) -> None:
        if self.is_closed:
            return
        if self._transport is not None:
            self._transport.write(frame)
            return
        self._unsent += frame
        try:
            sent = self._control.send(self._unsent)
        except OSError:
            # It is full for now, or nobody is there, which is heard of when it is open.
            return
        self._unsent = self._unsent[sent:]

    def hold(self, hold: bool) -> None:
        """Hear nothing for a while, or again."""
        hold_reading(self._transport, hold)

    def drain(self) -> None:
        """Hear what is there to be read; all of it when nobody writes any more."""
        with suppress(OSError):
            if data := self._control.recv(_LONGEST_REST):
                self.data_received(data)

    def close(self) -> None:
        self.is_closed = True
        if self._transport is not None:
            self._transport.close()
