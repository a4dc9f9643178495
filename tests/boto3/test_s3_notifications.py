"""Notifications of S3 over the wire: what is configured, and what comes of it."""

import json
import time
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess


def received(server: ServerProcess, url: str, count: int) -> list[Any]:
    queues = server.client("sqs")
    bodies: list[Any] = []
    end = time.monotonic() + 20.0
    while len(bodies) < count and time.monotonic() < end:
        reply = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in reply.get("Messages", []):
            bodies.append(json.loads(message["Body"]))
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


@pytest.fixture
def queue(server: ServerProcess) -> str:
    return str(server.client("sqs").create_queue(QueueName="told-by-s3")["QueueUrl"])


def configuration(**filters: str) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "Id": "mine",
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:told-by-s3",
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"],
    }
    rules = [{"Name": name, "Value": value} for name, value in filters.items()]
    asked["Filter"] = {"Key": {"FilterRules": rules}}
    return {"QueueConfigurations": [asked], "EventBridgeConfiguration": {}}


def test_a_queue_is_told_of_objects_and_of_forms(server: ServerProcess, queue: str) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="telling")
    asked = configuration(Prefix="in/", Suffix=".txt")
    s3.put_bucket_notification_configuration(Bucket="telling", NotificationConfiguration=asked)
    shown = s3.get_bucket_notification_configuration(Bucket="telling")
    shown.pop("ResponseMetadata")
    # What is shown can be put.
    s3.put_bucket_notification_configuration(Bucket="telling", NotificationConfiguration=shown)
    put = s3.put_object(Bucket="telling", Key="in/a.txt", Body=b"a")
    form = s3.generate_presigned_post("telling", "in/b.txt")
    assert httpx.post(form["url"], data=form["fields"], files={"file": b"b"}).status_code == 204
    s3.put_object(Bucket="telling", Key="out/a.txt", Body=b"a")
    s3.delete_object(Bucket="telling", Key="in/a.txt")

    bodies = received(server, queue, 5)

    assert shown == asked
    assert [one["Event"] for one in bodies if "Event" in one] == ["s3:TestEvent"] * 2
    records = [record for one in bodies for record in one.get("Records", ())]
    records.sort(key=lambda record: record["s3"]["object"]["sequencer"])
    assert [(one["eventName"], one["s3"]["object"]["key"]) for one in records] == [
        ("ObjectCreated:Put", "in/a.txt"),
        ("ObjectCreated:Post", "in/b.txt"),
        ("ObjectRemoved:Delete", "in/a.txt"),
    ]
    metadata = put["ResponseMetadata"]
    assert records[0]["responseElements"] == {
        "x-amz-request-id": metadata["HTTPHeaders"]["x-amz-request-id"],
        "x-amz-id-2": metadata["HostId"],
    }
    assert records[0]["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}


def test_a_queue_that_is_not_there_is_refused_by_name(server: ServerProcess) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="telling-nobody")
    arn = "arn:aws:sqs:us-east-1:000000000000:no-such"
    asked = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    with pytest.raises(ClientError) as refusal:
        s3.put_bucket_notification_configuration(
            Bucket="telling-nobody", NotificationConfiguration=asked
        )
    error = refusal.value.response["Error"]
    assert error["Code"] == "InvalidArgument"
    assert error["ArgumentName1"] == arn
    assert error["ArgumentValue1"] == "The destination queue does not exist"
    s3.put_bucket_notification_configuration(
        Bucket="telling-nobody", NotificationConfiguration=asked, SkipDestinationValidation=True
    )
