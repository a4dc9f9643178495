"""Activities and their workers."""

import asyncio

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.workflows import Workflows, chain


async def activity(workflows: Workflows, name: str = "work") -> str:
    return str((await workflows.call("CreateActivity", name=name))["activityArn"])


def asking(arn: str, **fields: object) -> dict[str, object]:
    return chain(Ask={"Type": "Task", "Resource": arn, **fields})


async def test_a_worker_takes_a_task_and_answers_it(workflows: Workflows) -> None:
    arn = await activity(workflows)
    execution = await workflows.start(await workflows.create(asking(arn)), {"a": 1})

    task = await workflows.call("GetActivityTask", activityArn=arn, workerName="me")
    assert task["input"] == '{"a": 1}'
    await workflows.call("SendTaskSuccess", taskToken=task["taskToken"], output='"done"')

    assert (await workflows.describe(execution))["output"] == '"done"'
    assert await workflows.event_types(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


async def test_a_worker_that_waits_is_given_a_task_when_there_is_one(workflows: Workflows) -> None:
    arn = await activity(workflows)
    machine = await workflows.create(asking(arn))

    waiting = asyncio.create_task(workflows.call("GetActivityTask", activityArn=arn))
    await asyncio.sleep(0)
    await workflows.start(machine, {"a": 1})

    assert (await waiting)["input"] == '{"a": 1}'


async def test_a_worker_waits_for_a_minute(workflows: Workflows) -> None:
    arn = await activity(workflows)

    waiting = asyncio.create_task(workflows.call("GetActivityTask", activityArn=arn))
    await asyncio.sleep(0)
    await workflows.world.advance(60)

    assert await waiting == {}


async def test_the_task_of_an_execution_that_is_over_is_given_to_nobody(
    workflows: Workflows,
) -> None:
    arn = await activity(workflows)
    machine = await workflows.create(asking(arn))
    gone = await workflows.start(machine, "gone")
    await workflows.start(machine, "here")
    await workflows.call("StopExecution", executionArn=gone)

    task = await workflows.call("GetActivityTask", activityArn=arn)

    assert task["input"] == '"here"'


async def test_the_time_of_an_activity_begins_when_it_is_taken(workflows: Workflows) -> None:
    arn = await activity(workflows)
    execution = await workflows.start(
        await workflows.create(asking(arn, HeartbeatSeconds=10, TimeoutSeconds=100))
    )

    await workflows.world.advance(200)
    task = await workflows.call("GetActivityTask", activityArn=arn)
    await workflows.world.advance(9)
    await workflows.call("SendTaskHeartbeat", taskToken=task["taskToken"])
    await workflows.world.advance(9)
    assert (await workflows.describe(execution))["status"] == "RUNNING"

    await workflows.world.advance(1)
    assert "ActivityTimedOut" in await workflows.event_types(execution)


async def test_activities_are_created_once_listed_and_deleted(workflows: Workflows) -> None:
    arns = [await activity(workflows, name) for name in ("a", "b", "c")]
    assert await activity(workflows, "a") == arns[0]

    first = await workflows.call("ListActivities", maxResults=2)
    second = await workflows.call("ListActivities", nextToken=first["nextToken"])
    listed = [one["activityArn"] for one in first["activities"] + second["activities"]]
    assert listed == arns

    await workflows.call("DeleteActivity", activityArn=arns[0])
    with pytest.raises(AwsError) as raised:
        await workflows.call("DescribeActivity", activityArn=arns[0])
    assert raised.value.code == "ActivityDoesNotExist"
    assert raised.value.message == f"Activity Does Not Exist: '{arns[0]}'"


async def test_an_activity_that_does_not_exist_fails_the_execution(workflows: Workflows) -> None:
    arn = "arn:aws:states:us-east-1:000000000000:activity:missing"
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states = {
        "Ask": {"Type": "Task", "Resource": arn, "Catch": catch, "End": True},
        "Caught": {"Type": "Succeed"},
    }

    described = await workflows.run({"StartAt": "Ask", "States": states})

    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")
    assert described["cause"] == (
        "An error occurred while executing the state 'Ask' (entered at the event id #2)."
        f" The activity {arn} does not exist."
    )
