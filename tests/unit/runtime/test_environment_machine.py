"""The life of an environment, as told in words."""

from hypothesis import given
from hypothesis import strategies as st

from lambent.runtime.environment import (
    Abandoned,
    Answer,
    Answered,
    Assigned,
    Ended,
    Environment,
    InitFailed,
    Initialised,
    Retired,
    Settled,
    TimeWasUp,
    Told,
    react,
)

told = st.sampled_from(
    [
        Assigned(),
        Initialised(),
        Answered(),
        Settled(),
        TimeWasUp(),
        InitFailed(),
        Ended(),
        Retired(),
        Abandoned(),
    ]
)


def live(*story: Told) -> tuple[Environment, list[Answer]]:
    environment = Environment()
    answers: list[Answer] = []
    for event in story:
        environment, follows = react(environment, event)
        answers += follows
    return environment, answers


def test_a_cold_start_delivers_when_the_code_is_loaded() -> None:
    environment, answers = live(Assigned(), Initialised(), Answered(), Settled())

    assert answers == ["deliver", "complete", "rest"]
    assert environment.phase == "idle"


def test_a_warm_invocation_is_delivered_at_once() -> None:
    assert live(Initialised(), Assigned(), Answered(), Settled())[1] == [
        "rest",
        "deliver",
        "complete",
        "rest",
    ]


def test_a_failed_init_is_tried_once_more_for_the_invocation_that_waits() -> None:
    environment, answers = live(Assigned(), InitFailed(), InitFailed())

    assert answers == ["start again", "complete", "kill"]
    assert environment.phase == "ended"


def test_a_failed_init_that_nobody_waits_for_is_the_end() -> None:
    assert live(InitFailed())[1] == ["kill"]


def test_an_init_that_succeeds_at_the_second_try_delivers() -> None:
    assert live(Assigned(), TimeWasUp(), Initialised())[1] == ["start again", "deliver"]


def test_a_time_out_completes_the_invocation_and_ends_the_environment() -> None:
    environment, answers = live(Assigned(), Initialised(), TimeWasUp())

    assert answers == ["deliver", "complete", "kill"]
    assert environment.phase == "ended"


def test_an_environment_whose_extensions_still_work_is_not_given_another_invocation() -> None:
    environment, answers = live(Assigned(), Initialised(), Answered())

    assert answers == ["deliver", "complete"]
    assert environment.phase == "settling"


def test_time_that_ends_after_the_answer_costs_the_environment_and_not_the_answer() -> None:
    story = (Assigned(), Initialised(), Answered(), TimeWasUp())

    assert live(*story)[1] == ["deliver", "complete", "kill"]


def test_a_retired_environment_finishes_what_it_runs() -> None:
    assert live(Assigned(), Initialised(), Retired(), Answered(), Settled())[1] == [
        "deliver",
        "complete",
        "kill",
    ]


def test_a_retired_environment_that_rests_is_ended() -> None:
    assert live(Initialised(), Retired())[1] == ["rest", "kill"]


def test_an_abandoned_environment_is_not_started_again() -> None:
    assert live(Assigned(), Abandoned())[1] == ["complete", "kill"]


def test_an_answer_that_nobody_asked_for_ends_the_environment() -> None:
    assert live(Initialised(), Answered())[1] == ["rest", "kill"]


@given(st.lists(told))
def test_whatever_happens_nothing_is_completed_that_was_not_assigned(story: list[Told]) -> None:
    """
    In any order of events, each assignment completes at most once.
    """
    _, answers = live(*story)

    assert answers.count("complete") <= sum(isinstance(event, Assigned) for event in story)
    assert answers.count("deliver") <= sum(isinstance(event, Assigned) for event in story)


@given(st.lists(told))
def test_an_ended_environment_does_nothing_more(story: list[Told]) -> None:
    environment, answers = live(*story)

    if environment.phase == "ended":
        assert answers[-1] == "kill"
        assert answers.count("kill") == 1
        assert react(environment, Assigned()) == (environment, ())
