"""What Lambda counts: real functions, and figures that are exactly right."""

import asyncio
from typing import Any

import orjson
import pytest

from lambent.core.errors import AwsError
from lambent.services.lambda_ import invokables
from tests.conftest import World
from tests.services.lambda_.event_source_making import connect, make_queue, make_recorder, send
from tests.services.lambda_.functions import call, create, invoke, zipped
from tests.services.lambda_.metric_reading import metric_names, statistics, total

# Sleeps or fails, as it is told.
_OBEYING = """
import time

def handler(event, context):
    time.sleep(event.get("seconds", 0))
    if event.get("fails"):
        raise ValueError("as told")
    return 1
"""
_VIEWS: tuple[dict[str, str], ...] = (
    {},
    {"FunctionName": "f"},
    {"FunctionName": "f", "Resource": "f"},
)


async def made(world: World, name: str = "f", **params: Any) -> None:
    await create(world.context, name, Code={"ZipFile": zipped(_OBEYING)}, Timeout=30, **params)
    await world.settle()


async def published(world: World, alias: str = "") -> str:
    version: str = (await call(world.context, "PublishVersion", FunctionName="f"))["Version"]
    await world.settle()
    if alias:
        await call(
            world.context, "CreateAlias", FunctionName="f", Name=alias, FunctionVersion=version
        )
    return version


def later(world: World, seconds: float = 0.5, **params: Any) -> "asyncio.Task[Any]":
    """An invoke that runs for a while."""
    payload = orjson.dumps({"seconds": seconds})
    return asyncio.ensure_future(
        call(world.context, "Invoke", FunctionName="f", Payload=payload, **params)
    )


async def counted(world: World, metric: str) -> None:
    """Wait until something is counted."""
    async with asyncio.timeout(30):
        while await total(world.context, metric) is None:
            await asyncio.sleep(0)


async def begun(world: World) -> None:
    """Wait until the function runs."""
    place = world.context.account, world.context.region
    async with asyncio.timeout(30):
        while not invokables.in_flight(world.context).running((*place, "f")):
            await asyncio.sleep(0)


async def test_invokes_errors_and_durations_are_counted(world: World) -> None:
    await made(world)
    for event in ({}, {}, {"fails": True}, {"seconds": 0.2}):
        await call(world.context, "Invoke", FunctionName="f", Payload=orjson.dumps(event))

    for view in _VIEWS:
        assert await total(world.context, "Invocations", **view) == 4
        errors = await statistics(world.context, "Errors", **view)
        assert (errors["Sum"], errors["SampleCount"], errors["Unit"]) == (1, 4, "Count")
        duration = await statistics(world.context, "Duration", **view)
        assert (duration["SampleCount"], duration["Unit"]) == (4, "Milliseconds")
        assert 200 <= duration["Maximum"] <= duration["Sum"] < 10_000
    assert await metric_names(world.context, "AWS/Lambda", **_VIEWS[2]) == {
        "Invocations",
        "Errors",
        "Duration",
    }


async def test_what_ran_at_once_is_counted_by_function_and_account(world: World) -> None:
    await made(world)
    await asyncio.gather(*(later(world) for _ in range(3)))

    for view in _VIEWS[:2]:
        assert (await statistics(world.context, "ConcurrentExecutions", **view))["Maximum"] == 3
    unreserved = await statistics(world.context, "UnreservedConcurrentExecutions")
    assert unreserved["Maximum"] == 3


async def test_a_throttled_invoke_is_no_invocation(world: World) -> None:
    await made(world)
    await call(
        world.context,
        "PutFunctionConcurrency",
        FunctionName="f",
        ReservedConcurrentExecutions=1,
    )
    running = later(world)
    await begun(world)
    with pytest.raises(AwsError, match="Rate Exceeded"):
        await call(world.context, "Invoke", FunctionName="f")
    await running

    assert await total(world.context, "Throttles", FunctionName="f") == 1
    assert await total(world.context, "Invocations", FunctionName="f") == 1
    assert await total(world.context, "UnreservedConcurrentExecutions") is None


async def test_an_alias_tells_its_versions_apart(world: World) -> None:
    await made(world)
    version = await published(world, "live")
    for _ in range(2):
        await call(world.context, "Invoke", FunctionName="f", Qualifier="live", Payload=b"{}")
    await call(world.context, "Invoke", FunctionName="f", Qualifier=version, Payload=b"{}")

    live = {"FunctionName": "f", "Resource": "f:live"}
    assert await total(world.context, "Invocations", **live) == 2
    assert await total(world.context, "Invocations", **live, ExecutedVersion="1") == 2
    assert await total(world.context, "Invocations", FunctionName="f", Resource="f:1") == 1
    assert await total(world.context, "Invocations", FunctionName="f") == 3


async def test_what_spills_over_is_counted(world: World) -> None:
    await made(world)
    await published(world, "live")
    await call(
        world.context,
        "PutProvisionedConcurrencyConfig",
        FunctionName="f",
        Qualifier="live",
        ProvisionedConcurrentExecutions=2,
    )
    await world.settle()
    first = later(world, 1.0, Qualifier="live")
    await begun(world)
    await asyncio.gather(*(later(world, 0.5, Qualifier="live") for _ in range(2)), first)

    live = {"FunctionName": "f", "Resource": "f:live"}
    for view in ({}, live, {**live, "ExecutedVersion": "1"}):
        assert await total(world.context, "ProvisionedConcurrencyInvocations", **view) == 2
        spilled = await total(world.context, "ProvisionedConcurrencySpilloverInvocations", **view)
        assert spilled == 1
        assert await total(world.context, "Invocations", **view) == 3
    busy = await statistics(world.context, "ProvisionedConcurrentExecutions", **live)
    assert busy["Maximum"] == 2
    share = await statistics(world.context, "ProvisionedConcurrencyUtilization", **live)
    assert (share["Sum"], share["SampleCount"], share["Maximum"]) == (2.5, 3, 1)


