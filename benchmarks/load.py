"""
Raw HTTP clients: prepared requests over kept connections, on one event loop.

They cost some 30 µs a call, where boto3 costs 550 and would hide the server.
"""

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import uvloop

Request = Callable[[int], bytes]
# As SDKs try.
_ATTEMPTS = 3
# A slow server is measured by what it answered in this time.
_LONGEST_SECONDS = 20.0


@dataclass(frozen=True)
class Load:
    """What a run of many calls gave: seconds of each call, and of all."""

    seconds: list[float]
    total: float
    bodies: list[bytes]

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.total

    @property
    def median_ms(self) -> float:
        return statistics.median(self.seconds) * 1000

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.seconds, n=100)[98] * 1000


def http(
    method: str, path: str, port: int, service: str, headers: dict[str, str], body: bytes
) -> bytes:
    """A request with the headers that every SDK sends."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Authorization: AWS4-HMAC-SHA256"
        f" Credential=bench/20250101/us-east-1/{service}/aws4_request,"
        " SignedHeaders=host;x-amz-date, Signature=0000",
        "X-Amz-Date: 20250101T000000Z",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_call(port: int, service: str, target: str, body: bytes, version: str = "1.0") -> bytes:
    headers = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}
    return http("POST", "/", port, service, headers, body)


class _Client(asyncio.Protocol):
    """One connection; a call at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._wanted = -1
        self._done: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.is_open = True

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self._done is not None and not self._done.done():
            self._done.set_exception(ConnectionError("the server closed the connection"))

    def call(self, request: bytes) -> asyncio.Future[bytes]:
        assert self._transport is not None
        self._done = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._done

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._wanted < 0:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            lower = head.lower()
            at = lower.index(b"content-length:")
            self._wanted = len(head) + 4 + int(lower[at + 15 :].split(b"\r\n", 1)[0])
            if b"\r\nconnection: close" in lower:
                self.is_open = False
            if not head.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2")):
                assert self._done is not None
                self._done.set_exception(RuntimeError((head + rest).decode(errors="replace")))
        if len(self._buffer) >= self._wanted:
            answer, self._buffer, self._wanted = self._buffer, b"", -1
            if self._done is not None and not self._done.done():
                self._done.set_result(answer)


def run(port: int, clients: int, calls: int, request: Request, warm_up: int = 0) -> Load:
    """
    `calls` calls shared by `clients` connections; `request(n)` is the n-th one.

    Fewer calls than asked when the server takes too long.
    """
    return uvloop.run(_run(port, clients, calls, request, warm_up))


async def _run(port: int, clients: int, calls: int, request: Request, warm_up: int) -> Load:
    loop = asyncio.get_running_loop()
    seconds: list[float] = []
    bodies: list[bytes] = []
    numbers = iter(range(calls + warm_up))

    async def client(until: int, keep: bool) -> None:
        transport, protocol = await loop.create_connection(_Client, "127.0.0.1", port)
        for number in numbers:
            began = time.perf_counter()
            for _ in range(_ATTEMPTS):
                if not protocol.is_open:
                    transport.close()
                    # A server without keep-alive: connecting anew is part of its cost.
                    transport, protocol = await loop.create_connection(_Client, "127.0.0.1", port)
                try:
                    answer = await protocol.call(request(number))
                    break
                except ConnectionError:
                    # It closed the connection while the request was on its way, as a server may
                    # that allows so many requests a connection. SDKs send it again, so do we.
                    continue
            else:
                raise ConnectionError(f"the server closed the connection {_ATTEMPTS} times")
            if keep:
                seconds.append(time.perf_counter() - began)
                bodies.append(answer.partition(b"\r\n\r\n")[2])
            if number + 1 >= until or time.perf_counter() > latest:
                break
        transport.close()

    latest = time.perf_counter() + _LONGEST_SECONDS
    for _ in range(1 if warm_up else 0):
        await client(warm_up, keep=False)
    began = time.perf_counter()
    latest = began + _LONGEST_SECONDS
    await asyncio.gather(*(client(calls + warm_up, keep=True) for _ in range(clients)))
    return Load(seconds, time.perf_counter() - began, bodies)
