"""APIs from OpenAPI documents."""

import json
import re
from typing import Any

import pytest

from tests.conftest import World
from tests.services.apigateway.apis import ask, call, deploy, make_api, refused, told

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseTemplates": {"application/json": "\"$input.params('id')\""},
            "responseParameters": {"method.response.header.X-One": "'1'"},
        },
        "5\\d{2}": {"statusCode": 500},
    },
}
AUTHORIZER = {
    "type": "token",
    "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:guard/invocations",
    "authorizerResultTtlInSeconds": 60,
}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "shop", "version": "1.0", "description": "Sells things"},
    "basePath": "/v1/inner",
    "securityDefinitions": {
        "guard": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": AUTHORIZER,
        },
        "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "sigv4": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "awsSigv4",
        },
    },
    "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
    "x-amazon-apigateway-request-validator": "body",
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "x-amazon-apigateway-gateway-responses": {
        "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.X-Four": "'4'"}}
    },
    "definitions": {
        "Line": {"type": "object", "required": ["sku"]},
        "Order": {
            "type": "object",
            "required": ["lines"],
            "properties": {"lines": {"type": "array", "items": {"$ref": "#/definitions/Line"}}},
        },
    },
    "paths": {
        "/orders/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
            "get": {
                "operationId": "getOrder",
                "parameters": [{"name": "q", "in": "query", "type": "string"}],
                "responses": {
                    "200": {
                        "description": "fine",
                        "schema": {"$ref": "#/definitions/Order"},
                        "headers": {"X-One": {"type": "string"}},
                    }
                },
                "x-amazon-apigateway-integration": MOCK,
            },
            "put": {
                "parameters": [
                    {"in": "body", "name": "b", "schema": {"$ref": "#/definitions/Order"}}
                ],
                "responses": {},
                "x-amazon-apigateway-integration": MOCK,
            },
            "delete": {
                "security": [{"guard": []}],
                "responses": {},
                "x-amazon-apigateway-integration": MOCK,
            },
            "post": {
                "security": [{"sigv4": []}, {"api_key": []}],
                "responses": {},
                "x-amazon-apigateway-integration": MOCK,
            },
        }
    },
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "shop", "version": "1.0"},
    "components": {"schemas": {"Order": {"type": "object", "required": ["lines"]}}},
    "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
    "paths": {
        "/{proxy+}": {
            "x-amazon-apigateway-any-method": {
                "responses": {},
                "x-amazon-apigateway-integration": MOCK,
            }
        },
        "/orders": {
            "post": {
                "x-amazon-apigateway-request-validator": "body",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                    }
                },
                "responses": {
                    "200": {
                        "description": "fine",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
                "x-amazon-apigateway-integration": MOCK,
            }
        },
    },
}


async def imported(world: World, document: dict[str, Any], **params: Any) -> dict[str, Any]:
    body = json.dumps(document).encode()
    api: dict[str, Any] = await call(world.context, "ImportRestApi", body=body, **params)
    return api


async def methods_of(world: World, api: dict[str, Any]) -> dict[str, dict[str, Any]]:
    listed = await call(world.context, "GetResources", restApiId=api["id"], embed=["methods"])
    return {each["path"]: each.get("resourceMethods", {}) for each in listed["items"]}


async def test_a_swagger_document_becomes_an_api(world: World) -> None:
    api = await imported(world, SWAGGER)

    assert (api["name"], api["description"], api["version"]) == ("shop", "Sells things", "1.0")
    assert api["binaryMediaTypes"] == ["image/png"]
    found = await methods_of(world, api)
    assert set(found) == {"/", "/orders", "/orders/{id}"}
    methods = found["/orders/{id}"]
    assert methods["GET"]["operationName"] == "getOrder"
    assert methods["GET"]["requestParameters"] == {
        "method.request.path.id": True,
        "method.request.querystring.q": False,
    }
    assert methods["GET"]["methodResponses"]["200"] == {
        "statusCode": "200",
        "responseParameters": {"method.response.header.X-One": False},
        "responseModels": {"application/json": "Order"},
    }
    assert methods["GET"]["methodIntegration"]["integrationResponses"]["500"] == {
        "statusCode": "500",
        "selectionPattern": "5\\d{2}",
    }
    assert methods["DELETE"]["authorizationType"] == "CUSTOM"
    assert methods["POST"]["authorizationType"] == "AWS_IAM"
    assert methods["POST"]["apiKeyRequired"] is True
    [authorizer] = (await call(world.context, "GetAuthorizers", restApiId=api["id"]))["items"]
    assert authorizer["identitySource"] == "method.request.header.Authorization"
    assert authorizer["authorizerResultTtlInSeconds"] == 60


