"""HTTP as the wire sees it: one request, one reply, nothing of the server that carries them."""

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """
    What a client sent.

    `path` and `query` are raw (still percent-encoded), header names are lower-case. `body` is
    bytes, or any object for an operation whose payload is streamed: it becomes that param as it is.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any = b""
    # The addresses of the connection that it came over, the client's and ours, if over one.
    ends: tuple[tuple[str, int], tuple[str, int]] | None = None
    # The headers one by one as they were written, for those who pass them on; empty if made here.
    raw_headers: Sequence[tuple[bytes, bytes]] = ()


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What a client gets. Content-Length and Date are the server's to add."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | AsyncIterable[bytes] = b""
