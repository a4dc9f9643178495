"""What happens to objects is told to those whom the bucket's configuration names."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World

QUEUE = "arn:aws:sqs:us-east-1:000000000000:told"
TOPIC = "arn:aws:sns:us-east-1:000000000000:told"
URL = "http://127.0.0.1:4566/000000000000/told"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:no-such"


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("s3", operation, {"Bucket": "one", **params})


async def configure(context: Context, **configuration: Any) -> None:
    await call(
        context, "PutBucketNotificationConfiguration", NotificationConfiguration=configuration
    )


async def refusal_of(context: Context, **configuration: Any) -> AwsError:
    with pytest.raises(AwsError) as refusal:
        await configure(context, **configuration)
    assert refusal.value.code == "InvalidArgument"
    return refusal.value


def to_queue(*events: str, target: str = QUEUE, **filters: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"QueueArn": target, "Events": list(events), "Id": f"of {events}"}
    if filters:
        asked["Id"] += str(filters)
        rules = [{"Name": name, "Value": value} for name, value in filters.items()]
        asked["Filter"] = {"Key": {"FilterRules": rules}}
    return asked


async def bodies(context: Context) -> list[Any]:
    found: list[Any] = []
    while True:
        asked = {"QueueUrl": URL, "MaxNumberOfMessages": 10, "VisibilityTimeout": 43_200}
        reply = await context.call("sqs", "ReceiveMessage", asked)
        if not reply.get("Messages"):
            return found
        found += [json.loads(message["Body"]) for message in reply["Messages"]]


async def told(world: World) -> list[Any]:
    """The records that came since it was asked last."""
    await world.settle()
    found = await bodies(world.context)
    records = [record for body in found for record in body.get("Records", ())]
    return sorted(records, key=lambda one: one["s3"]["object"].get("sequencer", ""))


@pytest.fixture
def bucket(context: Context, runner: Any) -> Context:
    runner.run(context.call("sqs", "CreateQueue", {"QueueName": "told"}))
    runner.run(call(context, "CreateBucket"))
    return context


async def test_a_queue_is_told_of_an_object_in_awss_form(world: World, bucket: Context) -> None:
    await configure(bucket, QueueConfigurations=[to_queue("s3:ObjectCreated:*")])
    [test] = await bodies(bucket)
    await call(bucket, "PutObject", Key="red flower/ö.jpg", Body=b"hello")

    [record] = await told(world)
    assert (test["Event"], test["Bucket"]) == ("s3:TestEvent", "one")
    assert record["eventVersion"] == "2.1"
    assert record["eventSource"] == "aws:s3"
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["awsRegion"] == "us-east-1"
    assert record["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}
    assert set(record["responseElements"]) == {"x-amz-request-id", "x-amz-id-2"}
    assert record["s3"]["bucket"]["arn"] == "arn:aws:s3:::one"
    assert record["s3"]["configurationId"] == "of ('s3:ObjectCreated:*',)"
    thing = record["s3"]["object"]
    assert len(thing.pop("sequencer")) == 18
    assert thing == {
        "key": "red+flower/%C3%B6.jpg",
        "size": 5,
        "eTag": "5d41402abc4b2a76b9719d911017c592",
    }


async def test_every_way_to_make_and_to_remove_an_object_has_its_name(
    world: World, bucket: Context
) -> None:
    events = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*")
    await configure(bucket, QueueConfigurations=[to_queue(*events)])
    await call(bucket, "PutObject", Key="k", Body=b"1")
    await call(bucket, "CopyObject", Key="copy", CopySource="one/k")
    upload = (await call(bucket, "CreateMultipartUpload", Key="m"))["UploadId"]
    part = await call(bucket, "UploadPart", Key="m", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    await call(bucket, "CompleteMultipartUpload", Key="m", UploadId=upload, MultipartUpload=parts)
    await call(bucket, "DeleteObject", Key="k")
    await call(bucket, "DeleteObject", Key="k")
    await call(bucket, "DeleteObjects", Delete={"Objects": [{"Key": "m"}, {"Key": "none"}]})

    assert [(one["eventName"], one["s3"]["object"]["key"]) for one in await told(world)] == [
        ("ObjectCreated:Put", "k"),
        ("ObjectCreated:Copy", "copy"),
        ("ObjectCreated:CompleteMultipartUpload", "m"),
        ("ObjectRemoved:Delete", "k"),
        ("ObjectRemoved:Delete", "m"),
    ]
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    await call(bucket, "PutObjectTagging", Key="copy", Tagging=tags)
    [put] = await told(world)
    await call(bucket, "DeleteObjectTagging", Key="copy")
    [removed] = await told(world)
    assert [one["eventName"] for one in (put, removed)] == [
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
    ]
    assert put["eventVersion"] == "2.3"
    assert set(put["s3"]["object"]) == {"key", "eTag"}


async def test_versions_and_markers_are_named(world: World, bucket: Context) -> None:
    await call(bucket, "PutBucketVersioning", VersioningConfiguration={"Status": "Enabled"})
    events = ("s3:ObjectCreated:Put", "s3:ObjectRemoved:*")
    await configure(bucket, QueueConfigurations=[to_queue(*events)])
    version = (await call(bucket, "PutObject", Key="k", Body=b"1"))["VersionId"]
    marker = (await call(bucket, "DeleteObject", Key="k"))["VersionId"]
    await call(bucket, "DeleteObject", Key="k", VersionId=version)
    await call(bucket, "DeleteObject", Key="k", VersionId="no-such")

    records = await told(world)
    assert [(one["eventName"], one["s3"]["object"]["versionId"]) for one in records] == [
        ("ObjectCreated:Put", version),
        ("ObjectRemoved:DeleteMarkerCreated", marker),
        ("ObjectRemoved:Delete", version),
    ]
    assert [one["s3"]["object"].get("eTag", "")[:8] for one in records] == [
        "c4ca4238",
        "d41d8cd9",
        "",
    ]


async def test_filters_choose_the_keys(world: World, bucket: Context) -> None:
    configurations = [
        to_queue("s3:ObjectCreated:*", prefix="in/", suffix=".jpg"),
        to_queue("s3:ObjectCreated:*", prefix="a+b/"),
    ]
    await configure(bucket, QueueConfigurations=configurations)
    for key in ("in/1.jpg", "in/1.png", "out/1.jpg", "a b/c"):
        await call(bucket, "PutObject", Key=key)

    records = await told(world)
    assert [one["s3"]["object"]["key"] for one in records] == ["in/1.jpg", "a+b/c"]


async def test_a_topic_is_told_under_s3s_subject(world: World, bucket: Context) -> None:
    await bucket.call("sns", "CreateTopic", {"Name": "told"})
    subscription = {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE}
    await bucket.call("sns", "Subscribe", subscription)
    topic = {"TopicArn": TOPIC, "Events": ["s3:ObjectCreated:*"]}
    await configure(bucket, TopicConfigurations=[topic])
    await call(bucket, "PutObject", Key="k")
    await world.settle()

    found = await bodies(bucket)
    assert {one["Subject"] for one in found} == {"Amazon S3 Notification"}
    messages = [json.loads(one["Message"]) for one in found]
    assert {one.get("Event") or one["Records"][0]["eventName"] for one in messages} == {
        "s3:TestEvent",
        "ObjectCreated:Put",
    }


async def test_the_default_event_bus_hears_of_all(world: World, bucket: Context) -> None:
    pattern = '{"source": ["aws.s3"], "detail": {"bucket": {"name": ["one"]}}}'
    await bucket.call("events", "PutRule", {"Name": "r", "EventPattern": pattern})
    await bucket.call("events", "PutTargets", {"Rule": "r", "Targets": [{"Id": "1", "Arn": QUEUE}]})
    await configure(bucket, EventBridgeConfiguration={})
    await call(bucket, "PutObject", Key="a b", Body=b"hello")
    await world.settle()
    [created] = await bodies(bucket)
    await call(bucket, "DeleteObject", Key="a b")
    await world.settle()
    [deleted] = await bodies(bucket)

    assert created["detail-type"] == "Object Created"
    assert created["resources"] == ["arn:aws:s3:::one"]
    detail = created["detail"]
    assert (detail["reason"], detail["requester"]) == ("PutObject", "000000000000")
    assert detail["object"]["key"] == "a b"
    assert (detail["object"]["size"], detail["object"]["etag"][:6]) == (5, "5d4140")
    assert deleted["detail-type"] == "Object Deleted"
    assert deleted["detail"]["deletion-type"] == "Permanently Deleted"
    assert deleted["detail"]["object"]["sequencer"] > detail["object"]["sequencer"]


async def test_what_was_put_is_given_back(bucket: Context) -> None:
    unnamed = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}
    rules = [{"Name": "prefix", "Value": "in/"}]
    unnamed["Filter"] = {"Key": {"FilterRules": rules}}  # type: ignore[assignment]
    await configure(bucket, QueueConfigurations=[unnamed], EventBridgeConfiguration={})

    found = await call(bucket, "GetBucketNotificationConfiguration")
    assert found["EventBridgeConfiguration"] == {}
    [shown] = found["QueueConfigurations"]
    assert shown.pop("Id")
    rules[0]["Name"] = "Prefix"
    assert shown == unnamed
    await configure(bucket)
    assert await call(bucket, "GetBucketNotificationConfiguration") == {}


async def test_a_destination_must_be_there(bucket: Context) -> None:
    missing = f"{QUEUE}-missing"
    function = {"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:*"]}
    asked = {
        "QueueConfigurations": [to_queue("s3:ObjectCreated:*", target=missing)],
        "LambdaFunctionConfigurations": [function],
    }
    error = await refusal_of(bucket, **asked)

    assert error.message == "Unable to validate the following destination configurations"
    assert error.members == {
        "ArgumentName1": FUNCTION,
        "ArgumentValue1": "The destination Lambda does not exist",
        "ArgumentName2": missing,
        "ArgumentValue2": "The destination queue does not exist",
    }
    assert await call(bucket, "GetBucketNotificationConfiguration") == {}
    await call(
        bucket,
        "PutBucketNotificationConfiguration",
        NotificationConfiguration=asked,
        SkipDestinationValidation=True,
    )


@pytest.mark.parametrize(
    ("configurations", "words"),
    [
        (
            [to_queue("s3:ObjectCreated:*"), to_queue("s3:ObjectCreated:Put")],
            "Configurations overlap. Configurations on the same bucket cannot share a common event"
            " type.",
        ),
        (
            [
                to_queue("s3:ObjectCreated:*", prefix="a"),
                to_queue("s3:ObjectCreated:*", prefix="ab", suffix=".jpg"),
            ],
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if"
            " the prefixes are overlapping for the same event type.",
        ),
        (
            [to_queue("s3:ObjectEaten:*")],
            "A specified event is not supported for notifications.",
        ),
        (
            [to_queue("s3:ObjectCreated:*", middle="a")],
            "filter rule name must be either prefix or suffix",
        ),
        (
            [to_queue("s3:ObjectCreated:*", target="a")],
            "The ARN is not well formed",
        ),
        (
            [to_queue("s3:ObjectCreated:*", target=QUEUE.replace("us-east-1", "eu-west-1"))],
            "The notification destination service region is not valid for the bucket location"
            " constraint",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(
    bucket: Context, configurations: list[Any], words: str
) -> None:
    error = await refusal_of(bucket, QueueConfigurations=configurations)

    assert error.message == words


async def test_a_destination_that_is_away_is_told_when_it_is_back(
    world: World, bucket: Context
) -> None:
    await configure(bucket, QueueConfigurations=[to_queue("s3:ObjectCreated:*")])
    await bucket.call("sqs", "DeleteQueue", {"QueueUrl": URL})
    await call(bucket, "PutObject", Key="k")
    await world.advance(120.0)
    await bucket.call("sqs", "CreateQueue", {"QueueName": "told"})
    await world.advance(300.0)

    assert [one["s3"]["object"]["key"] for one in await told(world)] == ["k"]


async def test_a_bucket_of_another_account_tells_its_own_owner(
    world: World, bucket: Context
) -> None:
    await configure(bucket, QueueConfigurations=[to_queue("s3:ObjectCreated:*")])
    await call(bucket.at("111111111111", "eu-west-1"), "PutObject", Key="k")

    [record] = await told(world)
    assert record["awsRegion"] == "us-east-1"
