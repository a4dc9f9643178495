"""What SQS counts, and how full it says queues are."""

from typing import Any

from lambent.platform import Context
from lambent.storage.database import Tx
from tests.conftest import World
from tests.services.lambda_.metric_reading import statistics


async def made(context: Context, name: str = "jobs", **attributes: str) -> str:
    params = {"QueueName": name, "Attributes": attributes}
    return str((await context.call("sqs", "CreateQueue", params))["QueueUrl"])


async def received(context: Context, url: str) -> list[dict[str, Any]]:
    params = {"QueueUrl": url, "MaxNumberOfMessages": 10}
    return list((await context.call("sqs", "ReceiveMessage", params)).get("Messages", ()))


async def figure(context: Context, metric: str, name: str = "jobs") -> tuple[float, float]:
    """The sum, and the largest sample."""
    point = await statistics(context, metric, "AWS/SQS", QueueName=name)
    return (point["Sum"], point["Maximum"]) if point else (0, 0)


async def test_messages_are_counted_as_they_come_and_go(context: Context) -> None:
    url = await made(context)
    await context.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "x" * 100})
    entries = [{"Id": str(n), "MessageBody": "y" * 10} for n in range(3)]
    await context.call("sqs", "SendMessageBatch", {"QueueUrl": url, "Entries": entries})
    first, *others = await received(context, url)
    assert await received(context, url) == []
    delete = {"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"]}
    await context.call("sqs", "DeleteMessage", delete)
    handles = [{"Id": one["MessageId"], "ReceiptHandle": one["ReceiptHandle"]} for one in others]
    await context.call("sqs", "DeleteMessageBatch", {"QueueUrl": url, "Entries": handles})

    assert await figure(context, "NumberOfMessagesSent") == (4, 1)
    assert await figure(context, "SentMessageSize") == (130, 100)
    assert await figure(context, "NumberOfMessagesReceived") == (4, 4)
    assert await figure(context, "NumberOfEmptyReceives") == (1, 1)
    assert await figure(context, "NumberOfMessagesDeleted") == (4, 3)


async def test_a_repeated_message_is_counted_apart(context: Context) -> None:
    url = await made(context, "jobs.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for _ in range(3):
        await context.call(
            "sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "same", "MessageGroupId": "g"}
        )

    assert await figure(context, "NumberOfMessagesSent", "jobs.fifo") == (1, 1)
    assert await figure(context, "NumberOfDeduplicatedSentMessages", "jobs.fifo") == (2, 1)


async def test_queues_in_use_and_their_dead_letters_are_measured_every_minute(
    world: World,
) -> None:
    """
    One message is delayed for ever, one is in flight until it is a dead letter.
    """
    context = world.context
    await made(context, "letters")
    arn = f"arn:aws:sqs:us-east-1:{context.account}:letters"
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 1}}'
    url = await made(context, VisibilityTimeout="90", RedrivePolicy=policy)
    for body, delay in (("one", 0), ("later", 900)):
        params = {"QueueUrl": url, "MessageBody": body, "DelaySeconds": delay}
        await context.call("sqs", "SendMessage", params)
    assert len(await received(context, url)) == 1
    await world.advance(150)
    assert await received(context, url) == []
    await world.advance(60)

    assert (await figure(context, "ApproximateNumberOfMessagesNotVisible"))[1] == 1
    assert (await figure(context, "ApproximateNumberOfMessagesVisible"))[1] == 1
    assert (await figure(context, "ApproximateNumberOfMessagesDelayed"))[1] == 1
    assert 60 <= (await figure(context, "ApproximateAgeOfOldestMessage"))[1] <= 210
    assert (await figure(context, "ApproximateNumberOfMessagesVisible", "letters"))[1] == 1


async def test_nobody_is_woken_for_a_queue_that_is_not_used(world: World) -> None:
    url = await made(world.context)
    await world.context.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "one"})
    await world.advance(20 * 60)

    def waiting(tx: Tx) -> bool:
        return tx.one("SELECT 1 AS one FROM work_item WHERE kind = 'sqs.measure'") is not None

    assert not await world.platform.database.read(waiting)
    await world.context.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "two"})
    assert await world.platform.database.read(waiting)
