"""SQS as boto3 sees it, and as older clients do through the query protocol."""

import hashlib
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.processes import ServerProcess


@pytest.fixture
def sqs(server: ServerProcess) -> Any:
    return server.client("sqs", account="646464646464")


def test_messages_go_through_a_queue(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="boto3", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="hello ü",
        MessageAttributes={
            "a": {"DataType": "String", "StringValue": "1"},
            "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        },
    )
    reply = sqs.receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"]
    )
    [message] = reply["Messages"]

    assert sent["MD5OfMessageBody"] == hashlib.md5("hello ü".encode()).hexdigest()
    assert message["Body"] == "hello ü"
    assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\x00\xff"
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert attributes["QueueArn"] == "arn:aws:sqs:us-east-1:646464646464:boto3"


def test_a_missing_queue_is_the_models_exception(sqs: Any) -> None:
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as refusal:
        sqs.get_queue_url(QueueName="none")

    assert refusal.value.response["Error"] == {
        "Code": "AWS.SimpleQueueService.NonExistentQueue",
        "Message": "The specified queue does not exist.",
        "QueryErrorCode": "QueueDoesNotExist",
        "Type": "Sender",
    }


def test_a_batch_of_ten_goes_through(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="batch")["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(10)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    handles = [
        {"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]}
        for message in messages
    ]

    assert sorted(int(message["Body"]) for message in messages) == list(range(10))
    assert len(sqs.delete_message_batch(QueueUrl=url, Entries=handles)["Successful"]) == 10
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_fifo_messages_have_sequence_numbers(sqs: Any) -> None:
    url = sqs.create_queue(
        QueueName="boto3.fifo",
        Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"},
    )["QueueUrl"]
    first = sqs.send_message(QueueUrl=url, MessageBody="1", MessageGroupId="g")
    second = sqs.send_message(QueueUrl=url, MessageBody="2", MessageGroupId="g")

    assert int(second["SequenceNumber"]) > int(first["SequenceNumber"])


def test_queues_are_listed_through_the_paginator(server: ServerProcess) -> None:
    sqs = server.client("sqs", account="656565656565")
    urls = [sqs.create_queue(QueueName=f"q{number}")["QueueUrl"] for number in range(5)]
    pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2})

    assert [url for page in pages for url in page.get("QueueUrls", [])] == urls


def test_the_query_protocol_speaks_of_the_same_queues(server: ServerProcess) -> None:
    account = "646464646464"
    scope = f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/sqs/aws4_request"

    def ask(action: str, **params: str) -> httpx.Response:
        return httpx.post(
            server.url,
            content=urlencode({"Action": action, "Version": "2012-11-05", **params}),
            headers={
                "content-type": "application/x-www-form-urlencoded",
                "authorization": f"{scope}, SignedHeaders=host, Signature=0",
            },
        )

    made = ask(
        "CreateQueue",
        QueueName="query",
        **{"Attribute.1.Name": "DelaySeconds"} | {"Attribute.1.Value": "0"},
    )
    assert "<QueueUrl>" in made.text
    url = f"{server.url}/{account}/query"
    sent = ask("SendMessage", QueueUrl=url, MessageBody="hello")
    assert "<MD5OfMessageBody>5d41402abc4b2a76b9719d911017c592</MD5OfMessageBody>" in sent.text
    assert "<Body>hello</Body>" in ask("ReceiveMessage", QueueUrl=url).text
    missing = ask("GetQueueUrl", QueueName="none")
    assert missing.status_code == 400
    assert "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in missing.text
