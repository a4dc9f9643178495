"""Web addresses behind an API."""

from tests.conftest import World
from tests.services.apigateway.apis import answers, ask, deploy, header, make_api, make_method
from tests.web import Answer, serving


async def test_a_proxy_passes_everything_on(world: World) -> None:
    with serving() as web:
        web.answer = lambda asked: Answer(202, asked.body.encode(), {"X-Path": asked.path})
        api = await make_api(world.context)
        await make_method(
            world.context,
            api,
            "/{proxy+}",
            "ANY",
            {
                "type": "HTTP_PROXY",
                "integrationHttpMethod": "ANY",
                "uri": "http://${stageVariables.host}/base/{proxy}",
                "requestParameters": {
                    "integration.request.path.proxy": "method.request.path.proxy",
                    "integration.request.header.X-Stage": "context.stage",
                },
            },
        )
        await deploy(world.context, api, variables={"host": web.url.removeprefix("http://")})

        reply = await ask(
            world, api, "/live/a/b?q=1&q=2", "PUT", b"text", content_type="text/plain", x_own="1"
        )

        [asked] = web.asked
        assert (asked.method, asked.path, asked.query) == ("PUT", "/base/a/b", "q=1&q=2")
        assert asked.headers["x-own"] == "1"
        assert asked.headers["x-stage"] == "live"
        assert asked.headers["host"].startswith("127.0.0.1")
        assert (reply.status, reply.body, header(reply, "x-path")) == (202, b"text", "/base/a/b")


async def test_what_is_sent_and_answered_is_mapped(world: World) -> None:
    with serving() as web:
        web.answer = lambda asked: Answer(500 if "bad" in asked.body else 200, b'{"found": 7}')
        api = await make_api(world.context)
        named = await make_method(
            world.context,
            api,
            "/",
            "POST",
            {
                "type": "HTTP",
                "integrationHttpMethod": "POST",
                "uri": f"{web.url}/search",
                "requestTemplates": {"application/json": '{"for": $input.json("$.q")}'},
                "requestParameters": {
                    "integration.request.querystring.who": "method.request.header.X-Who"
                },
            },
        )
        await answers(
            world.context,
            named,
            responseTemplates={"application/json": "$input.path('$.found')"},
        )
        await answers(world.context, named, "502", selectionPattern="5\\d{2}")
        await deploy(world.context, api)

        good = await ask(world, api, "/live", "POST", b'{"q": "a"}', x_who="me")
        bad = await ask(world, api, "/live", "POST", b'{"q": "bad"}')

        assert (web.asked[0].body, web.asked[0].query) == ('{"for": "a"}', "who=me")
        assert (good.status, good.body) == (200, b"7")
        assert bad.status == 502


async def test_nobody_at_the_address_is_an_error_of_the_network(world: World) -> None:
    api = await make_api(world.context)
    await make_method(
        world.context,
        api,
        "/",
        "GET",
        {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://127.0.0.1:1/"},
    )
    await deploy(world.context, api)

    reply = await ask(world, api)

    assert (reply.status, reply.body) == (
        504,
        b'{"message":"Network error communicating with endpoint"}',
    )
