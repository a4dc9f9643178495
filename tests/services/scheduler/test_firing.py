"""
Schedules fire: on time, in every zone, again after a failure, and never from an old version.

Targets are queues whose messages say the scheduled time, so each test reads as a list of times.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from lambent.core.clock import ManualClock
from lambent.core.errors import AwsError, ServerFault, ValidationFailed
from lambent.core.settings import Settings
from lambent.platform import Context, Params, Reply
from lambent.server.app import App, build
from tests.conftest import World

ROLE = "arn:aws:iam::000000000000:role/scheduler"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders"
DEAD_LETTERS = "arn:aws:sqs:us-east-1:000000000000:dead-letters"
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def start(world: World, text: str) -> None:
    """Begin the test at a time of its own; nothing is due yet."""
    world.clock.advance(at(text) - world.clock.now())


async def create(context: Context, expression: str, **changes: Any) -> None:
    target = {
        "Arn": QUEUE,
        "RoleArn": ROLE,
        "Input": "<aws.scheduler.scheduled-time>",
        **changes.pop("Target", {}),
    }
    params = {
        "Name": "tick",
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
        **changes,
    }
    operation = params.pop("operation", "CreateSchedule")
    await context.call("scheduler", operation, params)


async def messages(context: Context, name: str = "orders") -> list[dict[str, Any]]:
    """What is in the queue, in the order of arrival; it is gone afterwards."""
    url = (await context.call("sqs", "CreateQueue", {"QueueName": name}))["QueueUrl"]
    found: list[dict[str, Any]] = []
    while True:
        reply = await context.call(
            "sqs",
            "ReceiveMessage",
            {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]},
        )
        received = reply.get("Messages") or []
        if not received:
            return found
        for message in received:
            found.append(message)
            await context.call(
                "sqs",
                "DeleteMessage",
                {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]},
            )


async def bodies(context: Context, name: str = "orders") -> list[str]:
    return [message["Body"] for message in await messages(context, name)]


async def exists(context: Context) -> bool:
    return bool((await context.call("scheduler", "ListSchedules", {}))["Schedules"])


@pytest.fixture
def queues(world: World, runner: asyncio.Runner) -> Context:
    context = world.context
    # The tests look up to a week later, when the default of four days would have passed.
    kept = {"MessageRetentionPeriod": "1209600"}
    for name in ("orders", "dead-letters"):
        queue = {"QueueName": name, "Attributes": kept}
        runner.run(context.call("sqs", "CreateQueue", queue))
    return context


async def test_a_rate_fires_at_once_and_then_at_its_rate(world: World, queues: Context) -> None:
    start(world, "2025-06-16T10:00:20")
    await create(queues, "rate(5 minutes)")
    await world.settle()
    assert await bodies(queues) == ["2025-06-16T10:00:20Z"]

    await world.advance(10 * MINUTE)
    assert await bodies(queues) == ["2025-06-16T10:05:20Z", "2025-06-16T10:10:20Z"]


async def test_a_rate_with_a_start_date_fires_first_then(world: World, queues: Context) -> None:
    start(world, "2025-06-16T10:00:00")
    await create(
        queues,
        "rate(1 day)",
        StartDate=at("2025-06-17T08:00:00"),
        EndDate=at("2025-06-19T08:00:00"),
    )
    await world.advance(9 * DAY)

    assert await bodies(queues) == [f"2025-06-{day}T08:00:00Z" for day in (17, 18, 19)]


@pytest.mark.parametrize(
    ("zone", "begin", "expected"),
    [
        # Spring: 2:30 does not exist on the day of the change, and is left out.
        ("Europe/Berlin", "2026-03-28T00:00:00", ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]),
        (
            "America/New_York",
            "2026-03-07T00:00:00",
            ["2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"],
        ),
        # Autumn: 2:30 (in New York 1:30) comes twice, and counts once, before the change.
        (
            "Europe/Berlin",
            "2025-10-25T12:00:00",
            ["2025-10-26T00:30:00Z", "2025-10-27T01:30:00Z"],
        ),
    ],
)
async def test_a_cron_follows_the_clocks_of_its_zone(
    world: World, queues: Context, zone: str, begin: str, expected: list[str]
) -> None:
    start(world, begin)
    await create(queues, "cron(30 2 * * ? *)", ScheduleExpressionTimezone=zone)
    await world.advance(2 * DAY + 8 * HOUR)

    assert (await bodies(queues))[:2] == expected


async def test_an_at_fires_once_and_stays(world: World, queues: Context) -> None:
    start(world, "2025-06-16T10:00:00")
    await create(queues, "at(2025-06-16T14:00:00)", ScheduleExpressionTimezone="Europe/Berlin")
    await world.advance(10 * DAY)

    assert await bodies(queues) == ["2025-06-16T12:00:00Z"]
    assert await exists(queues)


async def test_an_at_that_has_passed_never_fires(world: World, queues: Context) -> None:
    start(world, "2025-06-16T10:00:00")
    await create(queues, "at(2025-06-16T09:00:00)", ActionAfterCompletion="DELETE")
    await world.advance(DAY)

    assert await bodies(queues) == []
    assert await exists(queues)


async def test_an_at_of_this_very_minute_fires(world: World, queues: Context) -> None:
    start(world, "2025-06-16T10:00:30")
    await create(queues, "at(2025-06-16T10:00:00)")
    await world.settle()

    assert await bodies(queues) == ["2025-06-16T10:00:00Z"]


@pytest.mark.parametrize("expression", ["at(2025-06-16T12:00:00)", "cron(0 12 * * ? *)"])
async def test_after_the_last_time_the_schedule_is_deleted_if_it_asks_for_it(
    world: World, queues: Context, expression: str
) -> None:
    start(world, "2025-06-16T10:00:00")
    end = at("2025-06-16T20:00:00")
    await create(queues, expression, ActionAfterCompletion="DELETE", EndDate=end)
    await world.advance(HOUR)
    assert await exists(queues)

    await world.advance(HOUR)

    assert await bodies(queues) == ["2025-06-16T12:00:00Z"]
    assert not await exists(queues)


async def test_a_disabled_schedule_is_silent_until_it_is_enabled(
    world: World, queues: Context
) -> None:
    start(world, "2025-06-16T10:00:00")
    await create(queues, "cron(0 * * * ? *)")
    await world.advance(HOUR)
    await create(queues, "cron(0 * * * ? *)", State="DISABLED", operation="UpdateSchedule")
    await world.advance(2 * HOUR)
    await create(queues, "cron(0 * * * ? *)", operation="UpdateSchedule")
    await world.advance(HOUR)

    assert await bodies(queues) == ["2025-06-16T11:00:00Z", "2025-06-16T14:00:00Z"]


async def test_only_the_latest_version_of_a_schedule_fires(world: World, queues: Context) -> None:
    start(world, "2025-06-16T10:00:00")
    await create(queues, "at(2025-06-16T12:00:00)", Target={"Input": "first"})
    await create(
        queues,
        "at(2025-06-16T12:00:00)",
        Target={"Input": "second"},
        operation="UpdateSchedule",
    )
    await world.advance(DAY)
    assert await bodies(queues) == ["second"]

    await create(queues, "rate(1 day)", operation="UpdateSchedule")
    await queues.call("scheduler", "DeleteSchedule", {"Name": "tick"})
    await world.advance(3 * DAY)
    assert await bodies(queues) == []


async def test_an_update_of_the_target_alone_keeps_the_rhythm(
    world: World, queues: Context
) -> None:
    start(world, "2025-06-16T10:00:00")
    await create(queues, "rate(1 hour)")
    await world.advance(30 * MINUTE)
    await create(queues, "rate(1 hour)", Description="ours", operation="UpdateSchedule")
    await world.advance(30 * MINUTE)

    assert await bodies(queues) == ["2025-06-16T10:00:00Z", "2025-06-16T11:00:00Z"]


async def test_a_flexible_window_spreads_the_calls_after_the_scheduled_time(
    world: World, queues: Context
) -> None:
    start(world, "2025-06-16T10:30:00")
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    for number in range(6):
        await create(
            queues, "at(2025-06-16T11:00:00)", FlexibleTimeWindow=window, Name=f"tick-{number}"
        )
    await world.advance(30 * MINUTE)
    early = await bodies(queues)
    await world.advance(15 * MINUTE)
    late = await bodies(queues)

    assert len(early) < 6
    assert early + late == ["2025-06-16T11:00:00Z"] * 6


async def test_context_attributes_are_filled_in(world: World, queues: Context) -> None:
    start(world, "2025-06-16T10:00:00")
    keywords = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    text = " ".join(f"<aws.scheduler.{keyword}>" for keyword in keywords)
    await create(queues, "rate(1 day)", Target={"Input": text})
    await world.settle()

    (body,) = await bodies(queues)
    arn, time, execution, attempt = body.split(" ")
    assert arn == "arn:aws:scheduler:us-east-1:000000000000:schedule/default/tick"
    assert (time, attempt) == ("2025-06-16T10:00:00Z", "1")
    assert len(execution) == 16 and int(execution, 16)


async def test_without_input_a_notification_is_sent(world: World, queues: Context) -> None:
    start(world, "2025-06-16T10:00:00")
    params = {
        "Name": "tick",
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": QUEUE, "RoleArn": ROLE},
    }
    await queues.call("scheduler", "CreateSchedule", params)
    await world.settle()

    (body,) = await bodies(queues)
    notification = orjson.loads(body)
    assert notification["detail-type"] == "Scheduled Event"
    assert notification["source"] == "aws.scheduler"
    assert notification["time"] == "2025-06-16T10:00:00Z"


async def test_a_universal_target_calls_any_operation(world: World, queues: Context) -> None:
    """Names of members may be written with a capital, as Step Functions writes them."""
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sqs:createQueue",
        "Input": '{"queueName": "made-by-a-schedule", "Attributes": {"DelaySeconds": "5"}}',
    }
    await create(queues, "rate(1 day)", Target=target)
    await world.settle()

    reply = await queues.call("sqs", "ListQueues", {"QueueNamePrefix": "made-by"})
    assert len(reply["QueueUrls"]) == 1


MISSING = "arn:aws:sqs:us-east-1:000000000000:missing"


async def test_a_failed_call_is_tried_again_until_it_succeeds(
    world: World, queues: Context
) -> None:
    start(world, "2025-06-16T10:00:00")
    text = "<aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>"
    await create(queues, "at(2025-06-16T10:01:00)", Target={"Arn": MISSING, "Input": text})
    await world.advance(MINUTE + 2)
    await queues.call("sqs", "CreateQueue", {"QueueName": "missing"})
    await world.advance(HOUR)

    assert await bodies(queues, "missing") == ["2025-06-16T10:01:00Z 3"]


async def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(
    world: World, queues: Context
) -> None:
    start(world, "2025-06-16T10:00:00")
    policy = {"MaximumRetryAttempts": 2}
    target = {
        "Arn": MISSING,
        "Input": "hello",
        "RetryPolicy": policy,
        "DeadLetterConfig": {"Arn": DEAD_LETTERS},
    }
    await create(queues, "at(2025-06-16T10:01:00)", Target=target, ActionAfterCompletion="DELETE")
    await world.advance(HOUR)

    (letter,) = await messages(queues, "dead-letters")
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert len(attributes.pop("EXECUTION_ID")) == 16
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "ERROR_CODE": "AWS.SimpleQueueService.NonExistentQueue",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "2",
        "SCHEDULED_TIME": "2025-06-16T10:01:00Z",
        "SCHEDULE_ARN": "arn:aws:scheduler:us-east-1:000000000000:schedule/default/tick",
        "TARGET_ARN": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
    }
    assert orjson.loads(letter["Body"])["MessageBody"] == "hello"
    assert not await exists(queues)


async def test_tries_end_at_the_maximum_age(world: World, queues: Context) -> None:
    target = {
        "Arn": MISSING,
        "RetryPolicy": {"MaximumEventAgeInSeconds": 60},
        "DeadLetterConfig": {"Arn": DEAD_LETTERS},
    }
    await create(queues, "rate(100 days)", Target=target)
    await world.advance(MINUTE)

    (letter,) = await messages(queues, "dead-letters")
    condition = letter["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"]["StringValue"]
    assert condition == "MaximumEventAgeInSeconds"


class RefusingTarget:
    """A front door at which every call of the target fails in the same way."""

    def __init__(self, world: World, error: AwsError) -> None:
        self.door = world.platform.caller
        self.error = error
        self.calls: list[str] = []

    async def __call__(
        self, context: Context, service: str, operation: str, params: Params
    ) -> Reply:
        if context.principal.arn == ROLE and params.get("QueueUrl", "").endswith("/orders"):
            self.calls.append(operation)
            raise self.error
        return await self.door(context, service, operation, params)


@pytest.mark.parametrize(
    ("error", "tries"), [(ValidationFailed("no"), 1), (ServerFault("alas"), 4)]
)
async def test_a_permanent_error_is_not_tried_again(
    world: World, queues: Context, error: AwsError, tries: int
) -> None:
    target = {"RetryPolicy": {"MaximumRetryAttempts": 3}, "DeadLetterConfig": {"Arn": DEAD_LETTERS}}
    await create(queues, "rate(100 days)", Target=target)
    refusing = RefusingTarget(world, error)

    async with with_door(world, refusing):
        await world.advance(HOUR)

    assert len(refusing.calls) == tries
    (letter,) = await messages(queues, "dead-letters")
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == error.code
    assert ("EXHAUSTED_RETRY_CONDITION" in letter["MessageAttributes"]) == (tries > 1)


class PowerCut(Exception):
    """The process ends here."""


class CrashingDoor:
    """The power goes after the first call of a schedule's role, before anything is noted."""

    def __init__(self, world: World) -> None:
        self.door = world.platform.caller
        self.crashed = False

    async def __call__(
        self, context: Context, service: str, operation: str, params: Params
    ) -> Reply:
        reply = await self.door(context, service, operation, params)
        if context.principal.arn == ROLE and not self.crashed:
            self.crashed = True
            raise PowerCut
        return reply


