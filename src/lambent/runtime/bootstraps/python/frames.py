"""The frames between a bootstrap and the server, from the bootstrap's side."""

from __future__ import annotations

import os
import struct

_HEADER = struct.Struct("!cII")


def send(descriptor: int, kind: bytes, number: int, body: bytes) -> None:
    view = memoryview(_HEADER.pack(kind, number, len(body)) + body)
    while view:
        view = view[os.write(descriptor, view) :]


def receive(descriptor: int) -> tuple[bytes, int, bytes]:
    received = os.read(descriptor, 1 << 16)
    while len(received) < _HEADER.size:
        more = os.read(descriptor, 1 << 16)
        if not more:
            # The server is gone, or has no more use for us.
            os._exit(0)
        received += more
    kind, number, length = _HEADER.unpack_from(received)
    missing = _HEADER.size + length - len(received)
    if missing:
        parts = [received]
        while missing:
            parts.append(os.read(descriptor, min(missing, 1 << 20)))
            if not parts[-1]:
                os._exit(0)
            missing -= len(parts[-1])
        received = b"".join(parts)
    return kind, number, received[_HEADER.size :]
