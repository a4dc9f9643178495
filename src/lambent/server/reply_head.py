"""The head of a reply: status line and headers, in bytes."""

import re
import time
from functools import lru_cache
from http import HTTPStatus

from lambent.wire.messages import HttpReply

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class _Date:
    """The line of this second. The machine's time: SDKs set the clock that they sign by from it."""

    def __init__(self) -> None:
        self._second = 0
        self._line = ""

    def line(self) -> str:
        second = int(time.time())
        if second != self._second:
            written = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(second))
            self._second, self._line = second, f"date: {written}\r\n"
        return self._line


_date = _Date()


def head(reply: HttpReply, keep_alive: bool, length: int | None) -> bytes:
    """`length` None: the reply says it itself, or is chunked."""
    first = _STATUS_LINES.get(reply.status) or b"HTTP/1.1 %d Unknown\r\n" % reply.status
    lines = []
    has_length = has_date = False
    for name, value in reply.headers:
        lower = _sendable(name)
        if lower is None:
            continue
        has_length = has_length or lower == "content-length"
        has_date = has_date or lower == "date"
        line = f"{name}: {value}"
        # What a function says may be in it, and must not become a reply of its own.
        lines.append((line if line.isprintable() else _one_line(line)) + "\r\n")
    if not has_date:
        lines.append(_date.line())
    if not has_length:
        if length is None:
            lines.append("transfer-encoding: chunked\r\n")
        elif reply.status not in (204, 304):
            lines.append(f"content-length: {length}\r\n")
    if not keep_alive:
        lines.append("connection: close\r\n")
    lines.append("\r\n")
    return first + "".join(lines).encode("latin-1", "replace")


@lru_cache(maxsize=1_024)
def _sendable(name: str) -> str | None:
    """
    A name in small letters; None for one that HTTP has not, after which no client could read on.

    >>> _sendable("X-Name"), _sendable("X-Ünsendable")
    ('x-name', None)
    """
    return name.lower() if _TOKEN.fullmatch(name) else None


def _one_line(text: str) -> str:
    return text.translate({ord("\r"): " ", ord("\n"): " ", 0: " "})
