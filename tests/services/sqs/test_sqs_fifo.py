"""FIFO queues: order within a group, groups side by side, one message for one deduplication id."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("sqs", operation, params)


async def a_queue(context: Context, name: str = "q.fifo", **attributes: str) -> str:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes}
    reply = await call(context, "CreateQueue", QueueName=name, Attributes=attributes)
    return str(reply["QueueUrl"])


async def send(context: Context, url: str, body: str, group: str = "g", **more: Any) -> Any:
    return await call(
        context, "SendMessage", QueueUrl=url, MessageBody=body, MessageGroupId=group, **more
    )


async def received(context: Context, url: str, **params: Any) -> list[Any]:
    reply = await call(context, "ReceiveMessage", QueueUrl=url, **params)
    return list(reply.get("Messages", []))


def bodies(messages: list[Any]) -> list[str]:
    return [message["Body"] for message in messages]


async def test_a_group_waits_for_what_is_in_flight(world: World) -> None:
    context = world.context
    url = await a_queue(context)
    for body in ("a1", "a2", "a3"):
        await send(context, url, body, "a")
    await send(context, url, "b1", "b")

    first = await received(context, url, MaxNumberOfMessages=2)
    assert bodies(first) == ["a1", "a2"]
    assert bodies(await received(context, url, MaxNumberOfMessages=10)) == ["b1"]
    assert await received(context, url) == []

    for message in first:
        await call(context, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert bodies(await received(context, url, MaxNumberOfMessages=10)) == ["a3"]


async def test_what_comes_back_comes_in_order(world: World) -> None:
    context = world.context
    url = await a_queue(context, VisibilityTimeout="10")
    for body in ("1", "2", "3"):
        await send(context, url, body)
    assert bodies(await received(context, url)) == ["1"]
    await world.advance(10)

    messages = await received(context, url, MaxNumberOfMessages=10, AttributeNames=["All"])

    assert bodies(messages) == ["1", "2", "3"]
    order = [message["Attributes"]["SequenceNumber"] for message in messages]
    assert order == sorted(order)
    assert all(len(number) == 20 for number in order)


async def test_a_message_sent_twice_within_five_minutes_is_one(world: World) -> None:
    context = world.context
    url = await a_queue(context)
    first = await send(context, url, "same")
    second = await send(context, url, "same")
    assert first == second
    [message] = await received(context, url)
    await call(context, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    await send(context, url, "same")
    assert await received(context, url) == []

    await world.advance(300)

    third = await send(context, url, "same")
    assert third["SequenceNumber"] > first["SequenceNumber"]
    assert len(await received(context, url)) == 1


async def test_deduplication_may_be_by_group(context: Context) -> None:
    url = await a_queue(
        context, DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId"
    )
    await send(context, url, "same", "a")
    await send(context, url, "same", "b")

    assert len(await received(context, url, MaxNumberOfMessages=10)) == 2


async def test_an_expired_receipt_deletes_nothing(world: World) -> None:
    context = world.context
    url = await a_queue(context, VisibilityTimeout="1")
    await send(context, url, "x")
    [message] = await received(context, url)
    await world.advance(1)

    with pytest.raises(AwsError) as refusal:
        await call(context, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert refusal.value.message.endswith("Reason: The receipt handle has expired.")


async def test_a_dead_letter_lets_its_group_go_on(world: World) -> None:
    context = world.context
    dead = await a_queue(context, "dead.fifo")
    policy = {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead.fifo",
        "maxReceiveCount": "1",
    }
    url = await a_queue(context, RedrivePolicy=json.dumps(policy), VisibilityTimeout="1")
    await send(context, url, "poison")
    await send(context, url, "good")
    assert bodies(await received(context, url)) == ["poison"]
    await world.advance(1)

    assert bodies(await received(context, url)) == ["good"]
    assert bodies(await received(context, dead)) == ["poison"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "MissingParameter"),
        ({"MessageGroupId": "g"}, "InvalidParameterValue"),
        (
            {"MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 5},
            "InvalidParameterValue",
        ),
        ({"MessageGroupId": "a b", "MessageDeduplicationId": "d"}, "InvalidParameterValue"),
    ],
)
async def test_a_message_without_what_fifo_needs_is_refused(
    context: Context, params: dict[str, Any], code: str
) -> None:
    url = await a_queue(context, ContentBasedDeduplication="false")
    with pytest.raises(AwsError) as refusal:
        await call(context, "SendMessage", QueueUrl=url, MessageBody="x", **params)

    assert refusal.value.code == code


async def test_many_groups_are_received_without_losing_one(context: Context) -> None:
    url = await a_queue(context)
    for number in range(25):
        await send(context, url, f"{number}", f"group{number % 5}")

    seen: list[str] = []
    while messages := await received(context, url, MaxNumberOfMessages=3):
        seen += bodies(messages)
        for message in messages:
            await call(
                context, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
            )

    assert len(seen) == 25
    for group in range(5):
        of_group = [int(body) for body in seen if int(body) % 5 == group]
        assert of_group == sorted(of_group)


async def test_dead_letters_that_are_moved_back_keep_their_order(world: World) -> None:
    context = world.context
    dead = await a_queue(context, "dead.fifo")
    arn = "arn:aws:sqs:us-east-1:000000000000:dead.fifo"
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": "1"}
    url = await a_queue(context, RedrivePolicy=json.dumps(policy), VisibilityTimeout="0")
    for body in ("1", "2", "3"):
        await send(context, url, body)
    for _ in range(6):
        await received(context, url)
    await send(context, url, "4")
    await call(context, "StartMessageMoveTask", SourceArn=arn, MaxNumberOfMessagesPerSecond=2)
    await world.advance(5)

    assert await received(context, dead) == []
    messages = await received(context, url, MaxNumberOfMessages=10, VisibilityTimeout=30)
    assert bodies(messages) == ["4", "1", "2", "3"]


async def test_a_move_can_be_given_up(world: World) -> None:
    context = world.context
    dead = await a_queue(context, "dead.fifo")
    arn = "arn:aws:sqs:us-east-1:000000000000:dead.fifo"
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": "1"}
    await a_queue(context, RedrivePolicy=json.dumps(policy))
    for body in ("1", "2", "3"):
        await send(context, dead, body)
    other = await a_queue(context, "other.fifo")
    task = await call(
        context,
        "StartMessageMoveTask",
        SourceArn=arn,
        DestinationArn="arn:aws:sqs:us-east-1:000000000000:other.fifo",
        MaxNumberOfMessagesPerSecond=1,
    )
    await world.settle()
    cancelled = await call(context, "CancelMessageMoveTask", **task)
    await world.advance(10)

    assert cancelled == {"ApproximateNumberOfMessagesMoved": 1}
    assert bodies(await received(context, other, MaxNumberOfMessages=10)) == ["1"]