async def test_a_crash_after_the_call_repeats_it_with_the_same_execution_id(
    world: World, queues: Context
) -> None:
    """
    At least once, as on AWS: who must not see a call twice can tell it by its execution id.
    """
    start(world, "2025-06-16T10:00:00")
    text = "<aws.scheduler.scheduled-time> <aws.scheduler.execution-id>"
    await create(queues, "rate(1 day)", Target={"Input": text})

    async with with_door(world, CrashingDoor(world)):
        await world.advance(HOUR)

    first, second = await bodies(queues)
    assert first == second
    await world.advance(23 * HOUR)
    assert len(await bodies(queues)) == 1


@asynccontextmanager
async def with_door(world: World, door: Any) -> AsyncIterator[None]:
    """The worker's calls pass through `door` meanwhile."""
    worker = world.app.worker
    platform = worker._platform
    worker._platform = replace(platform, caller=door)
    try:
        yield
    finally:
        worker._platform = platform


@asynccontextmanager
async def server(settings: Settings, time: str) -> AsyncIterator[App]:
    """A server on the folder of the settings, from `time` on; what is due then is done."""
    app = await build(settings, ManualClock(at(time)))
    try:
        await app.worker.settle()
        yield app
    finally:
        await app.close()


async def test_times_missed_while_the_server_was_down_are_made_up_in_order(
    settings: Settings,
) -> None:
    async with server(settings, "2025-06-16T10:30:00") as app:
        await app.context().call("sqs", "CreateQueue", {"QueueName": "orders"})
        await create(app.context(), "cron(0 * * * ? *)")

    async with server(settings, "2025-06-16T13:30:00") as app:
        assert await bodies(app.context()) == [f"2025-06-16T{hour}:00:00Z" for hour in (11, 12, 13)]
        await app.worker.move_clock(HOUR)
        assert await bodies(app.context()) == ["2025-06-16T14:00:00Z"]


