"""Run by `test_old_boto3.py` with the older boto3, in an environment without pytest."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import boto3
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
        }
    ],
}
DEFINITION = {
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$"},
            "OutputPath": "$.Payload",
            "End": True,
        }
    },
}


def refusal(call, **params) -> str:
    try:
        call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError("it was not refused")


def messages() -> None:
    queues = boto3.client("sqs")
    url = queues.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
    attributes = {"n": {"DataType": "Number", "StringValue": "7"}}
    queues.send_message(QueueUrl=url, MessageBody="ü", MessageAttributes=attributes)
    [message] = queues.receive_message(
        QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"]
    )["Messages"]
    assert (message["Body"], message["MessageAttributes"]) == ("ü", attributes)
    queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert refusal(queues.get_queue_url, QueueName="none") == (
        "AWS.SimpleQueueService.NonExistentQueue"
    )
    try:
        queues.get_queue_url(QueueName="none")
    except queues.exceptions.QueueDoesNotExist:
        pass


def metrics() -> None:
    watch = boto3.client("cloudwatch")
    now = datetime.now(UTC)
    watch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Orders", "Value": 2.5}])
    (metric,) = watch.list_metrics(Namespace="Shop")["Metrics"]
    assert metric == {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": []}
    [point] = watch.get_metric_statistics(
        **metric,
        StartTime=now - timedelta(minutes=1),
        EndTime=now + timedelta(minutes=2),
        Period=300,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 2.5
    nameless = [{"MetricName": "Orders"}]
    assert refusal(watch.put_metric_data, Namespace="Shop", MetricData=nameless) == (
        "MissingParameter"
    )


def function() -> str:
    role = boto3.client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context):\n    return event['a'] + 1\n")
    functions = boto3.client("lambda")
    functions.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="main.handler",
        Role=role,
        Code={"ZipFile": code.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="f")
    reply = functions.invoke(FunctionName="f", Payload=b'{"a": 1}', LogType="Tail")
    assert json.load(reply["Payload"]) == 2
    failed = functions.invoke(FunctionName="f", Payload=b"{}")
    assert failed["FunctionError"] == "Unhandled"
    assert json.load(failed["Payload"])["errorType"] == "KeyError"
    assert refusal(functions.get_function, FunctionName="g") == "ResourceNotFoundException"
    return role


def workflow(role: str) -> None:
    workflows = boto3.client("stepfunctions")
    machine = workflows.create_state_machine(
        name="m", definition=json.dumps(DEFINITION), roleArn=role
    )["stateMachineArn"]
    arn = workflows.start_execution(stateMachineArn=machine, input='{"a": 41}')["executionArn"]
    while (execution := workflows.describe_execution(executionArn=arn))["status"] == "RUNNING":
        pass
    assert (execution["status"], execution["output"]) == ("SUCCEEDED", "42")
    events = workflows.get_execution_history(executionArn=arn)["events"]
    assert [event["type"] for event in events][2:5] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
    ]
    assert refusal(
        workflows.start_execution, stateMachineArn=machine, name=arn.rsplit(":", 1)[1], input="1"
    ) == ("ExecutionAlreadyExists")


def objects() -> None:
    buckets = boto3.client("s3")
    buckets.create_bucket(Bucket="old-boto3")
    buckets.upload_fileobj(io.BytesIO(b"x" * 9_000_000), "old-boto3", "big")
    got = buckets.get_object(Bucket="old-boto3", Key="big", Range="bytes=-3")
    assert got["Body"].read() == b"xxx"
    assert refusal(buckets.get_object, Bucket="old-boto3", Key="none") == "NoSuchKey"


print(boto3.__version__)
messages()
metrics()
workflow(function())
objects()
print("all is well")
