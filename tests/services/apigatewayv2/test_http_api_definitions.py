"""HTTP APIs from OpenAPI, and back."""

from typing import Any

import orjson
import pytest

from tests.conftest import World
from tests.services.apigatewayv2.http_apis import FUNCTION, Client, call, refused
from tests.services.lambda_.functions import ECHO, create, zipped

URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
REFERENCE = '{$ref: "#/components/x-amazon-apigateway-integrations/function"}'
BEGINNING = "openapi: 3.0.1\ninfo: {title: x}\n"
DEFINITION = """
openapi: 3.0.1
info: {title: shop, version: "2.0", description: ours}
servers: [{url: "https://example.com/{basePath}", variables: {basePath: {default: v1}}}]
tags:
  - {name: team, x-amazon-apigateway-tag-value: one}
x-amazon-apigateway-cors: {allowOrigins: ["https://example.com"], maxAge: 5}
components:
  securitySchemes:
    tokens:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration: {issuer: "https://issuer.example.com", audience: [shop]}
    lock:
      type: apiKey
      name: Unused
      in: header
      x-amazon-apigateway-authorizer:
        type: request
        authorizerUri: URI
        authorizerPayloadFormatVersion: "2.0"
        enableSimpleResponses: true
        identitySource: $request.header.one, $request.header.two
    signed: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
  x-amazon-apigateway-integrations:
    function: {type: aws_proxy, httpMethod: POST, uri: "URI", payloadFormatVersion: "2.0"}
security: [{tokens: [read]}]
paths:
  /pets/{id}:
    get:
      operationId: getPet
      x-amazon-apigateway-integration: REFERENCE
    post:
      security: [{lock: []}]
      x-amazon-apigateway-integration: REFERENCE
    put:
      security: [{signed: []}]
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: PUT
        uri: https://example.com/{id}
        requestParameters: {"append:header.x": "1"}
        responseParameters: {"200": {"append:header.y": "2"}}
        timeoutInMillis: "100"
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      security: [{NONE: []}]
      x-amazon-apigateway-integration: REFERENCE
""".replace("URI", URI).replace("REFERENCE", REFERENCE)


async def parts(world: World, api_id: str) -> dict[str, dict[str, Any]]:
    """The routes by their keys, with what they name in the place of ids."""
    listed = {
        name: (await call(world.context, f"Get{name}s", ApiId=api_id))["Items"]
        for name in ("Route", "Integration", "Authorizer")
    }
    integrations = {one.pop("IntegrationId"): one for one in listed["Integration"]}
    authorizers = {one.pop("AuthorizerId"): one for one in listed["Authorizer"]}
    routes = {}
    for route in listed["Route"]:
        del route["RouteId"]
        route["Target"] = integrations[route["Target"].removeprefix("integrations/")]
        if "AuthorizerId" in route:
            route["AuthorizerId"] = authorizers[route["AuthorizerId"]]
        routes[route["RouteKey"]] = route
    return routes


async def test_a_definition_becomes_an_api(world: World) -> None:
    api = await call(world.context, "ImportApi", Body=DEFINITION)

    assert (api["Name"], api["Version"], api["Description"]) == ("shop", "2.0", "ours")
    assert api["CorsConfiguration"] == {"AllowOrigins": ["https://example.com"], "MaxAge": 5}
    assert api["Tags"] == {"team": "one"}
    routes = await parts(world, api["ApiId"])
    assert set(routes) == {"GET /pets/{id}", "POST /pets/{id}", "PUT /pets/{id}", "$default"}
    get = routes["GET /pets/{id}"]
    assert (get["AuthorizationType"], get["AuthorizationScopes"]) == ("JWT", ["read"])
    assert get["OperationName"] == "getPet"
    assert get["AuthorizerId"]["JwtConfiguration"] == {
        "Issuer": "https://issuer.example.com",
        "Audience": ["shop"],
    }
    assert get["Target"]["IntegrationUri"] == URI
    post = routes["POST /pets/{id}"]
    assert post["AuthorizationType"] == "CUSTOM"
    assert post["AuthorizerId"]["IdentitySource"] == [
        "$request.header.one",
        "$request.header.two",
    ]
    put = routes["PUT /pets/{id}"]
    assert put["AuthorizationType"] == "AWS_IAM"
    assert put["Target"]["TimeoutInMillis"] == 100
    assert put["Target"]["ResponseParameters"] == {"200": {"append:header.y": "2"}}
    assert routes["$default"]["AuthorizationType"] == "NONE"
    [functions] = [
        one
        for one in (await call(world.context, "GetIntegrations", ApiId=api["ApiId"]))["Items"]
        if one["IntegrationType"] == "AWS_PROXY"
    ]
    assert functions["PayloadFormatVersion"] == "2.0"


