"""Queues that are subscribed: envelopes, raw messages, filters, dead letters, order."""

import json
from dataclasses import replace
from typing import Any

import pytest

from lambent import front_door
from lambent.core.clock import ManualClock
from lambent.core.errors import NotSupported, ServerFault
from lambent.core.settings import Settings
from lambent.platform import Context, Params, Reply
from lambent.server.app import build
from lambent.server.worker import Worker
from tests.conftest import World
from tests.services.sns.messages import (
    QUEUES,
    call,
    make_queue,
    make_topic,
    received,
    refused,
    subscribe_queue,
    texts,
)

COLOUR = {"DataType": "String", "StringValue": "red"}
PRICE = {"DataType": "Number", "StringValue": "100.0"}
SIZES = {"DataType": "String.Array", "StringValue": '["s", "m"]'}
PICTURE = {"DataType": "Binary", "BinaryValue": b"\x00\x01"}


async def test_a_queue_of_the_same_account_needs_no_confirmation(
    world: World, context: Context
) -> None:
    topic = await make_topic(context)
    arn = await subscribe_queue(context, topic)
    reply = await call(
        context,
        "Publish",
        TopicArn=topic,
        Message="hello",
        Subject="A subject",
        MessageAttributes={"colour": COLOUR, "picture": PICTURE},
    )
    await world.settle()

    (message,) = await received(context)
    envelope = json.loads(message["Body"])
    assert arn.startswith(f"{topic}:")
    assert list(envelope) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
        "MessageAttributes",
    ]
    assert envelope["Type"] == "Notification"
    assert envelope["MessageId"] == reply["MessageId"]
    assert envelope["Timestamp"] == "2025-06-15T15:06:40.000Z"
    assert envelope["MessageAttributes"] == {
        "colour": {"Type": "String", "Value": "red"},
        "picture": {"Type": "Binary", "Value": "AAE="},
    }
    assert envelope["UnsubscribeURL"].endswith(f"/?Action=Unsubscribe&SubscriptionArn={arn}")


async def test_a_raw_message_is_the_message(world: World, context: Context) -> None:
    topic = await make_topic(context)
    await subscribe_queue(context, topic, RawMessageDelivery="true")
    await call(
        context,
        "Publish",
        TopicArn=topic,
        Message="hello",
        MessageAttributes={"colour": COLOUR, "picture": PICTURE},
    )
    await world.settle()

    (message,) = await received(context)
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["colour"].items() >= COLOUR.items()
    assert message["MessageAttributes"]["picture"].items() >= PICTURE.items()


@pytest.mark.parametrize(
    ("policy", "passes"),
    [
        ({"colour": ["red"]}, True),
        ({"colour": ["blue"]}, False),
        ({"colour": [{"anything-but": "red"}]}, False),
        ({"price": [{"numeric": [">", 10]}]}, True),
        ({"price": [100]}, True),
        ({"colour": [{"numeric": [">", 10]}]}, False),
        ({"sizes": ["m"]}, True),
        ({"sizes": ["l"]}, False),
        ({"picture": [{"exists": True}]}, False),
        ({"other": [{"exists": False}]}, True),
        ({"colour": ["red"], "price": [1]}, False),
        ({"$or": [{"colour": ["red"]}, {"price": [1]}]}, True),
        ({}, True),
    ],
)
async def test_a_filter_looks_at_the_attributes(
    world: World, context: Context, policy: dict[str, Any], passes: bool
) -> None:
    topic = await make_topic(context)
    await subscribe_queue(context, topic, FilterPolicy=json.dumps(policy))
    attributes = {"colour": COLOUR, "price": PRICE, "sizes": SIZES, "picture": PICTURE}
    await call(context, "Publish", TopicArn=topic, Message="x", MessageAttributes=attributes)
    await world.settle()

    assert await texts(context) == (["x"] if passes else [])


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        ('{"order": {"total": 12}}', True),
        ('{"order": {"total": 8}}', False),
        ('[{"order": {"total": 12}}]', False),
        ("no JSON", False),
    ],
)
async def test_a_filter_may_look_at_the_body(
    world: World, context: Context, message: str, passes: bool
) -> None:
    topic = await make_topic(context)
    policy = json.dumps({"order": {"total": [{"numeric": [">", 10]}]}})
    await subscribe_queue(context, topic, FilterPolicy=policy, FilterPolicyScope="MessageBody")
    await call(context, "Publish", TopicArn=topic, Message=message)
    await world.settle()

    assert await texts(context) == ([message] if passes else [])


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"FilterPolicy": "nonsense"}, "FilterPolicy: failed to parse JSON."),
        ({"FilterPolicy": '{"a": "x"}'}, 'FilterPolicy: "a" must be an object or an array'),
        (
            {"FilterPolicy": '{"a": [{"like": "x"}]}'},
            "FilterPolicy: Unrecognized match type like",
        ),
        (
            {"FilterPolicy": '{"a": {"b": ["x"]}}'},
            "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter"
            " policy",
        ),
        (
            {"FilterPolicy": json.dumps({str(key): ["x"] for key in range(6)})},
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
        (
            {"FilterPolicy": json.dumps({key: list(range(13)) for key in "ab"})},
            "FilterPolicy: Filter policy is too complex",
        ),
        (
            {"FilterPolicyScope": "Body"},
            "FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or"
            " MessageAttributes",
        ),
        (
            {"RawMessageDelivery": "yes"},
            "RawMessageDelivery: Invalid value [yes]. Must be true or false.",
        ),
        (
            {"RedrivePolicy": '{"deadLetterTargetArn": "x"}'},
            "RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
        (
            {"DeliveryPolicy": "{}"},
            "Delivery protocol [sqs] does not support delivery policy.",
        ),
        ({"Colour": "red"}, "Unknown attribute: Colour"),
    ],
)
async def test_a_bad_attribute_of_a_subscription_is_refused(
    context: Context, attributes: dict[str, str], words: str
) -> None:
    topic = await make_topic(context)

    assert await refused(
        context,
        "Subscribe",
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"{QUEUES}orders",
        Attributes=attributes,
    ) == ("InvalidParameter", f"Invalid parameter: Attributes Reason: {words}")