async def test_times_older_than_the_maximum_age_are_not_made_up(settings: Settings) -> None:
    """
    After a week without power a schedule of every minute makes up for its maximum age, no more;
    the event that was waiting is the one that goes to the dead-letter queue.
    """
    target = {
        "RetryPolicy": {"MaximumEventAgeInSeconds": 300},
        "DeadLetterConfig": {"Arn": DEAD_LETTERS},
    }
    async with server(settings, "2025-06-16T10:00:30") as app:
        for name in ("orders", "dead-letters"):
            await app.context().call("sqs", "CreateQueue", {"QueueName": name})
        await create(app.context(), "cron(* * * * ? *)", Target=target)

    async with server(settings, "2025-06-23T10:00:30") as app:
        times = ("09:56", "09:57", "09:58", "09:59", "10:00")
        assert await bodies(app.context()) == [f"2025-06-23T{time}:00Z" for time in times]
        (letter,) = await messages(app.context(), "dead-letters")
        attributes = letter["MessageAttributes"]
        assert attributes["SCHEDULED_TIME"]["StringValue"] == "2025-06-16T10:01:00Z"
        assert attributes["ERROR_CODE"]["StringValue"] == "AWS.Scheduler.InternalServerError"


async def test_a_one_time_schedule_missed_by_less_than_its_age_fires_late(
    settings: Settings,
) -> None:
    async with server(settings, "2025-06-16T10:00:00") as app:
        await app.context().call("sqs", "CreateQueue", {"QueueName": "orders"})
        await create(app.context(), "at(2025-06-16T11:00:00)", ActionAfterCompletion="DELETE")

    async with server(settings, "2025-06-16T16:00:00") as app:
        assert await bodies(app.context()) == ["2025-06-16T11:00:00Z"]
        assert not await exists(app.context())
