"""A workflow calls a function, the function sends a message: one trace tells of all of it."""

import json
import time
from typing import Any

import pytest

from tests.processes import ServerProcess
from tests.services.lambda_.functions import zipped
from tests.services.xray.traces_read import tree

ACCOUNT = "444444444088"
SOURCE = """
import boto3, os
sqs = boto3.client("sqs")
def handler(event, context):
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody="printed")
    return event
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    process = ServerProcess(tmp_path_factory.mktemp("server"))
    process.start()
    yield process
    assert process.stop() == 0


def test_a_workflow_its_function_and_its_message_are_one_trace(server: ServerProcess) -> None:
    clients = {
        name: server.client(name, account=ACCOUNT)
        for name in ("iam", "lambda", "sqs", "stepfunctions", "xray")
    }
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = clients["iam"].create_role(RoleName="shop", AssumeRolePolicyDocument=json.dumps(trust))[
        "Role"
    ]["Arn"]
    url = clients["sqs"].create_queue(QueueName="orders")["QueueUrl"]
    clients["lambda"].create_function(
        FunctionName="print",
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": zipped(SOURCE)},
        TracingConfig={"Mode": "Active"},
        Environment={"Variables": {"QUEUE": url}},
    )
    clients["lambda"].get_waiter("function_active_v2").wait(FunctionName="print")
    definition = {
        "StartAt": "Print",
        "States": {
            "Print": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "print", "Payload.$": "$"},
                "Next": "Tell",
            },
            "Tell": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage",
                "Parameters": {"QueueUrl": url, "MessageBody": "done"},
                "End": True,
            },
        },
    }
    machine = clients["stepfunctions"].create_state_machine(
        name="shop",
        type="EXPRESS",
        definition=json.dumps(definition),
        roleArn=role,
        tracingConfiguration={"enabled": True},
    )["stateMachineArn"]
    done = clients["stepfunctions"].start_sync_execution(stateMachineArn=machine)
    assert done["status"] == "SUCCEEDED", done

    messages = clients["sqs"].receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"], MaxNumberOfMessages=10
    )["Messages"]
    assert sorted(message["Body"] for message in messages) == ["done", "printed"]
    roots = {message["Attributes"]["AWSTraceHeader"].split(";")[0] for message in messages}
    (root,) = roots
    now = time.time()
    (summary,) = clients["xray"].get_trace_summaries(
        StartTime=now - 300,
        EndTime=now + 300,
        FilterExpression='service("shop") AND service("print") AND ok',
    )["TraceSummaries"]
    assert root == f"Root={summary['Id']}"
    (trace,) = clients["xray"].batch_get_traces(TraceIds=[summary["Id"]])["Traces"]
    segments = [json.loads(one["Document"]) for one in trace["Segments"]]
    phases = {"Initialization": {}, "Invocation": {}, "Overhead": {}}
    function = {"AWS::Lambda": {"AWS::Lambda::Function": phases}}
    assert tree(segments) == {
        "AWS::StepFunctions::StateMachine": {"Print": {"Lambda": function}, "Tell": {"SQS": {}}}
    }
    nodes = clients["xray"].get_trace_graph(TraceIds=[summary["Id"]])["Services"]
    assert sorted((node["Name"], node["Type"]) for node in nodes) == [
        ("SQS", "AWS::SQS"),
        ("print", "AWS::Lambda"),
        ("print", "AWS::Lambda::Function"),
        ("shop", "AWS::StepFunctions::StateMachine"),
    ]
