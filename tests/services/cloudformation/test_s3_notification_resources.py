"""Buckets of stacks that start functions, as templates, SAM and the Serverless Framework say it."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.cloudformation.stacks import ROLE, create, outputs, status, update

FUNCTION: dict[str, Any] = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): pass"},
    },
}


def template(event: str = "s3:ObjectCreated:*") -> dict[str, Any]:
    """As the Serverless Framework writes it: the permission knows the bucket by its name."""
    target = {"Fn::GetAtt": ["F", "Arn"]}
    rules = [{"Name": "prefix", "Value": "in/"}]
    configuration = {"Event": event, "Function": target, "Filter": {"S3Key": {"Rules": rules}}}
    return {
        "Resources": {
            "Role": ROLE,
            "F": FUNCTION,
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "DependsOn": ["Allowed"],
                "Properties": {
                    "BucketName": "uploads",
                    "NotificationConfiguration": {
                        "LambdaConfigurations": [configuration],
                        "EventBridgeConfiguration": {"EventBridgeEnabled": True},
                    },
                },
            },
            "Allowed": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "FunctionName": target,
                    "Action": "lambda:InvokeFunction",
                    "Principal": "s3.amazonaws.com",
                    "SourceAccount": {"Ref": "AWS::AccountId"},
                    "SourceArn": "arn:aws:s3:::uploads",
                },
            },
        },
        "Outputs": {"F": {"Value": target}},
    }


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: "def handler(event, context): pass"
      Events:
        Upload:
          Type: S3
          Properties:
            Bucket: !Ref Uploads
            Events: [s3:ObjectCreated:*, s3:ObjectRemoved:*]
            Filter: {S3Key: {Rules: [{Name: Suffix, Value: .jpg}]}}
Outputs:
  F: {Value: !GetAtt F.Arn}
"""


async def configuration_of(world: World) -> Any:
    asked = {"Bucket": "uploads"}
    return await world.context.call("s3", "GetBucketNotificationConfiguration", asked)


async def told(world: World, stack: str) -> list[tuple[str, tuple[str, ...], list[Any]]]:
    """Which function is told of what, through which filters."""
    function = (await outputs(world, stack))["F"]
    found = (await configuration_of(world))["LambdaFunctionConfigurations"]
    assert {one["LambdaFunctionArn"] for one in found} == {function}
    return sorted(
        (one["Events"][0], *one["Filter"]["Key"]["FilterRules"][0].values()) for one in found
    )


async def test_a_bucket_of_a_stack_starts_its_function(world: World) -> None:
    stack = await create(world, "s", template())

    assert await status(world, stack) == "CREATE_COMPLETE"
    assert await told(world, "s") == [("s3:ObjectCreated:*", "Prefix", "in/")]
    assert "EventBridgeConfiguration" in await configuration_of(world)
    await update(world, "s", template("s3:ObjectRemoved:*"))
    assert await told(world, "s") == [("s3:ObjectRemoved:*", "Prefix", "in/")]
    without = template()
    del without["Resources"]["Bucket"]["Properties"]["NotificationConfiguration"]
    await update(world, "s", without)
    assert await configuration_of(world) == {}


async def test_a_function_of_sam_is_started_by_a_bucket(world: World) -> None:
    stack = await create(world, "s", SAM)

    assert await status(world, stack) == "CREATE_COMPLETE"
    assert await told(world, "s") == [
        ("s3:ObjectCreated:*", "Suffix", ".jpg"),
        ("s3:ObjectRemoved:*", "Suffix", ".jpg"),
    ]


async def test_a_ring_of_bucket_and_function_is_refused_as_on_aws(context: Context) -> None:
    asked = template()
    variables = {"BUCKET": {"Ref": "Bucket"}}
    asked["Resources"]["F"] = {
        **FUNCTION,
        "Properties": {**FUNCTION["Properties"], "Environment": {"Variables": variables}},
    }
    call = {
        "StackName": "ring",
        "TemplateBody": json.dumps(asked),
        "Capabilities": ["CAPABILITY_IAM"],
    }
    with pytest.raises(AwsError, match="Circular dependency between resources"):
        await context.call("cloudformation", "CreateStack", call)
