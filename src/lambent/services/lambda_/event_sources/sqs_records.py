"""
The records that a function sees of SQS's messages. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
"""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from lambent.services.lambda_.event_sources.records import Received


def received(message: Mapping[str, Any], source_arn: str, region: str) -> Received:
    """`message` is one of ReceiveMessage's."""
    record: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source_arn,
        "awsRegion": region,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return Received(message["MessageId"], message["ReceiptHandle"], record, orjson.dumps(record))


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    # AWS: lists that nobody can fill.
    return {
        **attribute,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