@pytest.mark.parametrize(
    ("protocol", "endpoint", "words"),
    [
        ("sqs", "orders", "SQS endpoint ARN"),
        ("sqs", "arn:aws:lambda:us-east-1:000000000000:function:f", "SQS endpoint ARN"),
        ("lambda", "f", "Lambda endpoint ARN"),
        ("email", "ann", "Email address"),
        ("http", "https://example.com", "Endpoint must match the specified protocol"),
        ("https", "https://", "Endpoint"),
        ("pigeon", "x", "Amazon SNS does not support this protocol string: pigeon"),
        (
            "sqs",
            f"{QUEUES}orders.fifo",
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard"
            " SNS topics",
        ),
    ],
)
async def test_a_bad_endpoint_is_refused(
    context: Context, protocol: str, endpoint: str, words: str
) -> None:
    topic = await make_topic(context)

    assert await refused(
        context, "Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint
    ) == ("InvalidParameter", f"Invalid parameter: {words}")


async def test_a_protocol_that_lambent_lacks_is_said_plainly(context: Context) -> None:
    topic = await make_topic(context)
    with pytest.raises(NotSupported):
        await call(context, "Subscribe", TopicArn=topic, Protocol="sms", Endpoint="+4912345678")
    with pytest.raises(NotSupported):
        await call(context, "Publish", PhoneNumber="+4912345678", Message="x")


async def test_the_same_endpoint_again_is_the_same_subscription(context: Context) -> None:
    topic = await make_topic(context)
    policy = '{"a": ["x"]}'
    first = await subscribe_queue(context, topic, FilterPolicy=policy)

    assert await subscribe_queue(context, topic) == first
    assert await subscribe_queue(context, topic, FilterPolicy='{"a":["x"]}') == first
    assert await refused(
        context,
        "Subscribe",
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"{QUEUES}orders",
        Attributes={"RawMessageDelivery": "true"},
    ) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different"
        " attributes",
    )


async def test_attributes_of_a_subscription_are_set_and_taken_back(context: Context) -> None:
    topic = await make_topic(context)
    arn = await subscribe_queue(context, topic)
    await call(
        context,
        "SetSubscriptionAttributes",
        SubscriptionArn=arn,
        AttributeName="FilterPolicy",
        AttributeValue='{"a": ["x"]}',
    )
    found = (await call(context, "GetSubscriptionAttributes", SubscriptionArn=arn))["Attributes"]
    assert found == {
        "SubscriptionArn": arn,
        "TopicArn": topic,
        "Owner": "000000000000",
        "Protocol": "sqs",
        "Endpoint": f"{QUEUES}orders",
        "ConfirmationWasAuthenticated": "true",
        "PendingConfirmation": "false",
        "RawMessageDelivery": "false",
        "SubscriptionPrincipal": "arn:aws:iam::000000000000:root",
        "FilterPolicy": '{"a": ["x"]}',
        "FilterPolicyScope": "MessageAttributes",
    }

    await call(
        context, "SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName="FilterPolicy"
    )
    found = (await call(context, "GetSubscriptionAttributes", SubscriptionArn=arn))["Attributes"]
    assert "FilterPolicy" not in found
    assert await refused(
        context, "SetSubscriptionAttributes", SubscriptionArn=arn, AttributeName="Colour"
    ) == ("InvalidParameter", "Invalid parameter: AttributeName")


