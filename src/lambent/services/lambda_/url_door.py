"""The data plane of function URLs: a request comes in, a function runs, a reply goes out."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from lambent.core.errors import AccessDenied, AwsError
from lambent.core.ids import new_uuid
from lambent.platform import Context
from lambent.runtime.api import ResponseStream
from lambent.services.lambda_ import (
    function_urls,
    invokables,
    limits,
    running,
    streaming,
    url_store,
)
from lambent.services.lambda_.invoking import Asked
from lambent.services.lambda_.records import FunctionUrl
from lambent.wire import cors
from lambent.wire.http_events import Caller, Malformed, forwarded_headers
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.signing import check_scope, parse_credential

# AWS: the words for whatever goes wrong inside the function.
_FAILED = HttpReply(502, [("content-type", "application/json")], b"Internal Server Error")


class Forbidden(AccessDenied):
    """A request that is not signed."""


async def answer(context: Context, request: HttpRequest, url_id: str, path: str) -> HttpReply:
    """The function's reply, or AWS's own where it could not run."""
    url = await context.db.read(partial(url_store.find_url, url_id=url_id))
    if url is None:
        return _json(404, {"Message": None})
    if url.cors is not None:
        preflight = cors.preflight_reply(url.cors, request)
        if preflight is not None:
            return preflight
    try:
        caller = await _caller(context, url, request)
        context = context.at(url.account, url.region)
        reply = await _invoke(context, url, request, path, caller)
    except AwsError as error:
        reply = _refusal(error)
    headers = [*reply.headers, ("x-amzn-requestid", context.request_id)]
    if url.cors is not None:
        headers = cors.with_cors(url.cors, request, headers)
    return replace(reply, headers=headers)


async def _invoke(
    context: Context, url: FunctionUrl, request: HttpRequest, path: str, caller: Caller | None
) -> HttpReply:
    now = context.clock.now()
    trace = request.headers.get("x-amzn-trace-id") or _new_trace(now)
    request = replace(request, headers=forwarded_headers(request, trace))
    event = function_urls.request_event(
        url,
        request,
        path,
        domain=_domain(request, url),
        request_id=context.request_id,
        now=now,
        caller=caller,
    )
    payload = orjson.dumps(event)
    limits.check_payload(payload, "RequestResponse")
    target = await invokables.get_target(context, url.function_arn, None)
    asked = Asked(invokables.own_request_id(context), payload, None, trace)
    if url.invoke_mode == "RESPONSE_STREAM":
        stream, _ = await streaming.open_stream(context, target, asked)
        return await _streamed_reply(stream)
    result, _ = await running.run(context, target, asked)
    if result.function_error is not None:
        return _FAILED
    try:
        return function_urls.reply_of(result.payload)
    except Malformed:
        return _FAILED


async def _streamed_reply(stream: ResponseStream) -> HttpReply:
    if stream.content_type is None:
        return _FAILED
    if stream.content_type != function_urls.PRELUDE_TYPE:
        return HttpReply(200, [("content-type", stream.content_type)], _parts(b"", stream))
    head = b""
    async for part in stream:
        head += part
        if function_urls.PRELUDE_END in head:
            break
    head, _, begun = head.partition(function_urls.PRELUDE_END)
    try:
        status, headers = function_urls.prelude_of(head)
    except Malformed:
        stream.close()
        return _FAILED
    return HttpReply(status, headers, _parts(begun, stream))


async def _parts(begun: bytes, stream: ResponseStream) -> AsyncIterator[bytes]:
    try:
        if begun:
            yield begun
        async for part in stream:
            yield part
    finally:
        stream.close()


async def _caller(context: Context, url: FunctionUrl, request: HttpRequest) -> Caller | None:
    """Who has signed the request; None where nobody needs to. Raises what AWS answers then."""
    if url.auth_type != "AWS_IAM":
        return None
    credential = parse_credential(request)
    if credential is None:
        raise Forbidden("Forbidden")
    check_scope(credential, "lambda", url.region)
    await context.platform.check_signature(context.platform, request)
    principal = context.principal
    return Caller(credential.access_key_id, context.account, principal.user_id, principal.arn)


def _domain(request: HttpRequest, url: FunctionUrl) -> str:
    host = request.headers.get("host", "").partition(":")[0]
    return host if host.startswith(url.id) else f"{url.id}.lambda-url.{url.region}.localhost"


def _new_trace(now: float) -> str:
    return f"Root=1-{int(now):08x}-{new_uuid().replace('-', '')[:24]}"


def _refusal(error: AwsError) -> HttpReply:
    if error.status >= 500:
        return _FAILED
    # AWS: with a capital here, and without everywhere else.
    spelling = "Message" if isinstance(error, Forbidden) else "message"
    members: dict[str, Any] = {**error.members, spelling: error.message}
    reply = _json(error.status, members)
    reply.headers.append(("x-amzn-errortype", error.code))
    return reply


def _json(status: int, value: object) -> HttpReply:
    return HttpReply(status, [("content-type", "application/json")], orjson.dumps(value))
