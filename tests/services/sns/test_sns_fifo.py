"""FIFO topics: order within a group, nothing twice, numbers that grow."""

import json
from typing import Any

import pytest

from lambent.platform import Context
from tests.conftest import World
from tests.services.sns.messages import (
    call,
    make_topic,
    received,
    refused,
    subscribe_queue,
    texts,
)

QUEUE = "orders.fifo"


async def publish(context: Context, topic: str, message: str, group: str = "g", **more: str) -> Any:
    return await call(
        context, "Publish", TopicArn=topic, Message=message, MessageGroupId=group, **more
    )


async def test_a_group_arrives_in_its_order(world: World, context: Context) -> None:
    topic = await make_topic(context, "orders.fifo", ContentBasedDeduplication="true")
    await subscribe_queue(context, topic, QUEUE)
    replies = [await publish(context, topic, f"{number}") for number in range(20)]
    await world.settle()

    assert await texts(context, QUEUE) == [f"{number}" for number in range(20)]
    numbers = [reply["SequenceNumber"] for reply in replies]
    assert numbers == sorted(numbers)
    assert {len(number) for number in numbers} == {20}
    assert await context.db.read(lambda tx: tx.all("SELECT sequence FROM sns_backlog")) == []


async def test_the_queue_gets_group_and_deduplication_id(world: World, context: Context) -> None:
    topic = await make_topic(context, "orders.fifo")
    await subscribe_queue(context, topic, QUEUE)
    reply = await publish(context, topic, "x", "group", MessageDeduplicationId="one")
    await world.settle()

    (message,) = await received(context, QUEUE)
    assert message["Attributes"]["MessageGroupId"] == "group"
    assert message["Attributes"]["MessageDeduplicationId"] == "one"
    envelope = json.loads(message["Body"])
    assert envelope["SequenceNumber"] == reply["SequenceNumber"]
    # AWS: a FIFO topic's messages are not signed.
    assert "Signature" not in envelope


async def test_the_same_within_five_minutes_is_taken_and_not_delivered(
    world: World, context: Context
) -> None:
    topic = await make_topic(context, "orders.fifo", ContentBasedDeduplication="true")
    await subscribe_queue(context, topic, QUEUE)
    first = await publish(context, topic, "x", "a")
    assert await publish(context, topic, "x", "b") == first
    await world.settle()
    assert await texts(context, QUEUE) == ["x"]

    await world.advance(301)
    assert (await publish(context, topic, "x"))["MessageId"] != first["MessageId"]
    await world.settle()
    assert await texts(context, QUEUE) == ["x"]


async def test_deduplication_may_be_of_each_group(world: World, context: Context) -> None:
    topic = await make_topic(
        context,
        "orders.fifo",
        ContentBasedDeduplication="true",
        FifoThroughputScope="MessageGroup",
    )
    one = await publish(context, topic, "x", "a")

    assert await publish(context, topic, "x", "b") != one
    assert await publish(context, topic, "x", "a") == one


async def test_a_batch_keeps_its_order(world: World, context: Context) -> None:
    topic = await make_topic(context, "orders.fifo", ContentBasedDeduplication="true")
    await subscribe_queue(context, topic, QUEUE)
    await call(
        context,
        "PublishBatch",
        TopicArn=topic,
        PublishBatchRequestEntries=[
            {"Id": text, "Message": text, "MessageGroupId": "g"} for text in "abcdefghij"
        ],
    )
    await world.settle()

    assert await texts(context, QUEUE) == list("abcdefghij")


async def test_a_standard_queue_may_be_subscribed_too(world: World, context: Context) -> None:
    topic = await make_topic(context, "orders.fifo", ContentBasedDeduplication="true")
    await subscribe_queue(context, topic, "orders")
    await publish(context, topic, "x")
    await world.settle()

    assert await texts(context, "orders") == ["x"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "The MessageGroupId parameter is required for FIFO topics"),
        (
            {"MessageGroupId": "g"},
            "The topic should either have ContentBasedDeduplication enabled or"
            " MessageDeduplicationId provided explicitly",
        ),
    ],
)
async def test_what_a_fifo_message_lacks_is_said(
    context: Context, params: dict[str, str], words: str
) -> None:
    topic = await make_topic(context, "orders.fifo")

    assert await refused(context, "Publish", TopicArn=topic, Message="x", **params) == (
        "InvalidParameter",
        f"Invalid parameter: {words}",
    )


async def test_only_queues_subscribe_to_a_fifo_topic(context: Context) -> None:
    topic = await make_topic(context, "orders.fifo")

    assert await refused(
        context, "Subscribe", TopicArn=topic, Protocol="email", Endpoint="ann@example.com"
    ) == ("InvalidParameter", "Invalid parameter: Invalid protocol type: email")


async def test_what_cannot_be_delivered_holds_nobody_up(world: World, context: Context) -> None:
    topic = await make_topic(context, "orders.fifo", ContentBasedDeduplication="true")
    await subscribe_queue(context, topic, QUEUE)
    await subscribe_queue(context, topic, "other.fifo")
    url = (await context.call("sqs", "GetQueueUrl", {"QueueName": QUEUE}))["QueueUrl"]
    await context.call("sqs", "DeleteQueue", {"QueueUrl": url})
    for text in "abc":
        await publish(context, topic, text)
    await world.settle()

    assert await texts(context, "other.fifo") == list("abc")
    assert await context.db.read(lambda tx: tx.all("SELECT id FROM sns_message")) == []
