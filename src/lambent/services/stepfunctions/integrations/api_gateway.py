"""
`apigateway:invoke`: an API as a task, asked as the state machine's role.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

from typing import Any
from urllib.parse import urlsplit

from lambent import web
from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.stepfunctions.integrations.api_gateway_requests import (
    is_api_here,
    is_signed,
    region_of,
    request_of,
)
from lambent.services.stepfunctions.integrations.failures import Failure
from lambent.services.stepfunctions.rules import parse_json
from lambent.web import WebReply, WebRequest
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.signing import Keys, signed

RESOURCES = frozenset(
    f"arn:aws:states:::apigateway:invoke{suffix}" for suffix in ("", ".waitForTaskToken")
)

_SECONDS = 30.0
_MOST_BYTES = 10 << 20


async def invoke(context: Context, parameters_text: str) -> Any:
    """
    The task's result, or the Failure that it came to.

    Raises InvalidApiTask for parameters that make no request.
    """
    parameters = parse_json(parameters_text)
    asked = request_of(parameters)
    try:
        reply = await _answer(context, asked, with_signature=is_signed(parameters))
    except web.WebFailure as failure:
        return Failure("ApiGateway.SdkClientException", str(failure))
    except AwsError as error:
        # The role gives no session to sign with.
        return Failure(f"ApiGateway.{error.code}", error.message)
    if not 200 <= reply.status < 300:
        return Failure(f"ApiGateway.{reply.status}", reply.body.decode(errors="replace"))
    headers: dict[str, list[str]] = {}
    for name, value in reply.headers:
        headers.setdefault(name, []).append(value)
    return {
        "Headers": headers,
        "ResponseBody": _parsed(reply.body.decode(errors="replace")),
        "StatusCode": reply.status,
        "StatusText": reply.reason,
    }


async def _answer(context: Context, asked: WebRequest, *, with_signature: bool) -> WebReply:
    request = _as_http(asked)
    if with_signature:
        region = region_of(asked.url) or context.region
        request = await _signed(context, request, region)
    if is_api_here(asked.url):
        return await _of_this_server(context, request)
    sent = WebRequest(asked.method, asked.url, request.headers, asked.body)
    return await web.send(sent, seconds=_SECONDS, most_bytes=_MOST_BYTES)


def _as_http(asked: WebRequest) -> HttpRequest:
    parts = urlsplit(asked.url)
    sent = {"Host": parts.netloc, "Accept": "*/*", **asked.headers}
    return HttpRequest(
        asked.method,
        parts.path or "/",
        parts.query,
        {name.lower(): value for name, value in sent.items()},
        asked.body or b"",
        raw_headers=[(name.encode(), value.encode()) for name, value in sent.items()],
    )


async def _signed(context: Context, request: HttpRequest, region: str) -> HttpRequest:
    """The request with a signature by a session of the context's role."""
    caller = context.acting_as("states.amazonaws.com").at(context.account, context.region)
    reply = await caller.call(
        "sts",
        "AssumeRole",
        {"RoleArn": context.principal.arn, "RoleSessionName": "StepFunctions"},
    )
    given = reply["Credentials"]
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    # Signatures are checked by the clock that nobody moves.
    now = context.clock.now() - getattr(context.clock, "moved", 0.0)
    return signed(request, keys, "execute-api", region, now)


async def _of_this_server(context: Context, request: HttpRequest) -> WebReply:
    reply: HttpReply = await context.platform.answer_here(request)
    body = reply.body
    if not isinstance(body, bytes):
        body = b"".join([piece async for piece in body])
    return WebReply(reply.status, _PHRASES.get(reply.status, ""), reply.headers, body)


_PHRASES = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content"}


def _parsed(text: str) -> Any:
    try:
        return parse_json(text) if text else None
    except ValueError:
        return text
