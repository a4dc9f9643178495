"""Uploads start a function, and none that was acknowledged is forgotten when the server dies."""

import json
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.processes import ServerProcess
from tests.scenarios.functions import make_function, make_role, permit

# Writes what was uploaded in capitals.
CODE = """
import boto3, urllib.parse
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        s3.put_object(Bucket=bucket, Key=key.replace("in/", "out/"), Body=text.upper().encode())
"""


def _function(server: ServerProcess) -> str:
    """The ARN of a function that S3 may call."""
    make_role(server)
    arn = make_function(server, CODE)
    permit(server, "s3.amazonaws.com", SourceArn="arn:aws:s3:::uploads")
    return arn


def _configure(s3: Any, **configuration: Any) -> None:
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration=configuration
    )


def test_an_upload_starts_a_function(server: ServerProcess) -> None:
    s3 = server.client("s3")
    rules = [{"Name": "prefix", "Value": "in/"}]
    asked = {
        "LambdaFunctionArn": _function(server),
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": rules}},
    }
    _configure(s3, LambdaFunctionConfigurations=[asked])
    s3.put_object(Bucket="uploads", Key="in/a word ü.txt", Body=b"hello")

    s3.get_waiter("object_exists").wait(
        Bucket="uploads", Key="out/a word ü.txt", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    found = s3.get_object(Bucket="uploads", Key="out/a word ü.txt")["Body"].read()
    assert found == b"HELLO"


def test_uploads_that_were_acknowledged_are_told_of_after_a_kill(server: ServerProcess) -> None:
    s3, url = server.client("s3"), server.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    queue = "arn:aws:sqs:us-east-1:000000000000:told"
    _configure(s3, QueueConfigurations=[{"QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}])
    acknowledged: list[str] = []

    def upload_until_it_ends(writer: int) -> None:
        client = server.client("s3")
        for number in range(100_000):
            key = f"{writer}/{number}"
            try:
                client.put_object(Bucket="uploads", Key=key, Body=b"x")
            except (BotoCoreError, ClientError):
                return
            acknowledged.append(key)

    writers = [threading.Thread(target=upload_until_it_ends, args=(one,)) for one in range(3)]
    for writer in writers:
        writer.start()
    while len(acknowledged) < 200:
        time.sleep(0.005)
    server.kill()
    for writer in writers:
        writer.join()
    server.start()

    assert set(acknowledged) <= _told(server, url, set(acknowledged))


def _told(server: ServerProcess, url: str, expected: set[str]) -> set[str]:
    """The keys that the queue hears of, until they are all that are expected."""
    url = url.replace(url.split("/0000", maxsplit=1)[0], server.url)
    queues = server.client("sqs")
    found: set[str] = set()
    end = time.monotonic() + 30.0
    while not expected <= found and time.monotonic() < end:
        reply = queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=43_200
        )
        for message in reply.get("Messages", []):
            for record in json.loads(message["Body"]).get("Records", ()):
                found.add(record["s3"]["object"]["key"])
    return found
