"""Templates of several files: AWS::Include."""

import json

import pytest

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.cloudformation.stacks import create, described, outputs, status

API = """
openapi: "3.0.1"
info: {title: {"Fn::Sub": "${AWS::StackName}-books"}}
paths:
  /:
    get:
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: GET
        payloadFormatVersion: "1.0"
        uri: {"Fn::Sub": "https://books.${AWS::Region}.example.com/"}
"""
OUTPUTS = {"Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}}}


async def put(world: World, key: str, text: str) -> None:
    if not (await world.context.call("s3", "ListBuckets", {}))["Buckets"]:
        await world.context.call("s3", "CreateBucket", {"Bucket": "parts"})
    params = {"Bucket": "parts", "Key": key, "Body": text.encode()}
    await world.context.call("s3", "PutObject", params)


def include(location: object) -> dict[str, object]:
    return {"Name": "AWS::Include", "Parameters": {"Location": location}}


async def test_a_template_takes_properties_and_sections_from_files(world: World) -> None:
    await put(world, "prod/queue.yaml", "QueueName: {'Fn::Sub': '${AWS::StackName}-orders'}")
    await put(world, "outputs.json", json.dumps(OUTPUTS))
    template = {
        "Transform": include("s3://parts/outputs.json"),
        "Parameters": {"Stage": {"Type": "String", "Default": "prod"}},
        "Resources": {
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "DelaySeconds": 3,
                    "Fn::Transform": include({"Fn::Sub": "s3://parts/${Stage}/queue.yaml"}),
                },
            }
        },
    }
    await create(world, "shop", template)

    assert await status(world, "shop") == "CREATE_COMPLETE"
    assert await outputs(world, "shop") == {"Name": "shop-orders"}
    asked = {"StackName": "shop", "TemplateStage": "Processed"}
    processed = await world.context.call("cloudformation", "GetTemplate", asked)
    assert json.loads(processed["TemplateBody"])["Resources"]["Queue"]["Properties"] == {
        "DelaySeconds": 3,
        "QueueName": {"Fn::Sub": "${AWS::StackName}-orders"},
    }


async def test_an_api_of_sam_takes_its_definition_from_a_file(world: World) -> None:
    await put(world, "api.yaml", API)
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Books": {
                "Type": "AWS::Serverless::HttpApi",
                "Properties": {"DefinitionBody": {"Fn::Transform": include("s3://parts/api.yaml")}},
            }
        },
    }
    validated = await world.context.call(
        "cloudformation", "ValidateTemplate", {"TemplateBody": json.dumps(template)}
    )
    assert validated["DeclaredTransforms"] == ["AWS::Include", "AWS::Serverless-2016-10-31"]

    await create(world, "library", template)

    assert (await described(world, "library"))["StackStatus"] == "CREATE_COMPLETE"
    [api] = (await world.context.call("apigatewayv2", "GetApis", {}))["Items"]
    assert api["Name"] == "library-books"


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("./queue.yaml", "The location parameter is not a valid S3 uri."),
        ("s3://parts", "The location parameter is not a valid S3 uri."),
        (None, "The location parameter is not a valid S3 uri."),
        ("s3://parts/none.yaml", "S3 error: The specified key does not exist."),
        ("s3://parts/short.yaml", "The specified S3 object's content should be valid Yaml/JSON."),
    ],
)
async def test_what_cannot_be_included_says_why(
    world: World, location: str | None, words: str
) -> None:
    await put(world, "short.yaml", "QueueName: !Ref AWS::StackName")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Fn::Transform": include(location)}}

    with pytest.raises(AwsError) as raised:
        await create(world, "shop", {"Resources": {"Queue": queue}})

    assert raised.value.message == f"Transform AWS::Include failed with: {words}"


async def test_a_stack_with_includes_needs_the_consent_to_expand(world: World) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Fn::Transform": include("s3://parts/q")}}

    with pytest.raises(AwsError, match="CAPABILITY_AUTO_EXPAND"):
        await create(world, "shop", {"Resources": {"Queue": queue}}, Capabilities=[])
