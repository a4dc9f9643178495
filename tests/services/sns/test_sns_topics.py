"""Topics: names, attributes, permissions, tags, pages."""

import json

import pytest

from lambent.core.errors import NotSupported
from lambent.platform import Context
from tests.services.sns.messages import TOPIC, call, make_topic, refused


async def attributes(context: Context, topic: str = TOPIC) -> dict[str, str]:
    reply = await call(context, "GetTopicAttributes", TopicArn=topic)
    found: dict[str, str] = reply["Attributes"]
    return found


async def test_the_same_topic_again_is_one_topic(context: Context) -> None:
    assert await make_topic(context, DisplayName="Orders") == TOPIC
    assert await make_topic(context, DisplayName="Orders") == TOPIC
    assert await make_topic(context) == TOPIC

    assert (await call(context, "ListTopics"))["Topics"] == [{"TopicArn": TOPIC}]


async def test_the_same_name_with_other_words_is_refused(context: Context) -> None:
    await call(context, "CreateTopic", Name="orders", Tags=[{"Key": "a", "Value": "1"}])

    assert await refused(
        context, "CreateTopic", Name="orders", Attributes={"DisplayName": "Other"}
    ) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
    )
    assert await refused(
        context, "CreateTopic", Name="orders", Tags=[{"Key": "a", "Value": "2"}]
    ) == (
        "InvalidParameter",
        "Invalid parameter: Tags Reason: Topic already exists with different tags",
    )


@pytest.mark.parametrize("name", ["", "with space", "x" * 257, "orders.fifo", "ü"])
async def test_a_bad_name_is_refused(context: Context, name: str) -> None:
    assert await refused(context, "CreateTopic", Name=name) == (
        "InvalidParameter",
        "Invalid parameter: Topic Name",
    )


async def test_a_fifo_topic_says_so_in_its_name(context: Context) -> None:
    code, words = await refused(
        context, "CreateTopic", Name="orders", Attributes={"FifoTopic": "true"}
    )

    assert code == "InvalidParameter"
    assert words.startswith("Invalid parameter: Fifo Topic names must end with .fifo")


async def test_attributes_have_awss_defaults(context: Context) -> None:
    await make_topic(context)
    found = await attributes(context)

    assert (
        found.items()
        >= {
            "TopicArn": TOPIC,
            "Owner": "000000000000",
            "DisplayName": "",
            "SubscriptionsConfirmed": "0",
            "SubscriptionsPending": "0",
            "SubscriptionsDeleted": "0",
        }.items()
    )
    (statement,) = json.loads(found["Policy"])["Statement"]
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceOwner": "000000000000"}}
    effective = json.loads(found["EffectiveDeliveryPolicy"])["http"]
    assert effective["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert "FifoTopic" not in found


async def test_attributes_are_set_and_taken_back(context: Context) -> None:
    await make_topic(context)
    for name, value in (
        ("DisplayName", "Orders"),
        ("KmsMasterKeyId", "alias/aws/sns"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "Active"),
        ("DeliveryPolicy", '{"http":{"defaultHealthyRetryPolicy":{"numRetries":5}}}'),
    ):
        params = {"AttributeName": name, "AttributeValue": value}
        await call(context, "SetTopicAttributes", TopicArn=TOPIC, **params)
        assert (await attributes(context))[name] == value
    effective = json.loads((await attributes(context))["EffectiveDeliveryPolicy"])["http"]
    assert effective["defaultHealthyRetryPolicy"]["numRetries"] == 5

    await call(
        context,
        "SetTopicAttributes",
        TopicArn=TOPIC,
        AttributeName="DisplayName",
        AttributeValue="",
    )
    assert (await attributes(context))["DisplayName"] == ""


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Colour", "red", "AttributeName"),
        ("FifoTopic", "true", "AttributeName"),
        ("DisplayName", "x" * 101, "DisplayName"),
        ("SignatureVersion", "3", "SignatureVersion"),
        ("Policy", "nonsense", "Policy Error: null"),
        ("Policy", '{"Statement": ["x"]}', "Policy Error: null"),
        ("DeliveryPolicy", "nonsense", "DeliveryPolicy: failed to parse JSON."),
        ("DeliveryPolicy", '{"smtp": {}}', "DeliveryPolicy: JSON is not well-formed"),
        ("MaximumMessageSize", "1023", "MaximumMessageSize"),
        (
            "DeliveryPolicy",
            '{"http": {"defaultHealthyRetryPolicy": {"numRetries": 101}}}',
            "DeliveryPolicy: defaultHealthyRetryPolicy.numRetries must be between 0 and 100",
        ),
        (
            "ContentBasedDeduplication",
            "true",
            "ContentBasedDeduplication Reason: ContentBasedDeduplication attribute can only be set"
            " for FIFO topics",
        ),
    ],
)
async def test_a_bad_attribute_is_refused(
    context: Context, name: str, value: str, words: str
) -> None:
    await make_topic(context)

    assert await refused(
        context, "SetTopicAttributes", TopicArn=TOPIC, AttributeName=name, AttributeValue=value
    ) == ("InvalidParameter", f"Invalid parameter: {words}")


