"""
Events in the order of their time, whichever chunks they lie in, from either end.

Chunks of a stream may overlap: two writers, or one that was late. A heap holds what has been
read and may still be preceded by something that has not.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from lambent.services.logs.errors import InvalidParameter
from lambent.services.logs.records import Chunk, LogEvent, Position

_Key = tuple[int, int, int]
_Waiting = tuple[_Key, Chunk]

FOR_EVER = 1 << 47
_FIRST = Position(0, 0, -1)
# AWS: a page has a mebibyte at most.
_PAGE_CHARACTERS = 1 << 20
# AWS: a page of FilterLogEvents may be empty and still have a next one.
_MOST_SEEN = 50_000
_TOKEN_DIGITS = (15, 18, 10)


@dataclass(frozen=True, slots=True)
class Page:
    """Events, and after which position the search goes on; None at the end."""

    events: list[LogEvent]
    stopped: Position | None


def search_forward(
    chunks: Iterable[Chunk],
    after: Position,
    end: int,
    limit: int,
    matches: Callable[[str], bool] | None = None,
    most_seen: int = _MOST_SEEN,
) -> Page:
    """
    Up to `limit` events behind `after` and before `end`, of chunks that come by their first event.

    A page ends earlier when it has become large, and a search that finds little when it has
    looked at so many events that it would hold others up.
    """
    page = _GrowingPage(limit)
    waiting: list[_Waiting] = []
    lowest = (after.timestamp, after.chunk, after.index)
    seen = 0
    for chunk in chunks:
        begins = chunk.events[0][0]
        while waiting and waiting[0][0][0] < begins:
            if page.is_full:
                return page.stopped()
            page.add(*heappop(waiting))
        # Only where that is further than the page began: of chunks that overlap all must be read.
        if seen >= most_seen and begins > after.timestamp:
            return Page(page.events, before(begins))
        seen += len(chunk.events)
        for index, (timestamp, message) in enumerate(chunk.events):
            if timestamp < end and (matches is None or matches(message)):
                key = (timestamp, chunk.id, index)
                if key > lowest:
                    heappush(waiting, (key, chunk))
    while waiting:
        if page.is_full:
            return page.stopped()
        page.add(*heappop(waiting))
    return Page(page.events, None)


def search_backward(
    chunks: Iterable[Chunk], behind: Position, start: int, limit: int
) -> list[LogEvent]:
    """
    The last events before `behind` and from `start` on, oldest first.

    The chunks come by their last event, newest first; keys are negative, so that the heap gives
    the newest.
    """
    page = _GrowingPage(limit)
    waiting: list[_Waiting] = []
    highest = (behind.timestamp, behind.chunk, behind.index)
    for chunk in chunks:
        ends = chunk.events[-1][0]
        while waiting and -waiting[0][0][0] > ends and not page.is_full:
            page.add_negative(*heappop(waiting))
        if page.is_full:
            break
        for index, (timestamp, _) in enumerate(chunk.events):
            if timestamp >= start and (timestamp, chunk.id, index) < highest:
                heappush(waiting, ((-timestamp, -chunk.id, -index), chunk))
    while waiting and not page.is_full:
        page.add_negative(*heappop(waiting))
    return page.events[::-1]


def before(time: int) -> Position:
    """The place before every event of that time; chunks are numbered from 1."""
    return Position(time, 0, -1)


class _GrowingPage:
    """What has been found, in the order in which it is added."""

    __slots__ = ("_limit", "_size", "events")

    def __init__(self, limit: int) -> None:
        self.events: list[LogEvent] = []
        self._limit = limit
        self._size = 0

    @property
    def is_full(self) -> bool:
        return len(self.events) >= self._limit or self._size >= _PAGE_CHARACTERS

    def add(self, key: _Key, chunk: Chunk) -> None:
        message = chunk.events[key[2]][1]
        self.events.append(LogEvent(Position(*key), chunk.stream_id, message, chunk.ingested))
        self._size += len(message)

    def add_negative(self, key: _Key, chunk: Chunk) -> None:
        self.add((-key[0], -key[1], -key[2]), chunk)

    def stopped(self) -> Page:
        """The page when there is more."""
        return Page(self.events, self.events[-1].position)


def forward_token(position: Position | None) -> str:
    """The token that continues after an event; of a stream without any, after nothing."""
    return f"f/{digits(position or _FIRST)}/s"


def backward_token(position: Position | None) -> str:
    """The token that continues before an event."""
    return f"b/{digits(position or _FIRST)}/s"


def read_token(token: str) -> tuple[bool, Position]:
    """Whether a token leads forward, and from where."""
    direction, _, rest = token.partition("/")
    number = rest.removesuffix("/s")
    if direction not in ("f", "b") or len(number) != sum(_TOKEN_DIGITS) or not number.isdigit():
        raise InvalidParameter("The specified nextToken is invalid.")
    return direction == "f", _position(number)


def digits(position: Position) -> str:
    """A position as digits that sort as it does; also the id of its event."""
    # The index of what comes before the first event is -1.
    numbers = (position.timestamp, position.chunk, position.index + 1)
    return "".join(
        f"{number:0{length}d}" for number, length in zip(numbers, _TOKEN_DIGITS, strict=True)
    )


def position_in(number: str) -> Position:
    """The position that `digits` wrote."""
    if len(number) != sum(_TOKEN_DIGITS) or not number.isdigit():
        raise InvalidParameter("The specified nextToken is invalid.")
    return _position(number)


def _position(number: str) -> Position:
    first, second, _ = _TOKEN_DIGITS
    timestamp, chunk, index = number[:first], number[first : first + second], number[-10:]
    return Position(int(timestamp), int(chunk), int(index) - 1)
