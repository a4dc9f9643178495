"""What Step Functions counts."""

from typing import Any

import pytest

from tests.services.lambda_.functions import create as create_function
from tests.services.lambda_.functions import zipped
from tests.services.lambda_.metric_reading import metric_names, statistics
from tests.services.stepfunctions.workflows import Workflows, chain, passes, task, wait

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:orders"


async def counted(workflows: Workflows, **dimensions: str) -> dict[str, float]:
    """The sums of all metrics that have these dimensions, times left out."""
    found = {}
    for name in await metric_names(workflows.context, "AWS/States", **dimensions):
        point = await statistics(workflows.context, name, "AWS/States", **dimensions)
        if point["Unit"] == "Count":
            found[name] = point["Sum"]
    return found


async def milliseconds(workflows: Workflows, metric: str, **dimensions: str) -> float:
    """The one sample of a time."""
    point = await statistics(workflows.context, metric, "AWS/States", **dimensions)
    assert (point["SampleCount"], point["Unit"]) == (1, "Milliseconds")
    return round(point["Sum"])


async def test_executions_are_counted_by_how_they_end(workflows: Workflows) -> None:
    machine = await workflows.create(
        {
            "StartAt": "Choose",
            "TimeoutSeconds": 50,
            "States": {
                "Choose": {
                    "Type": "Choice",
                    "Choices": [
                        {"Variable": "$.fail", "IsPresent": True, "Next": "Fail"},
                        {"Variable": "$.seconds", "IsPresent": True, "Next": "Wait"},
                    ],
                    "Default": "Done",
                },
                "Fail": {"Type": "Fail"},
                "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Done"},
                "Done": {"Type": "Succeed"},
            },
        }
    )
    for given in ({}, {}, {"fail": 1}, {"seconds": 10}, {"seconds": 100}):
        await workflows.start(machine, given)
    stopped = await workflows.start(machine, {"seconds": 30})
    await workflows.world.advance(10)
    await workflows.call("StopExecution", executionArn=stopped)
    await workflows.world.advance(60)

    assert await counted(workflows, StateMachineArn=machine) == {
        "ExecutionsStarted": 6,
        "ExecutionsSucceeded": 3,
        "ExecutionsFailed": 1,
        "ExecutionsTimedOut": 1,
        "ExecutionsAborted": 1,
    }
    time = await statistics(
        workflows.context, "ExecutionTime", "AWS/States", StateMachineArn=machine
    )
    assert (time["SampleCount"], time["Maximum"], time["Sum"]) == (6, 50_000, 70_000)


async def test_the_same_start_again_is_no_other_execution(workflows: Workflows) -> None:
    machine = await workflows.create(chain(Wait=wait(60)))
    for _ in range(3):
        await workflows.start(machine, name="same")

    assert await counted(workflows, StateMachineArn=machine) == {"ExecutionsStarted": 1}


async def test_versions_and_aliases_have_figures_of_their_own(workflows: Workflows) -> None:
    machine = await workflows.create(passes(1), publish=True)
    alias = await workflows.call(
        "CreateStateMachineAlias",
        name="live",
        routingConfiguration=[{"stateMachineVersionArn": f"{machine}:1", "weight": 100}],
    )
    for arn in (machine, f"{machine}:1", alias["stateMachineAliasArn"]):
        await workflows.start(arn)

    for view, count in (({}, 3), ({"Version": "1"}, 2), ({"Alias": "live"}, 1)):
        found = await counted(workflows, StateMachineArn=machine, **view)
        assert found == {"ExecutionsStarted": count, "ExecutionsSucceeded": count}


async def test_express_executions_tell_what_they_are_billed(workflows: Workflows) -> None:
    machine = await workflows.create(passes(1), type="EXPRESS")
    await workflows.call("StartSyncExecution", stateMachineArn=machine)

    where = {"StateMachineArn": machine}
    assert await counted(workflows, **where) == {"ExecutionsStarted": 1, "ExecutionsSucceeded": 1}
    assert await milliseconds(workflows, "ExpressExecutionBilledDuration", **where) == 100
    memory = await statistics(workflows.context, "ExpressExecutionMemory", "AWS/States", **where)
    assert (memory["Sum"], memory["Unit"]) == (64, "Megabytes")


async def test_functions_and_integrations_are_counted_by_their_resource(
    workflows: Workflows,
) -> None:
    """
    One function is called by its ARN and fails on its first try, the queue is called by name.
    """
    code = "def handler(event, context):\n    return event['missing']\n"
    await create_function(workflows.context, Code={"ZipFile": zipped(code)})
    await workflows.world.settle()
    reply = await workflows.context.call("sqs", "CreateQueue", {"QueueName": "q"})
    retry = {"ErrorEquals": ["KeyError"], "IntervalSeconds": 1, "MaxAttempts": 1}
    machine = await workflows.create(
        chain(
            Call={
                "Type": "Task",
                "Resource": FUNCTION,
                "Retry": [retry],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Send"}],
            },
            Send=task("sqs:sendMessage", {"QueueUrl": reply["QueueUrl"], "MessageBody": "b"}),
        )
    )
    await workflows.start(machine)
    await workflows.world.advance(5)

    assert await counted(workflows, LambdaFunctionArn=FUNCTION) == {
        "LambdaFunctionsScheduled": 2,
        "LambdaFunctionsStarted": 2,
        "LambdaFunctionsFailed": 2,
    }
    resource = "arn:aws:states:::sqs:sendMessage"
    assert await counted(workflows, ServiceIntegrationResourceArn=resource) == {
        "ServiceIntegrationsScheduled": 1,
        "ServiceIntegrationsStarted": 1,
        "ServiceIntegrationsSucceeded": 1,
    }


async def test_the_times_of_an_activity_are_counted(workflows: Workflows) -> None:
    activity = (await workflows.call("CreateActivity", name="work"))["activityArn"]
    state: dict[str, Any] = {"Type": "Task", "Resource": activity}
    await workflows.start(await workflows.create(chain(Ask=state)))
    await workflows.world.advance(7)
    taken = await workflows.call("GetActivityTask", activityArn=activity)
    await workflows.world.advance(5)
    await workflows.call("SendTaskSuccess", taskToken=taken["taskToken"], output="{}")

    assert await counted(workflows, ActivityArn=activity) == {
        "ActivitiesScheduled": 1,
        "ActivitiesStarted": 1,
        "ActivitiesSucceeded": 1,
    }
    where = {"ActivityArn": activity}
    assert await milliseconds(workflows, "ActivityScheduleTime", **where) == 7_000
    assert await milliseconds(workflows, "ActivityRunTime", **where) == 5_000
    assert await milliseconds(workflows, "ActivityTime", **where) == 12_000


@pytest.mark.parametrize(
    ("limits", "metric"),
    [
        ({"TimeoutSeconds": 30}, "ActivitiesTimedOut"),
        ({"TimeoutSeconds": 30, "HeartbeatSeconds": 10}, "ActivitiesHeartbeatTimedOut"),
    ],
)
async def test_activities_that_are_late_are_told_from_those_that_are_silent(
    workflows: Workflows, limits: dict[str, int], metric: str
) -> None:
    activity = (await workflows.call("CreateActivity", name="work"))["activityArn"]
    state = {"Type": "Task", "Resource": activity, **limits}
    await workflows.start(await workflows.create(chain(Ask=state)))
    await workflows.call("GetActivityTask", activityArn=activity)
    await workflows.world.advance(60)

    assert await counted(workflows, ActivityArn=activity) == {
        "ActivitiesScheduled": 1,
        "ActivitiesStarted": 1,
        metric: 1,
    }
