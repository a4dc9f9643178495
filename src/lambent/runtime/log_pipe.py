"""
The reading end of the pipe behind a function's standard output and standard error.

While its log waits to be stored nothing more is read: the pipe fills, and the function waits.
"""

import asyncio
import os
from collections.abc import Callable

from lambent.runtime.log_stream import LogShipper, LogStream

_PIECE = 1 << 16
_PIPE_HOLDS = 32  # pieces; more than a pipe can


class LogPipe:
    def __init__(
        self,
        descriptor: int,
        stream: LogStream,
        shipper: LogShipper,
        feed: Callable[[bytes], None] | None = None,
    ) -> None:
        """`feed` takes what is read in place of the stream, and passes it on."""
        self._feed = feed or stream.feed
        self._descriptor = descriptor
        self._stream = stream
        self._shipper = shipper
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._read)

    def _read(self) -> None:
        if self._stream.is_full:
            self._loop.remove_reader(self._descriptor)
            self._shipper.notice(self._stream, self._read_on)
            return
        try:
            written = os.read(self._descriptor, _PIECE)
        except BlockingIOError:
            return
        if not written:
            self._loop.remove_reader(self._descriptor)
            return
        self._feed(written)
        if self._stream.has_events:
            self._shipper.notice(self._stream, self._read_on)

    def _read_on(self) -> None:
        if self._descriptor >= 0:
            self._loop.add_reader(self._descriptor, self._read)

    def drain(self) -> None:
        """Read what has been written so far, as when the function has answered or ended."""
        if self._descriptor < 0:
            return
        for _ in range(_PIPE_HOLDS):
            try:
                written = os.read(self._descriptor, _PIECE)
            except BlockingIOError:
                return
            if not written:
                return
            self._feed(written)

    def close(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
