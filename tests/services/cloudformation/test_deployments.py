"""Whole deployments, as the Serverless Framework, CDK and nested stacks make them."""

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.cloudformation.stacks import (
    create,
    delete,
    described,
    done,
    events,
    outputs,
    resources,
    status,
    update,
)

CASES = Path(__file__).parents[2] / "unit" / "templates" / "cases"


def package(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), text)
    return packed.getvalue()


async def failures(world: World, stack: str) -> list[Any]:
    reply = await world.context.call("cloudformation", "DescribeStackEvents", {"StackName": stack})
    return [
        (event["LogicalResourceId"], event.get("ResourceStatusReason"))
        for event in reply["StackEvents"]
        if event["ResourceStatus"].endswith("FAILED")
    ]


async def test_a_serverless_service_is_deployed_in_two_steps_and_removed(world: World) -> None:
    whole = json.loads((CASES / "serverless.json").read_text())
    first = {
        **whole,
        "Resources": {
            name: written
            for name, written in whole["Resources"].items()
            if name.startswith("ServerlessDeploymentBucket")
        },
        "Outputs": {
            "ServerlessDeploymentBucketName": whole["Outputs"]["ServerlessDeploymentBucketName"]
        },
    }
    stack_id = await create(world, "hello-dev", first)
    assert await failures(world, stack_id) == []
    bucket = (await outputs(world, "hello-dev"))["ServerlessDeploymentBucketName"]
    assert bucket.startswith("hello-dev-serverlessdeploymentbucket-")
    code = package("def hello(event, context):\n    return {'hello': event}\n")
    key = "serverless/hello/dev/1/hello.zip"
    await world.context.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": code})
    digest = base64.b64encode(hashlib.sha256(code).digest()).decode()
    text = json.dumps(whole).replace("CODE_SHA256", digest)
    template_key = "serverless/template.json"
    await world.context.call(
        "s3", "PutObject", {"Bucket": bucket, "Key": template_key, "Body": text.encode()}
    )

    await world.context.call(
        "cloudformation",
        "UpdateStack",
        {
            "StackName": "hello-dev",
            "TemplateURL": f"https://s3.amazonaws.com/{bucket}/{template_key}",
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        },
    )
    await done(world, "hello-dev")

    assert await failures(world, stack_id) == []
    assert await status(world, "hello-dev") == "UPDATE_COMPLETE"
    found = await outputs(world, "hello-dev")
    assert found["HelloLambdaFunctionQualifiedArn"].endswith(":hello-dev-hello:1")
    started = await world.context.call(
        "stepfunctions",
        "StartExecution",
        {"stateMachineArn": found["HelloStepFuncArn"], "input": '{"a": 1}'},
    )
    await world.settle()
    execution = await world.context.call(
        "stepfunctions", "DescribeExecution", {"executionArn": started["executionArn"]}
    )
    assert json.loads(execution["output"]) == {"hello": {"a": 1}}

    for name in (key, template_key):
        await world.context.call("s3", "DeleteObject", {"Bucket": bucket, "Key": name})
    await delete(world, "hello-dev")
    assert await failures(world, stack_id) == []
    assert (await world.context.call("s3", "ListBuckets", {}))["Buckets"] == []


async def test_a_bucket_with_objects_stops_a_deletion_that_may_be_tried_again(
    world: World,
) -> None:
    stack_id = await create(world, "shop", {"Resources": {"Box": {"Type": "AWS::S3::Bucket"}}})
    bucket = (await resources(world, "shop"))["Box"]["PhysicalResourceId"]
    await world.context.call("s3", "PutObject", {"Bucket": bucket, "Key": "a", "Body": b"1"})

    await delete(world, "shop")

    assert await status(world, "shop") == "DELETE_FAILED"
    assert (await described(world, "shop"))["StackStatusReason"] == (
        "The following resource(s) failed to delete: [Box]. "
    )
    await world.context.call(
        "cloudformation", "DeleteStack", {"StackName": "shop", "RetainResources": ["Box"]}
    )
    await done(world, stack_id)
    assert await status(world, stack_id) == "DELETE_COMPLETE"
    assert len((await world.context.call("s3", "ListBuckets", {}))["Buckets"]) == 1


