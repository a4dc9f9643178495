"""When an asynchronous invoke is tried again, with plain values."""

from lambent.runtime.api import InvocationResult
from lambent.services.lambda_.event_invoke_config import EventInvokeConfig
from lambent.services.lambda_.events import (
    Attempts,
    Done,
    GiveUp,
    Retry,
    after_refusal,
    after_result,
    before_attempt,
    read_state,
)

FAILED = InvocationResult(b'{"errorMessage": "broken"}', "Unhandled", b"", 1.0, 1, 1)
WELL = InvocationResult(b"null", None, b"", 1.0, 1, 1)


def test_a_function_that_fails_is_tried_three_times_in_all() -> None:
    first = after_result(Attempts(accepted=100.0), 101.0, FAILED)
    assert isinstance(first, Retry)
    assert first.at == 161.0

    second = after_result(read_state({"state": first.state}, 0.0), 161.0, FAILED)
    assert isinstance(second, Retry)
    assert second.at == 281.0

    third = after_result(read_state({"state": second.state}, 0.0), 281.0, FAILED)
    assert third == GiveUp("RetriesExhausted", 3, "200", "broken")


def test_a_function_that_works_is_done_with() -> None:
    assert after_result(Attempts(accepted=0.0, failures=2), 1.0, WELL) == Done()


def test_a_refused_event_is_tried_ever_less_often_for_six_hours() -> None:
    attempts, now, tries = Attempts(accepted=0.0), 0.0, 0
    while isinstance(
        decision := after_refusal(attempts, now, "TooManyRequestsException", "Rate Exceeded."),
        Retry,
    ):
        assert now < decision.at <= now + 300
        attempts, now, tries = read_state({"state": decision.state}, 0.0), decision.at, tries + 1

    assert decision == GiveUp("EventAgeExceeded", tries, "429", "Rate Exceeded.")
    assert 6 * 3600 - 300 <= now <= 6 * 3600
    assert attempts.failures == 0
    assert tries > 70


def test_the_configuration_bounds_retries_and_age() -> None:
    once = EventInvokeConfig(retries=0)
    assert after_result(Attempts(0.0), 1.0, FAILED, once) == GiveUp(
        "RetriesExhausted", 1, "200", "broken"
    )
    young = EventInvokeConfig(age=60)
    assert after_result(Attempts(0.0), 1.0, FAILED, young) == GiveUp(
        "EventAgeExceeded", 1, "200", "broken"
    )
    assert before_attempt(Attempts(0.0), 60.0, young) is None
    too_old = before_attempt(Attempts(0.0, refusals=3), 61.0, young)
    assert too_old is not None
    assert (too_old.condition, too_old.attempts) == ("EventAgeExceeded", 3)
