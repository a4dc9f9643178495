"""Queues that invoke functions, as boto3 sees it."""

import io
import json
import time
import zipfile
from typing import Any

import pytest

from tests.processes import ServerProcess
from tests.trust import TRUST

ACCOUNT = "444444444444"
# Answers through another queue, with the SDK that functions have.
_CODE = """
import boto3

def handler(event, context):
    queues = boto3.client("sqs")
    url = queues.get_queue_url(QueueName="answers")["QueueUrl"]
    for record in event["Records"]:
        queues.send_message(QueueUrl=url, MessageBody=record["body"].upper())
"""


@pytest.fixture(scope="module")
def function(server: ServerProcess) -> str:
    iam = server.client("iam", account=ACCOUNT)
    role = iam.create_role(RoleName="sources", AssumeRolePolicyDocument=json.dumps(TRUST))
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", _CODE)
    functions = server.client("lambda", account=ACCOUNT)
    functions.create_function(
        FunctionName="shout",
        Runtime="python3.11",
        Handler="index.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": package.getvalue()},
        Timeout=20,
    )
    functions.get_waiter("function_active_v2").wait(
        FunctionName="shout", WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    return "shout"


def _settled(functions: Any, id: str, state: str) -> Any:
    for _ in range(100):
        mapping = functions.get_event_source_mapping(UUID=id)
        if mapping["State"] == state:
            return mapping
        time.sleep(0.02)
    raise AssertionError(f"{mapping['State']}, not {state}")


def test_messages_go_through_a_function_to_another_queue(
    server: ServerProcess, function: str
) -> None:
    queues = server.client("sqs", account=ACCOUNT)
    functions = server.client("lambda", account=ACCOUNT)
    url = queues.create_queue(QueueName="questions")["QueueUrl"]
    answers = queues.create_queue(QueueName="answers")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:questions"

    made = functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function, BatchSize=5
    )
    assert made["State"] == "Creating"
    mapping = _settled(functions, made["UUID"], "Enabled")
    assert mapping["FunctionArn"].endswith(":function:shout")
    assert mapping["EventSourceMappingArn"].endswith(f":event-source-mapping:{made['UUID']}")
    assert mapping["LastModified"].year >= 2025

    queues.send_message(QueueUrl=url, MessageBody="hello")
    reply = queues.receive_message(QueueUrl=answers, WaitTimeSeconds=10)
    assert [message["Body"] for message in reply["Messages"]] == ["HELLO"]

    assert functions.delete_event_source_mapping(UUID=made["UUID"])["State"] == "Deleting"


def test_mappings_are_paginated(server: ServerProcess, function: str) -> None:
    queues = server.client("sqs", account=ACCOUNT)
    functions = server.client("lambda", account=ACCOUNT)
    made = set()
    for number in range(3):
        queues.create_queue(QueueName=f"page{number}")
        reply = functions.create_event_source_mapping(
            EventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:page{number}",
            FunctionName=function,
            Enabled=False,
        )
        made.add(reply["UUID"])

    pages = functions.get_paginator("list_event_source_mappings")
    found = [
        mapping["UUID"]
        for page in pages.paginate(FunctionName=function, PaginationConfig={"PageSize": 2})
        for mapping in page["EventSourceMappings"]
    ]
    assert made <= set(found)
    assert len(found) == len(set(found))


def test_errors_are_of_their_classes(server: ServerProcess, function: str) -> None:
    functions = server.client("lambda", account=ACCOUNT)

    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_event_source_mapping(UUID="00000000-0000-0000-0000-000000000000")
    with pytest.raises(functions.exceptions.InvalidParameterValueException):
        functions.create_event_source_mapping(
            EventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:nothing", FunctionName=function
        )
    with pytest.raises(functions.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        version = functions.publish_version(FunctionName=function)["Version"]
        functions.get_provisioned_concurrency_config(FunctionName=function, Qualifier=version)
