"""Whatever is configured and whatever is sent, an API answers as one."""

import random
from typing import Any

import orjson

from tests.conftest import World
from tests.services.apigateway.apis import ask, call, deploy, make_api

_TEMPLATES = (
    "$input.body",
    "$input.json('$.a')",
    "$input.path('$..a')",
    "$input.path('$[')",
    "#foreach($x in $input.path('$.a'))$x#end",
    "$util.parseJson($input.body)",
    "$util.base64Decode($input.body)$util.urlEncode($input.path('$.a'))",
    '{"statusCode": $input.path("$.a")}',
    "#if(",
    "#set($context.responseOverride.status = $input.path('$.a'))"
    "#set($context.responseOverride.header.X = $input.path('$.a'))"
    "#set($context.requestOverride.path.a = $input.path('$.a')){\"statusCode\": 200}",
    "$context $input $util $stageVariables",
    "",
)
_BODIES = (
    b"",
    b"{}",
    b"{",
    b"null",
    b"\xff\xfe",
    b'{"a": "\\ud800"}',
    b'{"a": [1, {"b": null}]}',
    b'{"a": 1e999}',
    b'{"a": 204}',
    b"[" * 10_000,
    b'{"a": "x\\r\\nInjected: 1"}',
)
_EXPRESSIONS = (
    "method.request.body.a",
    "method.request.body",
    "method.request.querystring.q",
    "method.request.multivaluequerystring.q",
    "method.request.header.X",
    "context.identity",
    "stageVariables.none",
    "'fixed'",
    "nonsense",
)


def _document(chance: random.Random) -> dict[str, Any]:
    def method() -> dict[str, Any]:
        kind = chance.choice(["mock", "http", "http_proxy", "aws"])
        places = ("header.X", "querystring.q", "path.a", "multivaluequerystring.q")
        return {
            "responses": {},
            "x-amazon-apigateway-integration": {
                "type": kind,
                "httpMethod": "POST",
                "uri": "arn:aws:apigateway:us-east-1:sqs:action/ListQueues"
                if kind == "aws"
                else "http://127.0.0.1:1/{a}",
                "passthroughBehavior": chance.choice(["when_no_match", "never"]),
                "requestTemplates": {"application/json": chance.choice(_TEMPLATES)},
                "requestParameters": {
                    f"integration.request.{place}": chance.choice(_EXPRESSIONS) for place in places
                },
                "responses": {
                    chance.choice(["default", "2\\d\\d", "(a+)+"]): {
                        "statusCode": chance.choice(["200", "404"]),
                        "responseTemplates": {"application/json": chance.choice(_TEMPLATES)},
                        "responseParameters": {
                            "method.response.header.X": chance.choice(
                                ["integration.response.header.X", "integration.response.body.a"]
                            )
                        },
                    }
                },
            },
        }

    return {
        "openapi": "3.0.1",
        "info": {"title": "x", "version": "1"},
        "paths": {f"/{number}/{{a}}": {"post": method()} for number in range(12)},
    }


async def test_no_request_makes_an_api_fail_as_only_we_may(world: World) -> None:
    chance = random.Random(7)
    api = await make_api(world.context)
    for _ in range(4):
        body = orjson.dumps(_document(chance))
        await call(world.context, "PutRestApi", restApiId=api["id"], mode="overwrite", body=body)
        await deploy(world.context, api)
        for number in range(12):
            for sent in _BODIES:
                target = chance.choice(["x", "%ff", "%00", "a%2Fb", "é"])
                reply = await ask(
                    world, api, f"/live/{number}/{target}?q=%ff&q=1&=&q", "POST", sent, x="1"
                )
                # What fails in our own code has no headers.
                assert any(name == "x-amzn-RequestId" for name, _ in reply.headers), (
                    number,
                    sent,
                    reply,
                )
