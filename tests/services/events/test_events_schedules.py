"""Rules with a schedule fire on the platform's clock."""

from datetime import UTC, datetime
from typing import Any

from lambent.platform import Context
from tests.conftest import World
from tests.services.events.listening import ACCOUNT, bodies, put_target, queue_arn, rule_arn


def start(world: World, text: str) -> None:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    world.clock.advance(moment - world.clock.now())


async def tick(context: Context, expression: str, **members: Any) -> None:
    kept = {"MessageRetentionPeriod": "1209600"}
    await context.call("sqs", "CreateQueue", {"QueueName": "ticks", "Attributes": kept})
    rule = {"Name": "tick", "ScheduleExpression": expression, **members}
    await context.call("events", "PutRule", rule)
    await put_target(context, "tick", Arn=queue_arn("ticks"))


async def times(context: Context) -> list[str]:
    return sorted(event["time"] for event in await bodies(context, "ticks"))


async def test_a_rate_counts_from_the_making_of_its_rule(world: World) -> None:
    start(world, "2025-06-16T10:00:20")
    await tick(world.context, "rate(5 minutes)")
    await world.advance(11 * 60)
    found = await bodies(world.context, "ticks")
    assert sorted(event["time"] for event in found) == [
        "2025-06-16T10:05:20Z",
        "2025-06-16T10:10:20Z",
    ]
    assert {**found[0], "id": "", "time": ""} == {
        "version": "0",
        "id": "",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": "",
        "region": "us-east-1",
        "resources": [rule_arn("tick")],
        "detail": {},
    }


async def test_a_cron_fires_at_its_minutes(world: World) -> None:
    start(world, "2025-06-16T10:00:20")
    await tick(world.context, "cron(0 8 * * ? *)")
    await world.advance(2 * 86_400)
    assert await times(world.context) == ["2025-06-17T08:00:00Z", "2025-06-18T08:00:00Z"]


async def test_a_disabled_schedule_is_silent_and_starts_anew(world: World) -> None:
    start(world, "2025-06-16T10:00:00")
    await tick(world.context, "rate(1 hour)", State="DISABLED")
    await world.advance(5_400)
    assert await times(world.context) == []
    await world.context.call("events", "EnableRule", {"Name": "tick"})
    await world.advance(3_600)
    assert await times(world.context) == ["2025-06-16T12:30:00Z"]


async def test_a_rule_put_again_keeps_its_rhythm(world: World) -> None:
    start(world, "2025-06-16T10:00:00")
    await tick(world.context, "rate(1 hour)")
    await world.advance(1_800)
    await tick(world.context, "rate(1 hour)", Description="the same")
    await world.advance(1_800)
    assert await times(world.context) == ["2025-06-16T11:00:00Z"]
    await tick(world.context, "rate(2 hours)")
    await world.advance(7_200)
    assert await times(world.context) == ["2025-06-16T13:00:00Z"]


async def test_a_deleted_rule_fires_no_more(world: World) -> None:
    await tick(world.context, "rate(1 minute)")
    await world.context.call("events", "RemoveTargets", {"Rule": "tick", "Ids": ["one"]})
    await world.context.call("events", "DeleteRule", {"Name": "tick"})
    await world.advance(600)
    assert await times(world.context) == []
    assert (
        await world.platform.database.read(
            lambda tx: tx.all("SELECT id FROM work_item WHERE kind = 'events.fire'")
        )
        == []
    )


async def test_times_missed_while_nothing_ran_are_made_up_for_once(world: World) -> None:
    start(world, "2025-06-16T10:00:00")
    await tick(world.context, "rate(1 minute)")
    # Not moved but left standing: the server was away for an hour and twenty seconds.
    world.clock.advance(3_620)
    await world.settle()
    assert await times(world.context) == ["2025-06-16T10:01:00Z"]
    await world.advance(60)
    assert await times(world.context) == ["2025-06-16T11:01:00Z"]
