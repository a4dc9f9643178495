"""Calls what is behind a method, and says what came back."""

import asyncio
import base64
import binascii
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from lambent import web
from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.apigateway.live import answers, aws_calls
from lambent.services.apigateway.live import asked as asking
from lambent.services.apigateway.live.answers import Answer, Reply
from lambent.services.apigateway.live.asked import Asked
from lambent.services.apigateway.live.aws_calls import AwsUri
from lambent.services.apigateway.live.logging import Log
from lambent.services.apigateway.live.mapping import (
    MappingFailed,
    as_text,
    rendered,
    request_value,
    with_stage_variables,
)
from lambent.web import WebFailure, WebRequest
from lambent.wire.http_events import value_in

Json = dict[str, Any]
SERVICE = "apigateway.amazonaws.com"
# What says that the integration is called with the rights of whoever asks.
_AS_CALLER = "arn:aws:iam::*:user/*"
_LARGEST = 10 << 20
# Calls of functions, some of which nobody waits for any longer.
STILL_RUNNING: set[asyncio.Task[Mapping[str, Any]]] = set()
# What the connection to the next one says for itself.
_NOT_SENT = frozenset(
    {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade"}
)


class UnsupportedMediaType(Exception):
    """No template is for the body's type, and it may not be passed through."""


class EndpointFailed(Exception):
    """Nothing answered. `timed_out`: not in time."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class FunctionFailed(Exception):
    """A function behind a proxy did not answer as one."""


class RequestTooLarge(Exception):
    """More than a function takes."""


class ConfigurationWrong(Exception):
    """What is configured cannot be called: a function that is not there, no permission."""


@dataclass(slots=True)
class Outgoing:
    """What the integration gets, as far as mapping goes."""

    headers: dict[str, str]
    query: list[tuple[str, str]]
    path: dict[str, str]
    body: bytes


async def answer(context: Context, asked: Asked, variables: Json, log: Log) -> Reply:
    """
    The integration's answer as the reply. `variables` is `$context`, which templates may change.

    Raises UnsupportedMediaType, EndpointFailed, FunctionFailed, RequestTooLarge,
    ConfigurationWrong, MappingFailed, answers.MalformedAnswer and answers.NoResponseFits.
    """
    integration = asked.endpoint.integration
    seconds = integration.get("timeoutInMillis", 29_000) / 1000
    try:
        async with asyncio.timeout(seconds):
            return await _answer(context, asked, integration, variables, log)
    except TimeoutError:
        raise EndpointFailed("Endpoint request timed out", timed_out=True) from None


async def _answer(
    context: Context, asked: Asked, integration: Mapping[str, Any], variables: Json, log: Log
) -> Reply:
    match integration["type"]:
        case "AWS_PROXY":
            return await _lambda_proxy(context, asked, integration, variables, log)
        case "HTTP_PROXY":
            sent = outgoing(asked, integration, variables, with_all=True)
            return answers.passed_on(await _web(asked, integration, sent, log))
        case "MOCK":
            sent = outgoing(asked, integration, variables)
            found = _mock(sent)
        case "HTTP":
            sent = outgoing(asked, integration, variables)
            found = await _web(asked, integration, sent, log)
        case _:
            sent = outgoing(asked, integration, variables)
            found = await _aws(context, asked, integration, sent, log)
    log.add("Endpoint response body before transformations: ", found.body)
    variables["integration"]["integrationStatus"] = found.status
    return answers.mapped(integration, found, asked, variables)


# What goes out -------------------------------------------------------------------------------


def outgoing(
    asked: Asked, integration: Mapping[str, Any], variables: Json, *, with_all: bool = False
) -> Outgoing:
    """The body by its template, and the parameters that are mapped. `with_all`: a proxy's."""
    sent = Outgoing({}, [], {}, asked.body)
    if with_all:
        sent.headers = {
            name: value for name, value in asked.headers if name.lower() not in _NOT_SENT
        }
        sent.query = list(asked.query)
    else:
        sent.headers = {"Content-Type": asked.content_type}
        sent.body = _body(asked, integration, variables)
    for name, expression in (integration.get("requestParameters") or {}).items():
        value = request_value(expression, asked, variables)
        if value is not None:
            _, _, kind, key = name.split(".", 3)
            _set(sent, kind, key, value)
    override = variables.get("requestOverride") or {}
    for kind in ("path", "querystring", "header"):
        for key, value in (override.get(kind) or {}).items():
            _set(sent, kind, key, value)
    return sent


def _set(sent: Outgoing, kind: str, key: str, value: Any) -> None:
    if kind == "path":
        sent.path[key] = as_text(value)
    elif kind in ("querystring", "multivaluequerystring"):
        values = value if isinstance(value, list) else [value]
        sent.query = [pair for pair in sent.query if pair[0] != key]
        sent.query += [(key, as_text(each)) for each in values]
    else:
        lower = key.lower()
        sent.headers = {name: each for name, each in sent.headers.items() if name.lower() != lower}
        sent.headers[key] = as_text(value)


def _body(asked: Asked, integration: Mapping[str, Any], variables: Json) -> bytes:
    """
    The request's body as the integration's template makes it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
    """
    body = _handled(asked, integration.get("contentHandling"))
    templates = integration.get("requestTemplates") or {}
    template = templates.get(asked.content_type)
    if template is not None:
        return rendered(template, body.decode(errors="replace"), asked, variables).encode()
    match integration.get("passthroughBehavior", "WHEN_NO_MATCH"):
        case "NEVER":
            raise UnsupportedMediaType
        case "WHEN_NO_TEMPLATES" if templates:
            raise UnsupportedMediaType
    return body


def _handled(asked: Asked, handling: str | None) -> bytes:
    if handling == "CONVERT_TO_TEXT" and asked.is_binary:
        return base64.b64encode(asked.body)
    if handling == "CONVERT_TO_BINARY" and not asked.is_binary:
        try:
            return base64.b64decode(asked.body)
        except binascii.Error:
            raise MappingFailed("Unable to base64 decode the body.") from None
    return asked.body


# Who gets it ---------------------------------------------------------------------------------


async def _lambda_proxy(
    context: Context, asked: Asked, integration: Mapping[str, Any], variables: Json, log: Log
) -> Reply:
    body: str | None = None
    is_base64 = bool(asked.body) and asked.is_binary
    if asked.body:
        body = (
            base64.b64encode(asked.body).decode()
            if is_base64
            else asked.body.decode(errors="replace")
        )
    event = asking.proxy_event(asked, body, is_base64)
    payload = orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS)
    log.add("Endpoint request body after transformations: ", payload)
    function = _function(asked, integration)
    reply = await _invoke(context, asked, integration, function, payload, {})
    answered = bytes(reply["Payload"])
    log.add("Endpoint response body before transformations: ", answered)
    variables["integration"].update(status="200", integrationStatus="200")
    if reply.get("FunctionError"):
        log.add("Lambda execution failed with status 200 due to customer function error", b"")
        raise FunctionFailed
    return answers.proxied(answered, asked)


