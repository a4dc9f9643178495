"""What an event source mapping may be, the way between its states, and its batches."""

import asyncio
import json
from typing import Any

import pytest

from lambent.core.clock import ManualClock
from lambent.core.settings import Settings
from lambent.runtime.api import InvocationResult
from lambent.server.app import build
from lambent.services.lambda_.event_sources import batches
from lambent.services.lambda_.event_sources.records import Batch, Received
from tests.conftest import World
from tests.services.lambda_.event_source_making import (
    connect,
    events,
    make_queue,
    make_recorder,
    send,
)
from tests.services.lambda_.functions import call, create, refused, zipped


def message(name: str, size: int = 10) -> Received:
    return Received(name, name, {}, b"x" * size)


def answered(payload: object, error: str | None = None) -> InvocationResult:
    return InvocationResult(json.dumps(payload).encode(), error, b"", 1.0, 1, 1)


async def test_a_mapping_passes_through_every_state(world: World) -> None:
    _, arn = await make_queue(world.context)
    await make_recorder(world)

    async def state() -> str:
        reply = await call(world.context, "GetEventSourceMapping", UUID=made["UUID"])
        return str(reply["State"])

    made = await call(
        world.context, "CreateEventSourceMapping", EventSourceArn=arn, FunctionName="recorder"
    )
    assert made["State"] == "Creating"
    await world.settle()
    assert await state() == "Enabled"
    for params, passing, end in (
        ({"BatchSize": 5}, "Updating", "Enabled"),
        ({"Enabled": False}, "Disabling", "Disabled"),
        ({"BatchSize": 6}, "Updating", "Disabled"),
        ({"Enabled": True}, "Enabling", "Enabled"),
    ):
        reply = await call(world.context, "UpdateEventSourceMapping", UUID=made["UUID"], **params)
        assert reply["State"] == passing
        await world.settle()
        assert await state() == end
    reply = await call(world.context, "DeleteEventSourceMapping", UUID=made["UUID"])
    assert reply["State"] == "Deleting"
    assert await refused(world.context, "DeleteEventSourceMapping", UUID=made["UUID"]) == (
        "ResourceInUseException",
        "Cannot delete the event source mapping because it is in use.",
    )
    await world.settle()
    assert await refused(world.context, "GetEventSourceMapping", UUID=made["UUID"]) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            {"BatchSize": 11},
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is"
            " greater than 10",
        ),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern definition."),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": "x"}'}]}},
            "Invalid filter pattern definition.",
        ),
        (
            {"StartingPosition": "LATEST"},
            "Unsupported parameter for SQS event sources: StartingPosition.",
        ),
    ],
)
async def test_what_a_queue_does_not_take_is_refused(
    world: World, params: dict[str, Any], words: str
) -> None:
    _, arn = await make_queue(world.context)
    await make_recorder(world)

    assert await refused(
        world.context,
        "CreateEventSourceMapping",
        EventSourceArn=arn,
        FunctionName="recorder",
        **params,
    ) == ("InvalidParameterValueException", words)


async def test_a_fifo_queue_takes_no_window(world: World) -> None:
    _, arn = await make_queue(world.context, "jobs.fifo")
    await make_recorder(world)

    _, words = await refused(
        world.context,
        "CreateEventSourceMapping",
        EventSourceArn=arn,
        FunctionName="recorder",
        BatchSize=100,
        MaximumBatchingWindowInSeconds=5,
    )
    assert words == "Batching window is not supported for FIFO queues"


async def test_a_queue_must_be_there_and_wait_for_the_function(world: World) -> None:
    _, arn = await make_queue(world.context)
    await make_recorder(world, Timeout=60)
    params = {"FunctionName": "recorder"}

    assert await refused(
        world.context, "CreateEventSourceMapping", EventSourceArn=arn, **params
    ) == (
        "InvalidParameterValueException",
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    )
    code, words = await refused(
        world.context, "CreateEventSourceMapping", EventSourceArn=f"{arn}-not", **params
    )
    assert code == "InvalidParameterValueException"
    assert words.startswith(
        "Error occurred while ReceiveMessage. SQS Error Code:"
        " AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not"
        " exist"
    )


async def test_a_queue_and_a_function_are_mapped_once(world: World) -> None:
    _, arn = await make_queue(world.context)
    await make_recorder(world)
    mapping = await connect(world, arn)

    assert await refused(
        world.context, "CreateEventSourceMapping", EventSourceArn=arn, FunctionName="recorder"
    ) == (
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {arn} ") and function (" recorder ") already'
        f" exists. Please update or delete the existing mapping with UUID {mapping['UUID']}",
    )


async def test_mappings_are_listed_by_source_and_by_function(world: World) -> None:
    _, one = await make_queue(world.context, "one")
    _, two = await make_queue(world.context, "two")
    await make_recorder(world)
    await make_recorder(world, "second")
    await connect(world, one)
    await connect(world, two)
    await connect(world, two, "second")

    async def listed(**params: Any) -> list[str]:
        reply = await call(world.context, "ListEventSourceMappings", **params)
        return sorted(
            f"{mapping['EventSourceArn'][-3:]} {mapping['FunctionArn'].rsplit(':', 1)[-1]}"
            for mapping in reply["EventSourceMappings"]
        )

    assert len(await listed()) == 3
    assert await listed(EventSourceArn=two) == ["two recorder", "two second"]
    assert await listed(FunctionName="recorder") == ["one recorder", "two recorder"]
    page = await call(world.context, "ListEventSourceMappings", MaxItems=2)
    rest = await call(world.context, "ListEventSourceMappings", Marker=page["NextMarker"])
    assert len(rest["EventSourceMappings"]) == 1


