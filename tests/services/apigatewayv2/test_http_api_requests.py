"""Requests on their way through an HTTP API: stages, routes, events and answers."""

import base64
import gzip
from typing import Any

import orjson
import pytest

from tests.conftest import World
from tests.services.apigatewayv2.http_apis import (
    FUNCTION,
    Client,
    call,
    header,
    make_api,
    make_integration,
    make_route,
)
from tests.services.lambda_.functions import ECHO, answering, create, zipped
from tests.web import Answer, Asked, serving


async def open_api(
    world: World, keys: tuple[str, ...] = ("$default",), code: bytes | None = None, **params: Any
) -> Client:
    """An API whose routes lead to one function, at `$default`."""
    await create(world.context, Code={"ZipFile": code or zipped(ECHO)})
    await world.settle()
    api_id = await make_api(world.context)
    integration = await make_integration(world.context, api_id, **params)
    for key in keys:
        await make_route(world.context, api_id, key, integration)
    await call(world.context, "CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    return Client(world, api_id)


async def test_a_request_is_an_event_of_format_2(world: World) -> None:
    client = await open_api(world, ("POST /pets/{id}",))
    await call(
        world.context,
        "UpdateStage",
        ApiId=client.api_id,
        StageName="$default",
        StageVariables={"colour": "red"},
    )

    event = await client.json(
        "/pets/a%20b?q=1&q=2&name=a%20b",
        "POST",
        b'{"id": 1}',
        content_type="application/json",
        cookie="one=1; two=2",
        user_agent="test",
    )

    context = event.pop("requestContext")
    headers = event.pop("headers")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /pets/{id}",
        "rawPath": "/pets/a%20b",
        "rawQueryString": "q=1&q=2&name=a%20b",
        "cookies": ["one=1", "two=2"],
        "queryStringParameters": {"q": "1,2", "name": "a b"},
        "pathParameters": {"id": "a b"},
        "stageVariables": {"colour": "red"},
        "body": '{"id": 1}',
        "isBase64Encoded": False,
    }
    assert headers["content-type"] == "application/json"
    assert headers["x-amzn-trace-id"].startswith("Root=1-")
    assert "cookie" not in headers
    assert headers["content-length"] == "9"
    assert context.pop("requestId").endswith("=")
    assert context.pop("time").endswith(" +0000")
    assert context.pop("timeEpoch") == int(world.clock.now() * 1000)
    assert context == {
        "accountId": "000000000000",
        "apiId": client.api_id,
        "domainName": client.host.partition(":")[0],
        "domainPrefix": client.api_id,
        "http": {
            "method": "POST",
            "path": "/pets/a%20b",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "test",
        },
        "routeKey": "POST /pets/{id}",
        "stage": "$default",
    }