def _function(asked: Asked, integration: Mapping[str, Any]) -> str:
    uri = with_stage_variables(integration["uri"], asked.site.variables)
    function = AwsUri.parse(uri).function_arn
    if function is None:
        raise ConfigurationWrong(f"{uri} is no function")
    return function


async def _invoke(
    context: Context,
    asked: Asked,
    integration: Mapping[str, Any],
    function: str,
    payload: bytes,
    more: Mapping[str, str],
) -> Mapping[str, Any]:
    caller = caller_of(context, asked, integration.get("credentials"))
    params = {"FunctionName": function, "Payload": payload, **more}
    try:
        return await _to_its_end(caller.call("lambda", "Invoke", params))
    except AwsError as error:
        if error.status == 413:
            raise RequestTooLarge from None
        # AWS: so is a function that is throttled.
        raise ConfigurationWrong(f"{error.code}: {error.message}") from None


async def _to_its_end(call: Coroutine[Any, Any, Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the call answers. AWS: a function goes on when its API does not wait any longer."""
    task = asyncio.ensure_future(call)
    STILL_RUNNING.add(task)
    task.add_done_callback(_ended)
    return await asyncio.shield(task)


def _ended(task: "asyncio.Task[Mapping[str, Any]]") -> None:
    STILL_RUNNING.discard(task)
    if not task.cancelled():
        # Nobody may be there to be told of a failure.
        task.exception()


def caller_of(context: Context, asked: Asked, credentials: str | None) -> Context:
    """The integration's role, the caller's own rights, or API Gateway itself."""
    place = context.at(asked.site.account, asked.site.region)
    given = with_stage_variables(credentials or "", asked.site.variables)
    caller = place if given == _AS_CALLER else place.acting_as(given or SERVICE)
    request = {"x-amzn-trace-id": asked.trace, "aws:sourcearn": asked.source_arn}
    return replace(caller, request=request)


async def _aws(
    context: Context, asked: Asked, integration: Mapping[str, Any], sent: Outgoing, log: Log
) -> Answer:
    text = with_stage_variables(integration["uri"], asked.site.variables)
    uri = AwsUri.parse(_with_path(text, sent.path, safe="/"))
    log.add(f"Endpoint request URI: {text}", b"")
    log.add("Endpoint request body after transformations: ", sent.body)
    if uri.function_arn is not None:
        return await _lambda(context, asked, integration, uri.function_arn, sent)
    caller = caller_of(context, asked, integration.get("credentials"))
    try:
        reply = await aws_calls.call(
            caller,
            uri,
            method=_method(asked, integration),
            headers=sent.headers,
            query=sent.query,
            body=sent.body,
        )
    except AwsError as error:
        raise ConfigurationWrong(error.message) from None
    body = reply.body if isinstance(reply.body, bytes) else b""
    return Answer(reply.status, reply.headers, body, str(reply.status))


async def _lambda(
    context: Context,
    asked: Asked,
    integration: Mapping[str, Any],
    function: str,
    sent: Outgoing,
) -> Answer:
    headers = {name.lower(): value for name, value in sent.headers.items()}
    kind = headers.get("x-amz-invocation-type", "RequestResponse")
    reply = await _invoke(
        context, asked, integration, function, sent.body or b"{}", {"InvocationType": kind}
    )
    payload = bytes(reply["Payload"])
    selected_by = ""
    if reply.get("FunctionError"):
        failure = value_in(payload)
        message = failure.get("errorMessage") if isinstance(failure, dict) else None
        selected_by = "" if message is None else str(message)
    return Answer(reply["StatusCode"], (), payload, selected_by)


async def _web(asked: Asked, integration: Mapping[str, Any], sent: Outgoing, log: Log) -> Answer:
    uri = with_stage_variables(integration["uri"], asked.site.variables)
    if "://" not in uri:
        uri = f"http://{uri}"
    url = _with_path(uri, sent.path, safe="/")
    if sent.query:
        url += ("&" if "?" in url else "?") + urlencode(sent.query)
    method = _method(asked, integration)
    headers = dict(sent.headers)
    if method in ("GET", "HEAD") and not asked.body:
        headers = {name: v for name, v in headers.items() if name.lower() != "content-type"}
    if not any(name.lower() == "x-amzn-apigateway-api-id" for name in headers):
        headers["x-amzn-apigateway-api-id"] = asked.site.api_id
    log.add(f"Endpoint request URI: {url}", b"")
    log.add("Endpoint request body after transformations: ", sent.body)
    seconds = integration.get("timeoutInMillis", 29_000) / 1000
    body = None if method in ("GET", "HEAD") and not sent.body else sent.body
    try:
        reply = await web.send(
            WebRequest(method, url, headers, body), seconds=seconds, most_bytes=_LARGEST
        )
    except WebFailure as failure:
        raise EndpointFailed(str(failure), timed_out=failure.timed_out) from None
    if not reply.is_whole:
        raise EndpointFailed("The answer is larger than 10 MB")
    return Answer(reply.status, reply.headers, reply.body, str(reply.status))


def _mock(sent: Outgoing) -> Answer:
    """AWS: a mock answers with the statusCode that its request template says."""
    said = value_in(sent.body) if sent.body.strip() else None
    if not isinstance(said, dict) or "statusCode" not in said:
        lenient = _status_in(sent.body)
        if lenient is None:
            raise ConfigurationWrong("The mock's request has no statusCode")
        said = {"statusCode": lenient}
    try:
        status = int(said["statusCode"])
    except (OverflowError, TypeError, ValueError):
        raise ConfigurationWrong("The mock's statusCode is no number") from None
    return Answer(status, (), b"", str(status))


def _status_in(body: bytes) -> int | None:
    """AWS takes its own examples, `{statusCode: 200}`, whose name has no quotes."""
    text = body.decode(errors="replace").strip()
    name, _, rest = text.removeprefix("{").removesuffix("}").strip().partition(":")
    number = rest.partition(",")[0].strip()
    return int(number) if name.strip("'\" ") == "statusCode" and number.isdigit() else None


def _method(asked: Asked, integration: Mapping[str, Any]) -> str:
    method = str(integration.get("httpMethod") or asked.method)
    return asked.method if method == "ANY" else method


def _with_path(text: str, path: Mapping[str, str], *, safe: str) -> str:
    for name, value in path.items():
        encoded = quote(value, safe=safe)
        text = text.replace(f"{{{name}}}", encoded).replace(f"{{{name}+}}", encoded)
    return text
