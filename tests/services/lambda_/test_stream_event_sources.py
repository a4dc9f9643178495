"""Event source mappings of DynamoDB's streams: every record, in order, until it is done."""

import json
from datetime import datetime
from typing import Any

import pytest

from tests.conftest import World
from tests.services.dynamodb.making import made, number, put, table, text
from tests.services.lambda_.event_source_making import connect, events, make_queue
from tests.services.lambda_.functions import call, create, refused, zipped

Json = dict[str, Any]

# Fails for items that say so; `partly` reports them instead.
RECORDING = """
import json, time

def handler(event, context):
    print("EVENT", time.time_ns(), json.dumps(event))
    failing = [
        record["dynamodb"]["SequenceNumber"]
        for record in event["Records"]
        if "bad" in record["dynamodb"]["Keys"]["id"]["S"]
    ]
    if failing and not PARTLY:
        raise ValueError("bad record")
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failing]}
"""


async def prepare(world: World, *, partly: bool = False) -> str:
    """A table with a stream, and a function; the stream's ARN."""
    specification = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    described = await made(world, table(StreamSpecification=specification))
    source = f"PARTLY = {partly}\n{RECORDING}"
    await create(world.context, "recorder", Code={"ZipFile": zipped(source)})
    await world.settle()
    return str(described["LatestStreamArn"])


async def change(world: World, *names: str) -> None:
    await put(world.context, "things", *({"id": text(name)} for name in names))


