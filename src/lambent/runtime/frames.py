"""
The frames between the server and a bootstrap, from the server's side.

`bootstraps/python/bootstrap.py` lists the kinds. A function holds the other end and can write
whatever it likes there: nothing here believes a length beyond what an answer may have.
"""

import asyncio
import struct
from collections.abc import Callable

HEADER = struct.Struct("!cII")
# Longer bodies are counted and dropped. Larger than AWS's limit, so that the length can be told.
LONGEST_BODY = 7 << 20

# What a bootstrap may say. A frame of no kind means that something else writes there.
_KINDS = frozenset((b"W", b"R", b"X", b"A", b"F", b"B", b"P", b"E"))
NONSENSE = b""

OnFrame = Callable[[bytes, int, int, bytes], None]


def frame(kind: bytes, number: int, *bodies: bytes) -> bytes:
    return b"".join((HEADER.pack(kind, number, sum(map(len, bodies))), *bodies))


class FrameChannel(asyncio.Protocol):
    """
    Calls `on_frame(kind, number, length, body)`; `body` is empty if it was too long to keep.

    After nonsense, which is told once as a frame of kind `NONSENSE`, nothing more is heard.
    """

    def __init__(self, on_frame: OnFrame, on_end: Callable[[], None] = lambda: None) -> None:
        self._on_frame = on_frame
        self._on_end = on_end
        self._deaf = False
        self._received = bytearray()
        self._dropped: tuple[bytes, int, int] | None = None
        self._left_to_drop = 0

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._dropped is None and not self._received:
            # One whole frame at a time is what nearly always comes.
            kind, number, length = _peek(data)
            if len(data) == HEADER.size + length and kind in _KINDS:
                self._on_frame(kind, number, length, data[HEADER.size :])
                return
        self._received += data
        while self._step():
            pass

    def eof_received(self) -> None:
        self._on_end()

    def _step(self) -> bool:
        if self._dropped is not None:
            count = min(self._left_to_drop, len(self._received))
            del self._received[:count]
            self._left_to_drop -= count
            if self._left_to_drop:
                return False
            dropped, self._dropped = self._dropped, None
            self._on_frame(*dropped, b"")
        if len(self._received) < HEADER.size:
            return False
        kind, number, length = HEADER.unpack_from(self._received)
        if kind not in _KINDS:
            self._deaf = True
            self._on_frame(NONSENSE, 0, 0, b"")
            return False
        end = HEADER.size + length
        if length > LONGEST_BODY:
            del self._received[: HEADER.size]
            self._dropped, self._left_to_drop = (kind, number, length), length
            return True
        if len(self._received) < end:
            return False
        body = bytes(self._received[HEADER.size : end])
        del self._received[:end]
        self._on_frame(kind, number, length, body)
        return True


def _peek(data: bytes) -> tuple[bytes, int, int]:
    if len(data) < HEADER.size:
        return b"", 0, 1 << 40
    return HEADER.unpack_from(data)
