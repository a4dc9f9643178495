"""What may happen to an execution from outside: late answers, stops, time-outs, redrives."""

import json
from dataclasses import replace
from typing import Any

import pytest

from lambent.languages import asl
from tests.unit.asl.execution_player import EXECUTION, NOW, Player, one_state, play

_TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
_PASS = {"Type": "Pass", "End": True}


def _map(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {"StartAt": "L", "States": {"L": state}}
    return {
        "StartAt": "M",
        "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}},
    }


def test_an_answer_to_a_wait_that_is_over_changes_nothing() -> None:
    played = play(one_state({**_TASK, "Retry": [{"ErrorEquals": ["E"]}]}))
    (task,) = played.unanswered
    assert isinstance(task, asl.RunTask)

    late = [
        asl.TaskSucceeded(task.frame, task.number + 1, 1),
        asl.TaskSucceeded("7/1", task.number, 1),
        asl.TimerFired(task.frame, task.number),
        asl.ExecutionStarted(),
        asl.Continue(),
        asl.ExecutionRedriven(),
    ]

    for resumption in late:
        transition = played.tell(resumption)
        assert transition == asl.Transition(last_event_id=played.execution.last_event_id)

    played.tell(asl.TaskFailed(task.frame, task.number, "E"))
    assert played.tell(asl.TaskSucceeded(task.frame, task.number, 1)).history == ()


def test_a_stop_ends_everything_and_hangs_on_nothing() -> None:
    played = play(_map(_TASK), [1, 2])

    transition = played.tell(asl.ExecutionStopped("E", "C"))

    (event,) = transition.history
    assert (event.type, event.previous_event_id) == ("ExecutionAborted", 0)
    assert event.details == {"executionAbortedEventDetails": {"error": "E", "cause": "C"}}
    assert transition.outcome == asl.Outcome("ABORTED", error="E", cause="C")
    cancelled = [command for command in transition.commands if isinstance(command, asl.CancelWait)]
    assert [command.frame for command in cancelled] == ["3/0", "3/1"]
    for task in played.unanswered:
        assert isinstance(task, asl.RunTask)
        assert played.tell(asl.TaskSucceeded(task.frame, task.number, 1)).history == ()


def test_an_execution_times_out_without_words() -> None:
    played = play({"TimeoutSeconds": 3, **one_state({"Type": "Wait", "Seconds": 25})})
    assert played.machine.timeout_seconds == 3
    stuck = Player(played.machine, EXECUTION)
    stuck.tell(asl.ExecutionStarted())

    transition = stuck.tell(asl.ExecutionTimedOut())

    assert stuck.chain == [
        ("ExecutionStarted", 0),
        ("WaitStateEntered", 0),
        ("ExecutionTimedOut", 0),
    ]
    assert transition.outcome == asl.Outcome("TIMED_OUT")


def _redrive(played: Player) -> Player:
    played.outcome = None
    played.timers = []
    played.pending = []
    played.execution = replace(played.execution, redrive_count=1, redriven_at=NOW)
    played.tell(asl.ExecutionRedriven())
    return played.go_on()


def test_a_redrive_goes_on_from_the_failed_state() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "T"}, "T": _TASK}}
    played = play(definition, {"i": 1}, {"T": [{"error": "E"}, {"echo": True}]})
    assert played.outcome is not None
    assert played.outcome.status == "FAILED"

    _redrive(played)

    assert played.outcome == asl.Outcome("SUCCEEDED", output='{"i":1}')
    assert played.types.count("PassStateEntered") == 1
    assert "ExecutionRedriven" in played.types
    assert played.frames == {}


def test_a_redrive_of_a_map_runs_only_what_did_not_succeed() -> None:
    answers = [{"output": 1}, {"error": "E"}, {"output": 22}, {"output": 33}]
    played = play(_map(_TASK, MaxConcurrency=1), [1, 2, 3], {"L": answers})
    assert played.outcome is not None
    assert played.outcome.error == "E"

    _redrive(played)

    assert played.outcome == asl.Outcome("SUCCEEDED", output="[1,22,33]")
    assert played.frames == {}


