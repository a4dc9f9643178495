"""What users write into HTTP APIs, and what functions and issuers answer: any of it is read."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.errors import AwsError
from lambent.services.apigatewayv2 import (
    definitions,
    expressions,
    integration_rules,
    replies,
    route_rules,
    rules,
    tokens,
)
from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.records import Api, Live
from lambent.services.apigatewayv2.requests import ApiRequest
from lambent.wire.http_events import Malformed
from lambent.wire.messages import HttpReply, HttpRequest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PIECES = st.sampled_from(
    ["$", "${", "}", "request", "response", ".", "header", "body", "path", "x", "[0]", "context"]
)


def request(body: bytes = b"", **headers: str) -> ApiRequest:
    api = Api("api", "000000000000", "us-east-1", 0.0, {}, {})
    live = Live(api, "live", {"StageVariables": {"colour": "red"}})
    http = HttpRequest("GET", "/live/pets/1", "q=1&q=2", headers, body)
    return ApiRequest(
        http, live, "/live/pets/1", "/pets/1", "host", "id=", 0.0, "GET /pets/{id}", {"id": "1"}
    )


def value(text: str, body: bytes = b"", **headers: str) -> str | None:
    reply = HttpReply(404, [("x-two", "a"), ("x-two", "b")], b'{"why": {"not": [1, "2"]}}')
    return expressions.compile_expression(text)(request(body, **headers), reply)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("''", "''"),
        ("$request.header.X-One", "1"),
        ("$request.header.none", None),
        ("$request.querystring.q", "1,2"),
        ("$request.path", "/pets/1"),
        ("$request.path.id", "1"),
        ("$request.body", '{"a": {"b": [1]}}'),
        ("$request.body.a", '{"b":[1]}'),
        ("$request.body.a.b[0]", "1"),
        ("$request.body.none", None),
        ("$response.header.x-two", "a,b"),
        ("$response.body.why.not[1]", "2"),
        ("$context.stage", "live"),
        ("$context.none", None),
        ("$stageVariables.colour", "red"),
        ("${request.path.id}", "1"),
        ("${request.path.id}/${context.apiId}!", "1/api!"),
        ("<${request.header.none}>", "<>"),
    ],
)
def test_an_expression_names_a_part_of_a_request(text: str, expected: str | None) -> None:
    assert value(text, b'{"a": {"b": [1]}}', **{"x-one": "1"}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$",
        "$nothing",
        "$request",
        "$request.header",
        "$request.body..a",
        "$request.body.a[?(@.b)]",
        "$response.path",
        "$context",
        "a ${nothing} b",
    ],
)
def test_an_expression_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        expressions.compile_expression(text)


@given(st.lists(PIECES, max_size=8).map("".join), st.binary(max_size=40))
def test_any_expression_is_refused_or_has_a_value(text: str, body: bytes) -> None:
    try:
        found = value(text, body)
    except BadRequest:
        return
    assert found is None or isinstance(found, str)


@given(JSON, st.sampled_from(["1.0", "2.0"]))
def test_any_answer_of_a_function_is_a_reply_or_malformed(answer: Any, version: str) -> None:
    try:
        reply = replies.function_reply(orjson.dumps(answer), version)
    except Malformed:
        return
    assert 100 <= reply.status <= 599


@given(st.dictionaries(st.sampled_from(["statusCode", "headers", "body", "cookies"]), JSON))
def test_any_answer_with_the_members_of_a_reply_is_one_or_malformed(answer: Any) -> None:
    for version in ("1.0", "2.0"):
        try:
            reply = replies.function_reply(orjson.dumps(answer), version)
        except Malformed:
            continue
        assert all(isinstance(name, str) and isinstance(text, str) for name, text in reply.headers)


@given(
    st.dictionaries(
        st.sampled_from(["paths", "info", "components", "security", "tags", "servers"]), JSON
    )
)
def test_any_definition_is_read_or_refused(document: dict[str, Any]) -> None:
    try:
        read_as_an_api({"openapi": "3.0.1", **document})
    except AwsError as error:
        assert error.code in ("BadRequestException", "NotSupportedByLambent")


@given(
    st.dictionaries(st.sampled_from(sorted(definitions.INTEGRATION_MEMBERS)), JSON),
    st.dictionaries(st.sampled_from(sorted(definitions.AUTHORIZER_MEMBERS)), JSON),
    st.dictionaries(st.sampled_from(sorted(definitions.CORS_MEMBERS)), JSON),
)
def test_any_extension_is_read_or_refused(
    integration: dict[str, Any], authorizer: dict[str, Any], cors: dict[str, Any]
) -> None:
    document = {
        "openapi": "3.0.1",
        "info": {"title": "shop"},
        "components": {"securitySchemes": {"lock": {definitions.AUTHORIZER: authorizer}}},
        "security": [{"lock": ["read"]}],
        definitions.CORS: cors,
        "paths": {"/pets": {"get": {definitions.INTEGRATION: integration}}},
    }
    try:
        read_as_an_api(document)
    except AwsError as error:
        assert error.code in ("BadRequestException", "NotSupportedByLambent")


def read_as_an_api(document: dict[str, Any]) -> None:
    definition = definitions.read_definition(orjson.dumps(document).decode())
    rules.new_api_settings(definition.params)
    for route in definition.routes:
        ids = {"AuthorizerId": "a"} if route.authorizer else {}
        route_rules.new_route_settings({**route.params, **ids})


@given(st.text() | st.lists(st.text(alphabet="abcXYZ019-_="), max_size=4).map(".".join))
def test_any_token_is_read_or_invalid(text: str) -> None:
    with pytest.raises(tokens.InvalidToken):
        tokens.read_token(text)


@pytest.mark.parametrize(
    ("uri", "arn"),
    [
        ("arn:aws:lambda:us-east-1:1:function:f", "arn:aws:lambda:us-east-1:1:function:f"),
        (
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:us-east-1:1:function:f:live/invocations",
            "arn:aws:lambda:us-east-1:1:function:f:live",
        ),
        ("https://example.com", ""),
        ("arn:aws:sqs:us-east-1:1:q", ""),
    ],
)
def test_a_function_is_named_by_its_arn_or_by_its_path(uri: str, arn: str) -> None:
    assert integration_rules.function_arn(uri) == arn
