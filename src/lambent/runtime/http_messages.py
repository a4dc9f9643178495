"""
HTTP/1.1 as the Runtime API needs it: bytes in, events out, no input or output of its own.

A function holds the other end and can send whatever it likes: a head has a size at most, and what
is no HTTP is told once, as `Nonsense`, after which nothing more is understood.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

_LARGEST_HEAD = 64 << 10
_REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Head:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case


@dataclass(frozen=True, slots=True)
class Part:
    content: bytes


@dataclass(frozen=True, slots=True)
class End:
    trailers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nonsense:
    """What came is not HTTP."""


Event = Head | Part | End | Nonsense


class NotHttp(ValueError):
    pass


class RequestReader:
    """Turns the bytes of one connection into the events of its requests."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._step = self._head
        self._left = 0
        self._broken = False

    def feed(self, data: bytes) -> list[Event]:
        if self._broken:
            return []
        self._received += data
        events: list[Event] = []
        try:
            while self._step(events):
                pass
        except (NotHttp, ValueError):
            self._broken = True
            events.append(Nonsense())
        return events

    def _head(self, events: list[Event]) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > _LARGEST_HEAD:
                raise NotHttp
            return False
        lines = self._received[:end].decode("latin-1").lstrip("\r\n").split("\r\n")
        del self._received[: end + 4]
        method, target, version = lines[0].split(" ")
        if not version.startswith("HTTP/1."):
            raise NotHttp
        headers = _headers(lines[1:])
        events.append(Head(method, _path(target), headers))
        if "chunked" in headers.get("transfer-encoding", "").lower():
            self._step = self._chunk_size
            return True
        self._left = int(headers.get("content-length", "0"))
        if self._left < 0:
            raise NotHttp
        self._step = self._body
        return True

    def _body(self, events: list[Event]) -> bool:
        self._take(events)
        if self._left:
            return False
        events.append(End())
        self._step = self._head
        return bool(self._received)

    def _take(self, events: list[Event]) -> None:
        taken = bytes(self._received[: self._left])
        if taken:
            del self._received[: len(taken)]
            self._left -= len(taken)
            events.append(Part(taken))

    def _chunk_size(self, events: list[Event]) -> bool:
        line = self._line()
        if line is None:
            return False
        self._left = int(line.partition(b";")[0], 16)
        if self._left < 0:
            raise NotHttp
        self._step = self._chunk if self._left else self._trailers
        return True

    def _chunk(self, events: list[Event]) -> bool:
        self._take(events)
        if self._left or len(self._received) < 2:
            return False
        if self._received[:2] != b"\r\n":
            raise NotHttp
        del self._received[:2]
        self._step = self._chunk_size
        return True

    def _trailers(self, events: list[Event]) -> bool:
        end = self._received.find(b"\r\n\r\n")
        if self._received.startswith(b"\r\n"):
            lines, length = [], 2
        elif end >= 0:
            lines, length = self._received[:end].decode("latin-1").split("\r\n"), end + 4
        elif len(self._received) > _LARGEST_HEAD:
            raise NotHttp
        else:
            return False
        del self._received[:length]
        events.append(End(_headers(lines)))
        self._step = self._head
        return bool(self._received)

    def _line(self) -> bytes | None:
        end = self._received.find(b"\r\n")
        if end < 0:
            if len(self._received) > _LARGEST_HEAD:
                raise NotHttp
            return None
        line = bytes(self._received[:end])
        del self._received[: end + 2]
        return line


def _headers(lines: Iterable[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise NotHttp
        headers[name.strip().lower()] = value.strip()
    return headers


def _path(target: str) -> str:
    """The path of a target, which clients may also send as a whole address."""
    if target.startswith("http://"):
        target = "/" + target[7:].partition("/")[2]
    return target.partition("?")[0]


def response(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}"]
    lines += [f"{name}: {_one_line(value)}" for name, value in headers]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def _one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")