def test_a_redrive_of_a_nested_fork_goes_down_to_the_failed_line() -> None:
    inner = {"StartAt": "I", "States": {"I": _TASK}}
    state = {"Type": "Parallel", "Branches": [inner, {"StartAt": "O", "States": {"O": _TASK}}]}
    answers = {"I": [{"output": 1}, {"error": "E"}, {"output": 3}], "O": [{"output": 2}]}
    played = play(_map({**state, "End": True}), [1, 2], answers)

    _redrive(played)

    assert played.outcome is not None
    assert played.outcome.status == "SUCCEEDED"
    assert json.loads(played.outcome.output or "") == [[1, 2], [3, 2]]


def test_a_stopped_execution_can_be_redriven() -> None:
    played = play(_map(_TASK), [1, 2])
    played.tell(asl.ExecutionStopped())
    played.answers = {"L": [{"echo": True}]}

    _redrive(played)

    assert played.outcome == asl.Outcome("SUCCEEDED", output="[1,2]")


def test_a_redriven_distributed_map_goes_on_with_its_map_run() -> None:
    definition = _map(_PASS)
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    definition["States"]["M"]["ItemProcessor"]["ProcessorConfig"] = config
    played = play(definition, [1], {"M": [{"error": "E"}, {"output": [1]}]})

    _redrive(played)

    again = [command for command in played.commands if isinstance(command, asl.StartMapRun)][-1]
    assert (again.redriven, again.map_run_arn) == (True, "arn:mapRun")
    assert "MapRunRedriven" in played.types
    assert played.outcome == asl.Outcome("SUCCEEDED", output="[1]")


def test_an_express_execution_leaves_nothing() -> None:
    played = play(_map(_TASK), [1, 2], {"L": [{"output": 1}, {"error": "E"}]}, express=True)

    assert played.outcome is not None
    assert played.outcome.status == "FAILED"
    assert played.frames == {}


def test_the_history_ends_at_25000_events() -> None:
    rule = {"Condition": "{% true %}", "Next": "Loop"}
    states = {"Loop": {"Type": "Choice", "Choices": [rule], "Default": "End"}, "End": _PASS}

    played = play({"QueryLanguage": "JSONata", "StartAt": "Loop", "States": states}, {"spin": True})

    last = played.history[-1]
    assert (last.id, last.previous_event_id, last.type) == (25_000, 24_999, "ExecutionFailed")
    assert last.details == {
        "executionFailedEventDetails": {
            "error": "States.Runtime",
            "cause": "The execution reached the maximum number of history events (25000).",
        }
    }
    assert played.history[-2].type == "ChoiceStateExited"


def test_a_transition_is_bounded_and_says_that_there_is_more() -> None:
    definition = _map(_PASS)
    machine = asl.parse(json.dumps(definition))
    player = Player(machine, replace(EXECUTION, input=json.dumps(list(range(1_000)))))

    first = player.tell(asl.ExecutionStarted())

    assert isinstance(first.commands[-1], asl.ContinueLater)
    assert len(first.history) < 2_500
    player.go_on()
    assert player.outcome is not None
    assert json.loads(player.outcome.output or "") == list(range(1_000))


def test_no_more_iterations_run_at_once_than_allowed() -> None:
    played = play(_map(_TASK, MaxConcurrency=2), [1, 2, 3])
    assert [command.frame for command in played.unanswered if isinstance(command, asl.RunTask)] == [
        "3/0",
        "3/1",
    ]

    first = played.unanswered[0]
    assert isinstance(first, asl.RunTask)
    played.tell(asl.TaskSucceeded(first.frame, first.number, 1))

    assert [command.frame for command in played.unanswered if isinstance(command, asl.RunTask)] == [
        "3/0",
        "3/1",
        "3/2",
    ]


def test_an_inline_map_runs_forty_at_once_when_nothing_is_said() -> None:
    played = play(_map(_TASK), list(range(100)))

    assert len(played.unanswered) == 40


