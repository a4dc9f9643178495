"""
Segments of traces that services tell of, in memory until the second's are written.

Like AWS's daemon this is best effort: what was told in the last second before a `kill -9` is
lost. While nothing is traced nothing wakes up.

Only for the event loop: a transaction, which may be run again, announces a `Recorded` instead.
"""

import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from lambent.storage.delayed_write import DelayedWrite

_WRITE_AFTER_SECONDS = 1.0
# Should the store not keep up, better lost than that memory is.
_MOST_WAITING = 50_000
# Bytes that functions may send between two writes.
_MOST_RECEIVED = 16 << 20
# A function may send something long after it was invoked, if others were not many.
_MOST_EXPECTED = 20_000
# AWS: one request a second of each function and state machine, and one in twenty of the others.
_RATE = 0.05
_MOST_SUBJECTS = 10_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """A segment, or a subsegment by itself, as its document."""

    account: str
    region: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TraceContext:
    """What a trace header says: which trace, which part of it is the caller, and who records."""

    root: str
    parent: str = ""
    sampled: bool | None = None

    def header(self, parent: str = "") -> str:
        """`Root=1-…;Parent=…;Sampled=1`, with another parent if one is given."""
        parent = parent or self.parent
        by = f";Parent={parent}" if parent else ""
        return f"Root={self.root}{by};Sampled={int(bool(self.sampled))}"


Keep = Callable[[Sequence[Recorded]], Awaitable[None]]


class Traces:
    def __init__(self, keep: Keep | None = None) -> None:
        self._waiting: list[Recorded] = []
        self._received = 0
        self._later = DelayedWrite("segments", _WRITE_AFTER_SECONDS, self._take, keep)
        # By the trace: whose it is.
        self._places: OrderedDict[str, tuple[str, str]] = OrderedDict()
        # By what is asked for: the last second in which one of its requests was sampled.
        self._sampled_in: dict[str, int] = {}

    def expect(self, trace: str, account: str, region: str) -> None:
        """A function runs in this trace; what it sends of it belongs there."""
        places = self._places
        places[trace] = account, region
        places.move_to_end(trace)
        if len(places) > _MOST_EXPECTED:
            places.popitem(last=False)

    def receive(self, datagram: bytes) -> None:
        """
        Record what a function's SDK sends to the daemon, if it is of a trace that is expected.

        A line that says the format, and a segment: the same for every version of the daemon.
        https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
        """
        self._received += len(datagram)
        if self._received > _MOST_RECEIVED:
            return
        _, newline, text = datagram.partition(b"\n")
        try:
            document = orjson.loads(text) if newline else None
        except orjson.JSONDecodeError:
            return
        if not isinstance(document, dict) or not isinstance(document.get("trace_id"), str):
            return
        place = self._places.get(document["trace_id"])
        if place is not None:
            self.record(Recorded(*place, document))

    def record(self, recorded: Recorded) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            return
        self._waiting.append(recorded)
        self._later.begin()

    def samples(self, subject: str, now: float) -> bool:
        """Whether a request that comes without a decision is traced."""
        second = int(now)
        if self._sampled_in.get(subject) != second:
            if len(self._sampled_in) >= _MOST_SUBJECTS:
                self._sampled_in.clear()
            self._sampled_in[subject] = second
            return True
        return random.random() < _RATE

    async def write(self) -> None:
        """Have all that was recorded so far in the store when this answers."""
        await self._later.write()

    async def close(self) -> None:
        """Write what is left; nothing is recorded any more."""
        await self.write()
        self.forget()

    def forget(self) -> None:
        self._later.take()
        self._sampled_in.clear()
        self._places.clear()

    def _take(self) -> list[Recorded]:
        waiting, self._waiting = self._waiting, []
        self._received = 0
        return waiting


def parse_header(header: str | None) -> TraceContext | None:
    """None where there is no trace in it. Nothing else is promised of what clients send."""
    if not header:
        return None
    found = {}
    for part in header.split(";"):
        name, _, value = part.partition("=")
        found[name.strip().lower()] = value.strip()
    root = found.get("root")
    if not root:
        return None
    sampled = {"0": False, "1": True}.get(found.get("sampled", ""))
    return TraceContext(root, found.get("parent", ""), sampled)


def sampled(header: str | None) -> TraceContext | None:
    """The same; None where its decision is not to trace, or there is none."""
    trace = parse_header(header)
    return trace if trace is not None and trace.sampled else None


def new_root(now: float, digits: str) -> str:
    """A trace id: the second, and 24 of `digits`, which are random and hexadecimal."""
    return f"1-{int(now):08x}-{digits.replace('-', '')[:24]}"
