"""How what a function writes becomes events, and the lines that the platform adds."""

from hypothesis import given
from hypothesis import strategies as st

from lambent.runtime.log_stream import (
    LogStream,
    Report,
    init_report_line,
    log_stream_name,
    report_line,
    timestamp,
)
from tests.function_versions import function_version

NOW = 1_750_000_000.25
VERSION = function_version("f")


def stream() -> LogStream:
    return LogStream(VERSION, "name", lambda: NOW)


def messages(log: LogStream) -> list[str]:
    return [message for batch in log.take() for _, message in batch.events]


def test_the_report_line_is_awss() -> None:
    report = Report("id", 12.345, 128, 38, 105.111)

    assert report_line(report) == (
        "REPORT RequestId: id\tDuration: 12.35 ms\tBilled Duration: 118 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 38 MB\tInit Duration: 105.11 ms\t\n"
    )


def test_the_report_of_an_error_says_so() -> None:
    report = Report("id", 5.0, 128, 38, status="error", error_type="Runtime.ExitError")

    assert report_line(report).endswith("\tStatus: error\tError Type: Runtime.ExitError\t\n")


def test_the_report_of_an_init_names_its_phase() -> None:
    assert init_report_line(10008.6, "init", "timeout") == (
        "INIT_REPORT Init Duration: 10008.60 ms\tPhase: init\tStatus: timeout\n"
    )


def test_times_have_milliseconds() -> None:
    assert timestamp(NOW) == "2025-06-15T15:06:40.250Z"


def test_a_log_stream_is_named_after_its_day_and_version() -> None:
    assert log_stream_name("7", NOW).startswith("2025/06/15/[7]")


@given(st.lists(st.text("ab \n", max_size=5)))
def test_lines_are_the_same_however_they_arrive(pieces: list[str]) -> None:
    whole, cut = stream(), stream()
    whole.feed("".join(pieces).encode())
    for piece in pieces:
        cut.feed(piece.encode())
    whole.finish_line()
    cut.finish_line()

    assert messages(whole) == messages(cut)


def test_a_record_of_several_lines_is_one_event() -> None:
    log = stream()
    log.feed(b"first\x1esecond\nthird\n")

    assert messages(log) == ["first\nsecond\n", "third\n"]


def test_bytes_that_are_not_text_are_replaced() -> None:
    log = stream()
    log.feed(b"\xff\xfe\n")

    assert messages(log) == ["\ufffd\ufffd\n"]


def test_an_endless_line_is_cut() -> None:
    log = stream()
    for _ in range(10):
        log.feed(b"x" * 100_000)
    log.finish_line()

    assert max(map(len, messages(log))) <= 256 * 1024 + 100_000


def test_the_tail_is_the_last_four_kilobytes_since_it_began() -> None:
    log = stream()
    log.say("before\n")
    log.begin_tail()
    log.feed(b"".join(b"line %d\n" % n for n in range(999)))
    log.say("line 999\n")
    tail = log.end_tail()

    assert len(tail) == 4096
    assert tail.endswith(b"line 998\nline 999\n")


def test_a_stream_says_when_it_is_full() -> None:
    log = stream()
    log.feed(b"x\n" * 500_000)

    assert log.is_full
    log.take()
    assert not log.is_full


def test_many_events_are_stored_in_small_batches() -> None:
    """
    A batch keeps the server from everything else while it is stored.
    """
    log = stream()
    log.feed(b"a\n" * 11_000)

    assert not log.is_full
    assert [len(batch.events) for batch in log.take()] == [5_000, 5_000, 1_000]
    log.feed(b"a\n" * 20_000)
    assert log.is_full
