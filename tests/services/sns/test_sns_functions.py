"""Functions that are subscribed: the event that they get."""

import json

from lambent.platform import Context
from lambent.services.sns import event_records
from lambent.services.sns.records import Message
from tests.conftest import World
from tests.services.sns.messages import call, make_queue, make_topic, texts

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:listener"


async def test_an_event_has_awss_shape(context: Context) -> None:
    message = Message(
        id="m",
        topic_arn="arn:aws:sns:us-east-1:000000000000:orders",
        sent_at=context.clock.now(),
        texts={"default": "hello", "lambda": "hello, function"},
        attributes={"colour": {"Type": "String", "Value": "red"}},
    )
    envelope = {
        **event_records.notification(message, "lambda"),
        "SignatureVersion": "1",
        "Signature": "s",
        "SigningCertURL": "http://c",
        "UnsubscribeURL": "http://u",
        "MessageAttributes": message.attributes,
    }

    assert event_records.lambda_event(envelope, "arn:subscription") == {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:subscription",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "m",
                    "TopicArn": "arn:aws:sns:us-east-1:000000000000:orders",
                    "Subject": None,
                    "Message": "hello, function",
                    "Timestamp": "2025-06-15T15:06:40.000Z",
                    "SignatureVersion": "1",
                    "Signature": "s",
                    "SigningCertUrl": "http://c",
                    "UnsubscribeUrl": "http://u",
                    "MessageAttributes": {"colour": {"Type": "String", "Value": "red"}},
                },
            }
        ]
    }


async def test_a_function_that_is_gone_makes_a_dead_letter(world: World, context: Context) -> None:
    topic = await make_topic(context)
    dead_letters = await make_queue(context, "dead-letters")
    await call(
        context,
        "Subscribe",
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=FUNCTION,
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_letters})},
    )
    await call(context, "Publish", TopicArn=topic, Message="hello")
    await world.settle()

    assert await texts(context, "dead-letters") == ["hello"]
