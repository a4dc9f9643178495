"""Lambda as boto3 sees it: its waiters, its paginators, its streams."""

import base64
import io
import json
import urllib.request
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess
from tests.trust import TRUST

# Other tests of the same server list functions as well.
ACCOUNT = "333333333333"
QUICKLY = {"Delay": 1, "MaxAttempts": 10}


def zipped(source: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        # With a date of its own: zipping the same twice gives the same.
        archive.writestr(zipfile.ZipInfo("main.py"), source)
    return file.getvalue()


@pytest.fixture(scope="module")
def role(server: ServerProcess) -> str:
    iam = server.client("iam", account=ACCOUNT)
    reply = iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST))
    arn: str = reply["Role"]["Arn"]
    return arn


@pytest.fixture
def functions(server: ServerProcess) -> Any:
    return server.client("lambda", account=ACCOUNT)


def create(functions: Any, role: str, name: str, source: str, **more: Any) -> Any:
    return functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": zipped(source)},
        **more,
    )


def test_every_waiter_ends(functions: Any, role: str) -> None:
    create(functions, role, "waited-for", "def handler(event, context):\n    return 1\n")
    for name in ("function_exists", "function_active", "function_active_v2"):
        functions.get_waiter(name).wait(FunctionName="waited-for", WaiterConfig=QUICKLY)
    functions.update_function_configuration(FunctionName="waited-for", Timeout=5)
    for name in ("function_updated", "function_updated_v2"):
        functions.get_waiter(name).wait(FunctionName="waited-for", WaiterConfig=QUICKLY)
    functions.publish_version(FunctionName="waited-for")
    functions.get_waiter("published_version_active").wait(
        FunctionName="waited-for", Qualifier="1", WaiterConfig=QUICKLY
    )


def test_a_function_reaches_the_platform_with_its_roles_keys(functions: Any, role: str) -> None:
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    return boto3.client('sts').get_caller_identity()['Arn']\n"
    )
    create(functions, role, "caller", source, Timeout=30)
    functions.get_waiter("function_active_v2").wait(FunctionName="caller", WaiterConfig=QUICKLY)
    reply = functions.invoke(FunctionName="caller")

    assert json.load(reply["Payload"]) == (f"arn:aws:sts::{ACCOUNT}:assumed-role/function/caller")


def test_a_reply_has_its_headers(functions: Any, role: str) -> None:
    source = "def handler(event, context):\n    print('seen')\n    raise KeyError(event)\n"
    create(functions, role, "failing", source)
    functions.get_waiter("function_active_v2").wait(FunctionName="failing", WaiterConfig=QUICKLY)
    reply = functions.invoke(FunctionName="failing", Payload=b'"key"', LogType="Tail")

    assert (reply["StatusCode"], reply["ExecutedVersion"]) == (200, "$LATEST")
    assert reply["FunctionError"] == "Unhandled"
    assert b"seen\n" in base64.b64decode(reply["LogResult"])
    assert json.load(reply["Payload"])["errorType"] == "KeyError"
    request_id = reply["ResponseMetadata"]["RequestId"]
    assert request_id.encode() in base64.b64decode(reply["LogResult"])
    accepted = functions.invoke(FunctionName="failing", InvocationType="Event")
    assert accepted["StatusCode"] == 202
    assert functions.invoke(FunctionName="failing", InvocationType="DryRun")["StatusCode"] == 204


def test_the_code_can_be_fetched_from_where_get_function_says(functions: Any, role: str) -> None:
    source = "def handler(event, context):\n    return 1\n"
    create(functions, role, "fetched", source)
    location = functions.get_function(FunctionName="fetched")["Code"]["Location"]
    with urllib.request.urlopen(location) as reply:
        assert reply.read() == zipped(source)


def test_errors_are_the_models_own(functions: Any, role: str) -> None:
    with pytest.raises(functions.exceptions.ResourceNotFoundException) as missing:
        functions.get_function(FunctionName="missing")
    assert missing.value.response["Error"]["Message"].startswith("Function not found: arn:aws:")
    assert missing.value.response["Type"] == "User"

    create(functions, role, "stopped", "def handler(event, context):\n    return 1\n")
    functions.get_waiter("function_active_v2").wait(FunctionName="stopped", WaiterConfig=QUICKLY)
    functions.put_function_concurrency(FunctionName="stopped", ReservedConcurrentExecutions=0)
    with pytest.raises(functions.exceptions.TooManyRequestsException) as throttled:
        functions.invoke(FunctionName="stopped")
    assert throttled.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"

    with pytest.raises(ClientError) as unknown:
        functions.create_function(
            FunctionName="image", Role=role, PackageType="Image", Code={"ImageUri": "image:1"}
        )
    assert unknown.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_functions_are_paged_tagged_and_deleted(server: ServerProcess) -> None:
    account = "444444444453"
    iam = server.client("iam", account=account)
    functions = server.client("lambda", account=account)
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST))
    names = [f"paged-{number:02}" for number in range(53)]
    for name in names:
        made = create(functions, role["Role"]["Arn"], name, "x = 1", Tags={"n": name})
        assert functions.list_tags(Resource=made["FunctionArn"])["Tags"] == {"n": name}
    pages = list(functions.get_paginator("list_functions").paginate())

    assert [len(page["Functions"]) for page in pages] == [50, 3]
    assert [one["FunctionName"] for page in pages for one in page["Functions"]] == names
    for name in names:
        functions.delete_function(FunctionName=name)
    assert functions.list_functions()["Functions"] == []


def test_an_answer_can_come_as_an_event_stream(functions: Any, role: str) -> None:
    source = "def handler(event, context):\n    return 1 / event\n"
    create(functions, role, "streamed", source)
    functions.get_waiter("function_active_v2").wait(FunctionName="streamed", WaiterConfig=QUICKLY)

    reply = functions.invoke_with_response_stream(FunctionName="streamed", Payload=b"2")
    assert (reply["StatusCode"], reply["ExecutedVersion"]) == (200, "$LATEST")
    assert list(reply["EventStream"]) == [
        {"PayloadChunk": {"Payload": b"0.5"}},
        {"InvokeComplete": {}},
    ]
    reply = functions.invoke_with_response_stream(
        FunctionName="streamed", Payload=b"0", LogType="Tail"
    )
    (complete,) = (event["InvokeComplete"] for event in reply["EventStream"])
    assert complete["ErrorCode"] == "Unhandled"
    assert json.loads(complete["ErrorDetails"])["errorType"] == "ZeroDivisionError"
    assert b"START RequestId" in base64.b64decode(complete["LogResult"])


def test_a_function_can_be_named_in_every_form(functions: Any, role: str) -> None:
    source = "def handler(event, context):\n    return context.invoked_function_arn\n"
    create(functions, role, "named", source)
    functions.get_waiter("function_active_v2").wait(FunctionName="named", WaiterConfig=QUICKLY)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:named"

    for name in ("named", f"{ACCOUNT}:function:named", arn):
        assert json.load(functions.invoke(FunctionName=name)["Payload"]) == arn
    qualified = functions.invoke(FunctionName=f"{arn}:$LATEST")
    assert json.load(qualified["Payload"]) == f"{arn}:$LATEST"
    assert functions.get_function(FunctionName=arn)["Configuration"]["FunctionArn"] == arn
