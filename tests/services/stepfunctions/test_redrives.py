"""Executions that go on from where they failed."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.services.stepfunctions.maps import distributed, map_run_of
from tests.services.stepfunctions.workflows import Workflows, chain, passes, task, wait

DAY = 86_400
FAILS = {"Type": "Fail", "Error": "E", "Cause": "C"}


def sending(**fields: Any) -> dict[str, Any]:
    """Sends to the queue that the input names; fails while there is none."""
    parameters = {"QueueUrl.$": "$.queue", "MessageBody.$": "$.body"}
    return task("sqs:sendMessage", parameters, ResultPath=None, **fields)


class Queue:
    """A queue that is made late."""

    def __init__(self, workflows: Workflows) -> None:
        self._context = workflows.context
        self.url = "http://sqs.us-east-1.amazonaws.com/000000000000/late"

    async def create(self) -> None:
        await self._context.call("sqs", "CreateQueue", {"QueueName": "late"})

    async def bodies(self) -> list[str]:
        found: list[str] = []
        while True:
            asked = {"QueueUrl": self.url, "MaxNumberOfMessages": 10}
            reply = await self._context.call("sqs", "ReceiveMessage", asked)
            if not reply.get("Messages"):
                return sorted(found)
            found += [message["Body"] for message in reply["Messages"]]


async def failed(workflows: Workflows, definition: Any, given: Any = None) -> str:
    described = await workflows.run(definition, given)
    assert described["status"] == "FAILED", described
    return str(described["executionArn"])


async def redrive(workflows: Workflows, execution: str, **params: Any) -> Any:
    reply = await workflows.call("RedriveExecution", executionArn=execution, **params)
    await workflows.world.settle()
    return reply["redriveDate"]


async def test_of_a_map_and_a_parallel_only_what_failed_runs_again(workflows: Workflows) -> None:
    """
    However deep it lies; what had succeeded beside it is neither done again nor lost.
    """
    queue = Queue(workflows)
    done = Queue(workflows)
    done.url = queue.url.replace("late", "done")
    await workflows.context.call("sqs", "CreateQueue", {"QueueName": "done"})
    both = {
        "Type": "Parallel",
        "Branches": [
            chain(
                Once={
                    **sending(),
                    "Parameters": {"QueueUrl": done.url, "MessageBody.$": "$.body"},
                }
            ),
            chain(Late=sending()),
        ],
    }
    definition = chain(
        Each={
            "Type": "Map",
            "ItemProcessor": chain(Both=both),
            "MaxConcurrency": 1,
            "ToleratedFailurePercentage": 0,
        }
    )
    given = [
        {"queue": done.url, "body": "first"},
        {"queue": queue.url, "body": "second"},
        {"queue": done.url, "body": "third"},
    ]
    execution = await failed(workflows, definition, given)

    await queue.create()
    await redrive(workflows, execution)

    described = await workflows.describe(execution)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == [[item, item] for item in given]
    assert await queue.bodies() == ["second"]
    bodies = await done.bodies()
    assert (bodies.count("first"), bodies.count("third")) == (2, 2)
    # The branch beside the one that failed may have been stopped before it was done.
    assert 1 <= bodies.count("second") <= 2


async def test_retries_begin_anew_with_a_redrive(workflows: Workflows) -> None:
    queue = Queue(workflows)
    again = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    machine = await workflows.create(chain(Send=sending(Retry=again)))
    execution = await workflows.start(machine, {"queue": queue.url, "body": "x"})
    await workflows.world.advance(10)
    assert (await workflows.describe(execution))["status"] == "FAILED"

    await redrive(workflows, execution)
    await workflows.world.advance(10)

    types = await workflows.event_types(execution)
    assert types.count("TaskScheduled") == 6
    assert types.count("TaskStateEntered") == 1
    [redriven] = [
        event for event in await workflows.events(execution) if event["type"] == "ExecutionRedriven"
    ]
    assert redriven["executionRedrivenEventDetails"] == {"redriveCount": 1}


async def test_an_execution_that_timed_out_or_was_stopped_can_be_redriven(
    workflows: Workflows,
) -> None:
    machine = await workflows.create({**chain(Wait=wait(100)), "TimeoutSeconds": 60})
    timed_out, stopped = [await workflows.start(machine) for _ in range(2)]
    await workflows.call("StopExecution", executionArn=stopped)
    await workflows.world.advance(61)
    assert (await workflows.describe(timed_out))["status"] == "TIMED_OUT"

    for execution in (timed_out, stopped):
        assert (await workflows.describe(execution))["redriveStatus"] == "REDRIVABLE"
        await redrive(workflows, execution)
        assert (await workflows.describe(execution))["status"] == "RUNNING"
    # AWS: the state machine's own time begins again.
    await workflows.world.advance(61)

    assert (await workflows.describe(timed_out))["status"] == "TIMED_OUT"


@pytest.mark.parametrize(
    ("definition", "seconds", "reason"),
    [
        (passes(1), 0, "Execution is SUCCEEDED and cannot be redriven"),
        (chain(Wait=wait(60)), 0, "Execution is RUNNING and cannot be redriven"),
        (chain(Fail=FAILS), 14 * DAY + 1, "Execution redrivable period exceeded"),
    ],
)
async def test_what_cannot_be_redriven_says_why(
    workflows: Workflows, definition: Any, seconds: int, reason: str
) -> None:
    execution = await workflows.start(await workflows.create(definition))
    await workflows.world.settle()
    await workflows.world.advance(seconds)

    described = await workflows.describe(execution)

    assert described["redriveStatus"] == "NOT_REDRIVABLE"
    assert described["redriveStatusReason"] == reason
    with pytest.raises(AwsError, match=reason) as raised:
        await workflows.call("RedriveExecution", executionArn=execution)
    assert raised.value.code == "ExecutionNotRedrivable"


async def test_asking_again_with_the_same_token_redrives_once(workflows: Workflows) -> None:
    execution = await failed(workflows, chain(Fail=FAILS))

    first = await redrive(workflows, execution, clientToken="t")
    await workflows.world.advance(60)
    second = await redrive(workflows, execution, clientToken="t")

    assert first == second
    assert (await workflows.describe(execution))["redriveCount"] == 1
    await workflows.world.advance(15 * 60)
    assert await redrive(workflows, execution, clientToken="t") > first
    assert (await workflows.describe(execution))["redriveCount"] == 2


# Map runs ---------------------------------------------------------------------------------------


async def children_of(workflows: Workflows, run: Any, **params: Any) -> list[Any]:
    listed = await workflows.call("ListExecutions", mapRunArn=run["mapRunArn"], **params)
    return list(reversed(listed["executions"]))


@pytest.mark.parametrize("express", [True, False])
async def test_a_child_is_redriven_with_its_map_run_only(
    workflows: Workflows, express: bool
) -> None:
    queue = Queue(workflows)
    each = distributed(chain(Send=sending()), express=express)
    execution = await failed(workflows, chain(Each=each), [{"queue": queue.url, "body": "x"}])
    run = await map_run_of(workflows, execution)
    [child] = await children_of(workflows, run)
    described = await workflows.describe(child["executionArn"])
    assert described["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    assert "redriveStatusReason" not in described
    with pytest.raises(AwsError) as raised:
        await workflows.call("RedriveExecution", executionArn=child["executionArn"])
    assert raised.value.code == ("InvalidArn" if express else "ExecutionNotRedrivable")

    await queue.create()
    await redrive(workflows, execution)

    [child] = await children_of(workflows, run, redriveFilter="REDRIVEN")
    assert (child["status"], child["redriveCount"]) == ("SUCCEEDED", 1)
    assert ("redriveDate" in child) is not express
    described = await workflows.describe(child["executionArn"])
    assert described["redriveStatus"] == "NOT_REDRIVABLE"
    assert await queue.bodies() == ["x"]


async def test_a_child_whose_time_is_over_stays_as_it_is(workflows: Workflows) -> None:
    """
    It ended a fortnight before its map run did.
    """
    late = {**chain(Wait={"Type": "Wait", "SecondsPath": "$.wait"}, Send=sending())}
    queue = Queue(workflows)
    each = distributed(late, ToleratedFailureCount=1)
    items = [{"queue": queue.url, "body": str(days), "wait": days * DAY} for days in (0, 20)]
    execution = await workflows.start(await workflows.create(chain(Each=each)), items)
    await workflows.world.advance(20 * DAY + 60)
    assert (await workflows.describe(execution))["status"] == "FAILED"
    run = await map_run_of(workflows, execution)
    assert run["executionCounts"]["failuresNotRedrivable"] == 1
    assert run["itemCounts"]["failuresNotRedrivable"] == 1

    await queue.create()
    await redrive(workflows, execution)

    run = await map_run_of(workflows, execution)
    assert (run["status"], run["redriveCount"]) == ("SUCCEEDED", 1)
    assert (run["executionCounts"]["failed"], run["executionCounts"]["succeeded"]) == (1, 1)
    assert "redriveDate" in run
    assert await queue.bodies() == ["20"]


async def test_a_map_run_that_failed_of_its_own_data_is_followed_by_another_one(
    workflows: Workflows,
) -> None:
    """
    AWS: States.Runtime and States.DataLimitExceeded.
    """
    each = distributed(ItemSelector={"a.$": "$$.Map.Item.Value.nope"})
    execution = await failed(workflows, chain(Each=each), [{"a": 1}])

    await redrive(workflows, execution)

    listed = await workflows.call("ListMapRuns", executionArn=execution)
    assert len(listed["mapRuns"]) == 2
    types = await workflows.event_types(execution)
    assert types.count("MapRunStarted") == 2
    assert "MapRunRedriven" not in types


async def test_what_waits_for_its_redrive_is_counted(workflows: Workflows) -> None:
    queue = Queue(workflows)
    states = chain(Send=sending(), Wait=wait(60))
    each = distributed(states, MaxConcurrency=1, ToleratedFailureCount=2)
    items = [{"queue": queue.url, "body": str(number)} for number in range(3)]
    execution = await failed(workflows, chain(Each=each), items)
    await queue.create()

    await redrive(workflows, execution)

    run = await map_run_of(workflows, execution)
    counts = run["executionCounts"]
    assert (counts["running"], counts["pendingRedrive"], counts["failed"]) == (1, 2, 0)
    waiting = await children_of(workflows, run, statusFilter="PENDING_REDRIVE")
    assert len(waiting) == 2
    await workflows.call("StopExecution", executionArn=execution)
    await workflows.world.settle()
    counts = (await map_run_of(workflows, execution))["executionCounts"]
    assert (counts["aborted"], counts["pendingRedrive"]) == (1, 0)
    await redrive(workflows, execution)
    await workflows.world.advance(600)
    counts = (await map_run_of(workflows, execution))["executionCounts"]
    assert (counts["succeeded"], counts["total"]) == (3, 3)
