"""One state tried by itself, as TestState does."""

import json
from typing import Any

import pytest

from lambent.languages import asl
from tests.unit.asl.execution_player import EXECUTION, NOW

_TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "After"}


def _try(
    definition: dict[str, Any], state_name: str | None = None, **trial: Any
) -> asl.TrialResult:
    machine, name = asl.parse_state(json.dumps(definition), state_name)
    return asl.try_state(machine, name, EXECUTION, asl.Trial(**trial), NOW, asl.Chance(1))


def test_a_pass_state_shows_its_data_between_its_fields() -> None:
    state = {
        "Type": "Pass",
        "InputPath": "$.a",
        "Parameters": {"p.$": "$.b"},
        "ResultPath": "$.r",
        "OutputPath": "$.r.p",
        "Next": "Nowhere",
    }

    tried = _try(state, input='{"a":{"b":1}}')

    assert (tried.status, tried.output, tried.next_state) == ("SUCCEEDED", "1", "Nowhere")
    assert tried.inspection == {
        "input": '{"a":{"b":1}}',
        "afterInputPath": '{"b":1}',
        "afterParameters": '{"p":1}',
        "result": '{"p":1}',
        "afterResultSelector": '{"p":1}',
        "afterResultPath": '{"a":{"b":1},"r":{"p":1}}',
    }


def test_a_task_says_what_it_would_call_and_goes_on_with_the_answer() -> None:
    state = {**_TASK, "Parameters": {"Payload.$": "$.x"}, "ResultSelector": {"r.$": "$.Payload"}}

    waiting = _try(state, input='{"x":5}')
    assert waiting.status == "WAITING"
    assert isinstance(waiting.command, asl.RunTask)
    assert waiting.command.parameters == {"Payload": 5}

    tried = _try(state, input='{"x":5}', answer=asl.Answer(result='{"Payload":7}'))
    assert (tried.status, tried.output, tried.next_state) == ("SUCCEEDED", '{"r":7}', "After")
    assert tried.inspection["afterParameters"] == '{"Payload":5}'
    assert tried.inspection["afterResultSelector"] == '{"r":7}'


def test_a_failure_that_is_retried_says_when() -> None:
    retry = [{"ErrorEquals": ["X"]}, {"ErrorEquals": ["E"], "IntervalSeconds": 2}]
    state = {**_TASK, "Retry": retry}

    tried = _try(state, answer=asl.Answer(error="E", cause="C"), retry_count=1)

    assert (tried.status, tried.error, tried.cause) == ("RETRIABLE", "E", "C")
    details = {"retryIndex": 1, "retryBackoffIntervalSeconds": 4}
    assert tried.inspection["errorDetails"] == details


def test_a_failure_that_is_caught_says_by_whom() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Rescue"}]
    state = {**_TASK, "Retry": [{"ErrorEquals": ["E"]}], "Catch": catch}

    tried = _try(state, answer=asl.Answer(error="E", cause="C"), retry_count=3)

    assert (tried.status, tried.next_state) == ("CAUGHT_ERROR", "Rescue")
    assert tried.output == '{"e":{"Error":"E","Cause":"C"}}'
    assert tried.inspection["errorDetails"] == {"catchIndex": 0}


def test_a_failure_that_nobody_handles() -> None:
    tried = _try({"Type": "Fail", "Error": "E", "Cause": "C"})
    assert (tried.status, tried.error, tried.cause) == ("FAILED", "E", "C")

    tried = _try({"Type": "Pass", "Parameters": {"x.$": "$.nope"}})
    assert (tried.status, tried.error) == ("FAILED", "States.Runtime")


def test_variables_and_the_context_object_can_be_given() -> None:
    state = {
        "QueryLanguage": "JSONata",
        "Type": "Pass",
        "Output": "{% $v & $states.context.Execution.Name %}",
        "Assign": {"w": "{% $v & '!' %}"},
        "End": True,
    }

    tried = _try(state, variables={"v": "a"}, context={"Execution": {"Name": "n"}})

    assert tried.output == '"an"'
    assert json.loads(tried.inspection["variables"]) == {"v": "a", "w": "a!"}


def test_a_map_can_be_mocked_and_shows_its_items() -> None:
    processor = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    state = {
        "Type": "Map",
        "ItemsPath": "$.l",
        "ItemSelector": {"v.$": "$$.Map.Item.Value"},
        "MaxConcurrency": 3,
        "ItemProcessor": processor,
        "End": True,
    }

    tried = _try(state, input='{"l":[1,2]}', answer=asl.Answer(result="[8,9]"))

    assert (tried.status, tried.output) == ("SUCCEEDED", "[8,9]")
    assert tried.inspection["afterItemsPath"] == "[1,2]"
    assert tried.inspection["afterItemSelector"] == '[{"v":1},{"v":2}]'
    assert tried.inspection["maxConcurrency"] == 3


def test_a_state_of_a_whole_definition_is_found_by_its_name() -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Result": 5, "End": True}}}
    states = {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}

    tried = _try({"StartAt": "P", "States": states}, "I")

    assert (tried.output, tried.inspection["result"]) == ("5", "5")


@pytest.mark.parametrize(("input", "chosen"), [('{"n":1}', "One"), ('{"n":2}', "Other")])
def test_a_choice_says_where_it_leads(input: str, chosen: str) -> None:
    rule = {"Variable": "$.n", "NumericEquals": 1, "Next": "One"}
    state = {"Type": "Choice", "Choices": [rule], "Default": "Other"}

    assert _try(state, input=input).next_state == chosen


def test_a_wait_is_not_waited_for() -> None:
    assert _try({"Type": "Wait", "Seconds": 1_000}).status == "SUCCEEDED"


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(asl.InvalidDefinition):
        asl.parse_state('{"Type":"Nope"}')
    with pytest.raises(asl.InvalidDefinition):
        asl.parse_state("[]")
