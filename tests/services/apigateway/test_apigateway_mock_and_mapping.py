"""What a deployed API answers without anything behind it: mocks, mapping, gateway responses."""

import orjson
import pytest

from lambent.wire.messages import HttpRequest
from tests.conftest import World
from tests.services.apigateway.apis import (
    answers,
    ask,
    call,
    deploy,
    header,
    make_api,
    make_method,
    told,
)


def mock(template: str = '{"statusCode": 200}', **params: object) -> dict[str, object]:
    return {"type": "MOCK", "requestTemplates": {"application/json": template}, **params}


async def test_a_mock_answers_what_its_template_says(world: World) -> None:
    context = world.context
    api = await make_api(context)
    named = await make_method(context, api, "/hello/{name}")
    await answers(
        context,
        named,
        responseTemplates={
            "application/json": '{"hello": "$input.params(\'name\')", "stage": "$context.stage",'
            ' "colour": "$stageVariables.colour", "q": "$input.params().querystring.q"}'
        },
    )
    await deploy(context, api, variables={"colour": "red"})

    reply = await ask(world, api, "/live/hello/Ann%20B?q=1")

    assert reply.status == 200
    assert told(reply) == {"hello": "Ann B", "stage": "live", "colour": "red", "q": "1"}
    assert header(reply, "content-type") == "application/json"
    assert header(reply, "x-amzn-requestid") is not None


async def test_a_deployment_shows_the_api_as_it_was(world: World) -> None:
    context = world.context
    api = await make_api(context)
    named = await make_method(context, api)
    await answers(context, named, responseTemplates={"application/json": "1"})
    first = await deploy(context, api)
    assert (await ask(world, api)).body == b"1"

    await call(
        context,
        "UpdateIntegrationResponse",
        **named,
        statusCode="200",
        patchOperations=[
            {"op": "replace", "path": "/responseTemplates/application~1json", "value": "2"}
        ],
    )
    assert (await ask(world, api)).body == b"1"
    await deploy(context, api)
    assert (await ask(world, api)).body == b"2"
    back = {"op": "replace", "path": "/deploymentId", "value": first}
    await call(
        context, "UpdateStage", restApiId=api["id"], stageName="live", patchOperations=[back]
    )
    assert (await ask(world, api)).body == b"1"


async def test_the_preflight_of_a_browser_is_a_mock(world: World) -> None:
    context = world.context
    api = await make_api(context)
    named = await make_method(context, api, "/orders", "OPTIONS", mock("{statusCode: 200}"))
    await answers(
        context,
        named,
        responseParameters={
            "method.response.header.Access-Control-Allow-Origin": "'*'",
            "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
        },
    )
    await deploy(context, api)

    reply = await ask(world, api, "/live/orders", "OPTIONS", origin="https://example.com")

    assert reply.status == 200
    assert header(reply, "access-control-allow-origin") == "*"
    assert header(reply, "access-control-allow-methods") == "GET,OPTIONS"


async def test_written_out_paths_win_over_variables_and_these_over_greedy_ones(
    world: World,
) -> None:
    context = world.context
    api = await make_api(context)
    for path in ("/orders/new", "/orders/{id}", "/{proxy+}"):
        named = await make_method(context, api, path, "ANY")
        await answers(
            context, named, responseTemplates={"application/json": "$context.resourcePath"}
        )
    await deploy(context, api)

    found = [
        (await ask(world, api, f"/live{path}", method)).body
        for path, method in (
            ("/orders/new", "GET"),
            ("/orders/7", "DELETE"),
            ("/orders/7/lines", "POST"),
            ("/orders/", "GET"),
        )
    ]

    assert found == [b"/orders/new", b"/orders/{id}", b"/{proxy+}", b"/{proxy+}"]


@pytest.mark.parametrize(
    ("target", "method", "status", "body"),
    [
        ("/live/nothing", "GET", 403, b'{"message":"Missing Authentication Token"}'),
        ("/live/", "POST", 403, b'{"message":"Missing Authentication Token"}'),
        ("/elsewhere/", "GET", 403, b'{"message":"Forbidden"}'),
    ],
)
async def test_what_is_not_there_is_refused(
    world: World, target: str, method: str, status: int, body: bytes
) -> None:
    api = await make_api(world.context)
    named = await make_method(world.context, api)
    await answers(world.context, named)
    await deploy(world.context, api)

    reply = await ask(world, api, target, method)

    assert (reply.status, reply.body) == (status, body)