async def test_a_request_is_an_event_of_format_1(world: World) -> None:
    client = await open_api(
        world,
        ("GET /pets/{id}",),
        zipped(
            "import json\ndef handler(event, context):\n"
            "    return {'statusCode': 200, 'body': json.dumps(event)}\n"
        ),
        PayloadFormatVersion="1.0",
    )

    event = await client.json("/pets/7?q=1&q=2", user_agent="test")

    context = event.pop("requestContext")
    headers, several = event.pop("headers"), event.pop("multiValueHeaders")
    assert event == {
        "version": "1.0",
        "resource": "/pets/{id}",
        "path": "/pets/7",
        "httpMethod": "GET",
        "queryStringParameters": {"q": "2"},
        "multiValueQueryStringParameters": {"q": ["1", "2"]},
        "pathParameters": {"id": "7"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert (headers["user-agent"], several["user-agent"]) == ("test", ["test"])
    assert context["authorizer"] == {"claims": None, "scopes": None}
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userArn"] is None
    assert context["resourcePath"] == "/pets/{id}"
    assert context["requestId"] == context["extendedRequestId"]
    assert (context["httpMethod"], context["stage"]) == ("GET", "$default")


@pytest.mark.parametrize(
    ("asked", "route", "parameters"),
    [
        ("GET /pets/dog/1", "GET /pets/dog/1", None),
        ("GET /pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET /pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST /pets/dog/1", "POST /{proxy+}", {"proxy": "pets/dog/1"}),
        ("PUT /pets/dog/1", "ANY /pets/{proxy+}", {"proxy": "dog/1"}),
        ("GET /test/5", "$default", None),
        ("GET /pets", "$default", None),
    ],
)
async def test_the_route_that_fits_best_is_taken(
    world: World, asked: str, route: str, parameters: dict[str, str] | None
) -> None:
    client = await open_api(
        world,
        (
            "GET /pets/dog/1",
            "GET /pets/dog/{id}",
            "GET /pets/{proxy+}",
            "ANY /pets/{proxy+}",
            "POST /{proxy+}",
            "$default",
        ),
    )
    method, _, path = asked.partition(" ")
    if method == "POST":
        route, parameters = "ANY /pets/{proxy+}", {"proxy": "dog/1"}

    event = await client.json(path, method)

    assert (event["routeKey"], event.get("pathParameters")) == (route, parameters)


async def test_what_no_route_takes_is_not_found(world: World) -> None:
    client = await open_api(world, ("GET /pets",))

    for target, method in (("/pets", "POST"), ("/pets/", "GET"), ("/", "GET"), ("/pets/1", "GET")):
        reply = await client.ask(target, method)
        assert (reply.status, reply.body) == (404, b'{"message":"Not Found"}')
        assert header(reply, "apigw-requestid") is not None


async def test_a_stage_is_the_beginning_of_the_path(world: World) -> None:
    client = await open_api(world, ("GET /pets",))
    await call(world.context, "CreateStage", ApiId=client.api_id, StageName="live", AutoDeploy=True)
    await call(world.context, "CreateStage", ApiId=client.api_id, StageName="empty")

    event = await client.json("/live/pets")

    assert event["rawPath"] == "/live/pets"
    assert event["requestContext"]["http"]["path"] == "/live/pets"
    assert event["requestContext"]["stage"] == "live"
    assert (await client.json("/pets"))["requestContext"]["stage"] == "$default"
    assert (await client.ask("/empty/pets")).status == 404
    await call(world.context, "DeleteStage", ApiId=client.api_id, StageName="$default")
    assert (await client.ask("/pets")).status == 404


async def test_a_change_is_live_with_its_deployment(world: World) -> None:
    client = await open_api(world, ("GET /one",))
    await call(world.context, "CreateStage", ApiId=client.api_id, StageName="live")
    await call(world.context, "CreateDeployment", ApiId=client.api_id, StageName="live")
    [integration] = (await call(world.context, "GetIntegrations", ApiId=client.api_id))["Items"]
    await make_route(world.context, client.api_id, "GET /two", integration["IntegrationId"])

    assert (await client.ask("/two")).status == 200
    assert (await client.ask("/live/one")).status == 200
    assert (await client.ask("/live/two")).status == 404
    await call(world.context, "CreateDeployment", ApiId=client.api_id, StageName="live")
    assert (await client.ask("/live/two")).status == 200


async def test_an_api_without_its_own_endpoint_is_not_found(world: World) -> None:
    client = await open_api(world)
    await call(world.context, "UpdateApi", ApiId=client.api_id, DisableExecuteApiEndpoint=True)

    assert (await client.ask("/")).status == 404


async def test_a_domain_name_leads_to_a_stage_by_the_longest_key(world: World) -> None:
    client = await open_api(world, ("GET /pets",))
    await call(world.context, "CreateStage", ApiId=client.api_id, StageName="live", AutoDeploy=True)
    await call(
        world.context,
        "CreateDomainName",
        DomainName="api.example.com",
        DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:0:certificate/x"}],
    )
    for key, stage in (("", "$default"), ("v1", "live"), ("v1/beta", "$default")):
        await call(
            world.context,
            "CreateApiMapping",
            DomainName="api.example.com",
            ApiId=client.api_id,
            Stage=stage,
            ApiMappingKey=key,
        )

    for path, stage, raw in (
        ("/pets", "$default", "/pets"),
        ("/v1/pets", "live", "/live/pets"),
        ("/v1/beta/pets", "$default", "/pets"),
    ):
        by_path = f"/_lambent/execute-api/api.example.com{path}"
        for event in (
            await client.json(path, host="api.example.com"),
            await client.json(by_path, host="127.0.0.1"),
        ):
            assert event["requestContext"]["stage"] == stage
            assert event["rawPath"] == raw
            assert event["requestContext"]["http"]["path"] == raw
            assert event["requestContext"]["domainName"] == "api.example.com"


@pytest.mark.parametrize(
    ("answer", "status", "content_type", "body"),
    [
        ({"hello": "world"}, 200, "application/json", b'{"hello":"world"}'),
        ("hello", 200, "application/json", b'"hello"'),
        (["a"], 200, "application/json", b'["a"]'),
        ({"statusCode": 201, "body": "made"}, 201, "text/plain; charset=utf-8", b"made"),
        ({"statusCode": "204"}, 204, "text/plain; charset=utf-8", b""),
        (
            {
                "statusCode": 200,
                "headers": {"Content-Type": "image/png"},
                "body": base64.b64encode(b"\x00\xff").decode(),
                "isBase64Encoded": True,
            },
            200,
            "image/png",
            b"\x00\xff",
        ),
        (
            {"statusCode": "no"},
            500,
            "application/json",
            b'{"message":"Internal Server Error"}',
        ),
        (
            # No reply that ends.
            {"statusCode": 100},
            500,
            "application/json",
            b'{"message":"Internal Server Error"}',
        ),
        (
            {"statusCode": 200, "body": {"a": 1}},
            500,
            "application/json",
            b'{"message":"Internal Server Error"}',
        ),
    ],
)
async def test_what_a_function_answers_in_format_2_is_the_reply(
    world: World, answer: object, status: int, content_type: str, body: bytes
) -> None:
    client = await open_api(world, code=answering(answer))

    reply = await client.ask("/")

    assert (reply.status, header(reply, "content-type")) == (status, content_type)
    assert isinstance(reply.body, bytes)
    assert reply.body.replace(b": ", b":") == body


async def test_cookies_become_headers(world: World) -> None:
    client = await open_api(world, code=answering({"statusCode": 200, "cookies": ["a=1", "b=2"]}))

    reply = await client.ask("/")

    assert [value for name, value in reply.headers if name == "set-cookie"] == ["a=1", "b=2"]


async def test_format_1_takes_headers_of_several_values_and_nothing_inferred(
    world: World,
) -> None:
    answer = {
        "statusCode": 200,
        "headers": {"x-one": "1"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "x-one": ["1", "2"]},
        "body": "x",
    }
    client = await open_api(world, code=answering(answer), PayloadFormatVersion="1.0")

    reply = await client.ask("/")

    assert [value for name, value in reply.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert [value for name, value in reply.headers if name == "x-one"] == ["1", "2"]

    other = await open_api_with_answer(world, {"hello": 1})
    assert (await other.ask("/")).status == 500


async def open_api_with_answer(world: World, answer: object) -> Client:
    await create(world.context, "other", Code={"ZipFile": answering(answer)})
    await world.settle()
    api_id = await make_api(world.context)
    integration = await make_integration(
        world.context,
        api_id,
        IntegrationUri=FUNCTION.replace("orders", "other"),
        PayloadFormatVersion="1.0",
    )
    await make_route(world.context, api_id, "$default", integration)
    await call(world.context, "CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    return Client(world, api_id)


async def test_a_function_that_fails_or_is_not_there_is_an_internal_error(world: World) -> None:
    client = await open_api(world, code=zipped("def handler(event, context):\n    raise KeyError"))
    reply = await client.ask("/")
    assert (reply.status, reply.body) == (500, b'{"message":"Internal Server Error"}')

    await world.context.call("lambda", "DeleteFunction", {"FunctionName": "orders"})
    assert (await client.ask("/")).status == 500


async def test_a_function_that_takes_too_long_is_unavailable(world: World) -> None:
    source = "import time\ndef handler(event, context):\n    time.sleep(5)\n"
    client = await open_api(world, code=zipped(source), TimeoutInMillis=50)

    reply = await client.ask("/")

    assert (reply.status, reply.body) == (503, b'{"message":"Service Unavailable"}')


async def test_more_than_ten_megabytes_are_refused(world: World) -> None:
    client = await open_api(world)

    reply = await client.ask("/", "POST", bytes(10 * 1024 * 1024 + 1))

    assert (reply.status, reply.body) == (413, b'{"message":"Request Entity Too Large"}')


async def test_a_function_is_found_by_a_stage_variable(world: World) -> None:
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.function}/invocations"
    )
    client = await open_api(world, IntegrationUri=uri)
    assert (await client.ask("/")).status == 500

    await call(
        world.context,
        "UpdateStage",
        ApiId=client.api_id,
        StageName="$default",
        StageVariables={"function": "orders"},
    )

    assert (await client.ask("/")).status == 200


async def test_the_gateway_answers_preflight_requests(world: World) -> None:
    client = await open_api(world, ("GET /pets",))
    await call(
        world.context,
        "UpdateApi",
        ApiId=client.api_id,
        CorsConfiguration={
            "AllowOrigins": ["https://shop.example.com"],
            "AllowMethods": ["GET", "POST"],
            "AllowHeaders": ["authorization"],
            "ExposeHeaders": ["x-total"],
            "MaxAge": 300,
        },
    )
    asked = {"origin": "https://shop.example.com", "access_control_request_method": "GET"}

    reply = await client.ask("/pets", "OPTIONS", **asked)

    assert (reply.status, reply.body) == (204, b"")
    assert header(reply, "access-control-allow-origin") == "https://shop.example.com"
    assert header(reply, "access-control-allow-methods") == "GET,POST"
    assert header(reply, "access-control-allow-headers") == "authorization"
    assert header(reply, "access-control-max-age") == "300"

    strange = await client.ask("/pets", "OPTIONS", **{**asked, "origin": "https://else.where"})
    assert (strange.status, header(strange, "access-control-allow-origin")) == (204, None)
    real = await client.ask("/pets", origin="https://shop.example.com")
    assert header(real, "access-control-allow-origin") == "https://shop.example.com"
    assert header(real, "access-control-expose-headers") == "x-total"


async def test_a_request_is_changed_on_its_way(world: World) -> None:
    client = await open_api(
        world,
        ("POST /pets/{id}",),
        RequestParameters={
            "append:header.x-id": "$request.path.id",
            "overwrite:header.x-name": "pet ${request.body.names[0]} of ${request.querystring.q}",
            "remove:header.x-secret": "''",
            "append:querystring.stage": "$context.stage",
            "overwrite:querystring.q": "fixed",
            "overwrite:path": "/animals/$nobody",
        },
        ResponseParameters={
            "200": {
                "overwrite:statuscode": "202",
                "append:header.x-request": "$context.requestId",
                "append:header.x-version": "$response.body.version",
            }
        },
    )

    reply = await client.ask(
        "/pets/7?q=1",
        "POST",
        b'{"names": ["Rex"]}',
        content_type="application/json",
        x_secret="1",
        x_id="0",
    )

    event = orjson.loads(reply.body)  # type: ignore[arg-type]
    assert event["headers"]["x-id"] == "0,7"
    assert event["headers"]["x-name"] == "pet Rex of 1"
    assert "x-secret" not in event["headers"]
    assert event["queryStringParameters"] == {"q": "fixed", "stage": "$default"}
    assert event["rawPath"] == "/animals/$nobody"
    assert reply.status == 202
    assert header(reply, "x-request") == header(reply, "apigw-requestid")
    assert header(reply, "x-version") == "2.0"


async def test_requests_are_passed_on_to_a_web_address(world: World) -> None:
    with serving() as web:
        client = await open_api(
            world,
            ("ANY /shop/{proxy+}",),
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri=f"{web.url}/store/{{proxy}}",
            PayloadFormatVersion="1.0",
        )
        web.answer = lambda asked: Answer(418, b"tea", {"X-Kind": "green"})

        reply = await client.ask(
            "/shop/a%20b/c?q=1", "PUT", b"body", content_type="text/plain", x_mine="1"
        )

        [asked] = web.asked
        assert (asked.method, asked.path, asked.query, asked.body) == (
            "PUT",
            "/store/a%20b/c",
            "q=1",
            "body",
        )
        assert (asked.headers["x-mine"], asked.headers["via"]) == ("1", "HTTP/1.1 AmazonAPIGateway")
        assert asked.headers["forwarded"].endswith("proto=http")
        assert (reply.status, reply.body, header(reply, "x-kind")) == (418, b"tea", "green")

    gone = await client.ask("/shop/x")
    assert (gone.status, gone.body) == (503, b'{"message":"Service Unavailable"}')


async def test_packed_answers_come_unpacked(world: World) -> None:
    with serving() as web:
        web.answer = lambda asked: Answer(
            200, gzip.compress(b"hello"), {"Content-Encoding": "gzip", "X-Kind": "packed"}
        )
        client = await open_api(
            world,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="GET",
            IntegrationUri=web.url,
            PayloadFormatVersion="1.0",
        )

        reply = await client.ask("/", "POST", accept_encoding="br, gzip")

        assert (reply.status, reply.body) == (200, b"hello")
        assert header(reply, "content-encoding") is None
        [asked] = web.asked
        assert (asked.method, asked.headers["accept-encoding"]) == ("GET", "gzip")


async def test_the_default_route_passes_the_whole_path_on(world: World) -> None:
    def path(asked: Asked) -> Answer:
        return Answer(200, asked.path.encode())

    with serving() as web:
        web.answer = path
        client = await open_api(
            world,
            ("$default", "GET /fixed"),
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri=f"{web.url}/base",
            PayloadFormatVersion="1.0",
        )

        assert (await client.ask("/store/checkout")).body == b"/base/store/checkout"
        assert (await client.ask("/fixed")).body == b"/base"


async def test_a_route_takes_as_many_requests_as_its_stage_says(world: World) -> None:
    client = await open_api(world, ("GET /one", "GET /two"))
    await call(
        world.context,
        "UpdateStage",
        ApiId=client.api_id,
        StageName="$default",
        RouteSettings={"GET /one": {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2}},
    )

    statuses = [(await client.ask("/one")).status for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert (await client.ask("/one")).body == b'{"message":"Too Many Requests"}'
    assert (await client.ask("/two")).status == 200
    await world.advance(1)
    assert (await client.ask("/one")).status == 200


WEIRD = [
    "",
    "//",
    "/%",
    "/%zz/%00",
    "/%ff%fe",
    "/..%2f../",
    "/live",
    "/live//",
    "/$default/x",
    "/?=&&a=%ff&=b",
    "/" + "a/" * 2_000,
    "/{id}",
    "/pets/{id}?" + "q=1&" * 500,
]


@pytest.mark.parametrize("target", WEIRD, ids=range(len(WEIRD)))
async def test_whatever_is_asked_is_answered(world: World, target: str) -> None:
    """
    A request may be as strange as it likes: it has a route or it has none.
    """
    client = await open_api(world, ("ANY /pets/{id}", "ANY /{proxy+}"), PayloadFormatVersion="1.0")
    await call(world.context, "CreateStage", ApiId=client.api_id, StageName="live", AutoDeploy=True)
    await call(
        world.context,
        "UpdateApi",
        ApiId=client.api_id,
        CorsConfiguration={"AllowOrigins": ["*"], "AllowHeaders": ["*"]},
    )

    for method in ("GET", "OPTIONS", "PROPFIND"):
        reply = await client.ask(
            target,
            method,
            b"\xff\x00{",
            content_type="application/json; charset=\xff",
            origin="null",
            cookie=";;=",
            x_forwarded_for=",",
            access_control_request_method="",
        )
        assert reply.status in (204, 404, 500)
        assert reply.status != 500 or reply.body == b'{"message":"Internal Server Error"}'
