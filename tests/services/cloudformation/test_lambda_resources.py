"""A stack with a layer, its permission, a function's URL and how its events are treated."""

from typing import Any

import orjson

from lambent.wire.messages import HttpRequest
from tests.conftest import World
from tests.services.cloudformation import stacks
from tests.services.lambda_.functions import call, zipped

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Role": stacks.ROLE,
        "Shared": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {
                "LayerName": "shared",
                "Content": {"S3Bucket": "code", "S3Key": "layer.zip"},
                "CompatibleRuntimes": ["python3.11"],
            },
        },
        "Everybody": {
            "Type": "AWS::Lambda::LayerVersionPermission",
            "Properties": {
                "LayerVersionArn": {"Ref": "Shared"},
                "Action": "lambda:GetLayerVersion",
                "Principal": "*",
            },
        },
        "Failed": {"Type": "AWS::SQS::Queue"},
        "Page": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "page",
                "Runtime": "python3.11",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Layers": [{"Ref": "Shared"}],
                "Code": {
                    "ZipFile": (
                        "import shared\ndef handler(event, context):\n    return shared.WHO\n"
                    )
                },
            },
        },
        "Events": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": {"Ref": "Page"},
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 0,
                "DestinationConfig": {
                    "OnFailure": {"Destination": {"Fn::GetAtt": ["Failed", "Arn"]}}
                },
            },
        },
        "Address": {
            "Type": "AWS::Lambda::Url",
            "Properties": {
                "TargetFunctionArn": {"Fn::GetAtt": ["Page", "Arn"]},
                "AuthType": "NONE",
            },
        },
    },
    "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Address", "FunctionUrl"]}}},
}


async def test_a_stack_with_all_that_belongs_to_a_function(world: World) -> None:
    context = world.context
    await context.call("s3", "CreateBucket", {"Bucket": "code"})
    package = zipped("WHO = 'from the layer'\n", "python/shared.py")
    await context.call("s3", "PutObject", {"Bucket": "code", "Key": "layer.zip", "Body": package})
    await stacks.create(world, "pages", TEMPLATE)
    described = await stacks.described(world, "pages")
    assert described["StackStatus"] == "CREATE_COMPLETE"

    (output,) = described["Outputs"]
    host = output["OutputValue"].removeprefix("http://").rstrip("/")
    reply = await world.app.http.answer(HttpRequest("GET", "/", "", {"host": host}, b""))
    assert (reply.status, reply.body) == (200, b'"from the layer"')
    config = await call(
        context, "GetFunctionEventInvokeConfig", FunctionName="page", Qualifier="$LATEST"
    )
    assert config["MaximumRetryAttempts"] == 0
    policy = await call(context, "GetLayerVersionPolicy", LayerName="shared", VersionNumber=1)
    assert orjson.loads(policy["Policy"])["Statement"][0]["Principal"] == "*"

    await stacks.delete(world, "pages")
    assert (await call(context, "ListLayers"))["Layers"] == []
    assert (
        await world.app.http.answer(HttpRequest("GET", "/", "", {"host": host}, b""))
    ).status == 404
