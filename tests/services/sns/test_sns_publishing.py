"""What may be published, alone and in batches."""

import json
from typing import Any

import pytest

from lambent.platform import Context
from tests.conftest import World
from tests.services.sns.messages import (
    TOPIC,
    call,
    make_topic,
    received,
    refused,
    subscribe_queue,
    texts,
)


def attribute(kind: str, text: str = "") -> dict[str, Any]:
    value = {"StringValue": text} if text else {}
    return {"MessageAttributes": {"a": {"DataType": kind, **value}}}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Message": "x" * 262_145}, "Message too long"),
        (
            {"Message": "x" * 262_140, **attribute("String", "x")},
            "Message too long",
        ),
        ({"Subject": ""}, "Subject"),
        ({"Subject": "x" * 101}, "Subject"),
        ({"Subject": "two\nlines"}, "Subject"),
        ({"Subject": " blank"}, "Subject"),
        ({"MessageStructure": "xml"}, "MessageStructure"),
        (
            {"MessageStructure": "json"},
            "Message Structure - JSON message body failed to parse",
        ),
        (
            {"MessageStructure": "json", "Message": '{"sqs": "x"}'},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"MessageDeduplicationId": "x"},
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter"
            " that is not valid for this topic type",
        ),
    ],
)
async def test_a_bad_message_is_refused(
    context: Context, params: dict[str, Any], words: str
) -> None:
    await make_topic(context)

    assert await refused(context, "Publish", **{"TopicArn": TOPIC, "Message": "x", **params}) == (
        "InvalidParameter",
        f"Invalid parameter: {words}",
    )


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            attribute("Text", "x"),
            "The message attribute 'a' has an invalid message attribute type, the set of supported"
            " type prefixes is Binary, Number, and String.",
        ),
        (
            attribute("String"),
            "The message attribute 'a' must contain non-empty message attribute value for message"
            " attribute type 'String'.",
        ),
        (
            attribute("Binary", "x"),
            "The message attribute 'a' with type 'Binary' must use field 'Binary'.",
        ),
        (attribute("Number", "one"), "Could not cast message attribute 'a' value to number."),
    ],
)
async def test_a_bad_message_attribute_is_refused(
    context: Context, params: dict[str, Any], words: str
) -> None:
    await make_topic(context)

    assert await refused(context, "Publish", TopicArn=TOPIC, Message="x", **params) == (
        "ParameterValueInvalid",
        words,
    )


async def test_a_message_needs_a_topic(context: Context) -> None:
    assert await refused(context, "Publish", Message="x") == (
        "InvalidParameter",
        "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
    )
    assert await refused(context, "Publish", Message="x", TopicArn=TOPIC) == (
        "NotFound",
        "Topic does not exist",
    )
    assert await refused(context, "Publish", Message="x", TargetArn="orders") == (
        "InvalidParameter",
        "Invalid parameter: TargetArn Reason: An ARN must have at least 6 elements, not 1",
    )


async def test_each_protocol_has_words_of_its_own(world: World, context: Context) -> None:
    await make_topic(context)
    await subscribe_queue(context, TOPIC)
    words = json.dumps({"default": "for others", "sqs": "for queues", "apns": {"not": "text"}})
    await call(context, "Publish", TopicArn=TOPIC, Message=words, MessageStructure="json")
    await world.settle()

    assert await texts(context) == ["for queues"]


async def test_a_topic_may_take_larger_messages(world: World, context: Context) -> None:
    await make_topic(context, MaximumMessageSize="1048576")
    await subscribe_queue(context, TOPIC, RawMessageDelivery="true")
    await call(context, "Publish", TopicArn=TOPIC, Message="x" * 500_000)
    await world.settle()

    assert [len(each["Body"]) for each in await received(context)] == [500_000]
    code, _ = await refused(
        context, "Subscribe", TopicArn=TOPIC, Protocol="email", Endpoint="ann@example.com"
    )
    assert code == "InvalidParameter"


async def test_of_a_batch_each_message_succeeds_or_fails_alone(
    world: World, context: Context
) -> None:
    await make_topic(context)
    await subscribe_queue(context, TOPIC)
    reply = await call(
        context,
        "PublishBatch",
        TopicArn=TOPIC,
        PublishBatchRequestEntries=[
            {"Id": "one", "Message": "first"},
            {"Id": "two", "Message": "second", "Subject": ""},
            {"Id": "three", "Message": "third"},
        ],
    )
    await world.settle()

    assert [each["Id"] for each in reply["Successful"]] == ["one", "three"]
    assert reply["Failed"] == [
        {
            "Id": "two",
            "Code": "InvalidParameter",
            "Message": "Invalid parameter: Subject",
            "SenderFault": True,
        }
    ]
    assert sorted(await texts(context)) == ["first", "third"]


@pytest.mark.parametrize(
    ("ids", "size", "code"),
    [
        ([], 1, "EmptyBatchRequest"),
        ([str(number) for number in range(11)], 1, "TooManyEntriesInBatchRequest"),
        (["a", "a"], 1, "BatchEntryIdsNotDistinct"),
        (["a b"], 1, "InvalidBatchEntryId"),
        (["a", "b"], 200_000, "BatchRequestTooLong"),
    ],
)
async def test_a_bad_batch_is_refused(
    context: Context, ids: list[str], size: int, code: str
) -> None:
    await make_topic(context)
    entries = [{"Id": each, "Message": "x" * size} for each in ids]

    assert (
        await refused(context, "PublishBatch", TopicArn=TOPIC, PublishBatchRequestEntries=entries)
    )[0] == code
