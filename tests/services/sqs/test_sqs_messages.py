"""Messages of standard queues: visibility, delay, dead letters, batches, attributes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.storage.database import Tx
from tests.conftest import World

Call = Callable[..., Awaitable[Any]]


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("sqs", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("sqs", operation, params)
    return refusal.value.code, refusal.value.message


async def a_queue(context: Context, name: str = "orders", **attributes: str) -> str:
    reply = await call(context, "CreateQueue", QueueName=name, Attributes=attributes)
    return str(reply["QueueUrl"])


async def received(context: Context, url: str, **params: Any) -> list[Any]:
    reply = await call(context, "ReceiveMessage", QueueUrl=url, **params)
    return list(reply.get("Messages", []))


async def numbers(context: Context, url: str) -> tuple[int, int, int]:
    reply = await call(context, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
    attributes = reply["Attributes"]
    return (
        int(attributes["ApproximateNumberOfMessages"]),
        int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )


async def test_a_message_is_received_once_until_its_visibility_ends(world: World) -> None:
    context = world.context
    url = await a_queue(context, VisibilityTimeout="30")
    sent = await call(context, "SendMessage", QueueUrl=url, MessageBody="hello")

    first = await received(context, url)
    assert [message["Body"] for message in first] == ["hello"]
    assert first[0]["MD5OfBody"] == sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert first[0]["MessageId"] == sent["MessageId"]
    assert await received(context, url) == []
    assert await numbers(context, url) == (0, 1, 0)

    await world.advance(30)

    again = await received(context, url, AttributeNames=["All"])
    assert again[0]["Attributes"]["ApproximateReceiveCount"] == "2"
    assert again[0]["ReceiptHandle"] != first[0]["ReceiptHandle"]


async def test_only_the_last_receipt_deletes(world: World) -> None:
    context = world.context
    url = await a_queue(context, VisibilityTimeout="1")
    await call(context, "SendMessage", QueueUrl=url, MessageBody="hello")
    first = (await received(context, url))[0]["ReceiptHandle"]
    await world.advance(1)
    second = (await received(context, url))[0]["ReceiptHandle"]

    await call(context, "DeleteMessage", QueueUrl=url, ReceiptHandle=first)
    assert await numbers(context, url) == (0, 1, 0)
    await call(context, "DeleteMessage", QueueUrl=url, ReceiptHandle=second)
    assert await numbers(context, url) == (0, 0, 0)
    await call(context, "DeleteMessage", QueueUrl=url, ReceiptHandle=second)


async def test_a_receipt_that_is_none_is_refused(context: Context) -> None:
    url = await a_queue(context)

    assert await refused(context, "DeleteMessage", QueueUrl=url, ReceiptHandle="x") == (
        "ReceiptHandleIsInvalid",
        'The input receipt handle "x" is not a valid receipt handle.',
    )


async def test_a_delayed_message_waits(world: World) -> None:
    context = world.context
    url = await a_queue(context, DelaySeconds="5")
    await call(context, "SendMessage", QueueUrl=url, MessageBody="queue's")
    await call(context, "SendMessage", QueueUrl=url, MessageBody="own", DelaySeconds=60)

    assert await numbers(context, url) == (0, 0, 2)
    assert await received(context, url) == []
    await world.advance(5)
    assert [message["Body"] for message in await received(context, url)] == ["queue's"]


async def test_visibility_can_be_changed_while_in_flight(world: World) -> None:
    context = world.context
    url = await a_queue(context)
    await call(context, "SendMessage", QueueUrl=url, MessageBody="hello")
    handle = (await received(context, url))[0]["ReceiptHandle"]

    await call(
        context, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0
    )
    code, message = await refused(
        context, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=9
    )

    assert code == "InvalidParameterValue"
    assert message.endswith(
        "Message does not exist or is not available for visibility timeout change."
    )
    assert len(await received(context, url)) == 1


async def test_a_message_that_is_received_too_often_is_a_dead_letter(world: World) -> None:
    context = world.context
    dead = await a_queue(context, "dead")
    policy = {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead",
        "maxReceiveCount": 2,
    }
    url = await a_queue(context, RedrivePolicy=json.dumps(policy), VisibilityTimeout="1")
    sent = await call(context, "SendMessage", QueueUrl=url, MessageBody="poison")

    for _ in range(2):
        assert len(await received(context, url)) == 1
        await world.advance(1)
    assert await received(context, url) == []

    [message] = await received(context, dead, MessageSystemAttributeNames=["All"])
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == (
        "arn:aws:sqs:us-east-1:000000000000:orders"
    )
    sources = await call(context, "ListDeadLetterSourceQueues", QueueUrl=dead)
    assert sources["queueUrls"] == [url]


async def test_dead_letters_can_be_moved_back(world: World) -> None:
    context = world.context
    dead = await a_queue(context, "dead")
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": 1}
    url = await a_queue(context, RedrivePolicy=json.dumps(policy), VisibilityTimeout="0")
    for number in range(3):
        await call(context, "SendMessage", QueueUrl=url, MessageBody=str(number))
    for _ in range(2):
        await received(context, url, MaxNumberOfMessages=10)
    assert await numbers(context, dead) == (3, 0, 0)

    await call(context, "StartMessageMoveTask", SourceArn=arn)
    await world.settle()

    assert await numbers(context, dead) == (0, 0, 0)
    assert await numbers(context, url) == (3, 0, 0)
    tasks = await call(context, "ListMessageMoveTasks", SourceArn=arn)
    assert tasks["Results"][0]["Status"] == "COMPLETED"
    assert tasks["Results"][0]["ApproximateNumberOfMessagesMoved"] == 3


async def test_a_message_older_than_the_queue_keeps_is_gone(world: World) -> None:
    context = world.context
    url = await a_queue(context, MessageRetentionPeriod="60")
    await call(context, "SendMessage", QueueUrl=url, MessageBody="old")
    await world.advance(60)

    assert await numbers(context, url) == (0, 0, 0)
    assert await received(context, url) == []


async def test_a_long_poll_ends_when_a_message_comes(context: Context) -> None:
    url = await a_queue(context)
    poll = asyncio.create_task(received(context, url, WaitTimeSeconds=20))
    await asyncio.sleep(0)
    await call(context, "SendMessage", QueueUrl=url, MessageBody="at last")

    async with asyncio.timeout(5):
        assert [message["Body"] for message in await poll] == ["at last"]


async def test_a_long_poll_sees_what_becomes_visible_when_the_clock_moves(world: World) -> None:
    context = world.context
    url = await a_queue(context, ReceiveMessageWaitTimeSeconds="20")
    await call(context, "SendMessage", QueueUrl=url, MessageBody="later", DelaySeconds=900)
    poll = asyncio.create_task(received(context, url))
    await asyncio.sleep(0)
    await world.advance(900)

    async with asyncio.timeout(5):
        assert [message["Body"] for message in await poll] == ["later"]


async def test_a_batch_tells_of_each_entry(context: Context) -> None:
    url = await a_queue(context)
    reply = await call(
        context,
        "SendMessageBatch",
        QueueUrl=url,
        Entries=[
            {"Id": "good", "MessageBody": "a"},
            {"Id": "bad", "MessageBody": "\x01"},
            {"Id": "late", "MessageBody": "b", "DelaySeconds": 901},
        ],
    )

    assert [entry["Id"] for entry in reply["Successful"]] == ["good"]
    assert {entry["Id"]: entry["Code"] for entry in reply["Failed"]} == {
        "bad": "InvalidMessageContents",
        "late": "InvalidParameterValue",
    }
    messages = await received(context, url, MaxNumberOfMessages=10)
    entries = [{"Id": "1", "ReceiptHandle": messages[0]["ReceiptHandle"]}]
    entries.append({"Id": "2", "ReceiptHandle": "nonsense"})
    deleted = await call(context, "DeleteMessageBatch", QueueUrl=url, Entries=entries)
    assert deleted["Successful"] == [{"Id": "1"}]
    assert deleted["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "MessageBody": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "MessageBody": "x"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a.b", "MessageBody": "x"}], "InvalidBatchEntryId"),
        (
            [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)],
            "BatchRequestTooLong",
        ),
    ],
)
async def test_a_batch_that_is_none_is_refused(
    context: Context, entries: list[Any], code: str
) -> None:
    url = await a_queue(context)

    assert (await refused(context, "SendMessageBatch", QueueUrl=url, Entries=entries))[0] == code


async def test_a_receiver_gets_the_attributes_it_asks_for(context: Context) -> None:
    url = await a_queue(context)
    attributes = {
        "color": {"DataType": "String", "StringValue": "red"},
        "size.width": {"DataType": "Number", "StringValue": "4"},
        "size.height": {"DataType": "Number.int", "StringValue": "2"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    sent = await call(
        context,
        "SendMessage",
        QueueUrl=url,
        MessageBody="x",
        MessageAttributes=attributes,
        MessageSystemAttributes={
            "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}
        },
    )
    queries: list[tuple[list[str], set[str]]] = [
        ([], set()),
        (["All"], set(attributes)),
        ([".*"], set(attributes)),
        (["size.*"], {"size.width", "size.height"}),
        (["color", "none"], {"color"}),
    ]
    for names, expected in queries:
        [message] = await received(
            context,
            url,
            MessageAttributeNames=names,
            VisibilityTimeout=0,
            MessageSystemAttributeNames=["AWSTraceHeader"],
        )
        shown = message.get("MessageAttributes", {})
        assert shown == {name: attributes[name] for name in expected}
        assert message["Attributes"] == {"AWSTraceHeader": "Root=1-2-3"}
        if expected == set(attributes):
            assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]


async def test_a_message_larger_than_the_queue_takes_is_refused(context: Context) -> None:
    url = await a_queue(context, MaximumMessageSize="1024")

    assert await refused(context, "SendMessage", QueueUrl=url, MessageBody="x" * 1025) == (
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
    )


async def test_a_queue_can_be_emptied(context: Context) -> None:
    url = await a_queue(context)
    for _ in range(3):
        await call(context, "SendMessage", QueueUrl=url, MessageBody="x")
    await call(context, "PurgeQueue", QueueUrl=url)

    assert await numbers(context, url) == (0, 0, 0)


async def test_a_long_poll_answers_when_the_server_ends(world: World) -> None:
    url = await a_queue(world.context)
    poll = asyncio.create_task(received(world.context, url, WaitTimeSeconds=20))
    await asyncio.sleep(0)
    world.platform.signals.end()

    async with asyncio.timeout(5):
        assert await poll == []


async def test_a_large_queue_is_emptied_bit_by_bit(world: World) -> None:
    context = world.context
    url = await a_queue(context)

    def fill(tx: Tx) -> int:
        return tx.execute(
            "INSERT INTO sqs_message (id, body, md5, attributes, system_attributes, sender,"
            " sent_at, visible_at, receive_count, queue)"
            " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)"
            " SELECT '1', 'b', 'm', '', '', 's', 1, 1, 0, q.id FROM n, sqs_queue q"
        )

    await context.db.write(fill)
    await call(context, "PurgeQueue", QueueUrl=url)
    left = await context.db.read(lambda tx: tx.one("SELECT COUNT(*) AS n FROM sqs_message"))
    assert left == {"n": 15_000}
    await world.settle()
    left = await context.db.read(lambda tx: tx.one("SELECT COUNT(*) AS n FROM sqs_message"))
    assert left == {"n": 0}
