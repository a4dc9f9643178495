"""Function URLs: their configuration, and requests on their way to a function and back."""

import base64
from typing import Any

import orjson
import pytest

from lambent.wire.messages import HttpReply, HttpRequest
from tests.conftest import World
from tests.services.lambda_.functions import ARN, call, create, refused, zipped

ECHO_EVENT = zipped("import json\ndef handler(event, context):\n    return event\n")


class Page:
    """The function URL of `orders`, as a browser meets it."""

    def __init__(self, world: World, config: dict[str, Any]) -> None:
        self._world = world
        self.config = config
        self.host = config["FunctionUrl"].removeprefix("http://").rstrip("/")

    async def ask(
        self, target: str = "/", method: str = "GET", body: bytes = b"", **headers: str
    ) -> HttpReply:
        path, _, query = target.partition("?")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = HttpRequest(method, path, query, {"host": self.host, **sent}, body)
        return await self._world.app.http.answer(request)

    async def event(self, *args: Any, **kwargs: Any) -> Any:
        reply = await self.ask(*args, **kwargs)
        return orjson.loads(reply.body)  # type: ignore[arg-type]


async def open_page(world: World, source: bytes = ECHO_EVENT, **params: Any) -> Page:
    await create(world.context, Code={"ZipFile": source})
    config = await call(
        world.context,
        "CreateFunctionUrlConfig",
        **{"FunctionName": "orders", "AuthType": "NONE", **params},
    )
    await world.settle()
    return Page(world, config)


def answering(answer: str) -> bytes:
    return zipped(f"def handler(event, context):\n    return {answer}\n")


async def test_a_function_and_its_alias_each_have_a_url(world: World) -> None:
    context = world.context
    page = await open_page(world, Cors={"AllowOrigins": ["*"]})
    assert page.config["FunctionArn"] == f"{ARN}orders"
    assert page.config["InvokeMode"] == "BUFFERED"
    assert ".lambda-url.us-east-1.localhost:4566" in page.config["FunctionUrl"]
    await call(context, "PublishVersion", FunctionName="orders")
    await call(context, "CreateAlias", FunctionName="orders", Name="live", FunctionVersion="1")
    alias = {"FunctionName": "orders", "Qualifier": "live"}
    await call(context, "CreateFunctionUrlConfig", **alias, AuthType="AWS_IAM")
    updated = await call(context, "UpdateFunctionUrlConfig", **alias, InvokeMode="RESPONSE_STREAM")
    assert (updated["AuthType"], updated["InvokeMode"]) == ("AWS_IAM", "RESPONSE_STREAM")

    listed = await call(context, "ListFunctionUrlConfigs", FunctionName="orders")
    arns = [config["FunctionArn"] for config in listed["FunctionUrlConfigs"]]
    assert arns == [f"{ARN}orders", f"{ARN}orders:live"]
    assert await refused(
        context, "CreateFunctionUrlConfig", FunctionName="orders", AuthType="NONE"
    ) == (
        "ResourceConflictException",
        f"Failed to create function url config for [functionArn = {ARN}orders]. Error message: "
        " FunctionUrlConfig exists for this Lambda function",
    )
    await call(context, "DeleteFunctionUrlConfig", **alias)
    assert (await refused(context, "GetFunctionUrlConfig", **alias))[0] == (
        "ResourceNotFoundException"
    )
    await call(context, "DeleteFunction", FunctionName="orders")
    assert (await page.ask()).status == 404