async def test_a_queue_of_another_account_is_asked(world: World, context: Context) -> None:
    topic = await make_topic(context)
    other = context.at("111111111111", "us-east-1")
    await make_queue(other, "theirs")
    endpoint = "arn:aws:sqs:us-east-1:111111111111:theirs"
    reply = await call(context, "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    assert reply["SubscriptionArn"] == "pending confirmation"
    await world.settle()

    (asked,) = await received(other, "theirs")
    envelope = json.loads(asked["Body"])
    assert envelope["Type"] == "SubscriptionConfirmation"
    await call(other, "ConfirmSubscription", TopicArn=topic, Token=envelope["Token"])
    await call(context, "Publish", TopicArn=topic, Message="for both")
    await world.settle()
    assert await texts(other, "theirs") == ["for both"]


async def test_what_cannot_be_delivered_becomes_a_dead_letter(
    world: World, context: Context
) -> None:
    topic = await make_topic(context)
    dead_letters = await make_queue(context, "dead-letters")
    policy = json.dumps({"deadLetterTargetArn": dead_letters})
    await subscribe_queue(context, topic, RedrivePolicy=policy)
    url = (await context.call("sqs", "GetQueueUrl", {"QueueName": "orders"}))["QueueUrl"]
    await context.call("sqs", "DeleteQueue", {"QueueUrl": url})
    await call(context, "Publish", TopicArn=topic, Message="lost?")
    await world.settle()

    assert await texts(context, "dead-letters") == ["lost?"]


class _Outage:
    """The front door, with a queue service that has a fault for the first calls."""

    def __init__(self, faults: int) -> None:
        self.faults = faults
        self.tried_at: list[float] = []

    async def __call__(
        self, context: Context, service: str, operation: str, params: Params
    ) -> Reply:
        if operation == "SendMessage":
            self.tried_at.append(context.clock.now())
            if len(self.tried_at) <= self.faults:
                raise ServerFault("power cut")
        return await front_door.call(context, service, operation, params)


async def test_a_fault_of_the_queue_service_is_tried_again(
    settings: Settings, clock: ManualClock
) -> None:
    """
    Three times at once, twice after a second, then with growing delays: nothing is lost.
    """
    outage = _Outage(faults=7)
    app = await build(settings, clock)
    platform = replace(app.platform, caller=outage)
    worker = Worker(platform)
    platform.database.announce = worker.announced  # type: ignore[attr-defined]
    world = World(replace(app, platform=platform, worker=worker), clock)
    topic = await make_topic(world.context)
    await subscribe_queue(world.context, topic)
    await call(world.context, "Publish", TopicArn=topic, Message="hello")
    began = clock.now()
    await world.advance(60)

    assert await texts(world.context) == ["hello"]
    waits = [round(at - began, 2) for at in outage.tried_at]
    assert waits == [0, 0, 0, 0, 1, 2, 3, 4.39]
    await world.app.close()


async def test_one_message_goes_to_every_subscription(world: World, context: Context) -> None:
    topic = await make_topic(context)
    for name in ("a", "b", "c"):
        await subscribe_queue(context, topic, name)
    await call(context, "Publish", TargetArn=topic, Message="hello")
    await world.settle()

    assert [await texts(context, name) for name in ("a", "b", "c")] == [["hello"]] * 3
    assert await context.db.read(lambda tx: tx.all("SELECT id FROM sns_message")) == []


async def test_unsubscribing_ends_it_at_once(world: World, context: Context) -> None:
    topic = await make_topic(context)
    arn = await subscribe_queue(context, topic)
    await call(context, "Unsubscribe", SubscriptionArn=arn)
    await call(context, "Unsubscribe", SubscriptionArn=arn)
    await call(context, "Publish", TopicArn=topic, Message="hello")
    await world.settle()

    assert await texts(context) == []
    code, _ = await refused(context, "Unsubscribe", SubscriptionArn="PendingConfirmation")
    assert code == "InvalidParameter"


async def test_an_envelope_is_laid_out_as_aws_lays_it_out(world: World, context: Context) -> None:
    topic = await make_topic(context)
    await subscribe_queue(context, topic)
    attributes = {"colour": COLOUR}
    await call(context, "Publish", TopicArn=topic, Message='"ü"\n', MessageAttributes=attributes)
    await world.settle()

    (message,) = await received(context)
    lines = message["Body"].split("\n")
    assert lines[:2] == ["{", '  "Type" : "Notification",']
    assert '  "Message" : "\\"ü\\"\\n",' in lines
    assert lines[-4:] == [
        '  "MessageAttributes" : {',
        '    "colour" : {"Type":"String","Value":"red"}',
        "  }",
        "}",
    ]


async def test_a_body_nested_without_end_only_does_not_match(
    world: World, context: Context
) -> None:
    topic = await make_topic(context)
    await subscribe_queue(
        context, topic, FilterPolicy='{"a": ["x"]}', FilterPolicyScope="MessageBody"
    )
    for depth in (900, 100_000):
        message = '{"a": ' + "[" * depth + "]" * depth + "}"
        await call(context, "Publish", TopicArn=topic, Message=message)
    await world.settle()

    assert await texts(context) == []
