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
        (2, "CAUGHT_ERROR", {"retryIndex": 0, "catchIndex": 0}),
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
    reply = await tried(workflows, FAILING, mock={"result": '{"Payload": "1"}'})

    assert reply == {"output": '{"Payload": "1"}', "status": "SUCCEEDED", "nextState": "After"}


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
    state = {**TASK, "ResultSelector": {"name.$": "$$.Execution.Name"}}

    reply = await tried(
        workflows, state, mock={"result": "{}"}, context='{"Execution": {"Name": "given"}}'
    )

    assert json.loads(reply["output"]) == {"name": "given"}


async def test_without_a_context_the_state_runs_as_in_an_express_execution(
    workflows: Workflows,
) -> None:
    reply = await tried(workflows, {"Type": "Succeed", "OutputPath": "$$.Execution"})

    execution = json.loads(reply["output"])
    assert ":express:" in execution["Id"]
    assert execution.keys() == {"Id", "Input", "StartTime", "Name", "RoleArn"}
    assert execution["RoleArn"] is None


TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage",
    "Parameters": {"QueueUrl": "q", "MessageBody": "m"},
    "End": True,
}
REGION = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
OTHER = {"StartAt": "J", "States": {"J": {"Type": "Pass", "End": True}}}
PARALLEL = {"Type": "Parallel", "Branches": [REGION, OTHER], "End": True}
MAP = {"Type": "Map", "ItemProcessor": REGION, "End": True}
WRITER = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}
WRITING = {
    **MAP,
    "ItemProcessor": {
        **REGION,
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    },
    "ResultWriter": WRITER,
}
FAILURE = {"errorOutput": {"error": "E", "cause": "C"}}
NO_MOCK = "State type 'Pass' is not supported when a mock is specified"
NEEDS_MOCK = (
    "TestState API does not support Map or Parallel states. Supported state types include:"
    " [Task, Wait, Pass, Succeed, Fail, Choice]"
)
CONTEXT = "Invalid Context object provided: "