@pytest.mark.parametrize("output", ["JSON", "YAML"])
async def test_an_api_that_was_exported_is_the_same_when_it_is_imported(
    world: World, output: str
) -> None:
    api = await call(world.context, "ImportApi", Body=DEFINITION)

    exported = await call(
        world.context,
        "ExportApi",
        ApiId=api["ApiId"],
        Specification="OAS30",
        OutputType=output,
    )
    again = await call(world.context, "ImportApi", Body=exported["body"].decode())

    assert await parts(world, again["ApiId"]) == await parts(world, api["ApiId"])
    for member in ("Name", "Version", "Description", "CorsConfiguration", "Tags"):
        assert again[member] == api[member]


async def test_an_export_may_be_of_a_stage_and_without_extensions(world: World) -> None:
    api = await call(world.context, "ImportApi", Body=DEFINITION)
    stage = {"ApiId": api["ApiId"], "StageName": "live"}
    await call(world.context, "CreateStage", **stage)
    await call(world.context, "CreateDeployment", **stage)
    routes = (await call(world.context, "GetRoutes", ApiId=api["ApiId"]))["Items"]
    for route in routes[1:]:
        await call(world.context, "DeleteRoute", ApiId=api["ApiId"], RouteId=route["RouteId"])

    exported = await call(
        world.context,
        "ExportApi",
        **stage,
        Specification="OAS30",
        OutputType="JSON",
        IncludeExtensions=False,
    )

    document = orjson.loads(exported["body"])
    assert set(document["paths"]) == {"/pets/{id}", "/$default"}
    assert document["servers"][0]["variables"]["basePath"]["default"] == "live"
    assert "x-amazon-apigateway-integration" not in document["paths"]["/pets/{id}"]["get"]
    assert "x-amazon-apigateway-cors" not in document
    assert (
        await refused(
            world.context, "ExportApi", ApiId=api["ApiId"], Specification="2", OutputType="JSON"
        )
    )[0] == "BadRequestException"


async def test_a_definition_takes_the_place_of_what_was_there(world: World) -> None:
    await create(world.context, Code={"ZipFile": zipped(ECHO)})
    await world.settle()
    api = await call(world.context, "ImportApi", Body=DEFINITION)
    await call(
        world.context, "CreateStage", ApiId=api["ApiId"], StageName="$default", AutoDeploy=True
    )
    smaller = {
        "openapi": "3.0.1",
        "info": {"title": "smaller"},
        "servers": [{"url": "https://example.com/v2"}],
        "paths": {
            "/pets": {
                "get": {
                    "x-amazon-apigateway-integration": {
                        "type": "aws_proxy",
                        "uri": URI,
                        "payloadFormatVersion": "2.0",
                    }
                }
            }
        },
    }

    replaced = await call(
        world.context,
        "ReimportApi",
        ApiId=api["ApiId"],
        Body=orjson.dumps(smaller).decode(),
        Basepath="prepend",
    )

    assert replaced["ApiId"] == api["ApiId"]
    assert "CorsConfiguration" not in replaced
    assert set(await parts(world, api["ApiId"])) == {"GET /v2/pets"}
    client = Client(world, api["ApiId"])
    assert (await client.ask("/v2/pets")).status == 200
    assert (await client.ask("/elsewhere")).status == 404


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "swagger: '2.0'",
        "openapi: 3.0.1",
        BEGINNING + "paths: [pets]",
        BEGINNING + "paths: {pets: {get: {}}}",
        BEGINNING + f"paths: {{/a: {{get: {{x-amazon-apigateway-integration: {REFERENCE}}}}}}}",
        BEGINNING + "paths: {/a: {get: {x-amazon-apigateway-integration: {type: aws_proxy}}}}",
    ],
)
async def test_what_is_no_definition_is_refused(world: World, body: str) -> None:
    assert (await refused(world.context, "ImportApi", Body=body))[0] == "BadRequestException"
    assert (await call(world.context, "GetApis"))["Items"] == []


async def test_a_route_without_an_integration_is_a_warning(world: World) -> None:
    body = BEGINNING + "paths: {/a: {get: {}}}"

    api = await call(world.context, "ImportApi", Body=body)

    assert api["Warnings"] == ["The route GET /a has no integration."]
    strict = await refused(world.context, "ImportApi", Body=body, FailOnWarnings=True)
    assert strict[0] == "BadRequestException"