def test_a_task_token_leads_back_to_its_task() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"Token.$": "$$.Task.Token"},
    }
    played = play(one_state(state))
    (task,) = played.unanswered
    assert isinstance(task, asl.RunTask)

    assert task.parameters == {"Token": task.task_token}
    reference = asl.read_task_token(task.task_token or "")
    assert reference == asl.TaskReference(EXECUTION.id, task.frame, task.number)
    assert asl.read_task_token("nonsense") is None
    assert asl.read_task_token("WzFd") is None


def test_the_start_of_a_task_is_written_once_with_its_own_time() -> None:
    played = play(one_state(_TASK))
    (task,) = played.unanswered
    assert isinstance(task, asl.RunTask)

    told_before = Player(played.machine, EXECUTION)
    told_before.tell(asl.ExecutionStarted())
    told_before.tell(asl.TaskStarted(task.frame, task.number))
    told_before.tell(asl.TaskSucceeded(task.frame, task.number, 1))
    played.tell(asl.TaskSucceeded(task.frame, task.number, 1, started_at=NOW - 5))

    assert told_before.types == played.types
    assert played.history[3].timestamp == NOW - 5


@pytest.mark.parametrize(
    ("where", "type"),
    [
        ("schedule", "TaskScheduleFailed"),
        ("start", "TaskStartFailed"),
        ("submit", "TaskSubmitFailed"),
    ],
)
def test_a_call_that_never_ran_has_events_of_its_own(where: Any, type: str) -> None:
    played = play(one_state(_TASK))
    (task,) = played.unanswered
    assert isinstance(task, asl.RunTask)

    played.tell(asl.TaskFailed(task.frame, task.number, "E", "C", never_started=where))

    assert played.types[3:] == [type, "ExecutionFailed"]


def test_the_item_selector_of_a_distributed_map_is_asked_for_each_item() -> None:
    definition = _map(_PASS, ItemSelector={"v.$": "$$.Map.Item.Value", "k.$": "$.k"})
    definition["States"]["M"]["ItemsPath"] = "$.l"
    definition["States"]["M"]["ItemProcessor"]["ProcessorConfig"] = {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "STANDARD",
    }
    played = play(definition, {"l": [5], "k": "K"})
    (command,) = played.unanswered
    assert isinstance(command, asl.StartMapRun)

    selected = asl.select_item(
        played.machine, played.execution, played, command.frame, 0, 5, NOW, asl.Chance(1)
    )

    assert command.selects_items
    assert json.loads(selected) == {"v": 5, "k": "K"}
    child = Player(played.machine.child(command.region, command.state), EXECUTION).play()
    assert child.outcome == asl.Outcome("SUCCEEDED", output="{}")


def test_full_jitter_draws_from_the_chance_it_is_given() -> None:
    retry = {"ErrorEquals": ["E"], "JitterStrategy": "FULL", "IntervalSeconds": 100}
    played = play(one_state({**_TASK, "Retry": [retry]}), answers={"S": [{"error": "E"}]})

    delays = [c.at - NOW for c in played.commands if isinstance(c, asl.StartTimer)]
    assert len(delays) == 3
    assert 0 <= delays[0] < 100
    assert delays[0] != 0


def test_a_task_that_cannot_be_begun_fails_the_execution_whoever_would_catch_it() -> None:
    definition = {
        "StartAt": "S",
        "States": {
            "S": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Retry": [{"ErrorEquals": ["States.Runtime"]}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}],
                "End": True,
            },
            "C": {"Type": "Succeed"},
        },
    }
    played = play(definition)
    (command,) = played.unanswered
    assert isinstance(command, asl.RunTask)

    played.tell(asl.TaskRefused(command.frame, command.number, "No such thing."))

    assert played.outcome is not None
    assert (played.outcome.status, played.outcome.error) == ("FAILED", "States.Runtime")
    assert played.outcome.cause == (
        "An error occurred while executing the state 'S' (entered at the event id #2)."
        " No such thing."
    )
