"""Frames arrive however the kernel cuts them."""

from hypothesis import given
from hypothesis import strategies as st

from lambent.runtime.frames import LONGEST_BODY, FrameChannel, frame

Heard = list[tuple[bytes, int, int, bytes]]

frames = st.lists(
    st.tuples(st.sampled_from([b"A", b"F", b"R"]), st.integers(0, 9), st.binary(max_size=20))
)


def channel() -> tuple[FrameChannel, Heard]:
    heard: Heard = []

    def on_frame(kind: bytes, number: int, length: int, body: bytes) -> None:
        heard.append((kind, number, length, body))

    return FrameChannel(on_frame), heard


@given(frames, st.integers(1, 30))
def test_frames_are_the_same_however_they_are_cut(
    sent: list[tuple[bytes, int, bytes]], size: int
) -> None:
    whole = b"".join(frame(kind, number, body) for kind, number, body in sent)
    receiving, heard = channel()
    for start in range(0, len(whole), size):
        receiving.data_received(whole[start : start + size])

    assert heard == [(kind, number, len(body), body) for kind, number, body in sent]


def test_a_body_that_is_too_long_is_counted_and_dropped() -> None:
    receiving, heard = channel()
    length = LONGEST_BODY + 1
    receiving.data_received(frame(b"A", 1, b"x" * length)[:100])
    for _ in range(length // 1000 + 1):
        receiving.data_received(b"x" * 1000)

    assert heard[0] == (b"A", 1, length, b"")


def test_after_nonsense_nothing_is_heard() -> None:
    receiving, heard = channel()
    receiving.data_received(b"\xff" * 50)
    receiving.data_received(frame(b"A", 1, b"x"))

    assert heard == [(b"", 0, 0, b"")]