async def test_an_attribute_that_lambent_lacks_is_no_silent_success(context: Context) -> None:
    await make_topic(context)
    with pytest.raises(NotSupported):
        await call(
            context,
            "SetTopicAttributes",
            TopicArn=TOPIC,
            AttributeName="SQSSuccessFeedbackRoleArn",
            AttributeValue="arn:aws:iam::000000000000:role/x",
        )


@pytest.mark.parametrize(
    "operation",
    [
        "GetTopicAttributes",
        "ListSubscriptionsByTopic",
    ],
)
async def test_a_topic_that_is_not_there_is_not_found(context: Context, operation: str) -> None:
    assert await refused(context, operation, TopicArn=TOPIC) == (
        "NotFound",
        "Topic does not exist",
    )


async def test_what_is_no_arn_is_refused(context: Context) -> None:
    assert await refused(context, "GetTopicAttributes", TopicArn="orders") == (
        "InvalidParameter",
        "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    )
    assert await refused(context, "DeleteTopic", TopicArn="arn:aws:sqs:us-east-1:0:x") == (
        "InvalidParameter",
        "Invalid parameter: TopicArn",
    )


async def test_deleting_twice_is_deleting_once(context: Context) -> None:
    await make_topic(context)
    await call(context, "DeleteTopic", TopicArn=TOPIC)
    await call(context, "DeleteTopic", TopicArn=TOPIC)

    assert (await call(context, "ListTopics"))["Topics"] == []


async def test_lists_come_in_pages_of_a_hundred(context: Context) -> None:
    for number in range(101):
        await make_topic(context, f"topic-{number:03}")
    first = await call(context, "ListTopics")
    second = await call(context, "ListTopics", NextToken=first["NextToken"])

    assert len(first["Topics"]) == 100
    assert [each["TopicArn"][-9:] for each in second["Topics"]] == ["topic-100"]
    assert "NextToken" not in second
    assert await refused(context, "ListTopics", NextToken="nonsense") == (
        "InvalidParameter",
        "Invalid parameter: NextToken",
    )


async def test_topics_belong_to_their_account_and_region(context: Context) -> None:
    await make_topic(context)

    for account, region in (("111111111111", "us-east-1"), ("000000000000", "eu-west-1")):
        assert (await call(context.at(account, region), "ListTopics"))["Topics"] == []


async def test_tags_are_added_and_removed(context: Context) -> None:
    await call(context, "CreateTopic", Name="orders", Tags=[{"Key": "a", "Value": "1"}])
    added = [{"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}]
    await call(context, "TagResource", ResourceArn=TOPIC, Tags=added)
    await call(context, "UntagResource", ResourceArn=TOPIC, TagKeys=["a", "b"])

    reply = await call(context, "ListTagsForResource", ResourceArn=TOPIC)
    assert reply["Tags"] == [{"Key": "c", "Value": "3"}]


async def test_tags_have_their_rules(context: Context) -> None:
    tag = {"Key": "a", "Value": "1"}
    assert await refused(context, "TagResource", ResourceArn=TOPIC, Tags=[tag]) == (
        "ResourceNotFound",
        "Resource does not exist",
    )
    await make_topic(context)
    assert await refused(context, "TagResource", ResourceArn=TOPIC, Tags=[tag, tag]) == (
        "InvalidParameter",
        "Invalid parameter: Duplicated keys are not allowed.",
    )
    many = [{"Key": str(number), "Value": ""} for number in range(51)]
    assert await refused(context, "TagResource", ResourceArn=TOPIC, Tags=many) == (
        "TagLimitExceeded",
        "Could not complete request: tag quota of per resource exceeded",
    )


async def test_permissions_are_statements_of_the_policy(context: Context) -> None:
    await make_topic(context)
    params = {
        "TopicArn": TOPIC,
        "Label": "others",
        "AWSAccountId": ["111111111111"],
        "ActionName": ["Publish"],
    }
    await call(context, "AddPermission", **params)

    statement = json.loads((await attributes(context))["Policy"])["Statement"][1]
    assert statement == {
        "Sid": "others",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "SNS:Publish",
        "Resource": TOPIC,
    }
    assert await refused(context, "AddPermission", **params) == (
        "InvalidParameter",
        "Invalid parameter: Statement already exists",
    )
    assert await refused(context, "AddPermission", **{**params, "ActionName": ["Fly"]}) == (
        "InvalidParameter",
        "Invalid parameter: Policy statement action out of service scope!",
    )

    await call(context, "RemovePermission", TopicArn=TOPIC, Label="others")
    assert len(json.loads((await attributes(context))["Policy"])["Statement"]) == 1


async def test_a_default_that_is_said_is_the_same_topic(context: Context) -> None:
    policy = '{"http":{"defaultHealthyRetryPolicy":{"numRetries":5}}}'
    await make_topic(context, DeliveryPolicy=policy)

    assert (
        await make_topic(
            context,
            SignatureVersion="1",
            TracingConfig="PassThrough",
            DeliveryPolicy=policy.replace(":", " : "),
        )
        == TOPIC
    )
