"""What would never end, or grow for ever, ends with AWS's error."""

import json
from dataclasses import replace
from typing import Any

import pytest

from lambent.languages import asl
from tests.unit.asl.execution_player import EXECUTION, NOW, Player

LIMIT = 262_144
TOO_LARGE = "States.DataLimitExceeded"


def ended(state: dict[str, Any], given: Any = None) -> asl.Outcome:
    """How an execution of one state ends; a task answers with its input."""
    states = {"S": {**state, "Next": "T"}, "T": {"Type": "Pass", "End": True}}
    machine = asl.parse(json.dumps({"StartAt": "S", "States": states}))
    player = Player(machine, replace(EXECUTION, input=json.dumps(given, separators=(",", ":"))))
    player.answers["S"] = [{"output": given}]
    player.play()
    assert player.outcome is not None
    return player.outcome


ROOM = LIMIT - len('{"a":""}')
FULL = {"a": "x" * ROOM}
PASS = {"Type": "Pass", "End": True}
INNER = {"StartAt": "I", "States": {"I": PASS}}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass"},
        {"Type": "Pass", "Parameters": {"a.$": "$.a"}},
        {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}"},
        {"Type": "Wait", "Seconds": 1},
        TASK,
        {"Type": "Parallel", "Branches": [INNER], "ResultPath": None},
        {"Type": "Map", "ItemsPath": "$.none", "ItemProcessor": INNER, "ResultPath": None},
    ],
)
def test_each_state_takes_as_much_data_as_there_may_be(state: dict[str, Any]) -> None:
    given = {**FULL, "a": FULL["a"][: -len(',"none":[]')], "none": []}

    assert ended(state, given).status == "SUCCEEDED"


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass", "Parameters": {"a.$": "$.a", "b": 1}},
        {"Type": "Pass", "ResultPath": "$.b"},
        {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% [$states.input] %}"},
        {"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": 1,
         "Output": "{% [$states.input] %}"},
        {**TASK, "Parameters": {"a.$": "$.a", "b": 1}},
        {**TASK, "ResultPath": "$.b"},
        {"Type": "Parallel", "Branches": [INNER]},
        {"Type": "Parallel", "Branches": [INNER, {"StartAt": "J", "States": {"J": PASS}}]},
        {"Type": "Map", "QueryLanguage": "JSONata", "Items": [1, 2], "ItemProcessor": INNER,
         "ItemSelector": "{% $states.input %}"},
    ],
)  # fmt: skip
def test_more_data_fails_the_state(state: dict[str, Any]) -> None:
    outcome = ended(state, FULL)

    assert (outcome.status, outcome.error) == ("FAILED", TOO_LARGE)


@pytest.mark.parametrize(
    ("assigned", "status"),
    [
        ({"v": "x" * (LIMIT - 2)}, "SUCCEEDED"),
        ({"v": "x" * (LIMIT - 1)}, "FAILED"),
        ({"v": "é" * (LIMIT // 2)}, "FAILED"),
        ({"v": "x" * (LIMIT // 2), "w": "x" * (LIMIT // 2)}, "FAILED"),
    ],
)
def test_variables_assigned_at_once_are_counted_in_bytes(
    assigned: dict[str, str], status: str
) -> None:
    outcome = ended({"Type": "Pass", "Assign": assigned})

    assert (outcome.status, outcome.error or TOO_LARGE) == (status, TOO_LARGE)


@pytest.mark.parametrize(("count", "status"), [(40, "SUCCEEDED"), (41, "FAILED")])
def test_all_variables_together_have_a_limit(count: int, status: str) -> None:
    states: dict[str, Any] = {
        f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}",
                  "Assign": {f"v{i}.$": "States.Format('{}', $.a)"}}
        for i in range(count)
    }  # fmt: skip
    states[f"S{count}"] = {"Type": "Succeed"}
    machine = asl.parse(json.dumps({"StartAt": "S0", "States": states}))
    given = json.dumps({"a": "x" * ROOM}, separators=(",", ":"))
    player = Player(machine, replace(EXECUTION, input=given))
    player.play()

    assert player.outcome is not None
    assert (player.outcome.status, player.outcome.error or TOO_LARGE) == (status, TOO_LARGE)


@pytest.mark.parametrize(
    "expression",
    [
        "($f := function($x){ $f($x + 1) }; $f(1))",
        "($f := function($x){ 1 + $f($x + 1) }; $f(1))",
        "[1..100000000]",
        "$map([1..100000], function($a){ $map([1..100000], function($b){ $a * $b }) })",
        "$match('" + "a" * 40 + "!', /(a+)+$/)",
        "$pad('x', 1000000000)",
    ],
)
def test_an_expression_that_would_not_end_fails_its_state(expression: str) -> None:
    outcome = ended({"Type": "Pass", "QueryLanguage": "JSONata", "Output": f"{{% {expression} %}}"})

    assert (outcome.status, outcome.error) == ("FAILED", "States.QueryEvaluationError")


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize("path", ["$..a..a..a..a..a", "$..*..*..*..*", "$..[?(@..a)]..[?(@..a)]"])
def test_a_path_that_would_search_for_ever_fails_its_state(path: str) -> None:
    outcome = ended({"Type": "Pass", "Parameters": {"x.$": path}}, nested(900))

    assert (outcome.status, outcome.error) == ("FAILED", "States.Runtime")
    assert f"The path '{path}' takes too long to evaluate." in str(outcome.cause)


def test_a_path_may_look_at_all_of_the_largest_document() -> None:
    given = {"items": [{"n": number} for number in range(20_000)]}

    assert ended(
        {"Type": "Pass", "Parameters": {"x.$": "$..[?(@.n > 19998)].n"}}, given
    ).output == '{"x":[19999]}'  # fmt: skip


def test_states_may_lie_deep_within_each_other() -> None:
    """
    Or are refused when the state machine is made; running them never overflows a stack.
    """
    inner: dict[str, Any] = {"StartAt": "S0", "States": {"S0": {"Type": "Pass", "End": True}}}
    for number in range(1, 48):
        state = {"Type": "Parallel", "Branches": [inner], "ResultPath": None, "End": True}
        inner = {"StartAt": f"S{number}", "States": {f"S{number}": state}}

    player = Player(asl.parse(json.dumps(inner)), EXECUTION).play()

    assert player.outcome is not None and player.outcome.status == "SUCCEEDED"


def test_a_workflow_that_never_ends_fails_when_its_history_is_full() -> None:
    states = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [
            {"Variable": "$.stop", "IsPresent": True, "Next": "C"}], "Default": "A"},
        "C": {"Type": "Succeed"},
    }  # fmt: skip
    machine = asl.parse(json.dumps({"StartAt": "A", "States": states}))

    player = Player(machine, EXECUTION).play()

    assert player.outcome is not None
    assert player.outcome.error == "States.Runtime"
    assert len(player.history) == 25_000
    assert player.history[-1].type == "ExecutionFailed"
    assert player.now == NOW