async def batches(world: World) -> list[list[str]]:
    return [
        [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
        for event in await events(world)
    ]


async def test_a_record_is_what_aws_makes_of_a_change(world: World) -> None:
    arn = await prepare(world)
    mapping = await connect(world, arn, StartingPosition="LATEST")
    assert {name: mapping[name] for name in ("BatchSize", "MaximumRetryAttempts")} == {
        "BatchSize": 100,
        "MaximumRetryAttempts": -1,
    }
    await put(world.context, "things", {"id": text("a"), "bytes": {"B": b"\xff"}})
    await world.settle()
    [[record]] = [event["Records"] for event in await events(world)]
    assert record.pop("eventID")
    assert record["dynamodb"].pop("SequenceNumber")
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": arn,
        "dynamodb": {
            "ApproximateCreationDateTime": int(world.clock.now()),
            "Keys": {"id": {"S": "a"}},
            "NewImage": {"id": {"S": "a"}, "bytes": {"B": "/w=="}},
            "SizeBytes": 12,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


@pytest.mark.parametrize(("position", "seen"), [("TRIM_HORIZON", ["a", "b"]), ("LATEST", ["b"])])
async def test_a_mapping_begins_where_it_is_told_to(
    world: World, position: str, seen: list[str]
) -> None:
    arn = await prepare(world)
    await change(world, "a")
    await connect(world, arn, StartingPosition=position)
    await change(world, "b")
    await world.settle()
    assert [name for batch in await batches(world) for name in batch] == seen


async def test_what_was_there_comes_in_batches_and_in_order(world: World) -> None:
    arn = await prepare(world)
    names = [f"{n:02}" for n in range(23)]
    await change(world, *names)
    await connect(world, arn, StartingPosition="TRIM_HORIZON", BatchSize=10)
    assert await batches(world) == [names[:10], names[10:20], names[20:]]


async def test_a_window_gathers_what_comes_meanwhile(world: World) -> None:
    arn = await prepare(world)
    await connect(
        world, arn, StartingPosition="LATEST", BatchSize=3, MaximumBatchingWindowInSeconds=60
    )
    await change(world, "a")
    await world.settle()
    await change(world, "b")
    await world.settle()
    assert await batches(world) == []
    await world.advance(61)
    assert await batches(world) == [["a", "b"]]
    await change(world, "c", "d", "e")
    await world.settle()
    assert await batches(world) == [["a", "b"], ["c", "d", "e"]]


async def test_filters_hold_records_back(world: World) -> None:
    arn = await prepare(world)
    pattern = {"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"n": {"N": ["2"]}}}}
    await connect(
        world,
        arn,
        StartingPosition="LATEST",
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
    )
    for n in (1, 2, 3):
        await put(world.context, "things", {"id": text("a"), "n": number(n)})
    await world.settle()
    [[record]] = [event["Records"] for event in await events(world)]
    assert record["dynamodb"]["NewImage"]["n"] == {"N": "2"}


async def test_a_batch_that_fails_is_tried_again_before_what_follows(world: World) -> None:
    arn = await prepare(world)
    await change(world, "a", "bad", "c")
    mapping = await connect(
        world, arn, StartingPosition="TRIM_HORIZON", BatchSize=2, MaximumRetryAttempts=2
    )
    assert mapping["LastProcessingResult"] == "No records processed"
    assert await batches(world) == [["a", "bad"]]
    shown = await call(world.context, "GetEventSourceMapping", UUID=mapping["UUID"])
    assert shown["LastProcessingResult"] == "PROBLEM: Function call failed"
    await world.advance(10)
    # Two more attempts, and then what follows.
    assert await batches(world) == [["a", "bad"]] * 3 + [["c"]]


async def test_a_destination_is_told_what_was_given_up(world: World) -> None:
    arn = await prepare(world)
    url, queue_arn = await make_queue(world.context, "given-up")
    await change(world, "bad", "worse")
    await connect(
        world,
        arn,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )
    await world.advance(10)
    reply = await world.context.call("sqs", "ReceiveMessage", {"QueueUrl": url})
    [message] = reply["Messages"]
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    assert told["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    batch = told["DDBStreamBatchInfo"]
    assert (batch["batchSize"], batch["streamArn"]) == (2, arn)
    assert batch["startSequenceNumber"] < batch["endSequenceNumber"]


async def test_a_batch_is_split_until_the_bad_record_is_alone(world: World) -> None:
    arn = await prepare(world)
    await change(world, "a", "b", "bad", "d")
    await connect(
        world,
        arn,
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
    )
    await world.advance(60)
    assert await batches(world) == [
        ["a", "b", "bad", "d"],
        ["a", "b"],
        ["bad", "d"],
        ["bad"],
        ["d"],
    ]


async def test_only_what_begins_at_the_reported_record_comes_again(world: World) -> None:
    arn = await prepare(world, partly=True)
    await change(world, "a", "bad", "c")
    await connect(
        world,
        arn,
        StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
    )
    await world.advance(60)
    assert await batches(world) == [["a", "bad", "c"], ["bad", "c"]]


async def test_records_that_are_too_old_are_given_up(world: World) -> None:
    arn = await prepare(world)
    url, queue_arn = await make_queue(world.context, "given-up")
    await connect(
        world,
        arn,
        StartingPosition="LATEST",
        MaximumRecordAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )
    await change(world, "bad")
    await world.settle()
    await world.advance(120)
    reply = await world.context.call("sqs", "ReceiveMessage", {"QueueUrl": url})
    [message] = reply["Messages"]
    assert json.loads(message["Body"])["requestContext"]["condition"] == "RecordAgeExceeded"
    await change(world, "a")
    await world.settle()
    assert (await batches(world))[-1] == ["a"]


async def test_lanes_go_on_while_another_one_fails(world: World) -> None:
    arn = await prepare(world)
    await connect(world, arn, StartingPosition="LATEST", BatchSize=1, ParallelizationFactor=10)
    names = [f"{n}" for n in range(20)]
    await change(world, "bad", *names)
    await world.settle()
    seen = [batch[0] for batch in await batches(world)]
    # In the lane of the bad one nothing goes on.
    assert len(seen) > 10
    await put(world.context, "things", *({"id": text(n), "n": number(1)} for n in names))
    await world.settle()
    seen = [batch[0] for batch in await batches(world) if batch != ["bad"]]
    assert all(seen.count(name) in (0, 2) for name in names)


async def test_a_mapping_goes_on_where_it_was_when_it_is_changed(world: World) -> None:
    arn = await prepare(world)
    mapping = await connect(world, arn, StartingPosition="LATEST")
    await change(world, "a")
    await world.settle()
    await call(world.context, "UpdateEventSourceMapping", UUID=mapping["UUID"], Enabled=False)
    await world.settle()
    await change(world, "b")
    await world.settle()
    assert await batches(world) == [["a"]]
    await call(
        world.context,
        "UpdateEventSourceMapping",
        UUID=mapping["UUID"],
        Enabled=True,
        ParallelizationFactor=3,
    )
    await world.settle()
    assert await batches(world) == [["a"], ["b"]]


async def test_what_has_expired_says_so(world: World) -> None:
    arn = await prepare(world)
    await connect(world, arn, StartingPosition="LATEST")
    specification = {"AttributeName": "until", "Enabled": True}
    await world.context.call(
        "dynamodb",
        "UpdateTimeToLive",
        {"TableName": "things", "TimeToLiveSpecification": specification},
    )
    until = number(world.clock.now() + 60)
    await put(world.context, "things", {"id": text("a"), "until": until})
    await world.advance(61)
    [_, removed] = [event["Records"][0] for event in await events(world)]
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"] == {
        "type": "Service",
        "principalId": "dynamodb.amazonaws.com",
    }


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {},
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy"
            " constraint: Member must not be null.",
        ),
        (
            {"StartingPosition": "LATEST", "ScalingConfig": {"MaximumConcurrency": 2}},
            "Unsupported parameter for DynamoDB Streams event sources: ScalingConfig.",
        ),
    ],
)
async def test_settings_that_a_stream_does_not_take_are_refused(
    world: World, params: Json, message: str
) -> None:
    arn = await prepare(world)
    asked = {"EventSourceArn": arn, "FunctionName": "recorder", **params}
    assert await refused(world.context, "CreateEventSourceMapping", **asked) == (
        "InvalidParameterValueException",
        message,
    )