async def test_a_mapping_has_tags(world: World) -> None:
    _, arn = await make_queue(world.context)
    await make_recorder(world)
    mapping = await connect(world, arn, Tags={"team": "a"})
    resource = mapping["EventSourceMappingArn"]

    await call(world.context, "TagResource", Resource=resource, Tags={"stage": "dev"})
    await call(world.context, "UntagResource", Resource=resource, TagKeys=["team"])

    assert (await call(world.context, "ListTags", Resource=resource))["Tags"] == {"stage": "dev"}


async def test_an_update_counts_from_the_next_batch_on(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    mapping = await connect(world, arn)

    await call(world.context, "UpdateEventSourceMapping", UUID=mapping["UUID"], BatchSize=1)
    await world.settle()
    await send(world.context, url, "a", "b")
    await world.settle()

    assert [len(event["Records"]) for event in await events(world)] == [1, 1]


async def test_an_alias_can_be_the_function(world: World) -> None:
    url, arn = await make_queue(world.context)
    source = (
        "def handler(event, context):\n    print('EVENT 0 \"%s\"' % context.function_version)\n"
    )
    await create(world.context, "recorder", Code={"ZipFile": zipped(source)}, Publish=True)
    await world.settle()
    await call(
        world.context, "CreateAlias", FunctionName="recorder", Name="live", FunctionVersion="1"
    )
    await connect(world, arn, "recorder:live")

    await send(world.context, url, "a")
    await world.settle()

    assert await events(world) == ["1"]


async def test_no_more_batches_run_at_once_than_the_mapping_allows(world: World) -> None:
    url, arn = await make_queue(world.context)
    source = "import time\ndef handler(event, context):\n    time.sleep(0.05)\n"
    await create(world.context, "slow", Code={"ZipFile": zipped(source)})
    await world.settle()
    await send(world.context, url, *(str(n) for n in range(12)))

    await connect(world, arn, "slow", BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})

    assert len(world.platform.runtime.environments()) == 2


async def test_a_throttled_function_is_used_as_far_as_it_goes(world: World) -> None:
    """
    With room for one, five pollers become one, and every message comes at the first attempt.
    """
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    await call(
        world.context,
        "PutFunctionConcurrency",
        FunctionName="recorder",
        ReservedConcurrentExecutions=1,
    )
    await send(world.context, url, *(str(n) for n in range(30)))

    await connect(world, arn, BatchSize=1)

    records = [record for event in await events(world) for record in event["Records"]]
    assert {record["body"] for record in records} == {str(n) for n in range(30)}
    assert {record["attributes"]["ApproximateReceiveCount"] for record in records} == {"1"}


async def test_a_restart_goes_on_with_what_is_in_the_queue(
    settings: Settings, clock: ManualClock
) -> None:
    world = World(await build(settings, clock), clock)
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    await connect(world, arn)
    # It is sent in the moment in which the server ends.
    await asyncio.gather(world.app.worker.stop(1.0), send(world.context, url, "left"))
    await world.app.close()

    again = World(await build(settings, clock), clock)
    await again.settle()

    assert [event["Records"][0]["body"] for event in await events(again)] == ["left"]
    await again.app.close()


def test_a_batch_holds_six_megabytes() -> None:
    batch = Batch((), 0.0, 0.0)
    made = batches.added(batch, [message(str(n), 1_000_000) for n in range(8)])

    assert [len(one.messages) for one in made] == [6, 2]
    assert all(len(batches.payload(one)) <= 6_291_456 for one in made)


@pytest.mark.parametrize(
    "payload", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}]
)
def test_nothing_reported_is_success(payload: object) -> None:
    assert batches.failed_ids(answered(payload), ["a"], reports_failures=True) == set()


@pytest.mark.parametrize(
    "payload",
    [
        "text",
        {"other": []},
        {"batchItemFailures": "a"},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"key": "a"}]},
        {"batchItemFailures": [{"itemIdentifier": "of nobody"}]},
    ],
)
def test_a_report_that_makes_no_sense_fails_the_whole_batch(payload: object) -> None:
    assert batches.failed_ids(answered(payload), ["a", "b"], reports_failures=True) == {"a", "b"}


def test_an_answer_is_not_read_unless_failures_are_reported() -> None:
    report = answered({"batchItemFailures": [{"itemIdentifier": "a"}]})

    assert batches.failed_ids(report, ["a", "b"], reports_failures=False) == set()
    assert batches.failed_ids(report, ["a", "b"], reports_failures=True) == {"a"}
    failed = answered({}, "Unhandled")
    assert batches.failed_ids(failed, ["a", "b"], reports_failures=True) == {"a", "b"}


def test_batches_at_once_grow_by_five_a_second_up_to_the_bound() -> None:
    assert batches.most_at_once(5, 0.0, 1_000) == 5
    assert batches.most_at_once(5, 60.0, 1_000) == 305
    assert batches.most_at_once(5, 3_600.0, 1_000) == 1_000
    assert batches.most_at_once(5, 60.0, 2) == 2
