"""
The operations of AWS services that a route can call without a function between. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subtype:
    """`service` is boto3's name, None where Lambent does not have it."""

    service: str | None
    operation: str
    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    # The parameters are members of one entry of this list.
    entries: str = ""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SUBTYPES: Mapping[str, Subtype] = {
    "AppConfig-GetConfiguration": Subtype(None, "GetConfiguration", frozenset()),
    "EventBridge-PutEvents": Subtype(
        "events",
        "PutEvents",
        _names("Detail DetailType Source"),
        _names("EventBusName Resources Time TraceHeader"),
        entries="Entries",
    ),
    "Kinesis-PutRecord": Subtype(
        "kinesis",
        "PutRecord",
        _names("Data PartitionKey StreamName"),
        _names("ExplicitHashKey SequenceNumberForOrdering"),
    ),
    "SQS-DeleteMessage": Subtype("sqs", "DeleteMessage", _names("QueueUrl ReceiptHandle")),
    "SQS-PurgeQueue": Subtype("sqs", "PurgeQueue", _names("QueueUrl")),
    "SQS-ReceiveMessage": Subtype(
        "sqs",
        "ReceiveMessage",
        _names("QueueUrl"),
        _names(
            "AttributeNames MaxNumberOfMessages MessageAttributeNames ReceiveRequestAttemptId"
            " VisibilityTimeout WaitTimeSeconds"
        ),
    ),
    "SQS-SendMessage": Subtype(
        "sqs",
        "SendMessage",
        _names("MessageBody QueueUrl"),
        _names(
            "DelaySeconds MessageAttributes MessageDeduplicationId MessageGroupId"
            " MessageSystemAttributes"
        ),
    ),
    "StepFunctions-StartExecution": Subtype(
        "stepfunctions", "StartExecution", _names("StateMachineArn"), _names("Input Name")
    ),
    "StepFunctions-StartSyncExecution": Subtype(
        "stepfunctions",
        "StartSyncExecution",
        _names("StateMachineArn"),
        _names("Input Name TraceHeader"),
    ),
    "StepFunctions-StopExecution": Subtype(
        "stepfunctions", "StopExecution", _names("ExecutionArn"), _names("Cause Error")
    ),
}