async def test_a_request_is_an_event_of_format_2(world: World) -> None:
    page = await open_page(world)
    event = await page.event(
        "/a%20path?q=1&q=2&name=a%20b",
        "POST",
        b'{"id": 1}',
        content_type="application/json",
        cookie="one=1; two=2",
        user_agent="test",
    )
    assert (event["version"], event["routeKey"]) == ("2.0", "$default")
    assert (event["rawPath"], event["rawQueryString"]) == ("/a%20path", "q=1&q=2&name=a%20b")
    assert event["queryStringParameters"] == {"q": "1,2", "name": "a b"}
    assert event["cookies"] == ["one=1", "two=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"id": 1}', False)
    assert event["headers"]["content-type"] == "application/json"
    assert event["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    about = event["requestContext"]
    assert about["accountId"] == "anonymous"
    assert page.host.startswith(about["apiId"])
    assert about["http"] == {
        "method": "POST",
        "path": "/a%20path",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "test",
    }


async def test_a_body_that_is_no_text_comes_in_base64(world: World) -> None:
    page = await open_page(world)
    event = await page.event("/", "PUT", b"\x00\xff", content_type="application/octet-stream")
    assert base64.b64decode(event["body"]) == b"\x00\xff"
    assert event["isBase64Encoded"]
    assert "body" not in await page.event("/")


@pytest.mark.parametrize(
    ("answer", "status", "kind", "body"),
    [
        ("'hello'", 200, "application/json", b'"hello"'),
        ("{'message': 'hello'}", 200, "application/json", b'{"message": "hello"}'),
        ("None", 200, "application/json", b"null"),
        ("{'statusCode': 201, 'body': 'made'}", 201, "application/json", b"made"),
        (
            "{'statusCode': 200, 'headers': {'Content-Type': 'text/html'}, 'body': '<p>'}",
            200,
            "text/html",
            b"<p>",
        ),
        (
            "{'statusCode': 200, 'body': 'AP8=', 'isBase64Encoded': True}",
            200,
            "application/json",
            b"\x00\xff",
        ),
        ("{'statusCode': 'many'}", 502, "application/json", b"Internal Server Error"),
        ("1 / 0", 502, "application/json", b"Internal Server Error"),
    ],
)
async def test_an_answer_is_a_reply(
    world: World, answer: str, status: int, kind: str, body: bytes
) -> None:
    page = await open_page(world, answering(answer))
    reply = await page.ask()
    assert (reply.status, dict(reply.headers)["content-type"], reply.body) == (status, kind, body)


async def test_every_cookie_is_a_header(world: World) -> None:
    page = await open_page(world, answering("{'statusCode': 204, 'cookies': ['a=1', 'b=2']}"))
    reply = await page.ask()
    assert [value for name, value in reply.headers if name == "set-cookie"] == ["a=1", "b=2"]


async def test_only_signed_requests_reach_a_url_with_iam(world: World) -> None:
    page = await open_page(world, AuthType="AWS_IAM")
    reply = await page.ask()
    assert (reply.status, reply.body) == (403, b'{"Message":"Forbidden"}')

    scope = "AKIDEXAMPLE/20300101/us-east-1/lambda/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    event = await page.event("/", authorization=signature)
    assert event["requestContext"]["authorizer"]["iam"]["accessKey"] == "AKIDEXAMPLE"
    assert event["requestContext"]["accountId"] == "000000000000"


async def test_a_browser_on_another_origin_is_answered_as_configured(world: World) -> None:
    cors = {
        "AllowOrigins": ["https://shop.example"],
        "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["x-token"],
        "ExposeHeaders": ["x-total"],
        "AllowCredentials": True,
        "MaxAge": 60,
    }
    page = await open_page(
        world,
        answering("{'statusCode': 200, 'headers': {'Access-Control-Allow-Origin': 'no'}}"),
        Cors=cors,
    )
    preflight = await page.ask(
        "/", "OPTIONS", origin="https://shop.example", access_control_request_method="POST"
    )
    headers = dict(preflight.headers)
    assert preflight.status == 200
    assert headers["access-control-allow-origin"] == "https://shop.example"
    assert headers["access-control-allow-methods"] == "GET,POST"
    assert headers["access-control-allow-headers"] == "x-token"
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-max-age"] == "60"

    reply = await page.ask("/", origin="https://shop.example")
    origins = [value for name, value in reply.headers if name == "access-control-allow-origin"]
    assert origins == ["https://shop.example"]
    assert dict(reply.headers)["access-control-expose-headers"] == "x-total"
    stranger = await page.ask("/", origin="https://other.example")
    assert "access-control-allow-origin" not in dict(stranger.headers)


async def test_what_keeps_a_function_from_running_is_said(world: World) -> None:
    page = await open_page(world)
    await call(
        world.context,
        "PutFunctionConcurrency",
        FunctionName="orders",
        ReservedConcurrentExecutions=0,
    )
    reply = await page.ask()
    assert reply.status == 429
    assert orjson.loads(reply.body)["message"] == "Rate Exceeded."  # type: ignore[arg-type]
    assert (await page.ask("/", "POST", b"x" * 6_291_456)).status == 413


async def test_a_url_has_a_path_for_those_who_cannot_resolve_its_host(world: World) -> None:
    page = await open_page(world)
    url_id = page.host.partition(".")[0]
    path = f"/_lambent/lambda/url/{url_id}/deep/path"
    reply = await world.app.http.answer(
        HttpRequest("GET", path, "q=1", {"host": "127.0.0.1:4566"}, b"")
    )
    event = orjson.loads(reply.body)  # type: ignore[arg-type]
    assert (event["rawPath"], event["rawQueryString"]) == ("/deep/path", "q=1")
    assert event["requestContext"]["domainPrefix"] == url_id


async def test_a_streamed_reply_has_what_the_function_answers(world: World) -> None:
    page = await open_page(world, answering("{'statusCode': 200}"), InvokeMode="RESPONSE_STREAM")
    reply = await page.ask()
    assert not isinstance(reply.body, bytes)
    # AWS: what does not stream is passed on as it is.
    assert b"".join([part async for part in reply.body]) == b'{"statusCode": 200}'
