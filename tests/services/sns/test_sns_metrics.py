"""What SNS counts."""

from lambent.platform import Context
from tests.conftest import World
from tests.services.lambda_.metric_reading import statistics
from tests.services.sns.messages import call, make_queue, make_topic, subscribe_queue


async def counted(context: Context, metric: str) -> float:
    point = await statistics(context, metric, "AWS/SNS", TopicName="orders")
    return float(point.get("Sum", 0))


async def test_messages_are_counted_from_publishing_to_their_end(world: World) -> None:
    """
    One queue takes the messages, one filters them out, and one is gone: its letters are kept.
    """
    context = world.context
    topic = await make_topic(context)
    await subscribe_queue(context, topic)
    await subscribe_queue(context, topic, "choosy", FilterPolicy='{"colour": ["red"]}')
    letters = await make_queue(context, "letters")
    policy = f'{{"deadLetterTargetArn": "{letters}"}}'
    await subscribe_queue(context, topic, "gone", RedrivePolicy=policy)
    url = await context.call("sqs", "GetQueueUrl", {"QueueName": "gone"})
    await context.call("sqs", "DeleteQueue", {"QueueUrl": url["QueueUrl"]})
    await call(context, "Publish", TopicArn=topic, Message="x" * 10)
    entries = [{"Id": str(n), "Message": "y" * 5} for n in range(2)]
    await call(context, "PublishBatch", TopicArn=topic, PublishBatchRequestEntries=entries)
    await world.settle()

    found = {
        metric: await counted(context, metric)
        for metric in (
            "NumberOfMessagesPublished",
            "PublishSize",
            "NumberOfNotificationsDelivered",
            "NumberOfNotificationsFilteredOut",
            "NumberOfNotificationsFailed",
            "NumberOfNotificationsRedrivenToDlq",
        )
    }
    assert found == {
        "NumberOfMessagesPublished": 3,
        "PublishSize": 20,
        "NumberOfNotificationsDelivered": 3,
        "NumberOfNotificationsFilteredOut": 3,
        "NumberOfNotificationsFailed": 3,
        "NumberOfNotificationsRedrivenToDlq": 3,
    }
