"""Event source mappings of queues: what the function is given, and what becomes of it."""

import json

import pytest

from tests.conftest import World
from tests.services.lambda_.event_source_making import (
    connect,
    events,
    make_queue,
    make_recorder,
    send,
)
from tests.services.lambda_.functions import call, create, zipped


async def left(world: World, url: str) -> tuple[int, int]:
    """How many messages of a queue are visible, and how many in flight."""
    reply = await world.context.call(
        "sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]}
    )
    shown = reply["Attributes"]
    return (
        int(shown["ApproximateNumberOfMessages"]),
        int(shown["ApproximateNumberOfMessagesNotVisible"]),
    )


async def bodies(world: World) -> list[list[str]]:
    return [[record["body"] for record in event["Records"]] for event in await events(world)]


async def test_a_record_is_what_aws_makes_of_a_message(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    await connect(world, arn)

    await send(
        world.context,
        url,
        "hello",
        MessageAttributes={
            "kind": {"DataType": "String", "StringValue": "greeting"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x01"},
        },
    )
    await world.settle()

    ((record,),) = [event["Records"] for event in await events(world)]
    now = str(int(world.clock.now() * 1000))
    assert record.pop("messageId") and record.pop("receiptHandle")
    assert record.pop("md5OfMessageAttributes")
    assert record.pop("attributes") == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": now,
        "SenderId": world.context.account,
        "ApproximateFirstReceiveTimestamp": now,
    }
    assert record == {
        "body": "hello",
        "messageAttributes": {
            "kind": {
                "stringValue": "greeting",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            },
            "raw": {
                "binaryValue": "AQ==",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "Binary",
            },
        },
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "us-east-1",
    }
    assert await left(world, url) == (0, 0)


async def test_messages_that_were_there_before_come_in_batches(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    await send(world.context, url, *(f"job {n}" for n in range(23)))

    await connect(world, arn, BatchSize=10)

    batches = await bodies(world)
    assert sorted(len(batch) for batch in batches) == [3, 10, 10]
    assert {body for batch in batches for body in batch} == {f"job {n}" for n in range(23)}


async def test_what_a_function_fails_comes_back_and_ends_as_a_dead_letter(world: World) -> None:
    dead_url, dead_arn = await make_queue(world.context, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = await make_queue(world.context, RedrivePolicy=policy, VisibilityTimeout="30")
    await make_recorder(world)
    await connect(world, arn)

    await send(world.context, url, "bad")
    await world.settle()
    assert await bodies(world) == [["bad"]]
    assert await left(world, url) == (0, 1)

    await world.advance(31)
    assert await bodies(world) == [["bad"], ["bad"]]

    await world.advance(31)
    assert len(await bodies(world)) == 2
    assert await left(world, url) == (0, 0)
    assert await left(world, dead_url) == (1, 0)


async def test_only_the_messages_that_are_reported_come_back(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world, partly=True)
    await send(world.context, url, "good", "bad", "fine")

    await connect(world, arn, FunctionResponseTypes=["ReportBatchItemFailures"])

    assert sorted((await bodies(world))[0]) == ["bad", "fine", "good"]
    assert await left(world, url) == (0, 1)
    await world.advance(30)
    assert (await bodies(world))[1:] == [["bad"]]


async def test_what_does_not_match_a_filter_is_deleted_unseen(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    pattern = json.dumps({"body": {"price": [{"numeric": [">", 10]}]}})
    await connect(world, arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})

    await send(world.context, url, '{"price": 11}', '{"price": 9}', "no JSON", "[1]")
    await world.settle()

    assert await bodies(world) == [['{"price": 11}']]
    assert await left(world, url) == (0, 0)


async def test_a_batch_waits_for_its_window(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    await connect(world, arn, BatchSize=100, MaximumBatchingWindowInSeconds=20)

    await send(world.context, url, "one")
    await world.advance(15)
    await send(world.context, url, "two")
    await world.settle()
    assert await bodies(world) == []

    await world.advance(5)
    assert await bodies(world) == [["one", "two"]]
    assert await left(world, url) == (0, 0)


async def test_a_full_batch_does_not_wait(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    await connect(world, arn, BatchSize=12, MaximumBatchingWindowInSeconds=300)

    await send(world.context, url, *(str(n) for n in range(14)))
    await world.settle()

    assert [len(batch) for batch in await bodies(world)] == [12]
    await world.advance(300)
    assert [len(batch) for batch in await bodies(world)] == [12, 2]
    assert await left(world, url) == (0, 0)


async def test_batches_are_split_at_six_megabytes(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    big = "x" * 1_000_000
    await send(world.context, url, *[big] * 8)
    await make_counter(world)
    await connect(world, arn, "counter")

    sizes = [event["n"] for event in await events(world, "counter")]
    assert sorted(sizes) == [2, 6]
    assert await left(world, url) == (0, 0)


async def make_counter(world: World) -> None:
    source = (
        "def handler(event, context):\n    print('EVENT 0 {\"n\": %d}' % len(event['Records']))\n"
    )
    await create(world.context, "counter", Code={"ZipFile": zipped(source)})
    await world.settle()


async def test_the_groups_of_a_fifo_queue_keep_their_order(world: World) -> None:
    url, arn = await make_queue(world.context, "jobs.fifo")
    await make_recorder(world)
    await connect(world, arn, BatchSize=2)

    for n in range(5):
        for group in ("a", "b"):
            await send(world.context, url, f"{group}{n}", MessageGroupId=group)
    await world.settle()

    seen = [body for batch in await bodies(world) for body in batch]
    assert [body for body in seen if body[0] == "a"] == [f"a{n}" for n in range(5)]
    assert [body for body in seen if body[0] == "b"] == [f"b{n}" for n in range(5)]


async def test_a_failure_holds_its_group_and_no_other(world: World) -> None:
    url, arn = await make_queue(world.context, "jobs.fifo")
    await make_recorder(world)
    await connect(world, arn, BatchSize=1)

    await send(world.context, url, "bad 1", "a2", MessageGroupId="a")
    await send(world.context, url, "b1", "b2", MessageGroupId="b")
    await world.settle()

    assert sorted(body for (body,) in await bodies(world)) == ["b1", "b2", "bad 1"]


async def test_a_delayed_message_is_handed_over_when_it_is_due(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    await connect(world, arn)

    await send(world.context, url, "later", DelaySeconds=600)
    await world.advance(599)
    assert await bodies(world) == []

    await world.advance(1)
    assert await bodies(world) == [["later"]]


async def test_a_throttled_function_is_asked_again_after_a_while(world: World) -> None:
    url, arn = await make_queue(world.context, VisibilityTimeout="60")
    await make_recorder(world)
    await call(
        world.context,
        "PutFunctionConcurrency",
        FunctionName="recorder",
        ReservedConcurrentExecutions=0,
    )
    await connect(world, arn)
    await send(world.context, url, "one")
    await world.settle()
    assert await bodies(world) == []

    await call(world.context, "DeleteFunctionConcurrency", FunctionName="recorder")
    await world.advance(1)

    ((record,),) = [event["Records"] for event in await events(world)]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"


async def test_a_disabled_mapping_leaves_the_messages_alone(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    mapping = await connect(world, arn, Enabled=False)
    await send(world.context, url, "one")
    await world.settle()
    assert await left(world, url) == (1, 0)

    await call(world.context, "UpdateEventSourceMapping", UUID=mapping["UUID"], Enabled=True)
    await world.settle()
    assert await bodies(world) == [["one"]]

    await call(world.context, "UpdateEventSourceMapping", UUID=mapping["UUID"], Enabled=False)
    await world.settle()
    await send(world.context, url, "two")
    await world.settle()
    assert await left(world, url) == (1, 0)


async def test_a_deleted_mapping_is_gone_with_its_work(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    mapping = await connect(world, arn)

    await call(world.context, "DeleteEventSourceMapping", UUID=mapping["UUID"])
    await world.settle()
    await send(world.context, url, "one")
    await world.settle()

    assert await left(world, url) == (1, 0)
    rows = await world.platform.database.read(
        lambda tx: tx.all("SELECT id FROM work_item WHERE kind LIKE '%event_source%'")
    )
    assert rows == []


async def test_an_idle_queue_costs_nothing(world: World) -> None:
    _, arn = await make_queue(world.context)
    await make_recorder(world)
    await connect(world, arn)

    rows = await world.platform.database.read(
        lambda tx: tx.all("SELECT id FROM work_item WHERE kind = 'lambda.wake_event_source'")
    )
    assert rows == []


async def test_a_queue_that_comes_back_is_read_again(world: World) -> None:
    url, arn = await make_queue(world.context)
    await make_recorder(world)
    await connect(world, arn)
    await world.context.call("sqs", "DeleteQueue", {"QueueUrl": url})
    await world.settle()

    url, _ = await make_queue(world.context)
    await send(world.context, url, "one")
    await world.advance(300)

    assert await bodies(world) == [["one"]]


@pytest.mark.parametrize(
    "answer",
    [
        "'no object'",
        "{'batchItemFailures': [{'itemIdentifier': 'of nobody'}]}",
        "{'batchItemFailures': [{'itemIdentifier': ''}]}",
        "{'batchItemFailures': [{'id': 'x'}]}",
    ],
)
async def test_an_answer_that_is_no_partial_response_fails_the_batch(
    world: World, answer: str
) -> None:
    url, arn = await make_queue(world.context)
    source = f"def handler(event, context):\n    return {answer}\n"
    await create(world.context, "odd", Code={"ZipFile": zipped(source)})
    await world.settle()
    await send(world.context, url, "one")

    await connect(world, arn, "odd", FunctionResponseTypes=["ReportBatchItemFailures"])

    assert await left(world, url) == (0, 1)
