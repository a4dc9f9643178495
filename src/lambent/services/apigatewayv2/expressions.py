"""
Selection expressions: `$request.header.name`, `${request.path.id}/${context.requestId}`. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import re
from collections.abc import Callable
from typing import Any

import orjson

from lambent.languages.jsonpath import MISSING, InvalidPath, TooMuch, compile_path
from lambent.services.apigatewayv2.context_variables import context_value
from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.requests import ApiRequest
from lambent.wire.http_events import value_in
from lambent.wire.messages import HttpReply

Value = Callable[[ApiRequest, HttpReply | None], str | None]
"""What an expression stands for; None where the request or the reply has no such thing."""

_WITHIN = re.compile(r"\$\{([^}]+)\}")
# AWS: more of a body is not looked at, unless it is taken whole.
_MOST_BODY = 100 * 1024


def compile_expression(text: str) -> Value:
    """Raises BadRequest for an expression that there is not."""
    if text.startswith("$") and not text.startswith("${"):
        return _variable(text[1:])
    pieces = _WITHIN.split(text)
    if len(pieces) == 1:
        return lambda _, __: text
    if len(pieces) == 3 and not pieces[0] and not pieces[2]:
        return _variable(pieces[1])
    # Texts stand at even places, variables at odd ones.
    parts = [_variable(piece) if place % 2 else piece for place, piece in enumerate(pieces)]

    def joined(request: ApiRequest, reply: HttpReply | None) -> str:
        return "".join(
            part if isinstance(part, str) else part(request, reply) or "" for part in parts
        )

    return joined


def _variable(text: str) -> Value:
    source, _, name = text.partition(".")
    if source == "context" and name:
        return lambda request, _: context_value(name, request)
    if source == "stageVariables" and name:
        return lambda request, _: request.stage_variables.get(name)
    if source == "request":
        return _of_request(name, text)
    if source == "response":
        return _of_reply(name, text)
    raise _invalid(text)


def _of_request(text: str, whole: str) -> Value:
    kind, _, name = text.partition(".")
    match kind, name:
        case "header", name if name:
            header = name.lower()
            return lambda request, _: request.http.headers.get(header)
        case "querystring", name if name:
            return lambda request, _: request.query.get(name)
        case "path", "":
            return lambda request, _: request.inner_path
        case "path", _:
            return lambda request, _: request.path_parameters.get(name)
        case "body", "":
            return lambda request, _: _decoded(request.http.body)
        case "body", _:
            find = _finder(name, whole)
            return lambda request, _: find(
                request.json_body if len(request.http.body) <= _MOST_BODY else None
            )
    raise _invalid(whole)


def _of_reply(text: str, whole: str) -> Value:
    kind, _, name = text.partition(".")
    if kind == "header" and name:
        header = name.lower()
        return lambda _, reply: _header(reply, header)
    if kind == "body" and not name:
        return lambda _, reply: _decoded(_body(reply))
    if kind == "body":
        find = _finder(name, whole)
        return lambda _, reply: find(value_in(_body(reply)[:_MOST_BODY]))
    raise _invalid(whole)


def _finder(path: str, whole: str) -> Callable[[Any], str | None]:
    if ".." in whole or "?(" in whole:
        raise _invalid(whole)
    try:
        compiled = compile_path(f"$.{path}")
    except InvalidPath:
        raise _invalid(whole) from None

    def find(document: Any) -> str | None:
        try:
            found = compiled.find(document)
        except TooMuch:
            return None
        if found is MISSING or found is None:
            return None
        return found if isinstance(found, str) else orjson.dumps(found).decode()

    return find


def _header(reply: HttpReply | None, name: str) -> str | None:
    values = [value for known, value in reply.headers if known == name] if reply else []
    return ",".join(values) if values else None


def _body(reply: HttpReply | None) -> bytes:
    return reply.body if reply is not None and isinstance(reply.body, bytes) else b""


def _decoded(body: bytes) -> str | None:
    return body.decode(errors="replace") if body else None


def _invalid(text: str) -> BadRequest:
    return BadRequest(f"Invalid mapping expression specified: ${text}")
