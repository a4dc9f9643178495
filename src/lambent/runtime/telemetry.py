"""
Telemetry on its way to the extensions that subscribed: buffered as they asked, then posted.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import orjson

from lambent.runtime.interface import Subscription
from lambent.runtime.log_stream import timestamp
from lambent.runtime.platform_records import PlatformRecord

Connect = Callable[[int], Awaitable[socket.socket]]
_ATTEMPTS = 3
_ANSWER_SECONDS = 2.0
# What waits for a subscriber that does not keep up; the rest is dropped, and it is told.
_MOST_WAITING = 4 << 20


class Subscriber:
    """One subscription: what waits for it, and its deliveries, one after the other."""

    def __init__(self, subscription: Subscription, connect: Connect) -> None:
        self._subscription = subscription
        self._connect = connect
        self._waiting: list[bytes] = []
        self._size = 0
        self._dropped = self._dropped_bytes = 0
        self._dropped_at = ""
        self._timer: asyncio.TimerHandle | None = None
        self._delivering: asyncio.Task[None] | None = None

    def wants(self, kind: str) -> bool:
        return kind in self._subscription.types

    def put(self, event: dict[str, Any]) -> None:
        written = orjson.dumps(event)
        if self._size + len(written) > _MOST_WAITING:
            self._dropped += 1
            self._dropped_bytes += len(written)
            self._dropped_at = event["time"]
            return
        self._waiting.append(written)
        self._size += len(written) + 1
        chosen = self._subscription
        if self._size >= chosen.max_bytes or len(self._waiting) >= chosen.max_items:
            self._deliver_soon()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(chosen.timeout_ms / 1000, self._deliver_soon)

    def _deliver_soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._delivering is None or self._delivering.done():
            self._delivering = asyncio.ensure_future(self._deliver())

    async def _deliver(self) -> None:
        while self._waiting:
            events, self._waiting, self._size = self._waiting, [], 0
            if self._dropped and self.wants("platform"):
                events.append(self._loss())
            self._dropped = self._dropped_bytes = 0
            for _ in range(_ATTEMPTS):
                with suppress(OSError, TimeoutError):
                    async with asyncio.timeout(_ANSWER_SECONDS):
                        await self._post(events)
                    break

    def _loss(self) -> bytes:
        # AWS: the words of its documentation.
        reason = (
            "Some logs were dropped because the downstream consumer is slower than the logs"
            " production rate"
        )
        lost = {
            "reason": reason,
            "droppedRecords": self._dropped,
            "droppedBytes": self._dropped_bytes,
        }
        event = {"time": self._dropped_at, "type": "platform.logsDropped", "record": lost}
        return orjson.dumps(event)

    async def _post(self, events: list[bytes]) -> None:
        chosen = self._subscription
        connection = await self._connect(chosen.port)
        reader, writer = await asyncio.open_connection(sock=connection)
        try:
            if chosen.protocol == "TCP":
                # AWS: a record a line.
                writer.write(b"".join(event + b"\n" for event in events))
                await writer.drain()
                return
            body = b"[" + b",".join(events) + b"]"
            head = (
                f"{chosen.method} {chosen.path} HTTP/1.1\r\n"
                f"Host: sandbox.localdomain:{chosen.port}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await reader.readline()
        finally:
            writer.close()

    async def flush(self) -> None:
        self._deliver_soon()
        if self._delivering is not None:
            await asyncio.wait([self._delivering])

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._delivering is not None:
            self._delivering.cancel()


class Telemetry:
    """All that an environment tells its subscribers."""

    def __init__(self, connect: Connect, now: Callable[[], float]) -> None:
        self._connect = connect
        self._now = now
        self._subscribers: dict[str, Subscriber] = {}

    def subscribe(self, name: str, subscription: Subscription) -> None:
        before = self._subscribers.pop(name, None)
        if before is not None:
            before.close()
        self._subscribers[name] = Subscriber(subscription, self._connect)

    @property
    def has_subscribers(self) -> bool:
        return bool(self._subscribers)

    def tell(self, record: PlatformRecord) -> None:
        self._put("platform", record.at(self._now()))

    def line(self, kind: str, text: str) -> None:
        """A line of the function or of an extension; JSON logs are records, not text."""
        self._put(kind, {"time": timestamp(self._now()), "type": kind, "record": text})

    def _put(self, kind: str, event: dict[str, Any]) -> None:
        for subscriber in self._subscribers.values():
            if subscriber.wants(kind):
                subscriber.put(event)

    async def flush(self) -> None:
        for subscriber in self._subscribers.values():
            await subscriber.flush()

    def close(self) -> None:
        for subscriber in self._subscribers.values():
            subscriber.close()
