"""A history becomes a tree."""

from lambent.languages.asl_graph import steps
from lambent.languages.asl_graph.steps import History, Step
from tests.unit.asl_graph.history_making import events, history

START = ("1<0", "ExecutionStarted")


def shape(step: Step) -> list[object]:
    """Name and status of what is inside a step, and what is inside that."""
    return [
        (child.name, child.status, shape(child)) if child.children else (child.name, child.status)
        for child in step.children
    ]


def test_states_that_follow_each_other_stand_beside_each_other() -> None:
    read = history(
        START,
        ("2<0", "PassStateEntered", "A"),
        ("3<2", "PassStateExited", "A"),
        ("4<3", "PassStateEntered", "B"),
        ("5<4", "PassStateExited", "B"),
        ("6<5", "ExecutionSucceeded"),
    )

    assert shape(read.execution) == [("A", "SUCCEEDED"), ("B", "SUCCEEDED")]
    assert read.transitions == {("A", "B")}
    assert read.ended


def test_branches_are_told_apart_however_their_events_mix() -> None:
    read = history(
        START,
        ("2<0", "ParallelStateEntered", "Both"),
        ("3<2", "ParallelStateStarted"),
        ("4<3", "PassStateEntered", "A"),
        ("5<3", "WaitStateEntered", "B"),
        ("6<4", "PassStateExited", "A"),
        ("7<5", "WaitStateExited", "B"),
        ("8<6", "PassStateEntered", "A2"),
        ("9<8", "PassStateExited", "A2"),
        ("10<9", "ParallelStateSucceeded"),
        ("11<9", "ParallelStateExited", "Both"),
    )

    branches = [
        ("branch 0", "SUCCEEDED", [("A", "SUCCEEDED"), ("A2", "SUCCEEDED")]),
        ("branch 1", "SUCCEEDED", [("B", "SUCCEEDED")]),
    ]
    assert shape(read.execution) == [("Both", "SUCCEEDED", branches)]
    assert [branch.seconds for branch in read.execution.children[0].children] == [5.0, 2.0]


def test_an_item_that_fails_aborts_those_beside_it() -> None:
    read = History()
    read.add(
        [
            *events(START, ("2<0", "MapStateEntered", "Each"), ("3<2", "MapStateStarted")),
            _item(4, 3, "MapIterationStarted", 0),
            _item(5, 3, "MapIterationStarted", 1),
            *events(("6<4", "TaskStateEntered", "T"), ("7<5", "TaskStateEntered", "T")),
            _failed(8, 6),
            _item(9, 8, "MapIterationFailed", 0),
            *events(("10<8", "TaskStateAborted")),
            _item(11, 8, "MapIterationAborted", 1),
            *events(("12<8", "MapStateFailed"), ("13<12", "ExecutionFailed")),
        ]
    )

    items = [
        ("item 0", "FAILED", [("T", "FAILED")]),
        ("item 1", "ABORTED", [("T", "ABORTED")]),
    ]
    assert shape(read.execution) == [("Each", "FAILED", items)]
    assert read.execution.children[0].error == "Oops"


def test_an_error_that_is_tried_again_is_a_retry_and_not_an_error() -> None:
    read = History()
    read.add(
        [
            *events(START, ("2<0", "TaskStateEntered", "T"), ("3<2", "TaskScheduled")),
            _failed(4, 3),
        ]
    )
    (task,) = read.execution.children

    assert (task.status, task.error) == (steps.RUNNING, "Oops")

    read.add(
        events(("5<4", "TaskScheduled"), ("6<5", "TaskSucceeded"), ("7<6", "TaskStateExited", "T"))
    )

    assert (task.status, task.error, task.retries) == (steps.SUCCEEDED, "", 1)
    assert task.retried_error == "Oops"


def test_an_error_and_then_the_next_state_is_a_caught_error() -> None:
    read = History()
    read.add(
        [
            *events(START, ("2<0", "TaskStateEntered", "T"), ("3<2", "TaskScheduled")),
            _failed(4, 3),
            *events(("5<4", "TaskStateExited", "T"), ("6<5", "PassStateEntered", "Handle")),
        ]
    )

    assert shape(read.execution) == [("T", "CAUGHT"), ("Handle", "RUNNING")]


def test_a_redrive_goes_on_where_it_failed() -> None:
    read = History()
    read.add(
        [
            *events(START, ("2<0", "TaskStateEntered", "T"), ("3<2", "TaskScheduled")),
            _failed(4, 3),
            *events(
                ("5<4", "ExecutionFailed"),
                ("6<5", "ExecutionRedriven"),
                ("7<6", "TaskScheduled"),
                ("8<7", "TaskSucceeded"),
                ("9<8", "TaskStateExited", "T"),
                ("10<9", "ExecutionSucceeded"),
            ),
        ]
    )

    assert shape(read.execution) == [("T", "SUCCEEDED")]
    assert read.execution.status == steps.SUCCEEDED


def test_what_is_open_when_the_time_is_over_timed_out() -> None:
    read = history(START, ("2<0", "WaitStateEntered", "W"), ("3<2", "ExecutionTimedOut"))

    assert shape(read.execution) == [("W", "TIMED_OUT")]


def test_events_one_by_one_twice_or_at_once_give_the_same() -> None:
    told = events(
        START,
        ("2<0", "ParallelStateEntered", "Both"),
        ("3<2", "ParallelStateStarted"),
        ("4<3", "PassStateEntered", "A"),
        ("5<3", "PassStateEntered", "B"),
        ("6<4", "PassStateExited", "A"),
    )
    whole, slowly = History(), History()
    whole.add(told)
    for count in range(1, len(told) + 1):
        slowly.add(told[:count])

    assert shape(slowly.execution) == shape(whole.execution)


def _item(id_: int, previous: int, kind: str, index: int) -> dict[str, object]:
    (event,) = events((f"{id_}<{previous}", kind, "Each"))
    event[f"{kind[0].lower()}{kind[1:]}EventDetails"]["index"] = index
    return event


def _failed(id_: int, previous: int) -> dict[str, object]:
    (event,) = events((f"{id_}<{previous}", "TaskFailed"))
    event["taskFailedEventDetails"] = {"error": "Oops", "cause": "because"}
    return event