async def test_integration_responses_are_selected_by_pattern(world: World) -> None:
    context = world.context
    api = await make_api(context)
    template = '{"statusCode": $input.params("code")}'
    named = await make_method(context, api, "/{code}", "GET", mock(template))
    await answers(context, named, "200", responseTemplates={"application/json": "fine"})
    await answers(
        context,
        named,
        "404",
        selectionPattern="40\\d",
        responseTemplates={"application/json": "#set($context.responseOverride.status = 410)gone"},
        responseParameters={"method.response.header.X-Was": "integration.response.header.none"},
    )
    await deploy(context, api)

    assert [
        (r.status, r.body) for r in [await ask(world, api, f"/live/{c}") for c in (200, 404)]
    ] == [
        (200, b"fine"),
        (410, b"gone"),
    ]


async def test_an_api_that_is_configured_wrongly_says_so_in_its_own_way(world: World) -> None:
    context = world.context
    api = await make_api(context)
    await make_method(context, api)
    await deploy(context, api)
    assert (await ask(world, api)).status == 500

    await call(
        context,
        "PutGatewayResponse",
        restApiId=api["id"],
        responseType="DEFAULT_5XX",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.X-Path": "method.request.path.none",
        },
        responseTemplates={
            "application/json": '{"why": $context.error.messageString,'
            ' "type": "$context.error.responseType"}'
        },
    )
    await deploy(context, api)
    reply = await ask(world, api)

    assert told(reply) == {"why": "Internal server error", "type": "API_CONFIGURATION_ERROR"}
    assert header(reply, "access-control-allow-origin") == "*"
    assert header(reply, "x-path") is None


@pytest.mark.parametrize(
    ("behavior", "kind", "status"),
    [
        ("WHEN_NO_MATCH", "text/plain", 200),
        ("WHEN_NO_TEMPLATES", "text/plain", 415),
        ("NEVER", "text/plain", 415),
        ("NEVER", "application/json; charset=utf-8", 200),
    ],
)
async def test_bodies_without_a_template_are_passed_through_or_not(
    world: World, behavior: str, kind: str, status: int
) -> None:
    context = world.context
    api = await make_api(context)
    named = await make_method(context, api, "/", "POST", mock(passthroughBehavior=behavior))
    await answers(context, named)
    await deploy(context, api)

    reply = await ask(world, api, "/live", "POST", b'{"statusCode": 200}', content_type=kind)

    assert reply.status == status
    if status == 415:
        assert told(reply) == {"message": "Unsupported Media Type"}


async def test_requests_are_validated(world: World) -> None:
    context = world.context
    api = await make_api(context)
    place = {"restApiId": api["id"]}
    await call(
        context,
        "CreateModel",
        **place,
        name="Line",
        contentType="application/json",
        schema='{"type": "object", "required": ["sku"]}',
    )
    reference = f"https://apigateway.amazonaws.com/restapis/{api['id']}/models/Line"
    schema = {
        "type": "object",
        "required": ["lines"],
        "properties": {"lines": {"type": "array", "items": {"$ref": reference}}},
    }
    await call(
        context,
        "CreateModel",
        **place,
        name="Order",
        contentType="application/json",
        schema=orjson.dumps(schema).decode(),
    )
    validator = await call(
        context,
        "CreateRequestValidator",
        **place,
        name="all",
        validateRequestBody=True,
        validateRequestParameters=True,
    )
    named = await make_method(
        context,
        api,
        "/orders",
        "POST",
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Order"},
        requestParameters={
            "method.request.querystring.shop": True,
            "method.request.header.X-Who": True,
        },
    )
    await answers(context, named)
    await deploy(context, api)

    async def put(body: object, target: str = "/live/orders?shop=1") -> tuple[int, object]:
        reply = await ask(world, api, target, "POST", orjson.dumps(body), x_who="me")
        return reply.status, orjson.loads(reply.body or b"null")  # type: ignore[arg-type]

    assert (await put({"lines": [{"sku": "a"}]}))[0] == 200
    assert await put({"lines": [{}]}) == (400, {"message": "Invalid request body"})
    assert await put({}) == (400, {"message": "Invalid request body"})
    assert await put({"lines": []}, "/live/orders") == (
        400,
        {"message": "Missing required request parameters: [shop]"},
    )


async def test_a_canary_is_met_by_a_share_of_the_requests(world: World) -> None:
    context = world.context
    api = await make_api(context)
    named = await make_method(context, api)
    await answers(context, named, responseTemplates={"application/json": "$stageVariables.colour"})
    await deploy(context, api, variables={"colour": "red"})
    await deploy(
        context,
        api,
        canarySettings={"percentTraffic": 50.0, "stageVariableOverrides": {"colour": "blue"}},
    )

    met = {(await ask(world, api)).body for _ in range(40)}

    assert met == {b"red", b"blue"}