async def test_an_imported_api_answers(world: World) -> None:
    api = await imported(world, SWAGGER)
    await deploy(world.context, api)

    reply = await ask(world, api, "/live/orders/7")
    bad = await ask(world, api, "/live/orders/7", "PUT", b'{"lines": [{}]}')
    good = await ask(world, api, "/live/orders/7", "PUT", b'{"lines": [{"sku": "a"}]}')

    assert (reply.status, told(reply)) == (200, "7")
    assert ("X-One", "1") in reply.headers
    assert (bad.status, good.status) == (400, 200)
    assert ("X-Four", "4") in bad.headers


async def test_an_openapi_3_document_becomes_an_api(world: World) -> None:
    api = await imported(world, OPENAPI)
    await deploy(world.context, api)

    assert (await ask(world, api, "/live/a/b", "PATCH")).status == 200
    assert (await ask(world, api, "/live/orders", "POST", b"{}")).status == 400
    methods = await methods_of(world, api)
    assert methods["/orders"]["POST"]["requestModels"] == {"application/json": "Order"}


@pytest.mark.parametrize(
    ("base_path", "path"),
    [
        ("ignore", "/orders/{id}"),
        ("prepend", "/v1/inner/orders/{id}"),
        ("split", "/inner/orders/{id}"),
    ],
)
async def test_a_base_path_is_ignored_or_prepended(world: World, base_path: str, path: str) -> None:
    api = await imported(world, SWAGGER, parameters={"basepath": base_path})

    assert (await methods_of(world, api))[path]


async def test_a_document_is_merged_or_takes_the_place_of_all(world: World) -> None:
    api = await imported(world, SWAGGER)
    body = json.dumps(OPENAPI).encode()

    await call(world.context, "PutRestApi", restApiId=api["id"], mode="merge", body=body)
    assert set(await methods_of(world, api)) == {"/", "/orders", "/orders/{id}", "/{proxy+}"}
    await call(world.context, "PutRestApi", restApiId=api["id"], mode="overwrite", body=body)

    assert set(await methods_of(world, api)) == {"/", "/orders", "/{proxy+}"}


async def test_a_document_may_be_yaml(world: World) -> None:
    text = """
openapi: 3.0.1
info:
  title: shop
  version: 2020-01-01
paths:
  /:
    get:
      responses: {}
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: get
        uri: https://example.com
"""
    api = await call(world.context, "ImportRestApi", body=text.encode())

    integration = (await methods_of(world, api))["/"]["GET"]["methodIntegration"]
    assert (integration["type"], integration["httpMethod"]) == ("HTTP_PROXY", "GET")
    assert api["version"] == "2020-01-01"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"openapi: 3.0.1\na: &a [1]\nb: *a\n",
        json.dumps({**OPENAPI, "paths": {"x": {}}}).encode(),
        json.dumps({**OPENAPI, "paths": {"/a": {"$ref": "#/paths/~1a"}}}).encode(),
        json.dumps({**OPENAPI, "x-amazon-apigateway-gateway-responses": {"NONE": {}}}).encode(),
    ],
)
async def test_what_is_no_document_is_refused(world: World, body: bytes) -> None:
    api = await make_api(world.context)

    refusal = await refused(world.context, "PutRestApi", restApiId=api["id"], body=body)

    assert refusal[0] == "BadRequestException"


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
@pytest.mark.parametrize("accepts", ["application/json", "application/yaml"])
async def test_what_is_exported_makes_the_same_api(world: World, kind: str, accepts: str) -> None:
    first = await imported(world, SWAGGER)
    await deploy(world.context, first)

    exported = await call(
        world.context,
        "GetExport",
        restApiId=first["id"],
        stageName="live",
        exportType=kind,
        accepts=accepts,
        parameters={"extensions": "apigateway"},
    )
    second = await call(world.context, "ImportRestApi", body=exported["body"])
    await deploy(world.context, second)

    assert exported["contentType"] == accepts
    assert _comparable(await methods_of(world, first)) == _comparable(
        await methods_of(world, second)
    )
    bad = await ask(world, second, "/live/orders/7", "PUT", b'{"lines": [{}]}')
    assert (bad.status, ("X-Four", "4") in bad.headers) == (400, True)


def _comparable(methods: dict[str, dict[str, Any]]) -> Any:
    """Without the ids, which are new."""
    text = json.dumps(methods, sort_keys=True)
    return re.sub(r'"(authorizerId|requestValidatorId|cacheNamespace)": "\w+"', "", text)
