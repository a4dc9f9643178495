"""
One request to a web address, and its answer: how services reach the world outside.

Whoever asks knows what a status means; here only what gave no answer is a failure.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    import ssl

    import httpx

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_REDIRECTS = 10
# The end of names that are this machine whatever the resolver knows: RFC 6761, section 6.3.
_NAMES_HERE = ".localhost"


@dataclass(frozen=True, slots=True)
class WebRequest:
    """`headers` are all that is sent, but for Host and Content-Length."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class WebReply:
    """`body` is cut where there is more than was asked for; `is_whole` says so."""

    status: int
    reason: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    is_whole: bool = True

    def header(self, name: str) -> str:
        """The first of that name, in small letters; empty where there is none."""
        return next((value for known, value in self.headers if known.lower() == name), "")


class WebFailure(Exception):
    """No answer. `timed_out` tells an address that is silent from one that is not there."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


async def send(
    request: WebRequest, *, seconds: float, most_bytes: int, redirects: bool = False
) -> WebReply:
    """
    Send, and read the answer, within `seconds`. Raises WebFailure.

    >>> await send(WebRequest("GET", "https://example.com", {}), seconds=5, most_bytes=1_024)
    """
    import httpx

    try:
        async with asyncio.timeout(seconds):
            return await _send(request, seconds, most_bytes, redirects)
    except (TimeoutError, httpx.TimeoutException):
        raise WebFailure(f"no answer within {seconds:g} seconds", timed_out=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise WebFailure(str(error) or type(error).__name__) from error


async def _send(request: WebRequest, seconds: float, most_bytes: int, redirects: bool) -> WebReply:
    import httpx

    url, headers = _dialled(request)
    parts = urlsplit(url)
    settings: dict[str, Any] = {"timeout": seconds, "max_redirects": _MOST_REDIRECTS}
    # Certificates are read only for those who need them: that takes longer than most requests.
    settings["verify"] = _certificates() if parts.scheme == "https" or redirects else False
    # The machine's proxy is for what lies beyond the machine.
    settings["trust_env"] = parts.hostname not in _THIS_MACHINE
    async with httpx.AsyncClient(**settings) as client:
        client.headers = httpx.Headers()
        asked = client.build_request(request.method, url, headers=headers, content=request.body)
        reply = await client.send(asked, stream=True, follow_redirects=redirects)
        try:
            return await _read(reply, most_bytes)
        finally:
            await reply.aclose()


def _dialled(request: WebRequest) -> tuple[str, dict[str, str]]:
    """Where the request goes, and its headers: a name of this machine is not looked up."""
    try:
        parts = urlsplit(request.url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise WebFailure(str(error)) from None
    if not (parts.hostname or "").endswith(_NAMES_HERE):
        return request.url, dict(request.headers)
    here = urlunsplit(parts._replace(netloc=f"127.0.0.1{port}"))
    return here, {"Host": f"{parts.hostname}{port}", **request.headers}


async def _read(reply: "httpx.Response", most_bytes: int) -> WebReply:
    pieces: list[bytes] = []
    length = 0
    async for piece in reply.aiter_bytes():
        pieces.append(piece)
        length += len(piece)
        if length > most_bytes:
            break
    return WebReply(
        reply.status_code,
        reply.reason_phrase,
        tuple(reply.headers.multi_items()),
        b"".join(pieces)[:most_bytes],
        length <= most_bytes,
    )


@cache
def _certificates() -> "ssl.SSLContext":
    import httpx

    return httpx.create_ssl_context()
