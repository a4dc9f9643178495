"""Makes topics and queues for tests, and reads what came out at the other end."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.mail import store as mailbox
from lambent.services.mail.records import Message as Mail
from lambent.services.sns import doors
from lambent.wire.messages import HttpReply, HttpRequest

TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"
QUEUES = "arn:aws:sqs:us-east-1:000000000000:"


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("sns", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("sns", operation, params)
    return refusal.value.code, refusal.value.message


async def make_topic(context: Context, name: str = "orders", **attributes: str) -> str:
    if name.endswith(".fifo"):
        attributes["FifoTopic"] = "true"
    reply = await call(context, "CreateTopic", Name=name, Attributes=attributes)
    return str(reply["TopicArn"])


async def make_queue(context: Context, name: str, **attributes: str) -> str:
    if name.endswith(".fifo"):
        attributes["FifoQueue"] = "true"
    await context.call("sqs", "CreateQueue", {"QueueName": name, "Attributes": attributes})
    return QUEUES + name


async def subscribe_queue(
    context: Context, topic: str, name: str = "orders", **attributes: str
) -> str:
    """A queue that gets what the topic is sent; the subscription's ARN."""
    reply = await call(
        context,
        "Subscribe",
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=await make_queue(context, name),
        Attributes=attributes,
    )
    return str(reply["SubscriptionArn"])


async def received(context: Context, name: str = "orders") -> list[dict[str, Any]]:
    """What is in the queue, in its order; it is gone afterwards."""
    url = (await context.call("sqs", "GetQueueUrl", {"QueueName": name}))["QueueUrl"]
    found: list[dict[str, Any]] = []
    while True:
        reply = await context.call(
            "sqs",
            "ReceiveMessage",
            {
                "QueueUrl": url,
                "MaxNumberOfMessages": 10,
                "MessageAttributeNames": ["All"],
                "AttributeNames": ["All"],
            },
        )
        messages = reply.get("Messages") or []
        if not messages:
            return found
        for message in messages:
            found.append(dict(message))
            receipt = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
            await context.call("sqs", "DeleteMessage", receipt)


async def texts(context: Context, name: str = "orders") -> list[str]:
    """The messages that the queue got in envelopes."""
    return [json.loads(each["Body"])["Message"] for each in await received(context, name)]


async def mails(context: Context) -> list[Mail]:
    return await context.db.read(lambda tx: mailbox.list_messages(tx, 100))


def link_in(mail: Mail, word: str) -> str:
    (link,) = re.findall(rf"http://\S+{word}\S+", mail.body)
    return str(link)


async def follow(context: Context, link: str) -> HttpReply:
    """Open one of our own pages as a browser does."""
    parts = urlsplit(link)
    _, _, service, door, rest = parts.path.split("/", 4)
    assert service == "sns"
    request = HttpRequest("GET", parts.path, parts.query, {}, b"")
    reply: HttpReply = await getattr(doors, door)(context, request, rest)
    return reply


def query_of(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
