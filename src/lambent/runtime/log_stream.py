"""
What an environment logs: split into events, shipped in batches, remembered for LogType=Tail.

The lines that the platform itself adds are here too, to the letter: tools parse them.
"""

import asyncio
import datetime
import hashlib
import math
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from lambent.runtime.api import FunctionVersion, LogBatch, ShipLogs

# A record of several lines is one event: its inner line breaks come as this character.
RECORD_BREAK = "\x1e"
_TAIL = 4096  # AWS: the last 4 KB of the log
_LONGEST_EVENT = 256 * 1024  # AWS: larger events are cut
# What each counts besides its message, as AWS has it.
_EVENT_OVERHEAD = 26
# A function that writes faster than its log is stored has to wait: its pipe fills.
_MOST_WAITING = 4 << 20
_MOST_EVENTS_WAITING = 20_000
# Storing a batch keeps everybody else waiting for some milliseconds.
_MOST_EVENTS_IN_BATCH = 5_000


def log_stream_name(version: str, now: float) -> str:
    day = datetime.datetime.fromtimestamp(now, datetime.UTC).strftime("%Y/%m/%d")
    return f"{day}/[{version}]{secrets.token_hex(16)}"


def timestamp(now: float) -> str:
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Report:
    """What the REPORT line says."""

    request_id: str
    duration_ms: float
    memory_size: int
    max_memory_used_mb: int
    init_duration_ms: float | None = None
    status: str = ""  # "", "timeout" or "error"
    error_type: str = ""
    restore_duration_ms: float | None = None
    failed: bool = False  # the handler has failed, which the line does not show

    @property
    def billed_duration_ms(self) -> int:
        # AWS: since August 2025 the Init phase is billed for every kind of function.
        return math.ceil(self.duration_ms + (self.init_duration_ms or 0.0))


def init_start_line(version: FunctionVersion) -> str:
    # AWS names the build of the runtime here; ours is named after what it was asked to be.
    name = re.sub("^(python|nodejs|ruby|java)", r"\1:", version.runtime)
    build = hashlib.sha256(version.runtime.encode()).hexdigest()
    arn = f"arn:aws:lambda:{version.region}::runtime:{build}"
    return f"INIT_START Runtime Version: {name}.v1\tRuntime Version ARN: {arn}\n"


def start_line(request_id: str, version: str) -> str:
    return f"START RequestId: {request_id} Version: {version}\n"


def end_line(request_id: str) -> str:
    return f"END RequestId: {request_id}\n"


def report_line(report: Report) -> str:
    line = (
        f"REPORT RequestId: {report.request_id}\tDuration: {report.duration_ms:.2f} ms\t"
        f"Billed Duration: {report.billed_duration_ms} ms\tMemory Size: {report.memory_size} MB\t"
        f"Max Memory Used: {report.max_memory_used_mb} MB\t"
    )
    if report.init_duration_ms is not None:
        line += f"Init Duration: {report.init_duration_ms:.2f} ms\t"
    if report.restore_duration_ms is not None:
        # AWS: the milliseconds of a restoration are billed rounded up, and by themselves.
        line += (
            f"Restore Duration: {report.restore_duration_ms:.2f} ms\t"
            f"Billed Restore Duration: {math.ceil(report.restore_duration_ms)} ms\t"
        )
    if report.status:
        line += f"Status: {report.status}\t"
    if report.error_type:
        line += f"Error Type: {report.error_type}\t"
    return line + "\n"


def init_report_line(duration_ms: float, phase: str, status: str, error_type: str = "") -> str:
    line = f"INIT_REPORT Init Duration: {duration_ms:.2f} ms\tPhase: {phase}\tStatus: {status}"
    return line + (f"\tError Type: {error_type}" if error_type else "") + "\n"


def restore_start_line(version: FunctionVersion) -> str:
    return init_start_line(version).replace("INIT_START", "RESTORE_START", 1)


def restore_report_line(duration_ms: float) -> str:
    return f"RESTORE_REPORT Restore Duration: {duration_ms:.2f} ms\n"


