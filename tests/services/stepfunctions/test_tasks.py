"""Task states: what is called, what comes back, what is retried, caught, too late."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.workflows import ROLE, Workflows, chain, passes, task, wait

ACCOUNT = "arn:aws:states:us-east-1:000000000000"


def answered(described: Any) -> Any:
    assert described["status"] == "SUCCEEDED", described
    return json.loads(described["output"])


# aws-sdk ------------------------------------------------------------------------------------


async def test_any_operation_is_called_in_the_spelling_of_the_java_sdk(
    workflows: Workflows,
) -> None:
    described = await workflows.run(
        chain(
            List=task("aws-sdk:sfn:listStateMachines", {"MaxResults": 10}, OutputPath="$"),
        )
    )

    created = "2025-06-15T15:06:40Z"
    assert answered(described) == {
        "StateMachines": [
            {
                "StateMachineArn": f"{ACCOUNT}:stateMachine:machine",
                "Name": "machine",
                "Type": "STANDARD",
                "CreationDate": created,
            }
        ]
    }


async def test_an_error_of_the_call_has_the_services_name_before_it(workflows: Workflows) -> None:
    missing = f"{ACCOUNT}:stateMachine:none"
    execution = await workflows.start(
        await workflows.create(
            chain(Describe=task("aws-sdk:sfn:describeStateMachine", {"StateMachineArn": missing}))
        )
    )
    await workflows.world.settle()

    failed = await workflows.describe(execution)
    assert failed["status"] == "FAILED"
    assert failed["error"] == "Sfn.StateMachineDoesNotExistException"
    assert failed["cause"].startswith(
        f"State Machine Does Not Exist: '{missing}' (Service: Sfn, Status Code: 400, Request ID: "
    )
    assert await workflows.event_types(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskFailed",
        "ExecutionFailed",
    ]


async def test_what_lambent_does_not_have_fails_and_says_so(workflows: Workflows) -> None:
    described = await workflows.run(chain(Call=task("aws-sdk:ec2:describeInstances", {})))

    assert described["status"] == "FAILED"
    assert described["error"] == "Ec2.NotSupportedByLambent"
    assert "Lambent has no service 'ec2'" in described["cause"]


async def test_what_lambent_does_not_have_is_neither_tried_again_nor_caught_as_any_failure(
    workflows: Workflows,
) -> None:
    """
    On AWS the call could have succeeded: another way round would say nothing of it.
    """
    call = task(
        "aws-sdk:ec2:describeInstances",
        {},
        Retry=[
            {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 3},
            {"ErrorEquals": ["States.ALL"], "MaxAttempts": 3},
        ],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        End=True,
    )
    described = await workflows.run(
        {"StartAt": "Call", "States": {"Call": call, "Caught": {"Type": "Pass", "End": True}}}
    )

    assert (described["status"], described["error"]) == ("FAILED", "Ec2.NotSupportedByLambent")


@pytest.mark.parametrize(
    ("error", "status"), [("States.ALL", "FAILED"), ("Ec2.NotSupportedByLambent", "SUCCEEDED")]
)
async def test_what_lambent_does_not_have_is_caught_by_its_name(
    workflows: Workflows, error: str, status: str
) -> None:
    state = {
        "Type": "Parallel",
        "Branches": [chain(Call=task("aws-sdk:ec2:describeInstances", {}))],
        "Catch": [{"ErrorEquals": [error], "Next": "Caught"}],
        "End": True,
    }
    described = await workflows.run(
        {"StartAt": "Both", "States": {"Both": state, "Caught": {"Type": "Succeed"}}}
    )

    assert described["status"] == status


async def test_wrong_parameters_fail_the_task_and_not_the_server(workflows: Workflows) -> None:
    described = await workflows.run(
        chain(Call=task("aws-sdk:sfn:listStateMachines", {"Nonsense": 1}))
    )

    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")
    assert described["cause"] == (
        "An error occurred while executing the state 'Call' (entered at the event id #2). The"
        " Parameters '{\"Nonsense\":1}' could not be used to start the Task:"
        ' [The field "Nonsense" is not supported by Step Functions]'
    )


# Retry and Catch ------------------------------------------------------------------------------


async def test_a_retrier_tries_again_after_its_delays_and_a_catcher_takes_the_rest(
    workflows: Workflows,
) -> None:
    describe = task(
        "aws-sdk:sfn:describeStateMachine",
        {"StateMachineArn": f"{ACCOUNT}:stateMachine:none"},
        Retry=[
            {
                "ErrorEquals": ["Sfn.StateMachineDoesNotExistException"],
                "IntervalSeconds": 10,
                "BackoffRate": 2,
                "MaxAttempts": 2,
            }
        ],
        Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}],
        End=True,
    )
    execution = await workflows.start(
        await workflows.create(
            {"StartAt": "Try", "States": {"Try": describe, "Caught": {"Type": "Succeed"}}}
        )
    )

    await workflows.world.advance(29)
    assert (await workflows.event_types(execution)).count("TaskFailed") == 2
    assert (await workflows.describe(execution))["status"] == "RUNNING"

    await workflows.world.advance(1)
    assert (await workflows.event_types(execution)).count("TaskFailed") == 3
    output = answered(await workflows.describe(execution))
    assert output["error"]["Error"] == "Sfn.StateMachineDoesNotExistException"


# Executions inside executions -----------------------------------------------------------------


async def test_a_started_execution_answers_at_once(workflows: Workflows) -> None:
    child = await workflows.create(chain(Wait=wait(100)), name="child")

    described = await workflows.run(
        chain(Start=task("states:startExecution", {"StateMachineArn": child, "Name": "one"}))
    )

    output = answered(described)
    assert output["ExecutionArn"] == f"{ACCOUNT}:execution:child:one"
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200


@pytest.mark.parametrize("seconds", [0, 100])
async def test_sync_2_waits_for_the_end_and_gives_the_output_as_json(
    workflows: Workflows, seconds: int
) -> None:
    child = await workflows.create(
        chain(Wait=wait(seconds), Say={"Type": "Pass", "Result": {"said": "hello"}}), name="child"
    )
    given = {"StateMachineArn": child, "Input": {"a": 1}}
    execution = await workflows.start(
        await workflows.create(chain(Start=task("states:startExecution.sync:2", given)))
    )

    await workflows.world.advance(seconds)

    output = answered(await workflows.describe(execution))
    assert output["Output"] == {"said": "hello"}
    assert output["Input"] == {"a": 1}
    assert output["Status"] == "SUCCEEDED"
    assert await workflows.event_types(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


async def test_sync_gives_the_output_as_text(workflows: Workflows) -> None:
    child = await workflows.create(passes(1), name="child")

    described = await workflows.run(
        chain(Start=task("states:startExecution.sync", {"StateMachineArn": child, "Input": {}}))
    )

    assert answered(described)["Output"] == "{}"


async def test_a_nested_execution_that_fails_fails_the_task(workflows: Workflows) -> None:
    child = await workflows.create(
        {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "E", "Cause": "C"}}},
        name="child",
    )

    described = await workflows.run(
        chain(Start=task("states:startExecution.sync:2", {"StateMachineArn": child}))
    )

    assert described["error"] == "States.TaskFailed"
    cause = json.loads(described["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "E", "C")


async def test_stopping_the_parent_stops_what_it_waits_for(workflows: Workflows) -> None:
    child = await workflows.create(chain(Wait=wait(1000)), name="child")
    given = {"StateMachineArn": child, "Name": "nested"}
    execution = await workflows.start(
        await workflows.create(chain(Start=task("states:startExecution.sync:2", given)))
    )
    await workflows.world.settle()

    await workflows.call("StopExecution", executionArn=execution)
    await workflows.world.settle()

    nested = await workflows.describe(f"{ACCOUNT}:execution:child:nested")
    assert nested["status"] == "ABORTED"


# Time-outs and tokens -------------------------------------------------------------------------


async def waiting_for_token(workflows: Workflows, **fields: Any) -> tuple[str, str]:
    """An execution that waits for its token, and the token, which a nested execution got."""
    child = await workflows.create(passes(1), name="child")
    given = {
        "StateMachineArn": child,
        "Name": "told",
        "Input": {"token.$": "$$.Task.Token"},
    }
    state = task("states:startExecution.waitForTaskToken", given, **fields)
    execution = await workflows.start(await workflows.create(chain(Ask=state)))
    await workflows.world.settle()
    told = await workflows.describe(f"{ACCOUNT}:execution:child:told")
    return execution, json.loads(told["input"])["token"]


async def test_a_callback_answers_the_task(workflows: Workflows) -> None:
    execution, token = await waiting_for_token(workflows)
    assert (await workflows.event_types(execution))[-1] == "TaskSubmitted"

    await workflows.call("SendTaskSuccess", taskToken=token, output='{"yes": true}')

    assert answered(await workflows.describe(execution)) == {"yes": True}
    with pytest.raises(AwsError) as raised:
        await workflows.call("SendTaskSuccess", taskToken=token, output="{}")
    assert raised.value.code == "TaskTimedOut"
    assert raised.value.message == "Task Timed Out: 'Provided task does not exist anymore'"


async def test_a_callback_fails_the_task(workflows: Workflows) -> None:
    execution, token = await waiting_for_token(workflows)

    await workflows.call("SendTaskFailure", taskToken=token, error="No", cause="Never")

    described = await workflows.describe(execution)
    assert (described["status"], described["error"], described["cause"]) == (
        "FAILED",
        "No",
        "Never",
    )


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"taskToken": "nonsense", "output": "{}"}, "InvalidToken"),
        ({"taskToken": "nonsense", "output": "{"}, "InvalidOutput"),
    ],
)
async def test_an_answer_that_cannot_be_one_is_refused(
    workflows: Workflows, params: dict[str, str], code: str
) -> None:
    with pytest.raises(AwsError) as raised:
        await workflows.call("SendTaskSuccess", **params)

    assert raised.value.code == code


async def test_a_task_that_nobody_answers_times_out(workflows: Workflows) -> None:
    execution, token = await waiting_for_token(workflows, TimeoutSeconds=60)

    await workflows.world.advance(60)

    described = await workflows.describe(execution)
    assert (described["status"], described["error"]) == ("FAILED", "States.Timeout")
    assert "TaskTimedOut" in await workflows.event_types(execution)
    with pytest.raises(AwsError) as raised:
        await workflows.call("SendTaskHeartbeat", taskToken=token)
    assert raised.value.code == "TaskTimedOut"


async def test_heartbeats_keep_a_task_alive(workflows: Workflows) -> None:
    execution, token = await waiting_for_token(workflows, HeartbeatSeconds=10)

    for _ in range(5):
        await workflows.world.advance(9)
        await workflows.call("SendTaskHeartbeat", taskToken=token)
    assert (await workflows.describe(execution))["status"] == "RUNNING"

    await workflows.world.advance(10)
    assert (await workflows.describe(execution))["status"] == "FAILED"


async def test_an_answer_in_time_ends_the_time_limits(workflows: Workflows) -> None:
    execution, token = await waiting_for_token(workflows, HeartbeatSeconds=10, TimeoutSeconds=60)

    await workflows.call("SendTaskSuccess", taskToken=token, output="1")
    await workflows.world.advance(100)

    assert answered(await workflows.describe(execution)) == 1


# Parallel and Map -----------------------------------------------------------------------------


async def test_many_branches_answer_at_once(workflows: Workflows) -> None:
    list_machines = task("aws-sdk:sfn:listStateMachines", {}, ResultPath=None)
    definition = chain(
        Each={
            "Type": "Map",
            "ItemProcessor": chain(List=list_machines, Again={**list_machines}),
        }
    )

    described = await workflows.run(definition, list(range(200)))

    assert answered(described) == list(range(200))


async def test_a_failed_branch_ends_the_timers_of_the_others(workflows: Workflows) -> None:
    definition = chain(
        Both={
            "Type": "Parallel",
            "Branches": [
                chain(Long=wait(1000)),
                {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "E"}}},
            ],
        }
    )

    described = await workflows.run(definition)

    assert (described["status"], described["error"]) == ("FAILED", "E")
    await workflows.world.advance(1000)
    assert (await workflows.describe(described["executionArn"]))["status"] == "FAILED"


# Express --------------------------------------------------------------------------------------


async def test_a_synchronous_express_execution_answers_with_its_output(
    workflows: Workflows,
) -> None:
    machine = await workflows.create(
        chain(
            List=task("aws-sdk:sfn:listStateMachines", {}, ResultPath=None),
            Say={"Type": "Pass", "Result": "done"},
        ),
        type="EXPRESS",
    )

    reply = await workflows.call("StartSyncExecution", stateMachineArn=machine, input="{}")

    assert (reply["status"], reply["output"]) == ("SUCCEEDED", '"done"')
    assert reply["executionArn"].startswith(f"{ACCOUNT}:express:machine:")
    assert reply["billingDetails"] == {
        "billedMemoryUsedInMB": 64,
        "billedDurationInMilliseconds": 100,
    }
    with pytest.raises(AwsError) as raised:
        await workflows.describe(reply["executionArn"])
    assert raised.value.code == "InvalidArn"


async def test_a_standard_machine_has_no_synchronous_executions(workflows: Workflows) -> None:
    machine = await workflows.create(passes())

    with pytest.raises(AwsError) as raised:
        await workflows.call("StartSyncExecution", stateMachineArn=machine)

    assert raised.value.code == "StateMachineTypeNotSupported"


async def test_tasks_call_as_the_state_machines_role(workflows: Workflows) -> None:
    described = await workflows.run(chain(Who=task("aws-sdk:sts:getCallerIdentity", {})))

    assert ROLE.rsplit("/", maxsplit=1)[-1] in answered(described)["Arn"]
