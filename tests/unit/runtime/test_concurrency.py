"""Provisioned environments as numbers."""

from hypothesis import given
from hypothesis import strategies as st

from lambent.runtime import concurrency
from lambent.runtime.api import Provisioned
from lambent.runtime.concurrency import Provision


def test_what_is_missing_is_started() -> None:
    assert concurrency.shortfall(Provision(5, starting=1, allocated=2)) == 2
    assert concurrency.surplus(Provision(2, starting=1, allocated=3)) == 2


def test_it_is_ready_when_all_have_come_up() -> None:
    one = concurrency.began(concurrency.asked(None, 1))
    assert concurrency.summary(one) == Provisioned(1, 0, 0, "IN_PROGRESS")
    assert concurrency.summary(concurrency.came_up(one)) == Provisioned(1, 1, 1, "READY")


def test_it_fails_after_some_failures_in_a_row_and_begins_again_when_asked() -> None:
    provision = concurrency.asked(None, 1)
    for _ in range(3):
        assert concurrency.shortfall(provision) == 1
        provision = concurrency.did_not_come_up(concurrency.began(provision), "ValueError")

    assert concurrency.shortfall(provision) == 0
    assert concurrency.summary(provision) == Provisioned(1, 0, 0, "FAILED", "ValueError")
    assert concurrency.shortfall(concurrency.asked(provision, 1)) == 1


def test_a_failure_is_waited_after_longer_each_time() -> None:
    delays = [concurrency.delay_seconds(Provision(1, failures=n)) for n in range(3)]

    assert delays == [0.0, 0.5, 1.0]


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_nothing_is_started_and_ended_at_once(requested: int, starting: int, up: int) -> None:
    provision = Provision(requested, starting, up)

    assert not (concurrency.shortfall(provision) and concurrency.surplus(provision))
