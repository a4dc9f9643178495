"""HTTP/1.1 as clients speak it, byte by byte, over a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime

import pytest

from lambent.core.errors import ClientError
from lambent.server.bodies import RequestBody
from lambent.server.connection import Connection
from lambent.wire.messages import HttpReply, HttpRequest

Answer = Callable[[HttpRequest], Awaitable[HttpReply]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(request: HttpRequest) -> HttpReply:
    """Method, path, query and body of the request."""
    assert isinstance(request.body, RequestBody)
    body = await request.body.read()
    text = f"{request.method} {request.path} {request.query} ".encode() + body
    return HttpReply(200, [("content-type", "text/plain")], text)


@asynccontextmanager
async def connected(
    answer: Answer = echo, connections: set[Connection] | None = None
) -> AsyncIterator[Streams]:
    """`connections` gets the server's end."""
    connections = set() if connections is None else connections
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(answer, connections), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    yield reader, writer
    writer.close()
    server.close()
    await server.wait_closed()


async def reply_of(streams: Streams) -> tuple[str, dict[str, str], bytes]:
    """One reply with a length: its status line, headers and body."""
    reader, _ = streams
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return status, headers, await reader.readexactly(int(headers.get("content-length", 0)))


async def test_requests_of_one_connection_are_answered_in_order() -> None:
    async with connected() as streams:
        for n in range(3):
            streams[1].write(f"GET /{n}?a=%20b HTTP/1.1\r\nHost: h\r\n\r\n".encode())

        assert [(await reply_of(streams))[2] for _ in range(3)] == [
            f"GET /{n} a=%20b ".encode() for n in range(3)
        ]


