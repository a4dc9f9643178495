"""SNS as boto3, curl and a browser see it, over HTTP."""

import io
import json
import re
import zipfile
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess
from tests.web import serving

TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
 "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}"""
# Hands its event to a queue, where the test can read it.
FORWARD = """
import boto3, json

def handler(event, context):
    queues = boto3.client("sqs")
    url = queues.get_queue_url(QueueName="sns-seen")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody=json.dumps(event))
"""


@pytest.fixture
def sns(server: ServerProcess) -> Any:
    return server.client("sns")


def zipped(code: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("main.py", code)
    return body.getvalue()


def next_message(queues: Any, url: str) -> dict[str, Any]:
    """The next message of a queue, waited for as clients wait."""
    for _ in range(5):
        reply = queues.receive_message(
            QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"]
        )
        for message in reply.get("Messages", []):
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found: dict[str, Any] = message
            return found
    raise AssertionError("no message came")


def make_queue(server: ServerProcess, name: str) -> tuple[Any, str, str]:
    queues = server.client("sqs")
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    return queues, url, f"arn:aws:sqs:us-east-1:000000000000:{name}"


def test_a_topic_is_made_described_changed_and_deleted(sns: Any) -> None:
    arn = sns.create_topic(
        Name="described",
        Attributes={"DisplayName": "A name"},
        Tags=[{"Key": "team", "Value": "a b/c"}],
    )["TopicArn"]
    assert arn == "arn:aws:sns:us-east-1:000000000000:described"
    sns.set_topic_attributes(TopicArn=arn, AttributeName="TracingConfig", AttributeValue="Active")

    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["DisplayName"], attributes["TracingConfig"]) == ("A name", "Active")
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [
        {"Key": "team", "Value": "a b/c"}
    ]
    pages = sns.get_paginator("list_topics").paginate()
    assert {"TopicArn": arn} in [each for page in pages for each in page["Topics"]]

    sns.delete_topic(TopicArn=arn)
    with pytest.raises(sns.exceptions.NotFoundException) as missing:
        sns.get_topic_attributes(TopicArn=arn)
    assert missing.value.response["Error"] == {
        "Type": "Sender",
        "Code": "NotFound",
        "Message": "Topic does not exist",
    }
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_errors_are_boto3s_exceptions(sns: Any) -> None:
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.create_topic(Name="a b")
    with pytest.raises(ClientError) as missing:
        sns.create_topic()
    assert missing.value.response["Error"]["Code"] in ("ValidationError", "ValidationException")
    topic = sns.create_topic(Name="errors")["TopicArn"]
    with pytest.raises(sns.exceptions.InvalidParameterValueException):
        sns.publish(
            TopicArn=topic,
            Message="x",
            MessageAttributes={"a": {"DataType": "Number", "StringValue": "x"}},
        )
    with pytest.raises(sns.exceptions.TooManyEntriesInBatchRequestException):
        sns.publish_batch(
            TopicArn=topic,
            PublishBatchRequestEntries=[{"Id": str(n), "Message": "x"} for n in range(11)],
        )
    with pytest.raises(ClientError) as unsupported:
        sns.get_sms_attributes()
    assert unsupported.value.response["Error"]["Code"] == "NotSupportedByLambent"


def test_messages_reach_a_queue_with_their_attributes(server: ServerProcess, sns: Any) -> None:
    queues, url, queue_arn = make_queue(server, "sns-queue")
    topic = sns.create_topic(Name="to-queue")["TopicArn"]
    arn = sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue_arn,
        Attributes={
            "FilterPolicy": json.dumps({"colour": ["red"]}),
            "RawMessageDelivery": "true",
        },
    )["SubscriptionArn"]
    for colour in ("blue", "red"):
        sns.publish(
            TopicArn=topic,
            Message=f"{colour} & <ü>",
            MessageAttributes={"colour": {"DataType": "String", "StringValue": colour}},
        )

    message = next_message(queues, url)
    assert message["Body"] == "red & <ü>"
    assert message["MessageAttributes"]["colour"]["StringValue"] == "red"
    sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="false"
    )
    batch = sns.publish_batch(
        TopicArn=topic,
        PublishBatchRequestEntries=[
            {
                "Id": "one",
                "Message": "x",
                "MessageAttributes": {"colour": {"DataType": "String", "StringValue": "red"}},
            }
        ],
    )
    envelope = json.loads(next_message(queues, url)["Body"])
    assert envelope["MessageId"] == batch["Successful"][0]["MessageId"]
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_browser_confirms_by_mail_and_unsubscribes(server: ServerProcess, sns: Any) -> None:
    topic = sns.create_topic(Name="by-mail")["TopicArn"]
    reply = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    assert reply["SubscriptionArn"] == "pending confirmation"
    server.advance("PT1S")

    (mail,) = [each for each in server.mail() if topic in each["body"]]
    [link] = re.findall(r"http://\S+onfirm\S+", mail["body"])
    page = httpx.get(link)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Subscription confirmed!" in page.text
    assert "ann@example.com" in page.text

    sns.publish(TopicArn=topic, Subject="A report", Message="All is well.")
    server.advance("PT1S")
    (report,) = [each for each in server.mail() if each["subject"] == "A report"]
    assert not re.findall(r"http://\S+onfirm\S+", report["body"])
    [link] = re.findall(r"http://\S+", report["body"])
    assert "Subscription removed!" in httpx.get(link).text
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_web_address_confirms_with_a_bare_get(server: ServerProcess, sns: Any) -> None:
    """
    The links of SNS's messages are query requests that nobody signed.
    """
    topic = sns.create_topic(Name="by-web")["TopicArn"]
    with serving() as web:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=web.url)
        server.advance("PT0S")
        asked = json.loads(web.asked.pop().body)
        confirmed = httpx.get(asked["SubscribeURL"])
        assert confirmed.headers["content-type"] == "text/xml"
        assert "<ConfirmSubscriptionResponse" in confirmed.text
        assert httpx.get(asked["SigningCertURL"]).text.startswith("-----BEGIN CERTIFICATE-----")

        sns.publish(TopicArn=topic, Message="hello")
        server.advance("PT0S")
        message = json.loads(web.asked.pop().body)
        assert message["Message"] == "hello"

        assert "<UnsubscribeResponse" in httpx.get(message["UnsubscribeURL"]).text
        server.advance("PT0S")
        told = json.loads(web.asked.pop().body)
        assert told["Type"] == "UnsubscribeConfirmation"
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["SubscriptionsDeleted"] == "1"


def test_a_function_gets_the_record(server: ServerProcess, sns: Any) -> None:
    queues, url, _ = make_queue(server, "sns-seen")
    role = server.client("iam").create_role(
        RoleName="sns-listener", AssumeRolePolicyDocument=TRUST
    )["Role"]["Arn"]
    functions = server.client("lambda")
    function = functions.create_function(
        FunctionName="sns-listener",
        Runtime="python3.11",
        Handler="main.handler",
        Role=role,
        Code={"ZipFile": zipped(FORWARD)},
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName="sns-listener")
    topic = sns.create_topic(Name="to-function")["TopicArn"]
    arn = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="hello")

    (record,) = json.loads(next_message(queues, url)["Body"])["Records"]
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"] == arn
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("hello", None)
