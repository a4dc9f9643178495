"""HTTP subscriptions: confirmed by the endpoint, signed, tried again, given up."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from lambent.core.errors import NotFound
from lambent.platform import Context
from tests.conftest import World
from tests.services.sns.messages import (
    call,
    follow,
    make_queue,
    make_topic,
    query_of,
    refused,
    texts,
)
from tests.web import Answer, Asked, Web, serving


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


def answers(*statuses: int) -> Callable[[Asked], Answer]:
    """These, one after the other, and 200 after them."""
    left = iter(statuses)
    return lambda asked: Answer(next(left, 200))


async def confirmed(world: World, topic: str, web: Web, **attributes: str) -> str:
    """A subscription that its endpoint confirmed; what was posted for it is gone."""
    await call(
        world.context,
        "Subscribe",
        TopicArn=topic,
        Protocol="http",
        Endpoint=f"{web.url}/hook",
        Attributes=attributes,
    )
    await world.settle()
    asked = json.loads(web.asked.pop().body)
    reply = await call(world.context, "ConfirmSubscription", TopicArn=topic, Token=asked["Token"])
    return str(reply["SubscriptionArn"])


async def verify(context: Context, envelope: dict[str, Any], *names: str) -> None:
    """As a subscriber does: the certificate from its address, the text, the signature."""
    page = await follow(context, envelope["SigningCertURL"])
    key = load_pem_x509_certificate(bytes(page.body)).public_key()  # type: ignore[arg-type]
    assert isinstance(key, rsa.RSAPublicKey)
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names)
    digests: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}
    key.verify(
        base64.b64decode(envelope["Signature"]),
        text.encode(),
        padding.PKCS1v15(),
        digests[envelope["SignatureVersion"]],
    )


async def test_the_endpoint_is_asked_with_a_signed_message(
    world: World, context: Context, web: Web
) -> None:
    topic = await make_topic(context)
    reply = await call(
        context, "Subscribe", TopicArn=topic, Protocol="http", Endpoint=f"{web.url}/hook"
    )
    assert reply["SubscriptionArn"] == "pending confirmation"
    await world.settle()

    (posted,) = web.asked
    asked = json.loads(posted.body)
    assert posted.path == "/hook"
    assert posted.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert posted.headers["x-amz-sns-topic-arn"] == topic
    assert posted.headers["x-amz-sns-message-id"] == asked["MessageId"]
    assert posted.headers["content-type"] == "text/plain; charset=UTF-8"
    assert query_of(asked["SubscribeURL"]) == {
        "Action": "ConfirmSubscription",
        "TopicArn": topic,
        "Token": asked["Token"],
    }
    signed = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    await verify(context, asked, *signed)


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_notification_is_signed(
    world: World, context: Context, web: Web, version: str
) -> None:
    topic = await make_topic(context, SignatureVersion=version)
    arn = await confirmed(world, topic, web)
    await call(context, "Publish", TopicArn=topic, Subject="A subject", Message="hello\nü")
    await world.settle()

    (posted,) = web.asked
    assert posted.headers["x-amz-sns-message-type"] == "Notification"
    assert posted.headers["x-amz-sns-subscription-arn"] == arn
    envelope = json.loads(posted.body)
    assert envelope["SignatureVersion"] == version
    names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    await verify(context, envelope, *names)


async def test_a_raw_message_is_posted_as_it_is(world: World, context: Context, web: Web) -> None:
    topic = await make_topic(context)
    policy = '{"requestPolicy": {"headerContentType": "application/json"}}'
    await confirmed(world, topic, web, RawMessageDelivery="true", DeliveryPolicy=policy)
    await call(context, "Publish", TopicArn=topic, Message='{"text": "hello"}')
    await world.settle()

    (posted,) = web.asked
    assert posted.body == '{"text": "hello"}'
    assert posted.headers["x-amz-sns-rawdelivery"] == "true"
    assert posted.headers["content-type"] == "application/json"


async def test_a_fault_of_the_endpoint_is_tried_three_times_more(
    world: World, context: Context, web: Web
) -> None:
    topic = await make_topic(context)
    await confirmed(world, topic, web)
    web.answer = answers(500, 429, 503)
    await call(context, "Publish", TopicArn=topic, Message="hello")
    counts = []
    for _ in range(4):
        await world.settle()
        counts.append(len(web.asked))
        await world.advance(20)

    assert counts == [1, 2, 3, 4]
    assert await context.db.read(lambda tx: tx.all("SELECT id FROM sns_message")) == []


async def test_the_delivery_policy_says_how_often(world: World, context: Context, web: Web) -> None:
    topic = await make_topic(context)
    retries = {
        "minDelayTarget": 5,
        "maxDelayTarget": 10,
        "numRetries": 4,
        "numNoDelayRetries": 1,
        "numMinDelayRetries": 1,
        "numMaxDelayRetries": 1,
    }
    arn = await confirmed(
        world, topic, web, DeliveryPolicy=json.dumps({"healthyRetryPolicy": retries})
    )
    web.answer = answers(*[500] * 10)
    await call(context, "Publish", TopicArn=topic, Message="hello")
    counts = []
    for seconds in (0, 5, 5, 10, 1_000):
        await world.advance(seconds)
        counts.append(len(web.asked))

    assert counts == [2, 3, 4, 5, 5]
    found = await call(context, "GetSubscriptionAttributes", SubscriptionArn=arn)
    effective = json.loads(found["Attributes"]["EffectiveDeliveryPolicy"])
    assert effective["healthyRetryPolicy"].items() >= retries.items()


async def test_a_refusal_is_final_and_becomes_a_dead_letter(
    world: World, context: Context, web: Web
) -> None:
    topic = await make_topic(context)
    dead_letters = await make_queue(context, "dead-letters")
    policy = json.dumps({"deadLetterTargetArn": dead_letters})
    await confirmed(world, topic, web, RedrivePolicy=policy)
    web.answer = answers(403)
    await call(context, "Publish", TopicArn=topic, Message="hello")
    await world.advance(1_000)

    assert len(web.asked) == 1
    assert await texts(context, "dead-letters") == ["hello"]


async def test_an_endpoint_that_is_away_is_tried_again(world: World, context: Context) -> None:
    topic = await make_topic(context)
    dead_letters = await make_queue(context, "dead-letters")
    with serving() as web:
        policy = json.dumps({"deadLetterTargetArn": dead_letters})
        await confirmed(world, topic, web, RedrivePolicy=policy)
    await call(context, "Publish", TopicArn=topic, Message="hello")
    await world.advance(59)
    assert await texts(context, "dead-letters") == []

    await world.advance(2)
    assert await texts(context, "dead-letters") == ["hello"]


async def test_a_certificate_has_its_own_address(context: Context) -> None:
    with pytest.raises(NotFound):
        await follow(context, "http://127.0.0.1:4566/_lambent/sns/certificate/other.pem")


async def test_a_delivery_policy_out_of_bounds_is_refused(context: Context) -> None:
    topic = await make_topic(context)
    policy = json.dumps({"healthyRetryPolicy": {"minDelayTarget": 30}})

    assert await refused(
        context,
        "Subscribe",
        TopicArn=topic,
        Protocol="http",
        Endpoint="http://example.com",
        Attributes={"DeliveryPolicy": policy},
    ) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: DeliveryPolicy:"
        " healthyRetryPolicy.minDelayTarget must be between 1 and 20",
    )
