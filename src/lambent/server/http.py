"""
HTTP ↔ wire: reads a request, finds who calls and what, passes the front door, writes the reply.

An ASGI application: the server in front of it (uvicorn) is exchangeable. Our own paths,
`/_lambent/…`, are told apart in `hosts`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, MutableMapping
from typing import Any

from lambent import front_door, registry
from lambent.core.errors import AwsError, ServerFault
from lambent.core.ids import new_uuid
from lambent.platform import Platform
from lambent.server import bodies, hosts, identity
from lambent.wire.codec import codec, error_reply
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.routing import route, streams_input

_FORM = "application/x-www-form-urlencoded"

_SERVICES = frozenset(registry.SERVICES)

_log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class HttpServer:
    """The ASGI application over one platform."""

    def __init__(self, platform: Platform, own_pages: hosts.OwnPages) -> None:
        self._platform = platform
        self._own_pages = own_pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served")
        request = _request_of(scope, receive)
        request_id = new_uuid()
        try:
            reply = await self._answer(request, request_id)
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            reply = HttpReply(500, [], b"")
        if isinstance(request.body, bodies.RequestBody) and request.body.is_withheld:
            # What comes next on this connection may be the body or another request.
            reply.headers.append(("Connection", "close"))
        await _send(receive, send, request.method, reply)

    async def _answer(self, request: HttpRequest, request_id: str) -> HttpReply:
        if request.path.startswith(hosts.OWN):
            return await self._own_pages.answer(request, request_id)
        try:
            # The query protocol names its operation in the body.
            if request.headers.get("content-type", "").startswith(_FORM):
                request = await bodies.whole(request)
            found = route(request, _SERVICES)
            if not streams_input(found):
                request = await bodies.whole(request)
        except AwsError as error:
            return error_reply(request, error, request_id)
        coder = codec(found.service, found.operation, found.protocol)
        try:
            params = coder.parse(request, found)
            context = await identity.context_of(self._platform, request, request_id)
            reply = await front_door.call(context, found.service, found.operation, params)
            return coder.write(reply, request_id)
        except AwsError as error:
            return coder.write_error(error, request_id)
        except Exception:
            _log.exception("%s.%s failed (%s)", found.service, found.operation, request_id)
            return coder.write_error(ServerFault("An internal error occurred."), request_id)


def _request_of(scope: Scope, receive: Receive) -> HttpRequest:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        text = name.decode("latin-1")
        # A header that comes twice is one with a list, as HTTP has it.
        before = headers.get(text)
        decoded = value.decode("latin-1")
        headers[text] = decoded if before is None else f"{before},{decoded}"
    return HttpRequest(
        scope["method"],
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
        bodies.RequestBody(receive, headers),
    )


async def _send(receive: Receive, send: Send, method: str, reply: HttpReply) -> None:
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in reply.headers]
    start = {"type": "http.response.start", "status": reply.status, "headers": headers}
    if isinstance(reply.body, bytes):
        if not any(name.lower() == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await send(start)
        body = b"" if method == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})
        return
    await send(start)
    if method != "HEAD":
        await _send_pieces(receive, send, reply.body)
    await send({"type": "http.response.body", "body": b""})


async def _send_pieces(receive: Receive, send: Send, pieces: AsyncIterable[bytes]) -> None:
    """A client that goes away ends the stream, and with it whatever makes the pieces."""
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        async for piece in pieces:
            if gone.done():
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