async def test_requests_are_counted_and_logged(world: World) -> None:
    context = world.context
    api = await make_api(context)
    named = await make_method(context, api)
    await answers(context, named)
    await deploy(context, api)
    await call(
        context,
        "UpdateStage",
        restApiId=api["id"],
        stageName="live",
        patchOperations=[
            {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"},
            {"op": "replace", "path": "/*/*/metrics/enabled", "value": "true"},
            {
                "op": "replace",
                "path": "/accessLogSettings/destinationArn",
                "value": "arn:aws:logs:us-east-1:000000000000:log-group:access",
            },
            {
                "op": "replace",
                "path": "/accessLogSettings/format",
                "value": '{"status":$context.status,"ip":"$context.identity.sourceIp",'
                '"user":"$context.identity.user"}',
            },
        ],
    )

    await ask(world, api)
    await ask(world, api, "/live/nothing")

    async def lines(group: str) -> list[str]:
        events = await context.call("logs", "FilterLogEvents", {"logGroupName": group})
        return [event["message"] for event in events["events"]]

    access = [orjson.loads(line) for line in await lines("access")]
    assert [line["status"] for line in access] == [200, 403]
    assert (access[0]["ip"], access[0]["user"]) == ("127.0.0.1", "-")
    execution = await lines(f"API-Gateway-Execution-Logs_{api['id']}/live")
    assert any("HTTP Method: GET, Resource Path: /" in line for line in execution)
    assert any("Method completed with status: 200" in line for line in execution)
    now = world.clock.now()
    for dimensions, metric, expected in (
        ({"ApiName": "shop"}, "Count", 2.0),
        ({"ApiName": "shop", "Stage": "live"}, "4XXError", 1.0),
        ({"ApiName": "shop", "Stage": "live", "Method": "GET", "Resource": "/"}, "Count", 1.0),
    ):
        found = await context.call(
            "cloudwatch",
            "GetMetricStatistics",
            {
                "Namespace": "AWS/ApiGateway",
                "MetricName": metric,
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
                "StartTime": now - 300,
                "EndTime": now + 300,
                "Period": 60,
                "Statistics": ["Sum"],
            },
        )
        assert sum(point["Sum"] for point in found["Datapoints"]) == expected


async def test_an_endpoint_can_be_closed(world: World) -> None:
    api = await make_api(world.context, disableExecuteApiEndpoint=True)
    named = await make_method(world.context, api)
    await answers(world.context, named)
    await deploy(world.context, api)

    assert (await ask(world, api)).status == 403


async def test_a_domain_name_leads_to_stages_by_its_paths(world: World) -> None:
    context = world.context
    api = await make_api(context, disableExecuteApiEndpoint=True)
    named = await make_method(context, api, "/orders")
    template = '["$context.path", "$context.domainName", "$context.stage"]'
    await answers(context, named, responseTemplates={"application/json": template})
    for stage in ("live", "test"):
        await deploy(context, api, stage)
    await call(context, "CreateDomainName", domainName="api.example.com")
    for path, mapped in (("v1", {"stage": "live"}), ("", {"stage": "test"}), ("any", {})):
        await call(
            context,
            "CreateBasePathMapping",
            domainName="api.example.com",
            basePath=path,
            restApiId=api["id"],
            **mapped,
        )

    async def found(path: str) -> object:
        host = {"host": "api.example.com:4566"}
        return told(await world.app.http.answer(HttpRequest("GET", path, "", host, b"")))

    assert await found("/v1/orders") == ["/v1/orders", "api.example.com", "live"]
    assert await found("/orders") == ["/orders", "api.example.com", "test"]
    assert await found("/any/live/orders") == ["/any/live/orders", "api.example.com", "live"]
    assert await found("/v1") == {"message": "Missing Authentication Token"}


async def test_a_definition_of_the_serverless_framework_shows_every_map(world: World) -> None:
    """Its own template for `integration: lambda` in small."""
    context = world.context
    api = await make_api(context)
    named = await make_method(context, api, "/{id}")
    loop = (
        "#define( $loop ){#foreach($key in $map.keySet())"
        '"$key": "$util.escapeJavaScript($map.get($key))"#if( $foreach.hasNext ),#end#end}#end'
    )
    maps = (
        '{#set( $map = $input.params().querystring )"query": $loop,'
        '#set( $map = $input.params().path )"path": $loop,'
        '#set( $map = $context.identity )"identity": $loop}'
    )
    await answers(context, named, responseTemplates={"application/json": loop + maps})
    await deploy(context, api)

    found = told(await ask(world, api, "/live/7?q=1"))

    assert (found["query"], found["path"]) == ({"q": "1"}, {"id": "7"})
    assert (found["identity"]["sourceIp"], found["identity"]["user"]) == ("127.0.0.1", "")


async def test_a_template_cannot_leave_what_holds_itself(world: World) -> None:
    context = world.context
    api = await make_api(context)
    method = await make_method(context, api)
    override = "$context.responseOverride"
    await answers(
        context,
        method,
        responseTemplates={"application/json": f"#set({override}.header.x = {override})x"},
    )
    await deploy(context, api)

    assert (await ask(world, api)).status == 500
