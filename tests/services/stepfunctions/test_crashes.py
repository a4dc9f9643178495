"""
The power goes: what was acknowledged is there again, and no task is done twice.

The crash is a copy of the data folder, taken while a server works on it; a second server
starts on the copy and knows nothing but what was durable.
"""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lambent.core.clock import ManualClock
from lambent.core.settings import Settings
from lambent.server.app import build
from tests.conftest import World
from tests.services.stepfunctions.workflows import Workflows, chain, task, wait

ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:work"


@asynccontextmanager
async def after_a_crash(
    workflows: Workflows, settings: Settings, folder: Path
) -> AsyncIterator[Workflows]:
    """The world as it is when the server is started again after the power has gone now."""
    shutil.copytree(settings.data, folder)
    clock = workflows.world.clock
    app = await build(replace(settings, data=folder), clock)
    try:
        yield Workflows(World(app, clock))
    finally:
        await app.close()


async def test_waits_timers_and_callbacks_go_on_after_a_crash(
    workflows: Workflows, settings: Settings, tmp_path: Path
) -> None:
    await workflows.call("CreateActivity", name="work")
    machine = await workflows.create(
        chain(
            Both={
                "Type": "Parallel",
                "Branches": [
                    chain(Long=wait(1000), After={"Type": "Pass", "Result": "waited"}),
                    chain(Ask={"Type": "Task", "Resource": ACTIVITY}),
                ],
            }
        )
    )
    execution = await workflows.start(machine, "given")
    given = await workflows.call("GetActivityTask", activityArn=ACTIVITY)

    async with after_a_crash(workflows, settings, tmp_path / "again") as again:
        await again.call("SendTaskSuccess", taskToken=given["taskToken"], output='"answered"')
        await again.world.advance(1000)

        described = await again.describe(execution)
        assert json.loads(described["output"]) == ["waited", "answered"]
        ids = [event["id"] for event in await again.events(execution)]
        assert ids == list(range(1, len(ids) + 1))


async def test_a_call_that_was_under_way_has_failed_and_is_made_again_only_by_its_retry(
    workflows: Workflows, settings: Settings, tmp_path: Path
) -> None:
    """
    Nobody knows whether the call was made: so it is an error, which Retry and Catch see.
    """
    await workflows.call("CreateActivity", name="work")
    poll = task("aws-sdk:sfn:getActivityTask", {"ActivityArn": ACTIVITY})
    retried = {
        **poll,
        "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 5, "MaxAttempts": 1}],
    }
    plain = await workflows.start(await workflows.create(chain(Poll=poll), name="plain"))
    later = await workflows.start(await workflows.create(chain(Poll=retried), name="retried"))
    for _ in range(3):
        await asyncio.sleep(0)

    async with after_a_crash(workflows, settings, tmp_path / "again") as again:
        await again.world.settle()
        lost = await again.describe(plain)
        assert (lost["status"], lost["error"]) == ("FAILED", "States.TaskFailed")
        assert lost["cause"] == "The server ended while the task was running."

        # Whoever polls is answered as soon as it is woken, with nothing.
        moving = asyncio.create_task(again.world.advance(5))
        while not moving.done():
            again.context.platform.signals.tell_all()
            await asyncio.sleep(0)
        assert (await again.describe(later))["status"] == "SUCCEEDED"

    workflows.context.platform.signals.tell_all()
    await workflows.world.settle()
    assert (await workflows.describe(plain))["status"] == "SUCCEEDED"


async def test_what_had_not_begun_when_the_server_was_told_to_end_is_begun_by_the_next(
    settings: Settings, clock: ManualClock
) -> None:
    """
    What was under way may finish; what follows from it waits, and is not taken for lost.
    """
    app = await build(settings, clock)
    workflows = Workflows(World(app, clock))
    await workflows.call("CreateActivity", name="work")
    machine = await workflows.create(
        chain(
            Poll=task("aws-sdk:sfn:getActivityTask", {"ActivityArn": ACTIVITY}),
            After=task("aws-sdk:sfn:listStateMachines", {}),
        )
    )
    execution = await workflows.start(machine)
    closing = asyncio.create_task(app.close())
    while not closing.done():
        app.platform.signals.tell_all()
        await asyncio.sleep(0)

    app = await build(settings, clock)
    again = Workflows(World(app, clock))
    assert (await again.event_types(execution))[-1] == "TaskScheduled"
    await again.world.settle()

    assert (await again.describe(execution))["status"] == "SUCCEEDED"
    await app.close()


def sending(queue: str, kind: str) -> dict[str, Any]:
    """Tell the queue that this task was done for this item of this execution."""
    body = {
        "kind": kind,
        "execution.$": "$$.Execution.Name",
        "item.$": "$",
    }
    return task("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": body}, ResultPath=None)


def busy(queue: str) -> dict[str, Any]:
    """A Map around a Parallel around tasks, waits, a Retry and a Catch."""
    once = {
        **sending(queue, "once"),
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Done"}],
        "Next": "Done",
    }
    retried = {
        **sending(queue, "retried"),
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3}],
    }
    both = {
        "Type": "Parallel",
        "ResultPath": None,
        "Branches": [
            {"StartAt": "Once", "States": {"Once": once, "Done": {"Type": "Succeed"}}},
            chain(Delay=wait(1), Retried=retried),
        ],
    }
    return chain(
        Each={"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": chain(Both=both)},
        Last={"Type": "Pass"},
    )


@pytest.mark.parametrize("moment", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144])
async def test_whenever_the_power_goes_all_executions_end_and_nothing_is_done_twice(
    workflows: Workflows, settings: Settings, tmp_path: Path, moment: int
) -> None:
    """
    The queue stands in the same store, so it tells what had been done when the power went.
    """
    reply = await workflows.context.call("sqs", "CreateQueue", {"QueueName": "done"})
    queue = reply["QueueUrl"]
    machine = await workflows.create(busy(queue))
    executions = [
        await workflows.start(machine, [1, 2, 3], name=f"n{number}") for number in range(3)
    ]
    moving = asyncio.create_task(workflows.world.advance(10))
    for _ in range(moment):
        await asyncio.sleep(0)

    async with after_a_crash(workflows, settings, tmp_path / "again") as again:
        await again.world.advance(20)

        for execution in executions:
            assert (await again.describe(execution))["status"] == "SUCCEEDED"
            events = await again.events(execution)
            assert [event["id"] for event in events] == list(range(1, len(events) + 1))
            ends = [event for event in events if event["type"].startswith("ExecutionSucc")]
            assert len(ends) == 1
        done = await _done(again, queue)
        for name in ("n0", "n1", "n2"):
            for item in (1, 2, 3):
                assert done["once", name, item] <= 1
                assert done["retried", name, item] >= 1
    await moving


async def _done(workflows: Workflows, queue: str) -> Counter[tuple[str, str, int]]:
    found: Counter[tuple[str, str, int]] = Counter()
    while True:
        reply = await workflows.context.call(
            "sqs", "ReceiveMessage", {"QueueUrl": queue, "MaxNumberOfMessages": 10}
        )
        if not reply.get("Messages"):
            return found
        for message in reply["Messages"]:
            body = json.loads(message["Body"])
            found[body["kind"], body["execution"], body["item"]] += 1
