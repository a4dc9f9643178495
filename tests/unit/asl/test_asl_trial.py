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
    if definition.get("Type") in ("Pass", "Wait", "Task") and "Next" not in definition:
        definition = {**definition, "End": True}
    machine, state = asl.parse_state(json.dumps(definition), state_name)
    return asl.try_state(machine, state, EXECUTION, asl.Trial(**trial), NOW, asl.Chance(1))


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


def test_a_failure_that_was_retried_often_enough_names_the_retrier() -> None:
    tried = _try(
        {**_TASK, "Retry": [{"ErrorEquals": ["E"]}]}, answer=asl.Answer(error="E"), retry_count=3
    )

    assert (tried.status, tried.error) == ("FAILED", "E")
    assert tried.inspection["errorDetails"] == {"retryIndex": 0}


def test_a_failure_that_is_caught_says_by_whom() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Rescue"}]
    state = {**_TASK, "Retry": [{"ErrorEquals": ["E"]}], "Catch": catch}

    tried = _try(state, answer=asl.Answer(error="E", cause="C"), retry_count=3)

    assert (tried.status, tried.next_state) == ("CAUGHT_ERROR", "Rescue")
    assert tried.output == '{"e":{"Error":"E","Cause":"C"}}'
    assert tried.inspection["errorDetails"] == {"retryIndex": 0, "catchIndex": 0}


def test_a_failure_that_nobody_handles() -> None:
    tried = _try({"Type": "Fail", "Error": "E", "Cause": "C"})
    assert (tried.status, tried.error, tried.cause) == ("FAILED", "E", "C")

    tried = _try({"Type": "Pass", "Parameters": {"x.$": "$.nope"}})
    assert (tried.status, tried.error) == ("FAILED", "States.Runtime")
    assert tried.cause == (
        "The JSONPath '$.nope' specified for the field 'x.$' could not be found in the input '{}'"
    )


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
    with pytest.raises(asl.NoSuchState):
        _try({"StartAt": "P", "States": states}, "J")


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


def test_a_state_without_a_name_sees_the_context_of_an_express_execution() -> None:
    tried = _try({"Type": "Succeed", "OutputPath": "$$"})

    context = json.loads(tried.output or "")
    assert context["State"]["Name"] == "StateName"
    assert "RedriveCount" in context["Execution"]


@pytest.mark.parametrize("context", [{}, {"Execution": {}, "State": {"Name": "given"}}])
def test_a_context_that_is_given_is_all_of_it(context: dict[str, Any]) -> None:
    state = {**_TASK, "ResultSelector": {"c.$": "$$"}}

    tried = _try(state, answer=asl.Answer(result="{}"), context=context)

    assert json.loads(tried.output or "") == {"c": context}


_SHOWN = [
    ({"Type": "Succeed"}, {"afterInputPath"}),
    ({"Type": "Wait", "Seconds": 5}, {"afterInputPath"}),
    ({"Type": "Fail", "Error": "E"}, {"afterInputPath"}),
    ({"Type": "Choice", "Choices": [], "Default": "A"}, {"afterInputPath"}),
    (
        {"Type": "Pass"},
        {"afterInputPath", "afterParameters", "afterResultSelector", "afterResultPath"},
    ),
    ({"Type": "Pass", "Result": 1}, {"result", "afterResultSelector", "afterResultPath"}),
    ({"Type": "Pass", "QueryLanguage": "JSONata"}, set()),
    ({"Type": "Fail", "Error": "E", "QueryLanguage": "JSONata"}, set()),
]


@pytest.mark.parametrize(("state", "shown"), _SHOWN)
def test_each_type_of_state_shows_its_own_steps(state: dict[str, Any], shown: set[str]) -> None:
    if state["Type"] == "Choice":
        never = {"Variable": "$", "IsString": True, "Next": "A"}
        state = {**state, "Choices": [never]}

    assert _try(state).inspection.keys() == {"input", *shown}


_EACH = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
_DISTRIBUTED = {**_EACH, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
_MAP = {
    "Type": "Map",
    "QueryLanguage": "JSONata",
    "Items": "{% $states.input %}",
    "ItemProcessor": _DISTRIBUTED,
    "End": True,
}


@pytest.mark.parametrize(
    ("tolerated", "failed", "status"),
    [
        ({}, 2, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 1, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 2, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 2, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 49.9}, 2, "FAILED"),
    ],
)
def test_too_many_failed_iterations_fail_a_map(
    tolerated: dict[str, Any], failed: int, status: str
) -> None:
    tried = _try(
        {**_MAP, **tolerated},
        input="[1,2,3,4]",
        answer=asl.Answer(result="[1]"),
        failed_iterations=failed,
    )

    assert tried.status == status
    assert tried.inspection["maxConcurrency"] == 0
    if status == "FAILED":
        assert tried.error == "States.ExceedToleratedFailureThreshold"
        assert tried.cause == "The specified tolerated failure threshold was exceeded"


def test_what_an_item_reader_has_read_is_given() -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/a/1"},
        "Arguments": {"Bucket": "b", "Key": "k"},
    }
    selector = {"v": "{% $states.context.Map.Item.Value %}"}
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"b": 1}}
    state = {**_MAP, "ItemReader": reader, "ItemSelector": selector, "ItemBatcher": batcher}
    del state["Items"]

    tried = _try(state, answer=asl.Answer(result="[]"), read_items={"a": [0, [5, 6, 7]]})

    assert tried.inspection["afterItemsPointer"] == "[5,6,7]"
    assert tried.inspection["afterItemSelector"] == '[{"v":5},{"v":6},{"v":7}]'
    assert tried.inspection["afterItemBatcher"] == (
        '[{"BatchInput":{"b":1},"Items":[{"v":5},{"v":6}]},{"BatchInput":{"b":1},"Items":[{"v":7}]}]'
    )


def test_a_map_over_what_is_no_array_fails() -> None:
    state = {"Type": "Map", "ItemsPath": "$$.State.Name", "ItemProcessor": _EACH, "End": True}

    tried = _try(state, answer=asl.Answer(result="[]"))

    assert (tried.status, tried.error) == ("FAILED", "States.Runtime")
    assert tried.cause == 'Reference path "$.State.Name" must point to array.'


def test_what_is_shown_is_what_was_done_also_by_chance() -> None:
    tried = _try({"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}})

    assert tried.inspection["afterParameters"] == tried.output
