"""HTTP as bytes and events."""

from hypothesis import given
from hypothesis import strategies as st

from lambent.runtime.http_messages import (
    End,
    Event,
    Head,
    Nonsense,
    Part,
    RequestReader,
    response,
)

GET = b"GET /next?x=1 HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /answer HTTP/1.1\r\nContent-Length: 5\r\nX-Kind: own\r\n\r\nhello"
CHUNKED = (
    b"POST /stream HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;note\r\n world\r\n0\r\nX-Error: Own\r\n\r\n"
)


def whole(events: list[Event]) -> list[Event]:
    """Events with the parts of a body put together."""
    joined: list[Event] = []
    for event in events:
        if isinstance(event, Part) and joined and isinstance(joined[-1], Part):
            joined[-1] = Part(joined[-1].content + event.content)
        else:
            joined.append(event)
    return joined


ALL: list[Event] = [
    Head("GET", "/next", {"host": "here"}),
    End(),
    Head("POST", "/answer", {"content-length": "5", "x-kind": "own"}),
    Part(b"hello"),
    End(),
    Head("POST", "/stream", {"transfer-encoding": "chunked"}),
    Part(b"hello world"),
    End({"x-error": "Own"}),
    Head("GET", "/next", {"host": "here"}),
    End(),
]


@given(st.lists(st.integers(1, 40)))
def test_bytes_that_come_in_any_pieces_are_the_same_requests(sizes: list[int]) -> None:
    reader, events = RequestReader(), []
    left = GET + POST + CHUNKED + GET
    for size in [*sizes, len(left)]:
        events += reader.feed(left[:size])
        left = left[size:]

    assert whole(events) == ALL


@given(st.binary())
def test_what_is_not_http_is_said_once_and_then_nothing(rubbish: bytes) -> None:
    reader = RequestReader()
    events = reader.feed(b"\x16\x03 what\r\n\r\n" + rubbish) + reader.feed(GET)

    assert events == [Nonsense()]


def test_a_head_without_an_end_is_not_kept_for_ever() -> None:
    reader = RequestReader()

    assert reader.feed(b"GET / HTTP/1.1\r\n" + b"x" * 70_000) == [Nonsense()]


def test_a_value_cannot_bring_a_header_of_its_own() -> None:
    written = response(200, [("X-Trace", "a\r\nX-Other: b")], b"ok")

    assert written == b"HTTP/1.1 200 OK\r\nX-Trace: a  X-Other: b\r\nContent-Length: 2\r\n\r\nok"