async def test_a_cdk_app_is_deployed_and_destroyed(world: World) -> None:
    stack_id = await create(world, "Shop", (CASES / "cdk.json").read_text())

    assert await failures(world, stack_id) == []
    assert await status(world, "Shop") == "CREATE_COMPLETE"
    with pytest.raises(AwsError, match="No updates are to be performed"):
        await update(world, "Shop", (CASES / "cdk.json").read_text())
    await delete(world, "Shop")
    assert await failures(world, stack_id) == []


INNER = {
    "Parameters": {"Delay": {"Type": "Number"}},
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Delay"}}}
    },
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
}


async def test_a_stack_may_hold_stacks(world: World) -> None:
    await world.context.call("s3", "CreateBucket", {"Bucket": "templates"})
    await world.context.call(
        "s3",
        "PutObject",
        {"Bucket": "templates", "Key": "inner.json", "Body": json.dumps(INNER).encode()},
    )

    def outer(delay: int) -> dict[str, Any]:
        return {
            "Resources": {
                "Inner": {
                    "Type": "AWS::CloudFormation::Stack",
                    "Properties": {
                        "TemplateURL": "https://s3.amazonaws.com/templates/inner.json",
                        "Parameters": {"Delay": delay},
                    },
                }
            },
            "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Url"]}}},
        }

    stack_id = await create(world, "outer", outer(1))

    assert await failures(world, stack_id) == []
    url = (await outputs(world, "outer"))["Url"]
    inner = (await resources(world, "outer"))["Inner"]["PhysicalResourceId"]
    assert (await described(world, inner))["ParentId"] == stack_id
    await update(world, "outer", outer(5))
    assert await failures(world, stack_id) == []
    queue = await world.context.call(
        "sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["DelaySeconds"]}
    )
    assert queue["Attributes"]["DelaySeconds"] == "5"
    await delete(world, "outer")
    assert await failures(world, stack_id) == []
    assert await status(world, inner) == "DELETE_COMPLETE"


WAITING = """
Parameters: {Delay: {Type: Number, Default: 1}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Queue
    Properties: {Handle: !Ref Handle, Timeout: "3600"}
"""


async def test_a_stack_that_takes_too_long_is_rolled_back(world: World) -> None:
    asked = {"StackName": "shop", "TemplateBody": WAITING, "TimeoutInMinutes": 5}
    reply = await world.context.call("cloudformation", "CreateStack", asked)
    await world.settle()
    await world.advance(290)
    assert await status(world, "shop") == "CREATE_IN_PROGRESS"

    await world.advance(20)
    await done(world, reply["StackId"])

    assert await status(world, "shop") == "ROLLBACK_COMPLETE"
    assert ("Wait", "CREATE_FAILED") in await events(world, "shop")


async def test_a_stack_that_is_still_being_created_can_be_deleted(world: World) -> None:
    asked = {"StackName": "shop", "TemplateBody": WAITING}
    reply = await world.context.call("cloudformation", "CreateStack", asked)
    await world.settle()

    await world.context.call("cloudformation", "DeleteStack", {"StackName": "shop"})
    await done(world, reply["StackId"])

    assert await status(world, reply["StackId"]) == "DELETE_COMPLETE"
    assert (await world.context.call("sqs", "ListQueues", {})).get("QueueUrls", []) == []


