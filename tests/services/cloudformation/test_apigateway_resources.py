"""Stacks with REST APIs: what is made of a template, changed with it and taken away."""

import copy
from typing import Any

import orjson

from lambent.wire.messages import HttpReply, HttpRequest
from tests.conftest import World
from tests.services.cloudformation import stacks

_MOCK: dict[str, Any] = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": '{"statusCode": 200}'},
    "IntegrationResponses": [
        {"StatusCode": 200, "ResponseTemplates": {"application/json": "$stageVariables.colour"}}
    ],
}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "shop", "BinaryMediaTypes": ["image/png"], "Tags": []},
        },
        "Orders": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                "PathPart": "orders",
            },
        },
        "Order": {
            "Type": "AWS::ApiGateway::Model",
            "Properties": {"RestApiId": {"Ref": "Api"}, "Schema": {"type": "object"}},
        },
        "Validator": {
            "Type": "AWS::ApiGateway::RequestValidator",
            "Properties": {"RestApiId": {"Ref": "Api"}, "ValidateRequestParameters": True},
        },
        "GetOrders": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResourceId": {"Ref": "Orders"},
                "HttpMethod": "GET",
                "AuthorizationType": "NONE",
                "ApiKeyRequired": True,
                "RequestParameters": {"method.request.querystring.q": False},
                "RequestModels": {"application/json": {"Ref": "Order"}},
                "RequestValidatorId": {"Ref": "Validator"},
                "MethodResponses": [
                    {"StatusCode": 200, "ResponseModels": {"application/json": "Empty"}}
                ],
                "Integration": _MOCK,
            },
        },
        "Refusal": {
            "Type": "AWS::ApiGateway::GatewayResponse",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResponseType": "INVALID_API_KEY",
                "StatusCode": "418",
            },
        },
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": ["GetOrders", "Refusal"],
            "Properties": {"RestApiId": {"Ref": "Api"}},
        },
        "Live": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "DeploymentId": {"Ref": "Deployment"},
                "StageName": "live",
                "Variables": {"colour": "red", "size": "big"},
                "MethodSettings": [
                    {"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": "INFO"}
                ],
            },
        },
        "Key": {
            "Type": "AWS::ApiGateway::ApiKey",
            "Properties": {"Enabled": True, "Value": "k" * 20},
        },
        "Plan": {
            "Type": "AWS::ApiGateway::UsagePlan",
            "Properties": {
                "ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Live"}}],
                "Throttle": {"RateLimit": 100, "BurstLimit": 100},
            },
        },
        "PlanKey": {
            "Type": "AWS::ApiGateway::UsagePlanKey",
            "Properties": {
                "KeyId": {"Ref": "Key"},
                "KeyType": "API_KEY",
                "UsagePlanId": {"Ref": "Plan"},
            },
        },
        "Account": {
            "Type": "AWS::ApiGateway::Account",
            "Properties": {"CloudWatchRoleArn": "arn:aws:iam::000000000000:role/logs"},
        },
        "Domain": {
            "Type": "AWS::ApiGateway::DomainName",
            "Properties": {"DomainName": "api.example.com"},
        },
        "Mapping": {
            "Type": "AWS::ApiGateway::BasePathMapping",
            "Properties": {
                "DomainName": {"Ref": "Domain"},
                "RestApiId": {"Ref": "Api"},
                "Stage": {"Ref": "Live"},
            },
        },
    },
    "Outputs": {"Api": {"Value": {"Ref": "Api"}}},
}


async def asked(world: World, api: str, path: str, **headers: str) -> HttpReply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    host = {"host": f"{api}.execute-api.us-east-1.amazonaws.com"}
    return await world.app.http.answer(HttpRequest("GET", path, "", {**host, **sent}, b""))


async def test_an_api_comes_changes_and_goes_with_its_stack(world: World) -> None:
    await stacks.create(world, "shop", TEMPLATE)
    stack = await stacks.described(world, "shop")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    api = stack["Outputs"][0]["OutputValue"]

    assert (await asked(world, api, "/live/orders", x_api_key="k" * 20)).body == b"red"
    assert (await asked(world, api, "/live/orders")).status == 418

    changed = copy.deepcopy(TEMPLATE)
    parts = changed["Resources"]
    parts["Live"]["Properties"]["Variables"] = {"colour": "blue"}
    del parts["Live"]["Properties"]["MethodSettings"]
    parts["GetOrders"]["Properties"]["ApiKeyRequired"] = False
    parts["Api"]["Properties"]["BinaryMediaTypes"] = ["image/gif"]
    parts["Deployment2"] = parts.pop("Deployment")
    parts["Live"]["Properties"]["DeploymentId"] = {"Ref": "Deployment2"}
    parts["Plan"]["Properties"]["ApiStages"] = []
    parts["Plan"]["Properties"]["Quota"] = {"Limit": 5, "Period": "MONTH"}
    await stacks.update(world, "shop", changed)

    assert (await stacks.described(world, "shop"))["StackStatus"] == "UPDATE_COMPLETE"
    assert (await asked(world, api, "/live/orders")).body == b"blue"
    call = world.context.call
    stage = await call("apigateway", "GetStage", {"restApiId": api, "stageName": "live"})
    assert (stage["variables"], stage["methodSettings"]) == ({"colour": "blue"}, {})
    known = await call("apigateway", "GetRestApi", {"restApiId": api})
    assert known["binaryMediaTypes"] == ["image/gif"]
    [plan] = (await call("apigateway", "GetUsagePlans", {}))["items"]
    assert (plan["apiStages"], plan["quota"]["limit"]) == ([], 5)

    await stacks.delete(world, "shop")
    for operation in ("GetRestApis", "GetApiKeys", "GetUsagePlans", "GetDomainNames"):
        assert (await call("apigateway", operation, {}))["items"] == []


async def test_an_api_may_be_a_document(world: World) -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": "shop", "version": "1.0"},
        "paths": {
            "/orders": {
                "get": {
                    "responses": {},
                    "x-amazon-apigateway-integration": {
                        "type": "mock",
                        "requestTemplates": {"application/json": '{"statusCode": 200}'},
                        "responses": {
                            "default": {
                                "statusCode": "200",
                                "responseTemplates": {"application/json": "one"},
                            }
                        },
                    },
                }
            }
        },
    }
    template: dict[str, Any] = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": document}},
            "Deployment": {
                "Type": "AWS::ApiGateway::Deployment",
                "Properties": {
                    "RestApiId": {"Ref": "Api"},
                    "StageName": "live",
                    "StageDescription": {"LoggingLevel": "ERROR"},
                },
            },
        },
        "Outputs": {"Api": {"Value": {"Ref": "Api"}}},
    }
    await stacks.create(world, "shop", template)
    stack = await stacks.described(world, "shop")
    api = stack["Outputs"][0]["OutputValue"]
    assert (await asked(world, api, "/live/orders")).body == b"one"

    changed = orjson.loads(orjson.dumps(template).replace(b'"one"', b'"two"'))
    parts = changed["Resources"]
    parts["Deployment2"] = parts.pop("Deployment")
    parts["Deployment2"]["DependsOn"] = "Api"
    await stacks.update(world, "shop", changed)

    assert (await asked(world, api, "/live/orders")).body == b"two"
    await stacks.delete(world, "shop")
    assert (await world.context.call("apigateway", "GetRestApis", {}))["items"] == []
