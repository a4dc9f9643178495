"""Queues, their attributes, tags and permissions."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("sqs", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("sqs", operation, params)
    return refusal.value.code, refusal.value.message


async def attributes(context: Context, url: str) -> Any:
    reply = await call(context, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
    return reply["Attributes"]


async def a_queue(context: Context, name: str = "orders", **given: str) -> str:
    return str((await call(context, "CreateQueue", QueueName=name, Attributes=given))["QueueUrl"])


async def test_a_queue_has_what_aws_gives_it(context: Context) -> None:
    url = await a_queue(context)

    assert url.endswith("/000000000000/orders")
    now = str(int(context.clock.now()))
    assert await attributes(context, url) == {
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:orders",
        "VisibilityTimeout": "30",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "CreatedTimestamp": now,
        "LastModifiedTimestamp": now,
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
    }


async def test_a_queue_may_be_created_again_but_not_otherwise(context: Context) -> None:
    url = await a_queue(context, VisibilityTimeout="10")

    assert await a_queue(context) == url
    assert await a_queue(context, VisibilityTimeout="10") == url
    assert await refused(
        context, "CreateQueue", QueueName="orders", Attributes={"VisibilityTimeout": "11"}
    ) == (
        "QueueNameExists",
        "A queue already exists with the same name and a different value for attribute"
        " VisibilityTimeout",
    )


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("no spaces", {}, "InvalidParameterValue"),
        ("x" * 81, {}, "InvalidParameterValue"),
        ("plain", {"FifoQueue": "true"}, "InvalidParameterValue"),
        ("q.fifo", {}, "InvalidParameterValue"),
        ("q", {"Nonsense": "1"}, "InvalidAttributeName"),
        ("q", {"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
        ("q", {"VisibilityTimeout": "43201"}, "InvalidAttributeValue"),
        ("q", {"DelaySeconds": "soon"}, "InvalidAttributeValue"),
        ("q", {"MaximumMessageSize": "1023"}, "InvalidAttributeValue"),
        ("q", {"RedrivePolicy": "{}"}, "InvalidAttributeValue"),
        ("q", {"Policy": "{"}, "InvalidAttributeValue"),
        (
            "q",
            {
                "RedrivePolicy": '{"deadLetterTargetArn":'
                ' "arn:aws:sqs:us-east-1:000000000000:none", "maxReceiveCount": 3}'
            },
            "InvalidParameterValue",
        ),
    ],
)
async def test_a_queue_that_cannot_be_is_refused(
    context: Context, name: str, given: dict[str, str], code: str
) -> None:
    assert (await refused(context, "CreateQueue", QueueName=name, Attributes=given))[0] == code
    assert await call(context, "ListQueues") == {}


async def test_attributes_are_changed_and_taken_away(context: Context) -> None:
    await a_queue(context, "dead")
    policy = json.dumps(
        {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 3}
    )
    url = await a_queue(context, RedrivePolicy=policy)
    await call(
        context,
        "SetQueueAttributes",
        QueueUrl=url,
        Attributes={"RedrivePolicy": "", "DelaySeconds": "7"},
    )

    shown = await attributes(context, url)

    assert "RedrivePolicy" not in shown
    assert shown["DelaySeconds"] == "7"


async def test_of_a_url_the_end_counts(context: Context) -> None:
    await a_queue(context)

    for url in (
        "https://sqs.us-east-1.amazonaws.com/000000000000/orders",
        "http://elsewhere/000000000000/orders",
        "orders",
    ):
        assert (await attributes(context, url))["QueueArn"].endswith(":orders")
    assert await refused(
        context, "SendMessage", QueueUrl="http://x/111111111111/orders", MessageBody="x"
    ) == ("QueueDoesNotExist", "The specified queue does not exist.")


async def test_queues_are_listed_in_pages(context: Context) -> None:
    urls = [await a_queue(context, f"queue{number}") for number in range(5)]
    await a_queue(context, "other")

    first = await call(context, "ListQueues", QueueNamePrefix="queue", MaxResults=3)
    second = await call(
        context, "ListQueues", QueueNamePrefix="queue", MaxResults=3, NextToken=first["NextToken"]
    )

    assert first["QueueUrls"] + second["QueueUrls"] == urls
    assert "NextToken" not in second


async def test_tags_and_permissions_are_kept(context: Context) -> None:
    url = await a_queue(context)
    await call(context, "TagQueue", QueueUrl=url, Tags={"a": "1", "b": "2"})
    await call(context, "UntagQueue", QueueUrl=url, TagKeys=["a"])
    await call(
        context,
        "AddPermission",
        QueueUrl=url,
        Label="send",
        AWSAccountIds=["111111111111"],
        Actions=["SendMessage"],
    )

    policy = json.loads((await attributes(context, url))["Policy"])

    assert await call(context, "ListQueueTags", QueueUrl=url) == {"Tags": {"b": "2"}}
    assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    await call(context, "RemovePermission", QueueUrl=url, Label="send")
    assert "Policy" not in await attributes(context, url)


async def test_a_deleted_queue_is_gone_with_its_messages(context: Context) -> None:
    url = await a_queue(context)
    await call(context, "SendMessage", QueueUrl=url, MessageBody="x")
    await call(context, "DeleteQueue", QueueUrl=url)

    assert (await refused(context, "GetQueueUrl", QueueName="orders"))[0] == "QueueDoesNotExist"
    await a_queue(context)
    assert await call(context, "ReceiveMessage", QueueUrl=url) == {}