async def test_a_stream_that_is_not_there_is_refused(world: World) -> None:
    arn = (await prepare(world)) + "9"
    asked = {
        "EventSourceArn": arn,
        "FunctionName": "recorder",
        "StartingPosition": "LATEST",
    }
    assert await refused(world.context, "CreateEventSourceMapping", **asked) == (
        "InvalidParameterValueException",
        f"Stream not found: {arn}",
    )


# Adds the numbers of a window up, and shows what it is given.
ADDING = """
import json, time

def handler(event, context):
    print("EVENT", time.time_ns(), json.dumps(event))
    total = event["state"].get("total", 0)
    for record in event["Records"]:
        total += int(record["dynamodb"]["NewImage"]["n"]["N"])
    return {"state": {"total": total}}
"""


async def test_batches_of_a_window_hand_their_state_on(world: World) -> None:
    arn = await prepare(world)
    await create(world.context, "adder", Code={"ZipFile": zipped(ADDING)})
    await world.settle()
    # To the beginning of a window.
    await world.advance(600 - world.clock.now() % 600)
    begin = world.clock.now()
    await connect(world, arn, "adder", StartingPosition="LATEST", TumblingWindowInSeconds=60)
    for n in (1, 2):
        await put(world.context, "things", {"id": text(f"{n}"), "n": number(n)})
        await world.settle()
    await world.advance(70)
    await put(world.context, "things", {"id": text("4"), "n": number(4)})
    await world.settle()
    await world.advance(120)
    seen = await events(world, "adder")
    assert [(len(one["Records"]), one["state"], one["isFinalInvokeForWindow"]) for one in seen] == [
        (1, {}, False),
        (1, {"total": 1}, False),
        (0, {"total": 3}, True),
        (1, {}, False),
        (0, {"total": 4}, True),
    ]
    moments = [datetime.fromisoformat(one["window"]["start"]).timestamp() for one in seen]
    assert moments == [begin, begin, begin, begin + 60, begin + 60]
    assert seen[0]["eventSourceARN"] == arn
    assert not seen[0]["isWindowTerminatedEarly"]


async def test_a_window_without_a_state_fails(world: World) -> None:
    arn = await prepare(world)
    await change(world, "a")
    await connect(
        world,
        arn,
        StartingPosition="TRIM_HORIZON",
        TumblingWindowInSeconds=60,
        MaximumRetryAttempts=1,
    )
    await world.advance(10)
    assert await batches(world) == [["a"], ["a"]]