async def test_an_event_that_is_given_up_is_dropped_and_its_letter_failed(world: World) -> None:
    """
    Three attempts, after one minute and two more; neither the letter nor the record arrives.
    """
    queue_url, queue_arn = await make_queue(world.context, "letters")
    await made(world, DeadLetterConfig={"TargetArn": queue_arn})
    await call(
        world.context,
        "PutFunctionEventInvokeConfig",
        FunctionName="f",
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )
    await world.context.call("sqs", "DeleteQueue", {"QueueUrl": queue_url})
    await call(
        world.context,
        "Invoke",
        FunctionName="f",
        InvocationType="Event",
        Payload=b'{"fails": true}',
    )
    await world.advance(600)

    for view in _VIEWS:
        assert await total(world.context, "AsyncEventsReceived", **view) == 1
        assert await total(world.context, "AsyncEventsDropped", **view) == 1
        assert await total(world.context, "DeadLetterErrors", **view) == 1
        assert await total(world.context, "DestinationDeliveryFailures", **view) == 1
        assert await total(world.context, "Errors", **view) == 3
    age = await statistics(world.context, "AsyncEventAge", FunctionName="f")
    assert (age["SampleCount"], age["Unit"]) == (3, "Milliseconds")
    assert age["Sum"] == pytest.approx(60_000 + 180_000, abs=100)


async def test_the_figures_of_an_invoke_are_of_the_minute_in_which_it_began(world: World) -> None:
    await made(world)
    began = world.clock.now()
    for _ in range(2):
        await invoke(world.context, "f", {})
        world.clock.advance(60)

    reply = await world.context.call(
        "cloudwatch",
        "GetMetricStatistics",
        {
            "Namespace": "AWS/Lambda",
            "MetricName": "Invocations",
            "StartTime": began - 60,
            "EndTime": began + 300,
            "Period": 60,
            "Statistics": ["Sum"],
        },
    )
    minute = began // 60 * 60
    found = [(one["Timestamp"], one["Sum"]) for one in reply["Datapoints"]]
    assert found == [(minute, 1), (minute + 60, 1)]


async def test_a_streamed_invoke_counts_as_any_other(world: World) -> None:
    await made(world)
    reply = await call(
        world.context, "InvokeWithResponseStream", FunctionName="f", Payload=b'{"fails": true}'
    )
    async for _ in reply["EventStream"]:
        pass
    await counted(world, "Invocations")

    assert await total(world.context, "Invocations") == 1
    assert await total(world.context, "Errors") == 1


# Registers itself as an extension that runs on for a while after each answer.
_RUNS_ON = """
import http.client, json, os, threading, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
body = json.dumps({"events": ["INVOKE"]})
api.request("POST", "/2020-01-01/extension/register", body, {"Lambda-Extension-Name": "inner"})
response = api.getresponse()
response.read()
headers = {"Lambda-Extension-Identifier": response.getheader("Lambda-Extension-Identifier")}

def listen():
    while True:
        api.request("GET", "/2020-01-01/extension/event/next", headers=headers)
        api.getresponse().read()
        time.sleep(1)

threading.Thread(target=listen, daemon=True).start()

def handler(event, context):
    return 1
"""


async def test_what_extensions_add_after_the_answer_is_counted(world: World) -> None:
    await create(world.context, "f", Code={"ZipFile": zipped(_RUNS_ON)}, Timeout=30)
    await world.settle()
    await call(world.context, "Invoke", FunctionName="f")
    await counted(world, "PostRuntimeExtensionsDuration")

    added = await statistics(world.context, "PostRuntimeExtensionsDuration", FunctionName="f")
    duration = await statistics(world.context, "Duration", FunctionName="f")
    assert (added["SampleCount"], added["Unit"]) == (1, "Milliseconds")
    assert added["Sum"] >= 150
    assert duration["SampleCount"] == 1


async def test_a_mapping_counts_what_becomes_of_its_events(world: World) -> None:
    url, arn = await make_queue(world.context, VisibilityTimeout="30")
    await make_recorder(world, partly=True)
    mapping = await connect(
        world,
        arn,
        MetricsConfig={"Metrics": ["EventCount"]},
        FilterCriteria={"Filters": [{"Pattern": '{"body": {"kind": [{"exists": true}]}}'}]},
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    for body in ('{"kind": "good"}', '{"kind": "bad"}', '{"other": 1}'):
        await send(world.context, url, body)
    await world.settle()

    async def events() -> dict[str, float | None]:
        return {
            metric: await total(world.context, metric, EventSourceMappingUUID=mapping["UUID"])
            for metric in (
                "PolledEventCount",
                "FilteredOutEventCount",
                "InvokedEventCount",
                "FailedInvokeEventCount",
                "DeletedEventCount",
            )
        }

    assert await events() == {
        "PolledEventCount": 3,
        "FilteredOutEventCount": 1,
        "InvokedEventCount": 2,
        "FailedInvokeEventCount": 1,
        "DeletedEventCount": 1,
    }
    # The one that failed comes again.
    await world.advance(31)
    again = await events()
    assert (again["PolledEventCount"], again["FailedInvokeEventCount"]) == (4, 2)


async def test_a_mapping_counts_nothing_unless_it_is_asked_to(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    mapping = await connect(world, arn)
    await send(world.context, url, "one")
    await world.settle()

    assert await total(world.context, "Invocations", FunctionName="recorder") == 1
    uuid = {"EventSourceMappingUUID": mapping["UUID"]}
    assert await metric_names(world.context, "AWS/Lambda", **uuid) == set()
