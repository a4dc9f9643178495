"""
Events in the order of their time, whichever chunks they lie in, from either end.

Chunks of a stream may overlap: two writers, or one that was late. A heap holds what has been
read and may still be preceded by something that has not.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush

from lambent.services.logs.errors import InvalidParameter
from lambent.services.logs.records import Chunk, LogEvent, Position

_FIRST = Position(0, 0, -1)
# AWS: a page has a mebibyte at most.
_PAGE_CHARACTERS = 1 << 20
# AWS: a page of FilterLogEvents may be empty and still have a next one.
_MOST_SEEN = 100_000
_TOKEN_DIGITS = (15, 18, 10)


def in_order(chunks: Iterable[Chunk]) -> Iterator[LogEvent]:
    """All events of chunks that come by their first event, oldest first."""
    waiting: list[tuple[tuple[int, int, int], Chunk]] = []
    for chunk in chunks:
        begins = chunk.events[0][0]
        while waiting and waiting[0][0][0] < begins:
            yield _event(*heappop(waiting), sign=1)
        for index, (timestamp, _) in enumerate(chunk.events):
            heappush(waiting, ((timestamp, chunk.id, index), chunk))
    while waiting:
        yield _event(*heappop(waiting), sign=1)


def in_reverse(chunks: Iterable[Chunk]) -> Iterator[LogEvent]:
    """All events of chunks that come by their last event backwards, newest first."""
    waiting: list[tuple[tuple[int, int, int], Chunk]] = []
    for chunk in chunks:
        ends = chunk.events[-1][0]
        while waiting and -waiting[0][0][0] > ends:
            yield _event(*heappop(waiting), sign=-1)
        for index, (timestamp, _) in enumerate(chunk.events):
            heappush(waiting, ((-timestamp, -chunk.id, -index), chunk))
    while waiting:
        yield _event(*heappop(waiting), sign=-1)


def chosen(
    events: Iterable[LogEvent], accept: Callable[[LogEvent], bool], limit: int
) -> tuple[list[LogEvent], Position | None]:
    """
    Up to `limit` accepted events, and where the search stopped if there may be more.

    A page ends earlier when it has become large, and a search that finds little when it has
    looked at so many events that it would hold others up.
    """
    found: list[LogEvent] = []
    position: Position | None = None
    size = 0
    for seen, event in enumerate(events):
        if len(found) >= limit or size >= _PAGE_CHARACTERS or seen >= _MOST_SEEN:
            return found, position
        position = event.position
        if accept(event):
            found.append(event)
            size += len(event.message)
    return found, None


def first(events: Iterable[LogEvent], limit: int) -> list[LogEvent]:
    """Up to `limit` events, fewer when they are large."""
    return chosen(events, lambda event: True, limit)[0]


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


def _event(key: tuple[int, int, int], chunk: Chunk, *, sign: int) -> LogEvent:
    position = Position(sign * key[0], sign * key[1], sign * key[2])
    message = chunk.events[position.index][1]
    return LogEvent(position, chunk.stream_id, message, chunk.ingested)
