"""
A workflow whose tasks name aliases uses their provisioned environments; one that names the
functions does not. Deployed by a stack, as deployment tools make it.
"""

import json
import time
from typing import Any

from tests.processes import ServerProcess

_CODE = """
import os

def handler(event, context):
    print("INITIALISED", os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"])
    return {"version": context.function_version}
"""
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


def _function(name: str) -> dict[str, Any]:
    """A function, a version, and an alias of it with three environments."""
    return {
        f"{name}Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": name.lower(),
                "Runtime": "python3.10",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": _CODE},
                "Timeout": 60,
            },
        },
        f"{name}Version": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Ref": f"{name}Function"}},
        },
        f"{name}ProvConcLambdaAlias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "Name": "provisioned",
                "FunctionName": {"Ref": f"{name}Function"},
                "FunctionVersion": {"Fn::GetAtt": [f"{name}Version", "Version"]},
                "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 3},
            },
        },
    }


def _machine(hello: Any, hi: Any) -> dict[str, Any]:
    definition = {
        "Comment": "A Hello World example",
        "StartAt": "HelloWorld",
        "States": {
            "HelloWorld": {"Type": "Task", "Resource": "${Hello}", "Next": "HiWorld"},
            "HiWorld": {"Type": "Task", "Resource": "${Hi}", "End": True},
        },
    }
    return {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "DefinitionString": {"Fn::Sub": [json.dumps(definition), {"Hello": hello, "Hi": hi}]},
        },
    }


_TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": _TRUST},
        },
        **_function("Hello"),
        **_function("Hi"),
        "ByAlias": _machine({"Ref": "HelloProvConcLambdaAlias"}, {"Ref": "HiProvConcLambdaAlias"}),
        "ByFunction": _machine(
            {"Fn::GetAtt": ["HelloFunction", "Arn"]}, {"Fn::GetAtt": ["HiFunction", "Arn"]}
        ),
    }
}


def _run(server: ServerProcess, arn: str) -> Any:
    """The output of an execution."""
    machines = server.client("stepfunctions")
    execution = machines.start_execution(stateMachineArn=arn)["executionArn"]
    for _ in range(200):
        reply = machines.describe_execution(executionArn=execution)
        if reply["status"] != "RUNNING":
            assert reply["status"] == "SUCCEEDED", reply
            return json.loads(reply["output"])
        time.sleep(0.02)
    raise AssertionError("the execution does not end")


def _logged(server: ServerProcess, name: str, version: str) -> str:
    """What a version of a function has logged; its streams are named after it."""
    logs = server.client("logs")
    for _ in range(100):
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        lines = [event["message"] for event in events if f"[{version}]" in event["logStreamName"]]
        if any(line.startswith("REPORT") for line in lines):
            return "".join(lines)
        time.sleep(0.05)
    raise AssertionError("nothing was logged")


def test_a_workflow_that_names_aliases_starts_warm(server: ServerProcess) -> None:
    stacks = server.client("cloudformation")
    stacks.create_stack(
        StackName="hello", TemplateBody=json.dumps(_TEMPLATE), Capabilities=["CAPABILITY_IAM"]
    )
    stacks.get_waiter("stack_create_complete").wait(
        StackName="hello", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    made = {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in stacks.describe_stack_resources(StackName="hello")["StackResources"]
    }
    config = server.client("lambda").get_provisioned_concurrency_config(
        FunctionName="hello", Qualifier="provisioned"
    )
    assert config["Status"] == "READY"
    assert config["AllocatedProvisionedConcurrentExecutions"] == 3

    assert _run(server, made["ByAlias"]) == {"version": "1"}
    for name in ("hello", "hi"):
        log = _logged(server, name, "1")
        assert "Version: 1" in log
        assert "INITIALISED provisioned-concurrency" in log
        assert "Init Duration" not in log

    assert _run(server, made["ByFunction"]) == {"version": "$LATEST"}
    log = _logged(server, "hello", "$LATEST")
    assert "Version: $LATEST" in log
    assert "INITIALISED on-demand" in log
    assert "Init Duration" in log