async def test_an_update_can_be_cancelled(world: World) -> None:
    queue = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 3}}}}
    await create(world, "shop", queue)
    asked = {"StackName": "shop", "TemplateBody": WAITING}
    await world.context.call("cloudformation", "UpdateStack", asked)
    await world.settle()
    assert await status(world, "shop") == "UPDATE_IN_PROGRESS"
    with pytest.raises(AwsError, match="is in UPDATE_IN_PROGRESS state and can not be updated"):
        await world.context.call("cloudformation", "UpdateStack", asked)

    await world.context.call("cloudformation", "CancelUpdateStack", {"StackName": "shop"})
    await done(world, "shop")

    assert await status(world, "shop") == "UPDATE_ROLLBACK_COMPLETE"
    url = (await resources(world, "shop"))["Queue"]["PhysicalResourceId"]
    attributes = await world.context.call(
        "sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["DelaySeconds"]}
    )
    assert attributes["Attributes"]["DelaySeconds"] == "3"
    assert set(await resources(world, "shop")) == {"Queue"}


async def test_two_stacks_cannot_export_one_name(world: World) -> None:
    exporting = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "queue"}}},
    }
    await create(world, "one", exporting)

    await create(world, "two", exporting)

    assert await status(world, "two") == "ROLLBACK_COMPLETE"
    reply = await world.context.call("cloudformation", "DescribeStackEvents", {"StackName": "two"})
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in reply["StackEvents"])
    assert "Export with name queue is already exported by stack one" in reasons


async def test_a_way_back_that_is_blocked_goes_on_without_what_blocks_it(world: World) -> None:
    """
    Somebody deleted the queue behind the stack's back: it can neither be changed nor changed back.
    """

    def wanted(delay: int) -> dict[str, Any]:
        return {
            "Resources": {
                name: {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": delay}}
                for name in ("Gone", "There")
            }
        }

    await create(world, "shop", wanted(1))
    rows = await resources(world, "shop")
    gone, there = (rows[name]["PhysicalResourceId"] for name in ("Gone", "There"))
    await world.context.call("sqs", "DeleteQueue", {"QueueUrl": gone})

    await update(world, "shop", wanted(2))

    assert await status(world, "shop") == "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(AwsError, match="is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        await update(world, "shop", wanted(3))
    again = {"StackName": "shop"}
    await world.context.call("cloudformation", "ContinueUpdateRollback", again)
    await done(world, "shop")
    assert await status(world, "shop") == "UPDATE_ROLLBACK_FAILED"
    await world.context.call(
        "cloudformation", "ContinueUpdateRollback", {**again, "ResourcesToSkip": ["Gone"]}
    )
    await done(world, "shop")
    assert await status(world, "shop") == "UPDATE_ROLLBACK_COMPLETE"
    queue = await world.context.call(
        "sqs", "GetQueueAttributes", {"QueueUrl": there, "AttributeNames": ["DelaySeconds"]}
    )
    assert queue["Attributes"]["DelaySeconds"] == "1"
    # What is gone already is no obstacle to a deletion.
    await delete(world, "shop")


async def test_topics_hear_of_every_event(world: World) -> None:
    topic = await world.context.call("sns", "CreateTopic", {"Name": "deployments"})
    url = (await world.context.call("sqs", "CreateQueue", {"QueueName": "heard"}))["QueueUrl"]
    await world.context.call(
        "sns",
        "Subscribe",
        {
            "TopicArn": topic["TopicArn"],
            "Protocol": "sqs",
            "Endpoint": "arn:aws:sqs:us-east-1:000000000000:heard",
            "Attributes": {"RawMessageDelivery": "true"},
        },
    )

    await create(
        world,
        "shop",
        {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}},
        NotificationARNs=[topic["TopicArn"], "arn:aws:sns:us-east-1:000000000000:none"],
    )

    received = await world.context.call(
        "sqs", "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10}
    )
    heard = [message["Body"] for message in received["Messages"]]
    assert len(heard) == 5
    assert any("LogicalResourceId='shop'\n" in body for body in heard)
    assert any("ResourceStatus='CREATE_COMPLETE'\n" in body for body in heard)
