"""AWS::ApiGatewayV2::* in stacks, and the HTTP APIs that SAM makes."""

import json
from typing import Any

import orjson

from tests.conftest import World
from tests.services.apigatewayv2.http_apis import Client, call, header
from tests.services.cloudformation.stacks import create, delete, outputs, status, update
from tests.services.lambda_.functions import make_role

FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/function",
        "Code": {"ZipFile": "def handler(event, context):\n    return event['routeKey']\n"},
    },
}


def template(path: str, scopes: list[str] | None = None, **stage: Any) -> dict[str, Any]:
    api = {"ApiId": {"Ref": "Api"}}
    route: dict[str, Any] = {
        **api,
        "RouteKey": f"GET {path}",
        "Target": {"Fn::Sub": "integrations/${Integration}"},
    }
    if scopes:
        route |= {
            "AuthorizationType": "JWT",
            "AuthorizerId": {"Ref": "Tokens"},
            "AuthorizationScopes": scopes,
        }
    resources = {
        "Function": FUNCTION,
        "Api": {
            "Properties": {
                "Name": "shop",
                "ProtocolType": "HTTP",
                "CorsConfiguration": {"AllowOrigins": ["*"]},
                "Tags": {"team": "one"},
            }
        },
        "Integration": {
            "Properties": {
                **api,
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::GetAtt": ["Function", "Arn"]},
                "PayloadFormatVersion": "2.0",
                "TimeoutInMillis": "5000",
                "ResponseParameters": {
                    "200": {
                        "ResponseParameters": [
                            {"Destination": "append:header.x-stage", "Source": "$context.stage"}
                        ]
                    }
                },
            }
        },
        "Tokens": {
            "Properties": {
                **api,
                "Name": "tokens",
                "AuthorizerType": "JWT",
                "IdentitySource": ["$request.header.Authorization"],
                "JwtConfiguration": {"Issuer": "https://issuer.example.com", "Audience": ["a"]},
            }
        },
        "Route": {"Properties": route},
        "Stage": {"Properties": {**api, "StageName": "$default", "AutoDeploy": True, **stage}},
        "DomainName": {
            "Properties": {
                "DomainName": "api.example.com",
                "DomainNameConfigurations": [
                    {"CertificateArn": "arn:aws:acm:us-east-1:0:certificate/x"}
                ],
            }
        },
        "ApiMapping": {
            "Properties": {
                **api,
                "DomainName": {"Ref": "DomainName"},
                "Stage": {"Ref": "Stage"},
                "ApiMappingKey": "v1",
            }
        },
    }
    names = {"Tokens": "Authorizer"}
    for name, resource in resources.items():
        resource.setdefault("Type", f"AWS::ApiGatewayV2::{names.get(name, name)}")
    return {
        "Resources": resources,
        "Outputs": {
            "Id": {"Value": {"Ref": "Api"}},
            "Endpoint": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}},
            "Regional": {"Value": {"Fn::GetAtt": ["DomainName", "RegionalDomainName"]}},
        },
    }


async def test_an_api_in_a_stack_is_made_changed_and_deleted(world: World) -> None:
    await make_role(world.context)
    await create(world, "shop", template("/pets"))

    known = await outputs(world, "shop")
    client = Client(world, known["Id"])
    reply = await client.ask("/pets", origin="https://example.com")

    assert (reply.status, reply.body) == (200, b'"GET /pets"')
    assert header(reply, "x-stage") == "$default"
    assert header(reply, "access-control-allow-origin") == "*"
    assert known["Endpoint"].startswith(f"http://{known['Id']}.execute-api.us-east-1.localhost")
    assert known["Regional"].endswith(".execute-api.us-east-1.amazonaws.com")
    mapped = await client.ask("/_lambent/execute-api/api.example.com/v1/pets", host="127.0.0.1")
    assert mapped.status == 200

    settings = {"DefaultRouteSettings": {"ThrottlingBurstLimit": 0, "ThrottlingRateLimit": 0}}
    await update(world, "shop", template("/pets/{id}", ["read"]))
    assert (await client.ask("/pets")).status == 404
    assert (await client.ask("/pets/1")).status == 401
    await update(world, "shop", template("/pets/{id}", **settings))
    assert (await client.ask("/pets/1")).status == 429

    await delete(world, "shop")
    assert (await call(world.context, "GetApis"))["Items"] == []
    assert (await client.ask("/pets/1")).status == 403


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Pets:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {"route": event["routeKey"],
                    "who": event["requestContext"].get("authorizer")}
      Events:
        Get: {Type: HttpApi, Properties: {Path: "/pets/{id}", Method: get}}
        Rest: {Type: HttpApi}
        Locked:
          Type: HttpApi
          Properties: {ApiId: !Ref Locked, Path: /pets, Method: any}
  Lock:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {"isAuthorized": event["headers"]["x-key"] == "secret", "context": {"a": 1}}
  Locked:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: live
      CorsConfiguration: {AllowOrigins: ["https://example.com"], AllowMethods: [GET]}
      DefaultRouteSettings: {ThrottlingBurstLimit: 100}
      Auth:
        DefaultAuthorizer: Lock
        Authorizers:
          Lock:
            FunctionArn: !GetAtt Lock.Arn
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            Identity: {Headers: [x-key], ReauthorizeEvery: 0}
Outputs:
  Open: {Value: !Ref ServerlessHttpApi}
  Locked: {Value: !Ref Locked}
"""


async def test_an_http_api_event_of_sam_is_deployed_and_answers(world: World) -> None:
    await create(world, "sam", SAM)
    assert await status(world, "sam") == "CREATE_COMPLETE"
    known = await outputs(world, "sam")
    opened, locked = Client(world, known["Open"]), Client(world, known["Locked"])

    assert (await opened.json("/pets/7"))["route"] == "GET /pets/{id}"
    assert (await opened.json("/", "POST"))["route"] == "$default"
    assert (await locked.ask("/live/pets")).status == 401
    assert (await locked.ask("/live/pets", x_key="other")).status == 403
    answer = await locked.json("/live/pets", "DELETE", x_key="secret")
    assert answer == {"route": "ANY /pets", "who": {"lambda": {"a": 1}}}

    await update(world, "sam", SAM.replace("/pets/{id}", "/animals/{id}"))
    assert (await opened.json("/animals/7"))["route"] == "GET /animals/{id}"
    assert (await opened.json("/pets/7"))["route"] == "$default"


async def test_a_definition_in_a_bucket_becomes_an_api(world: World) -> None:
    await world.context.call("s3", "CreateBucket", {"Bucket": "definitions"})
    definition = {
        "openapi": "3.0.1",
        "info": {"title": "from a bucket"},
        "paths": {"/pets": {"get": {}}},
    }
    await world.context.call(
        "s3",
        "PutObject",
        {"Bucket": "definitions", "Key": "api.json", "Body": orjson.dumps(definition)},
    )
    api = {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {"BodyS3Location": {"Bucket": "definitions", "Key": "api.json"}},
    }

    await create(world, "bucket", json.dumps({"Resources": {"Api": api}}))

    [made] = (await call(world.context, "GetApis"))["Items"]
    assert made["Name"] == "from a bucket"
    [route] = (await call(world.context, "GetRoutes", ApiId=made["ApiId"]))["Items"]
    assert route["RouteKey"] == "GET /pets"