@pytest.mark.parametrize(
    ("state", "params", "code", "message"),
    [
        ({"Type": "Pass", "End": True}, {"mock": FAILURE}, "ValidationException", NO_MOCK),
        (MAP, {}, "InvalidDefinition", NEEDS_MOCK),
        (PARALLEL, {}, "InvalidDefinition", NEEDS_MOCK),
        (
            TASK,
            {},
            "ValidationException",
            "RoleArn must be specified when testing a Task state",
        ),
        (
            TASK,
            {"mock": {"result": "{}", **FAILURE}},
            "ValidationException",
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (
            TASK,
            {"mock": FAILURE, "revealSecrets": True},
            "ValidationException",
            "TestState does not support RevealSecrets when a mock is specified.",
        ),
        (
            MAP,
            {"mock": {"result": "{}"}},
            "ValidationException",
            "Mocked result must be an array.",
        ),
        (
            WRITING,
            {"mock": {"result": "[]"}},
            "ValidationException",
            "Mocked result must be a JSON object.",
        ),
        (
            PARALLEL,
            {"mock": {"result": "[1]"}},
            "ValidationException",
            "Mocked result must contain the same number of items as number of Parallel branches.",
        ),
        (
            {"StartAt": "A", "States": {"A": TASK}},
            {"stateName": "B"},
            "ValidationException",
            "State not found in definition",
        ),
        (
            TASK,
            {"mock": FAILURE, "context": '{"Task": {"Token": "t"}}'},
            "ValidationException",
            CONTEXT + "Context object contains 'Task' when state is not a Task state with a"
            " '.sync' or '.waitForTaskToken' service integration pattern",
        ),
        (
            TASK,
            {"mock": FAILURE, "context": '{"Execution": {"Id": 1}}'},
            "ValidationException",
            CONTEXT + "Execution.Id must be a string",
        ),
        (
            TASK,
            {"mock": FAILURE, "context": '{"Map": {}}'},
            "ValidationException",
            CONTEXT + "'Map' field is not supported when mocking a Context object",
        ),
        (
            TASK,
            {"mock": FAILURE, "context": '{"Execution": {"other": 1}}'},
            "ValidationException",
            CONTEXT + "Field 'other' is not allowed",
        ),
        (
            TASK,
            {"mock": FAILURE, "context": '{"Other": {}}'},
            "ValidationException",
            CONTEXT + "Field 'Other' is not allowed",
        ),
    ],
)
async def test_what_does_not_fit_together_is_refused_as_on_aws(
    workflows: Workflows, state: Any, params: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(AwsError) as refusal:
        await tried(workflows, state, [], **params)

    assert (refusal.value.code, refusal.value.message) == (code, message)


def sdk(action: str) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:{action}", "End": True}


OPTIMIZED = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "End": True}
START = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": True}
SYNC = {**START, "Resource": f"{START['Resource']}.sync:2"}


@pytest.mark.parametrize(
    ("state", "result", "problem"),
    [
        (OPTIMIZED, {"Entries": "text"}, "Field 'Entries' must be an array"),
        (OPTIMIZED, {"Entries": [{"EventId": []}]}, "Field 'EventId' must be a string"),
        (START, {}, "Required field 'ExecutionArn' is missing"),
        (START, {"executionArn": "a"}, "Required field 'ExecutionArn' is missing"),
        (START, {"ExecutionArn": "a", "StartDate": 1}, "Field 'StartDate' must be a string"),
        (SYNC, {"Output": {}}, "Required field 'ExecutionArn' is missing"),
        (sdk("s3:getObject"), {"ContentLength": "9"}, "Field 'ContentLength' must be a number"),
        (
            sdk("s3:getObject"),
            {"StorageClass": "Papyrus"},
            "Field 'StorageClass' is not an expected value",
        ),
        (
            sdk("kms:encrypt"),
            {"CiphertextBlob": ""},
            "Field 'CiphertextBlob' is smaller than the minimum length",
        ),
        (
            sdk("lambda:getFunction"),
            {"Configuration": {"MemorySize": 127}},
            "Field 'MemorySize' is less than the minimum value",
        ),
        (
            sdk("lambda:getFunction"),
            {"Configuration": {"MemorySize": 99_999}},
            "Field 'MemorySize' exceeds the maximum value",
        ),
        (sdk("lambda:getFunction"), {"Tags": []}, "Field 'Tags' must be an object"),
    ],
)
async def test_a_mocked_result_is_held_against_the_model(
    workflows: Workflows, state: Any, result: Any, problem: str
) -> None:
    mock = {"result": json.dumps(result)}

    with pytest.raises(AwsError) as refusal:
        await tried(workflows, state, mock=mock)

    assert refusal.value.message == f"Mock result schema validation error: {problem}"
    relaxed = await tried(workflows, state, mock={**mock, "fieldValidationMode": "NONE"})
    assert relaxed["status"] == "SUCCEEDED"


async def test_a_mocked_result_may_lack_what_is_required_when_only_what_is_present_counts(
    workflows: Workflows,
) -> None:
    present = {"result": "{}", "fieldValidationMode": "PRESENT"}

    assert (await tried(workflows, START, mock=present))["status"] == "SUCCEEDED"


async def test_the_answer_of_a_callback_may_be_anything(workflows: Workflows) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": True,
    }

    reply = await tried(
        workflows,
        state,
        mock={"result": '{"MessageId": 1}'},
        context='{"Task": {"Token": "abc"}}',
        inspectionLevel="TRACE",
    )

    assert reply["output"] == '{"MessageId": 1}'
    assert '"token":"abc"' in reply["inspectionData"]["afterParameters"]


async def test_a_parallel_state_is_tried_by_its_branches_results(workflows: Workflows) -> None:
    state = {**PARALLEL, "ResultSelector": {"first.$": "$[0]"}}

    reply = await tried(workflows, state, mock={"result": "[1, 2]"})

    assert reply == {"output": '{"first":1}', "status": "SUCCEEDED"}


async def test_more_iterations_cannot_fail_than_there_are(workflows: Workflows) -> None:
    with pytest.raises(AwsError, match="must not exceed the number of items"):
        await tried(
            workflows,
            MAP,
            [1, 2],
            mock={"result": "[1, 2]"},
            stateConfiguration={"mapIterationFailureCount": 3},
        )
