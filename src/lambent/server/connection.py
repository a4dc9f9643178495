"""
One HTTP/1.1 connection: bytes in, requests out, replies back, one after the other.

An own protocol on httptools rather than a framework: a reply leaves in one write, where the
frameworks need two, and that was a third of the whole cost of a call (`benchmarks/`).

    waiting ──headers──▶ answering ──reply written──▶ waiting   (or closed, without keep-alive)

Requests that a client sends ahead wait for their turn. A body that arrives faster than it is read
holds the client back.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable

import httptools

from lambent.core.errors import ClientError
from lambent.server.bodies import RequestBody
from lambent.server.reply_head import head
from lambent.wire.messages import HttpReply, HttpRequest

_log = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], Awaitable[HttpReply]]

# Beyond so much of an unread body the client is held back, until most of it is read.
_HIGH_WATER = 1 << 20
_LOW_WATER = 1 << 18
# AWS's load balancers refuse longer heads with 431 or 414 as well.
_MOST_HEAD_BYTES = 1 << 16
# What is left of a body that nobody read is taken and forgotten, so that the client sees the
# reply; beyond this the connection is closed.
_MOST_FORGOTTEN = 64 << 20
# Requests that a client may send before it has the reply to the first.
_MOST_AHEAD = 16

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Incoming:
    """The body of one request as it arrives; the source of a RequestBody."""

    def __init__(self, connection: "Connection", expects_leave: bool) -> None:
        self._connection = connection
        self._pieces: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._held = 0
        self.complete = False
        self.forgotten = False
        self._stalled = False
        # The client waits for 100 Continue before it sends the body.
        self.expects_leave = expects_leave

    def arrived(self, piece: bytes) -> None:
        self._held += len(piece)
        if self.forgotten:
            if self._held > _MOST_FORGOTTEN:
                self._connection.close()
            return
        self.expects_leave = False
        self._pieces.append(piece)
        if self._held > _HIGH_WATER:
            self._connection.hold_back(True)
        self._wake()

    def ended(self) -> None:
        self.complete = True
        self._wake()

    def forget(self) -> None:
        """Nobody reads the rest."""
        self.forgotten = True
        self._pieces.clear()
        self._held = 0
        self._connection.hold_back(False)

    def whole(self) -> bytes | None:
        """The body, if all of it is here."""
        if not self.complete:
            return None
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        self._connection.hold_back(False)
        return body

    async def next_piece(self) -> bytes | None:
        """The next piece, None after the last; raises ClientError when the client went away."""
        if self.expects_leave:
            self.expects_leave = False
            self._connection.give_leave()
        while not self._pieces:
            if self.complete:
                return None
            if self._connection.is_lost:
                raise ClientError("The client went away.", code="RequestTimeout")
            if self._stalled:
                # AWS: S3's words.
                raise ClientError(
                    "Your socket connection to the server was not read from or written to within"
                    " the timeout period. Idle connections will be closed.",
                    code="RequestTimeout",
                )
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        piece = self._pieces.popleft()
        self._held -= len(piece)
        if self._held < _LOW_WATER:
            self._connection.hold_back(False)
        return piece

    @property
    def is_awaited(self) -> bool:
        """Does somebody wait for what the client should send?"""
        return self._waiter is not None and not self._waiter.done()

    def stall(self) -> None:
        """The client has stopped: whoever waits hears of it."""
        self._stalled = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    lost = _wake


class Connection(asyncio.Protocol):
    """The protocol of one client's connection. `connections` holds those that are open."""

    def __init__(self, answer: Answer, connections: set["Connection"]) -> None:
        self._answer = answer
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._ends: tuple[tuple[str, int], tuple[str, int]] | None = None
        self._head_bytes = 0
        self._url = b""
        self._headers: dict[str, str] = {}
        self._raw_headers: list[tuple[bytes, bytes]] = []
        self._incoming: Incoming | None = None
        self._ahead: deque[tuple[HttpRequest, Incoming, bool]] = deque()
        self._answering: asyncio.Task[None] | None = None
        self._current: Incoming | None = None
        self._reading = True
        self._writable: asyncio.Future[None] | None = None
        self._ending = False
        # What still comes is forgotten until the client closes, or has been quiet for long.
        self._refused = False
        self.is_lost = False
        # Since when nothing has happened, by the loop's time.
        self._quiet_since = self._loop.time()
        self._written = 0
        # What the client had taken when it was last seen to take something, and when that was.
        self._taken = 0
        self._taken_at = self._quiet_since

    # What the transport tells ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._connections.add(self)
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if peer and own:
            self._ends = (peer[:2], own[:2])

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self._connections.discard(self)
        self._ahead.clear()
        for incoming in (self._current, self._incoming):
            if incoming is not None:
                incoming.lost()
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._quiet_since = self._loop.time()
        if self._incoming is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing of ours speaks another protocol: the request is answered as it stands.
            self._ending = True
        except httptools.HttpParserError:
            self._refuse(400)
        if self._incoming is None and self._head_bytes > _MOST_HEAD_BYTES and not self._refused:
            self._refuse(431)

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None
        if self._answering is None and self._ahead:
            self._next()

    # What the parser tells -------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = {}
        self._raw_headers = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._raw_headers.append((name, value))
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        before = self._headers.get(key)
        if before is not None:
            # A header that comes twice is one with a list, as HTTP has it; but cookies have their
            # own (RFC 6265).
            text = f"{before}; {text}" if key == "cookie" else f"{before},{text}"
        self._headers[key] = text

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        headers = self._headers
        incoming = Incoming(self, headers.get("expect", "").lower() == "100-continue")
        path, _, query = self._url.decode("latin-1").partition("?")
        if not path.startswith("/"):
            path = _without_host(path)
        request = HttpRequest(
            self._parser.get_method().decode("latin-1"),
            path,
            query,
            headers,
            RequestBody(incoming, headers),
            self._ends,
            self._raw_headers,
        )
        self._incoming = incoming
        self._ahead.append((request, incoming, self._parser.should_keep_alive()))
        if self._answering is None:
            self._next()
        elif len(self._ahead) > _MOST_AHEAD:
            self.hold_back(True)

    def on_body(self, body: bytes) -> None:
        if self._incoming is not None:
            self._incoming.arrived(body)

    def on_message_complete(self) -> None:
        if self._incoming is not None:
            self._incoming.ended()
            self._incoming = None

    # What the server tells -------------------------------------------------------------------

    def end(self) -> None:
        """Close, now if nothing is being answered and else after the reply."""
        self._ending = True
        if self._answering is None:
            self.close()

    def abandon(self) -> None:
        """The time to end is over: whatever is being answered stops."""
        if self._answering is not None:
            self._answering.cancel()
        self.close()

    def close(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self.is_lost:
            self._written += len(data)
            self._transport.write(data)

    def give_leave(self) -> None:
        self._quiet_since = self._loop.time()
        self.write(_CONTINUE)

    def end_if_still(self, quiet_seconds: float, stall_seconds: float) -> None:
        """
        Close where nothing has been asked for so long; say that its time is up to a client that
        has stopped inside a body, and leave one that takes nothing of its reply.
        """
        if self._transport is None:
            return
        now = self._loop.time()
        unwritten = self._transport.get_write_buffer_size()
        if not unwritten or self._written - unwritten > self._taken:
            self._taken, self._taken_at = self._written - unwritten, now
        elif now - self._taken_at > stall_seconds:
            # To close would wait for the client.
            self._transport.abort()
            return
        still = now - self._quiet_since
        if self._answering is None:
            if still > quiet_seconds:
                self.close()
        elif self._current is not None and self._current.is_awaited and still > stall_seconds:
            self._ending = True
            self._current.stall()

    def hold_back(self, hold: bool) -> None:
        """Stop or resume reading from the client."""
        if self._transport is None or self.is_lost or self._reading is not hold:
            return
        self._reading = not hold
        if hold:
            self._transport.pause_reading()
        else:
            # It was not the client that stopped.
            self._quiet_since = self._loop.time()
            self._transport.resume_reading()

    # Answering -------------------------------------------------------------------------------

    def _next(self) -> None:
        request, incoming, keep_alive = self._ahead.popleft()
        if len(self._ahead) == _MOST_AHEAD:
            self.hold_back(False)
        self._current = incoming
        self._answering = self._loop.create_task(self._serve(request, incoming, keep_alive))

    async def _serve(self, request: HttpRequest, incoming: Incoming, keep_alive: bool) -> None:
        try:
            reply = await self._answer(request)
            # What comes next may be the body or another request: only the client knows.
            keep_alive = keep_alive and not self._ending and not incoming.expects_leave
            if isinstance(reply.body, bytes):
                self.write(head(reply, keep_alive, len(reply.body)) + _body_of(request, reply))
            else:
                await self._stream(request, reply, reply.body, keep_alive)
        except asyncio.CancelledError:
            keep_alive = False
            raise
        except Exception:
            # The head is out already, or the answer itself is broken: only closing tells that.
            _log.exception("%s %s failed while it was answered", request.method, request.path)
            keep_alive = False
        finally:
            self._answering = self._current = None
            self._quiet_since = self._loop.time()
            if not incoming.complete:
                incoming.forget()
            if not keep_alive or self._ending:
                self.close()
            elif self._ahead and self._writable is None:
                # Who does not read replies gets no further ones.
                self._next()

    async def _stream(
        self, request: HttpRequest, reply: HttpReply, pieces: AsyncIterable[bytes], keep_alive: bool
    ) -> None:
        """A client that goes away ends the stream, and with it whatever makes the pieces."""
        chunked = not any(name.lower() == "content-length" for name, _ in reply.headers)
        self.write(head(reply, keep_alive, None))
        try:
            if request.method == "HEAD":
                return
            async for piece in pieces:
                if self.is_lost:
                    return
                if piece:
                    self.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                if self._writable is not None:
                    await self._writable
            if chunked:
                self.write(b"0\r\n\r\n")
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    def _refuse(self, status: int) -> None:
        """Say that this is not HTTP. Closing at once could take the words back."""
        self._ending = self._refused = True
        if self._answering is not None or self._transport is None:
            self.close()
            return
        self.write(head(HttpReply(status, [], b""), False, 0))
        self._transport.write_eof()


def _body_of(request: HttpRequest, reply: HttpReply) -> bytes:
    return b"" if request.method == "HEAD" else reply.body  # type: ignore[return-value]


def _without_host(url: str) -> str:
    """`http://host/path`, as proxies are asked, → `/path`."""
    _, scheme, rest = url.partition("://")
    return "/" + rest.partition("/")[2] if scheme else url