async def test_a_reply_has_the_date_of_the_machine_unless_it_brings_one() -> None:
    async def answer(request: HttpRequest) -> HttpReply:
        return HttpReply(200, [("Date", "then")] if request.path == "/then" else [], b"")

    async with connected(answer) as streams:
        streams[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /then HTTP/1.1\r\nHost: h\r\n\r\n")
        told = (await reply_of(streams))[1]["date"]
        headers = (await reply_of(streams))[1]

        assert told.endswith(" GMT")
        assert abs(parsedate_to_datetime(told).timestamp() - time.time()) < 3600
        assert headers == {"Date": "then", "content-length": "0"}


async def test_a_client_far_ahead_is_answered_to_the_last() -> None:
    async with connected() as streams:
        streams[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 500)

        for _ in range(500):
            assert (await reply_of(streams))[0] == "HTTP/1.1 200 OK"


async def test_a_request_may_come_byte_by_byte() -> None:
    async with connected() as streams:
        for byte in b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc":
            streams[1].write(bytes([byte]))
            await streams[1].drain()
            await asyncio.sleep(0)

        assert (await reply_of(streams))[2] == b"POST /p  abc"


async def test_a_body_may_come_in_chunks() -> None:
    async with connected() as streams:
        head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        streams[1].write(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

        assert (await reply_of(streams))[2] == b"POST /  abcde"


async def test_a_client_that_waits_for_leave_gets_it_when_the_body_is_read() -> None:
    async with connected() as streams:
        head = b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        streams[1].write(head)
        assert await streams[0].readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        streams[1].write(b"hi")

        assert (await reply_of(streams))[2] == b"PUT /  hi"


async def test_without_leave_the_connection_ends_after_the_reply() -> None:
    """
    What the client sends next could be the body or another request.
    """

    async def refuse(request: HttpRequest) -> HttpReply:
        return HttpReply(403, [], b"no")

    async with connected(refuse) as streams:
        head = b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        streams[1].write(head)

        status, headers, _ = await reply_of(streams)
        assert (status, headers["connection"]) == ("HTTP/1.1 403 Forbidden", "close")
        assert await streams[0].read() == b""


async def test_a_body_that_nobody_reads_is_forgotten() -> None:
    async def ignore(request: HttpRequest) -> HttpReply:
        return HttpReply(404, [], b"")

    async with connected(ignore) as streams:
        streams[1].write(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n")
        streams[1].write(b"x" * 8_000_000)
        streams[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

        assert (await reply_of(streams))[0] == "HTTP/1.1 404 Not Found"
        assert (await reply_of(streams))[0] == "HTTP/1.1 404 Not Found"


async def test_a_body_that_is_not_read_yet_holds_the_client_back() -> None:
    """
    A body of any size needs no more memory than the buffers on the way.
    """
    read = asyncio.Event()
    held = []

    async def read_late(request: HttpRequest) -> HttpReply:
        await read.wait()
        assert isinstance(request.body, RequestBody)
        size = 0
        async for piece in request.body:
            held.append(len(piece))
            size += len(piece)
        return HttpReply(200, [], str(size).encode())

    async with connected(read_late) as streams:
        streams[1].write(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 64000000\r\n\r\n")
        for _ in range(64):
            streams[1].write(b"x" * 1_000_000)
        draining = asyncio.ensure_future(streams[1].drain())
        for _ in range(200):
            await asyncio.sleep(0)
        assert not draining.done()
        read.set()

        assert (await reply_of(streams))[2] == b"64000000"


async def test_a_large_body_that_is_here_before_it_is_read_holds_nobody_back() -> None:
    """
    It came while the request before it was being answered; the one after it is read as well.
    """
    released = asyncio.Event()
    body = b"x" * ((1 << 20) + 3)

    async def answer(request: HttpRequest) -> HttpReply:
        await released.wait()
        return await echo(request)

    async with connected(answer) as streams:
        writer = streams[1]
        writer.write(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        writer.write(b"POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body))
        writer.write(body)
        for _ in range(200):
            await writer.drain()
            await asyncio.sleep(0)
        released.set()
        writer.write(b"GET /3 HTTP/1.1\r\nHost: h\r\n\r\n")

        replies = [(await reply_of(streams))[2] for _ in range(3)]
        assert [reply[:8] for reply in replies] == [b"GET /1  ", b"POST /2 ", b"GET /3  "]


async def test_a_header_that_comes_twice_is_a_list_of_its_kind() -> None:
    async def tell(request: HttpRequest) -> HttpReply:
        return HttpReply(200, [], f"{request.headers['x-a']}|{request.headers['cookie']}".encode())

    async with connected(tell) as streams:
        lines = "X-A: 1\r\nCookie: a=1\r\nx-a: 2\r\nCookie: b=2\r\n"
        streams[1].write(f"GET / HTTP/1.1\r\nHost: h\r\n{lines}\r\n".encode())

        assert (await reply_of(streams))[2] == b"1,2|a=1; b=2"


async def test_a_header_that_no_client_could_read_is_left_out() -> None:
    async def odd(request: HttpRequest) -> HttpReply:
        names = ("x-good", "x-\u00c9", "", "a b", "x:y", "x\r\ny")
        return HttpReply(200, [(name, "v") for name in names], b"body")

    async with connected(odd) as streams:
        streams[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        _, headers, body = await reply_of(streams)

    assert (set(headers), body) == ({"x-good", "date", "content-length"}, b"body")


async def test_a_reply_of_unknown_length_goes_in_chunks() -> None:
    async def stream(request: HttpRequest) -> HttpReply:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"abc"
            yield b""
            yield b"de"

        return HttpReply(200, [], pieces())

    async with connected(stream) as streams:
        streams[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        head = await streams[0].readuntil(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in head

        assert await streams[0].readuntil(b"0\r\n\r\n") == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


async def test_a_client_that_goes_away_ends_the_stream() -> None:
    ended = asyncio.Event()

    async def stream(request: HttpRequest) -> HttpReply:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 100_000
                    await asyncio.sleep(0)
            finally:
                ended.set()

        return HttpReply(200, [], pieces())

    async with connected(stream) as streams:
        streams[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await streams[0].read(10)
        streams[1].transport.abort()

        await asyncio.wait_for(ended.wait(), 10)


async def test_head_has_the_length_and_no_body() -> None:
    async def answer(request: HttpRequest) -> HttpReply:
        return HttpReply(200, [("Content-Length", "5")], b"")

    async with connected(answer) as streams:
        streams[1].write(b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

        text = await streams[0].read()
        assert text.endswith(b"\r\n\r\n")
        assert text.lower().count(b"content-length: 5") == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 1_000_000, b"431"),
        (b"GET /" + b"a" * 1_000_000, b"431"),
    ],
)
async def test_what_is_not_http_is_refused(sent: bytes, status: bytes) -> None:
    async with connected() as streams:
        streams[1].write(sent)

        assert (await streams[0].read()).startswith(b"HTTP/1.1 " + status)


async def test_an_old_client_gets_its_reply_and_the_end() -> None:
    async with connected() as streams:
        streams[1].write(b"GET /old HTTP/1.0\r\n\r\n")

        assert (await streams[0].read()).endswith(b"GET /old  ")


async def test_a_proxys_form_of_a_path_is_a_path() -> None:
    async with connected() as streams:
        streams[1].write(b"GET http://h:1/a/b?c HTTP/1.1\r\nHost: h\r\n\r\n")

        assert (await reply_of(streams))[2] == b"GET /a/b c "


async def test_a_client_that_stops_in_its_body_is_told_to_nobody_else() -> None:
    """
    The request ends with an error of its own; the server goes on.
    """
    outcomes: asyncio.Queue[str] = asyncio.Queue()

    async def answer(request: HttpRequest) -> HttpReply:
        assert isinstance(request.body, RequestBody)
        try:
            await request.body.read()
        except Exception as error:
            await outcomes.put(type(error).__name__)
            raise
        return HttpReply(200, [], b"")

    async with connected(answer) as streams:
        streams[1].write(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
        await streams[1].drain()
        await asyncio.sleep(0.01)
        streams[1].transport.abort()

        assert await asyncio.wait_for(outcomes.get(), 10) == "ClientError"


async def test_a_client_that_stops_in_its_body_hears_that_its_time_is_up() -> None:
    connections: set[Connection] = set()

    async def answer(request: HttpRequest) -> HttpReply:
        try:
            return await echo(request)
        except ClientError as error:
            return HttpReply(error.status, [], error.code.encode())

    async with connected(answer, connections) as streams:
        streams[1].write(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
        reply = asyncio.ensure_future(reply_of(streams))
        while not reply.done():
            for connection in connections:
                connection.end_if_still(quiet_seconds=1_000, stall_seconds=0)
            await asyncio.sleep(0)
        status, headers, body = reply.result()

        assert (status, body) == ("HTTP/1.1 400 Bad Request", b"RequestTimeout")
        assert headers["connection"] == "close"
        assert await streams[0].read() == b""


async def test_a_client_that_takes_nothing_of_its_reply_is_left() -> None:
    connections: set[Connection] = set()
    ended = asyncio.Event()

    async def stream(request: HttpRequest) -> HttpReply:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 1_000_000
            finally:
                ended.set()

        return HttpReply(200, [], pieces())

    async with connected(stream, connections) as streams:
        streams[1].write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await streams[0].readuntil(b"\r\n\r\n")
        while not ended.is_set():
            for connection in list(connections):
                connection.end_if_still(quiet_seconds=1_000, stall_seconds=0)
            await asyncio.sleep(0)

        assert not connections
