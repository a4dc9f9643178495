"""Events from chunks that overlap, read from either end."""

from hypothesis import given
from hypothesis import strategies as st

from lambent.services.logs.reading import (
    FOR_EVER,
    backward_token,
    before,
    forward_token,
    read_token,
    search_backward,
    search_forward,
)
from lambent.services.logs.records import Chunk, LogEvent, Position

times = st.lists(st.integers(0, 20), min_size=1, max_size=6).map(sorted)


def chunks_of(batches: list[list[int]]) -> list[Chunk]:
    return [
        Chunk(1, 0, tuple((time, f"{number}/{index}") for index, time in enumerate(batch)), number)
        for number, batch in enumerate(batches, start=1)
    ]


@given(st.lists(times, max_size=8))
def test_whatever_the_batches_the_order_is_that_of_time_and_arrival(
    batches: list[list[int]],
) -> None:
    """
    Read from either end, every event comes once, by time and then as it arrived.
    """
    chunks = chunks_of(batches)
    by_first = sorted(chunks, key=lambda one: (one.events[0][0], one.id))
    by_last = sorted(chunks, key=lambda one: (-one.events[-1][0], -one.id))
    forward = search_forward(by_first, before(0), FOR_EVER, 1000).events
    backward = search_backward(by_last, before(FOR_EVER), 0, 1000)
    positions = [event.position for event in forward]

    assert positions == sorted(positions)
    assert len(positions) == sum(len(batch) for batch in batches)
    assert forward == backward
    for event in forward:
        assert event.message == f"{event.position.chunk}/{event.position.index}"


@given(st.lists(times, max_size=8), st.integers(1, 5), st.integers(1, 20))
def test_pages_put_together_are_the_whole(
    batches: list[list[int]], limit: int, most_seen: int
) -> None:
    """
    Whatever the size of a page, going on from each gives every event once, in either direction;
    and each page goes on further than it began.
    """
    chunks = chunks_of(batches)
    by_first = sorted(chunks, key=lambda one: (one.events[0][0], one.id))
    by_last = sorted(chunks, key=lambda one: (-one.events[-1][0], -one.id))
    whole = search_forward(by_first, before(0), FOR_EVER, 1000).events

    forward = []
    stopped: Position | None = before(0)
    while stopped is not None:
        page = search_forward(by_first, stopped, FOR_EVER, limit, most_seen=most_seen)
        assert page.stopped is None or page.stopped > stopped
        forward += page.events
        stopped = page.stopped
    assert forward == whole

    backward: list[LogEvent] = []
    while found := search_backward(
        by_last, backward[0].position if backward else before(FOR_EVER), 0, limit
    ):
        backward = found + backward
    assert backward == whole


@given(st.integers(0, 10**14), st.integers(0, 10**17), st.integers(-1, 10**6))
def test_a_token_is_read_as_it_was_written(timestamp: int, chunk: int, index: int) -> None:
    position = Position(timestamp, chunk, index)

    assert read_token(forward_token(position)) == (True, position)
    assert read_token(backward_token(position)) == (False, position)