class LogStream:
    """The log of one environment. Bytes go in, events come out."""

    def __init__(self, version: FunctionVersion, name: str, now: Callable[[], float]) -> None:
        self.name = name
        self._version = version
        self._now = now
        self._partial = b""
        self._events: list[tuple[float, str]] = []
        self._waiting = 0
        self._tail: str | None = None
        # Hears each line that the function writes, as the Telemetry API wants it.
        self.on_line: Callable[[str], None] | None = None

    @property
    def is_full(self) -> bool:
        return self._waiting >= _MOST_WAITING or len(self._events) >= _MOST_EVENTS_WAITING

    @property
    def has_events(self) -> bool:
        return bool(self._events)

    def feed(self, written: bytes) -> None:
        """What the function has written, cut anywhere."""
        whole, line_break, rest = (self._partial + written).rpartition(b"\n")
        if line_break:
            self._hear(whole.decode("utf-8", "replace"))
        self._partial = rest
        if len(rest) > _LONGEST_EVENT:
            self.finish_line()

    def finish_line(self) -> None:
        """An unfinished line ends here: nothing will come to finish it."""
        if self._partial:
            text = self._partial.decode("utf-8", "replace")
            self._partial = b""
            self._hear(text, end="")

    def _hear(self, text: str, end: str = "\n") -> None:
        """Lines, all at once: a function may write them faster than they are looked at singly."""
        lines = [line + end for line in text.split("\n")]
        if RECORD_BREAK in text:
            lines = [line.replace(RECORD_BREAK, "\n") for line in lines]
        if len(text) > _LONGEST_EVENT:
            lines = [line[:_LONGEST_EVENT] for line in lines]
        # AWS: an empty event is not stored.
        kept = [line for line in lines if not line.isspace() and line]
        now = self._now()
        self._events += [(now, line) for line in kept]
        self._waiting += len(text) + _EVENT_OVERHEAD * len(kept)
        if self._tail is not None:
            # A line has a character at least: no more of them can be in the tail.
            self._tail = (self._tail + "".join(kept[-_TAIL:]))[-_TAIL:]
        if self.on_line is not None:
            for line in lines:
                self.on_line(line)

    def say(self, message: str, *, in_tail: bool = True) -> None:
        """One event."""
        message = message[:_LONGEST_EVENT]
        if not message.strip():
            return
        self._events.append((self._now(), message))
        self._waiting += len(message) + _EVENT_OVERHEAD
        if self._tail is not None and in_tail:
            self._tail = (self._tail + message)[-_TAIL:]

    def begin_tail(self) -> None:
        self._tail = ""

    def end_tail(self) -> bytes:
        tail, self._tail = self._tail or "", None
        return tail.encode("utf-8", "replace")[-_TAIL:]

    def take(self) -> list[LogBatch]:
        events, self._events, self._waiting = self._events, [], 0
        version = self._version
        place = (version.account, version.region, version.log_group, self.name)
        starts = range(0, len(events), _MOST_EVENTS_IN_BATCH)
        return [
            LogBatch(*place, tuple(events[start : start + _MOST_EVENTS_IN_BATCH]))
            for start in starts
        ]


class SideLog:
    """Another writer's lines in the same stream: those of the extensions."""

    def __init__(self, stream: LogStream) -> None:
        self._stream = stream
        self._partial = b""
        self.on_line: Callable[[str], None] | None = None

    def feed(self, written: bytes) -> None:
        whole, line_break, rest = (self._partial + written).rpartition(b"\n")
        self._partial = rest[-_LONGEST_EVENT:]
        if line_break:
            for line in whole.decode("utf-8", "replace").split("\n"):
                self._stream.say(line + "\n", in_tail=False)
                if self.on_line is not None:
                    self.on_line(line + "\n")


class LogShipper:
    """Ships what the streams hold, a moment later, and never in the way of an invocation."""

    def __init__(self, ship: ShipLogs, every_seconds: float = 0.15) -> None:
        self._ship = ship
        self._every = every_seconds
        self._streams: dict[int, tuple[LogStream, Callable[[], None] | None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._shipping: asyncio.Task[None] | None = None

    def notice(self, stream: LogStream, shipped: Callable[[], None] | None = None) -> None:
        """`stream` has something; `shipped` is called when it has been stored."""
        known = self._streams.get(id(stream))
        self._streams[id(stream)] = (stream, shipped or (known[1] if known else None))
        if self._shipping is not None:
            return
        if stream.is_full:
            # Its function waits for this.
            self._begin()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._every, self._begin)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._shipping = asyncio.ensure_future(self._ship_once())
        self._shipping.add_done_callback(self._again)

    def _again(self, _: "asyncio.Task[None]") -> None:
        self._shipping = None
        if any(stream.is_full for stream, _ in self._streams.values()):
            self._begin()
        elif self._streams and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every, self._begin)

    async def _ship_once(self) -> None:
        streams, self._streams = list(self._streams.values()), {}
        batches = [batch for stream, _ in streams for batch in stream.take()]
        try:
            if batches:
                await self._ship(batches)
        finally:
            # Whatever became of them, the functions that waited go on.
            for _, shipped in streams:
                if shipped is not None:
                    shipped()

    async def flush(self) -> None:
        """Ship all that there is, now."""
        while self._shipping is not None or self._streams:
            if self._shipping is None:
                self._begin()
            running = self._shipping
            if running is not None:
                await asyncio.wait([running])
                await asyncio.sleep(0)
