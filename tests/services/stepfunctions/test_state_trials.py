"""TestState: one state, alone."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.workflows import ROLE, Workflows


async def tried(workflows: Workflows, state: Any, given: Any = None, **params: Any) -> Any:
    return await workflows.call(
        "TestState",
        definition=json.dumps(state),
        input=json.dumps({} if given is None else given),
        **params,
    )


async def test_a_pass_state_gives_its_output_and_what_comes_next(workflows: Workflows) -> None:
    state = {"Type": "Pass", "Result": {"a": 1}, "ResultPath": "$.result", "Next": "After"}

    reply = await tried(workflows, state, {"b": 2})

    assert reply == {
        "output": '{"b":2,"result":{"a":1}}',
        "status": "SUCCEEDED",
        "nextState": "After",
    }


async def test_a_choice_says_where_it_goes(workflows: Workflows) -> None:
    rule = {"Variable": "$.n", "NumericGreaterThan": 10, "Next": "Big"}
    state = {"Type": "Choice", "Choices": [rule], "Default": "Small"}

    assert (await tried(workflows, state, {"n": 11}))["nextState"] == "Big"
    assert (await tried(workflows, state, {"n": 9}))["nextState"] == "Small"


async def test_variables_are_there_for_the_state(workflows: Workflows) -> None:
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": "{% $name & '!' %}",
        "End": True,
    }

    reply = await tried(workflows, state, variables='{"name": "you"}')

    assert reply == {"output": '"you!"', "status": "SUCCEEDED"}


async def test_a_task_is_really_called(workflows: Workflows) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:listStateMachines",
        "Parameters": {},
        "ResultSelector": {"count.$": "States.ArrayLength($.StateMachines)"},
        "ResultPath": "$.listed",
        "End": True,
    }

    reply = await tried(workflows, state, {"a": 1}, roleArn=ROLE, inspectionLevel="DEBUG")

    assert json.loads(reply["output"]) == {"a": 1, "listed": {"count": 0}}
    assert reply["inspectionData"] == {
        "input": '{"a": 1}',
        "afterInputPath": '{"a": 1}',
        "afterParameters": "{}",
        "result": '{"StateMachines":[]}',
        "afterResultSelector": '{"count":0}',
        "afterResultPath": '{"a":1,"listed":{"count":0}}',
    }


FAILING = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "orders"},
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
    "Next": "After",
}
BUSY = {"errorOutput": {"error": "Busy", "cause": "Later"}}


@pytest.mark.parametrize(
    ("retries", "status", "details"),
    [
        (0, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 3}),
        (1, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 6}),
        (2, "CAUGHT_ERROR", {"catchIndex": 0}),
    ],
)
async def test_a_mocked_error_is_retried_then_caught(
    workflows: Workflows, retries: int, status: str, details: dict[str, int]
) -> None:
    reply = await tried(
        workflows,
        FAILING,
        mock=BUSY,
        stateConfiguration={"retrierRetryCount": retries},
        inspectionLevel="DEBUG",
    )

    assert (reply["status"], reply["error"], reply["cause"]) == (status, "Busy", "Later")
    assert reply["inspectionData"]["errorDetails"] == details
    assert reply.get("nextState") == ("Caught" if status == "CAUGHT_ERROR" else None)


async def test_a_mocked_result_needs_no_role(workflows: Workflows) -> None:
    reply = await tried(workflows, FAILING, mock={"result": '{"Payload": 1}'})

    assert reply == {"output": '{"Payload": 1}', "status": "SUCCEEDED", "nextState": "After"}


async def test_a_state_of_a_whole_machine_is_tried_by_its_name(workflows: Workflows) -> None:
    machine = {
        "QueryLanguage": "JSONata",
        "StartAt": "One",
        "States": {
            "One": {"Type": "Pass", "Next": "Two"},
            "Two": {"Type": "Pass", "Output": "{% 1 + 1 %}", "End": True},
        },
    }

    assert (await tried(workflows, machine, stateName="Two"))["output"] == "2"


@pytest.mark.parametrize("state", [{"Type": "Nonsense"}, [], {"Type": "Pass"}])
async def test_what_is_no_state_is_refused(workflows: Workflows, state: Any) -> None:
    with pytest.raises(AwsError) as raised:
        await tried(workflows, state)

    assert raised.value.code == "InvalidDefinition"


async def test_a_state_sees_the_context_that_is_given(workflows: Workflows) -> None:
    reply = await workflows.call(
        "TestState",
        definition=json.dumps(
            {"Type": "Pass", "Parameters": {"name.$": "$$.Execution.Name"}, "End": True}
        ),
        input="{}",
        context='{"Execution": {"Name": "given"}}',
    )

    assert json.loads(reply["output"]) == {"name": "given"}
