"""Durable executions over the wire: paths that hold ARNs, headers, payloads and times."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess

ACCOUNT = "333333333007"
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
 "Principal": {"Service": ["lambda.amazonaws.com"]}}]}"""
# Speaks to the server as an SDK does, with the boto3 that functions have.
CODE = """
import boto3
functions = boto3.client("lambda")
def handler(event, context):
    operations = event["InitialExecutionState"]["Operations"]
    if len(operations) == 1:
        functions.checkpoint_durable_execution(
            DurableExecutionArn=event["DurableExecutionArn"],
            CheckpointToken=event["CheckpointToken"],
            Updates=[
                {"Id": "s", "Type": "STEP", "Action": "SUCCEED", "Payload": "7"},
                {"Id": "c", "Type": "CALLBACK", "Action": "START"},
            ],
        )
        return {"Status": "PENDING"}
    state = functions.get_durable_execution_state(
        DurableExecutionArn=event["DurableExecutionArn"],
        CheckpointToken=event["CheckpointToken"],
        MaxItems=1,
    )
    callback = operations[2]["CallbackDetails"]
    answer = callback.get("Result") or callback["Error"]["ErrorMessage"]
    return {"Status": "SUCCEEDED", "Result": answer + " " + str(bool(state.get("NextMarker")))}
"""


@pytest.fixture(scope="module")
def functions(server: ServerProcess) -> Any:
    server.client("iam", account=ACCOUNT).create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    client = server.client("lambda", account=ACCOUNT)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("main.py", CODE)
    client.create_function(
        FunctionName="orders",
        Runtime="python3.11",
        Handler="main.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": body.getvalue()},
        DurableConfig={"ExecutionTimeout": 600},
    )
    client.get_waiter("function_active_v2").wait(FunctionName="orders", WaiterConfig={"Delay": 1})
    return client


def started(functions: Any, name: str) -> str:
    reply = functions.invoke(
        FunctionName="orders:$LATEST",
        InvocationType="Event",
        DurableExecutionName=name,
        Payload=json.dumps({"n": name}),
    )
    assert reply["StatusCode"] == 202
    arn: str = reply["DurableExecutionArn"]
    return arn


def callback_of(functions: Any, arn: str) -> str:
    while True:
        events = functions.get_durable_execution_history(DurableExecutionArn=arn)["Events"]
        for event in events:
            if event["EventType"] == "CallbackStarted":
                id: str = event["CallbackStartedDetails"]["CallbackId"]
                return id


def ended(functions: Any, arn: str) -> Any:
    while True:
        found = functions.get_durable_execution(DurableExecutionArn=arn)
        if found["Status"] != "RUNNING":
            return found


def test_an_execution_is_checkpointed_and_answered(functions: Any) -> None:
    arn = started(functions, "answered")
    functions.send_durable_execution_callback_heartbeat(CallbackId=callback_of(functions, arn))
    functions.send_durable_execution_callback_success(
        CallbackId=callback_of(functions, arn), Result=b"yes"
    )
    found = ended(functions, arn)
    assert (found["Status"], found["Result"]) == ("SUCCEEDED", "yes True")
    assert json.loads(found["InputPayload"]) == {"n": "answered"}
    assert found["StartTimestamp"] <= found["EndTimestamp"] <= datetime.now(UTC)
    events = functions.get_durable_execution_history(DurableExecutionArn=arn)["Events"]
    [step] = [event for event in events if event["EventType"] == "StepSucceeded"]
    assert step["StepSucceededDetails"]["Result"] == {"Payload": "7", "Truncated": False}
    deleted = functions.delete_durable_execution(DurableExecutionArn=arn)
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 202


def test_a_callback_fails_and_an_execution_is_paused_and_stopped(functions: Any) -> None:
    arn = started(functions, "failed")
    error = {"ErrorMessage": "no", "ErrorType": "T", "StackTrace": ["a"]}
    functions.send_durable_execution_callback_failure(
        CallbackId=callback_of(functions, arn), Error=error
    )
    assert ended(functions, arn)["Result"] == "no True"

    arn = started(functions, "stopped")
    callback_of(functions, arn)
    reply = functions.pause_durable_execution(DurableExecutionArn=arn, Reason="wait")
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert "PauseDetails" in functions.get_durable_execution(DurableExecutionArn=arn)
    functions.resume_durable_execution(DurableExecutionArn=arn)
    stopped = functions.stop_durable_execution(DurableExecutionArn=arn, Error=error)
    found = ended(functions, arn)
    assert (found["Status"], found["Error"]) == ("STOPPED", error)
    assert found["EndTimestamp"] == stopped["StopTimestamp"]


def test_executions_are_listed_and_named_but_once(functions: Any) -> None:
    arn = started(functions, "listed")
    assert started(functions, "listed") == arn
    pages = functions.get_paginator("list_durable_executions_by_function").paginate(
        FunctionName="orders", Qualifier="$LATEST", PaginationConfig={"PageSize": 1}
    )
    names = [one["DurableExecutionName"] for page in pages for one in page["DurableExecutions"]]
    assert "listed" in names
    with pytest.raises(functions.exceptions.DurableExecutionAlreadyStartedException) as refused:
        functions.invoke(
            FunctionName="orders:$LATEST",
            InvocationType="Event",
            DurableExecutionName="listed",
            Payload=b"{}",
        )
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    functions.stop_durable_execution(DurableExecutionArn=arn)


def test_what_is_not_there_is_not_found(functions: Any) -> None:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders:1/durable-execution/n/i"
    with pytest.raises(ClientError) as refused:
        functions.get_durable_execution(DurableExecutionArn=arn)
    assert refused.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "Durable Execution does not exist",
    }
    with pytest.raises(ClientError) as refused:
        functions.get_durable_execution(DurableExecutionArn="orders")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
