"""
The power goes: what was acknowledged is there again, and no task is done twice.

The crash is a copy of the data folder, taken while a server works on it; a second server
starts on the copy and knows nothing but what was durable.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

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
