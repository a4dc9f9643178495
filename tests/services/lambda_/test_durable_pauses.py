"""Pausing durable executions and resuming them."""

from typing import Any

import pytest

from tests.conftest import World
from tests.services.lambda_.durable_functions import (
    PENDING,
    Durable,
    Run,
    durable_world,
    step,
    succeeded,
    wait,
)
from tests.services.lambda_.functions import call, refused

HOUR = 3600


@pytest.fixture
def durable(world: World) -> Durable:
    return durable_world(world)


async def waiting(run: Run) -> Any:
    if run.status("w") is None:
        await run.checkpoint(wait("w", HOUR))
    return succeeded("woken") if run.status("w") == "SUCCEEDED" else PENDING


async def pause(durable: Durable, arn: str, **more: Any) -> None:
    await call(durable.context, "PauseDurableExecution", DurableExecutionArn=arn, **more)


async def resume(durable: Durable, arn: str, **more: Any) -> None:
    await call(durable.context, "ResumeDurableExecution", DurableExecutionArn=arn, **more)


async def test_what_happens_during_a_pause_is_told_when_it_ends(durable: Durable) -> None:
    await durable.function(waiting)
    arn = await durable.start()
    asked = durable.world.clock.now()
    await pause(durable, arn, Reason="a bad day")

    paused = await durable.get(arn)
    assert paused["Status"] == "PAUSED"
    assert paused["PauseDetails"] == {
        "PauseRequestTimestamp": asked,
        "Reason": "a bad day",
        "ExecutionTimeoutPaused": True,
    }
    await durable.world.advance(2 * HOUR)
    assert len(durable.runs) == 1
    assert (await durable.told(arn))[-2:] == ["ExecutionPaused", "WaitSucceeded"]

    await resume(durable, arn)
    await durable.world.settle()
    assert (await durable.get(arn))["Result"] == '"woken"'
    assert "ExecutionResumed" in await durable.told(arn)


async def test_nothing_is_invoked_when_nothing_has_happened(durable: Durable) -> None:
    await durable.function(waiting)
    arn = await durable.start()
    await pause(durable, arn)
    await resume(durable, arn)
    await durable.world.settle()

    assert await durable.status(arn) == "RUNNING"
    assert len(durable.runs) == 1
    await durable.world.advance(HOUR)
    assert await durable.status(arn) == "SUCCEEDED"


async def test_an_invocation_is_paused_at_its_next_checkpoint(durable: Durable) -> None:
    statuses: list[str] = []

    async def stepping(run: Run) -> Any:
        if run.status("a") == "SUCCEEDED":
            return succeeded("resumed")
        await pause(durable, run.arn)
        statuses.append(await durable.status(run.arn))
        reply = await run.checkpoint(step("a", "SUCCEED"))
        assert reply == {"NewExecutionState": {"Operations": []}}
        statuses.append(await durable.status(run.arn))
        return PENDING

    await durable.function(stepping)
    arn = await durable.start()
    assert statuses == ["PAUSING", "PAUSED"]
    assert len(durable.runs) == 1
    await resume(durable, arn)
    await durable.world.settle()
    assert (await durable.get(arn))["Result"] == '"resumed"'


async def test_a_pause_that_has_not_begun_is_cancelled(durable: Durable) -> None:
    async def stepping(run: Run) -> Any:
        await pause(durable, run.arn)
        await resume(durable, run.arn)
        await run.checkpoint(step("a", "SUCCEED"))
        return succeeded(await durable.status(run.arn))

    await durable.function(stepping)
    arn = await durable.start()
    assert (await durable.get(arn))["Result"] == '"RUNNING"'
    assert "ExecutionPaused" not in await durable.told(arn)


async def test_a_pause_stops_the_execution_timeout_unless_it_is_not_to(durable: Durable) -> None:
    await durable.function(waiting, ExecutionTimeout=2 * HOUR)
    arn, hurried = await durable.start(), await durable.start()
    deadline = (await durable.get(arn))["ExpectedExecutionTimeoutTimestamp"]
    started = (await durable.get(arn))["StartTimestamp"]
    await pause(durable, arn)
    await pause(durable, hurried, ExecutionTimeoutPaused=False)
    paused = await durable.get(arn)
    assert paused["ExpectedExecutionTimeoutTimestamp"] == started + 366 * 86_400
    await durable.world.advance(10 * HOUR)

    assert await durable.status(hurried) == "TIMED_OUT"
    assert await durable.status(arn) == "PAUSED"
    durable.programs["orders"] = _idle
    await resume(durable, arn)
    resumed = await durable.get(arn)
    assert resumed["ExpectedExecutionTimeoutTimestamp"] == deadline + 10 * HOUR
    await durable.world.advance(2 * HOUR)
    assert (await durable.get(arn))["EndTimestamp"] == deadline + 10 * HOUR


async def _idle(run: Run) -> Any:
    await run.checkpoint(wait("more", 86_400))
    return PENDING


async def test_a_pause_ends_after_a_year_in_any_case(durable: Durable) -> None:
    await durable.function(waiting)
    arn = await durable.start()
    await pause(durable, arn)
    await durable.world.advance(366 * 86_400)
    assert await durable.status(arn) == "TIMED_OUT"


async def test_requests_are_repeated_by_their_client_token_and_else_refused(
    durable: Durable,
) -> None:
    await durable.function(waiting)
    arn = await durable.start()

    async def conflict(operation: str, **more: Any) -> bool:
        code, _ = await refused(durable.context, operation, DurableExecutionArn=arn, **more)
        return code == "ResourceConflictException"

    assert await conflict("ResumeDurableExecution")
    await pause(durable, arn, ClientToken="one")
    await pause(durable, arn, ClientToken="one")
    assert await conflict("PauseDurableExecution", ClientToken="two")
    await resume(durable, arn, ClientToken="three")
    await resume(durable, arn, ClientToken="three")
    await call(durable.context, "StopDurableExecution", DurableExecutionArn=arn)
    assert await conflict("PauseDurableExecution")
    assert await conflict("ResumeDurableExecution")


async def test_a_paused_execution_can_be_stopped(durable: Durable) -> None:
    await durable.function(waiting)
    arn = await durable.start()
    await pause(durable, arn)
    await call(durable.context, "StopDurableExecution", DurableExecutionArn=arn)
    assert await durable.status(arn) == "STOPPED"


async def test_an_invocation_that_was_due_is_held_back(durable: Durable) -> None:
    broken: list[int] = []

    async def breaking(run: Run) -> Any:
        broken.append(1)
        raise ValueError("broken")

    await durable.function(breaking)
    arn = await durable.start()
    await pause(durable, arn)
    await durable.world.advance(HOUR)
    assert len(broken) == 1
    await resume(durable, arn)
    await durable.world.settle()
    assert len(broken) == 2
