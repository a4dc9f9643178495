"""A world worth attacking: one real thing of every kind."""

import io
import json
import zipfile
from typing import Any

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.attack.arns import BUS, FUNCTION, MACHINE, QUEUE, QUEUE_URL, ROLE, TOPIC

_PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
_ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
_TEMPLATE = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})


def zipped(**files: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return body.getvalue()


CODE = zipped(index="def handler(event, context): return event")

THINGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": _TRUST}),
    ("iam", "CreateUser", {"UserName": "u"}),
    ("iam", "CreateGroup", {"GroupName": "g"}),
    ("iam", "CreatePolicy", {"PolicyName": "p", "PolicyDocument": _ALLOW}),
    ("sqs", "CreateQueue", {"QueueName": "q"}),
    ("sqs", "CreateQueue", {"QueueName": "fifo.fifo", "Attributes": {"FifoQueue": "true"}}),
    ("sqs", "SendMessage", {"QueueUrl": QUEUE_URL, "MessageBody": "hello"}),
    ("sns", "CreateTopic", {"Name": "t"}),
    ("sns", "Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE}),
    ("s3", "CreateBucket", {"Bucket": "bucket"}),
    ("s3", "PutObject", {"Bucket": "bucket", "Key": "key", "Body": b"0123456789"}),
    ("s3", "PutObject", {"Bucket": "bucket", "Key": "t.yaml", "Body": _TEMPLATE.encode()}),
    ("s3", "PutObject", {"Bucket": "bucket", "Key": "code.zip", "Body": CODE}),
    (
        "lambda",
        "CreateFunction",
        {
            "FunctionName": "f",
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": ROLE,
            "Code": {"ZipFile": CODE},
        },
    ),
    ("apigatewayv2", "CreateApi", {"Name": "a", "ProtocolType": "HTTP", "Target": FUNCTION}),
    ("stepfunctions", "CreateStateMachine", {"name": "m", "definition": _PASS, "roleArn": ROLE}),
    (
        "stepfunctions",
        "CreateStateMachine",
        {"name": "x", "definition": _PASS, "roleArn": ROLE, "type": "EXPRESS"},
    ),
    ("stepfunctions", "StartExecution", {"stateMachineArn": MACHINE, "name": "e"}),
    ("stepfunctions", "CreateActivity", {"name": "a"}),
    (
        "scheduler",
        "CreateSchedule",
        {
            "Name": "s",
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": FUNCTION, "RoleArn": ROLE},
        },
    ),
    ("events", "CreateEventBus", {"Name": "b"}),
    ("events", "PutRule", {"Name": "r", "EventPattern": '{"source":["shop"]}'}),
    ("events", "PutTargets", {"Rule": "r", "Targets": [{"Id": "one", "Arn": QUEUE}]}),
    ("events", "CreateArchive", {"ArchiveName": "ar", "EventSourceArn": BUS}),
    (
        "events",
        "CreateConnection",
        {
            "Name": "c",
            "AuthorizationType": "BASIC",
            "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "p"}},
        },
    ),
    ("cloudformation", "CreateStack", {"StackName": "st", "TemplateBody": _TEMPLATE}),
    ("logs", "CreateLogGroup", {"logGroupName": "/g"}),
    ("logs", "CreateLogStream", {"logGroupName": "/g", "logStreamName": "stream"}),
)


async def fill(context: Context) -> None:
    """Make what is not there; what an attack has bent so far that it stays, stays."""
    for service, operation, params in THINGS:
        try:
            await context.call(service, operation, params)
        except AwsError as error:
            assert error.status < 500, f"{service}.{operation}: {error!r}"
