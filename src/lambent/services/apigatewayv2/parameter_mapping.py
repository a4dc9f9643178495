"""
Changes that an integration makes to requests and replies on their way. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.expressions import Value, compile_expression
from lambent.services.apigatewayv2.requests import ApiRequest
from lambent.wire.messages import HttpReply

_REQUEST_KEY = re.compile(r"(append|overwrite|remove):(header|querystring)\.(.+)|overwrite:(path)")
_REPLY_KEY = re.compile(r"(append|overwrite|remove):(header)\.(.+)|overwrite:(statuscode)")
_RESERVED = re.compile(
    r"access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length"
    r"|content-location|forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te"
    r"|trailers|transfer-encoding|upgrade|x-amz-.*|x-amzn-.*|x-forwarded-for|x-forwarded-host"
    r"|x-forwarded-proto|via",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Change:
    """`action` is append, overwrite or remove; `place` header, querystring, path or statuscode."""

    action: str
    place: str
    name: str
    value: Value


def request_changes(parameters: Mapping[str, str]) -> tuple[Change, ...]:
    """Raises BadRequest for what there is no such change of."""
    return _changes(parameters, _REQUEST_KEY)


def reply_changes(
    parameters: Mapping[str, Mapping[str, str]],
) -> Mapping[int, tuple[Change, ...]]:
    """The changes of the replies of each status. Raises BadRequest."""
    compiled = {}
    for status, changes in parameters.items():
        if not re.fullmatch(r"[1-5]\d\d", status):
            raise BadRequest(f"Invalid status code in the response parameters: {status}")
        compiled[int(status)] = _changes(changes, _REPLY_KEY)
    return compiled


def changed_request(request: ApiRequest, changes: tuple[Change, ...]) -> ApiRequest:
    if not changes:
        return request
    headers = dict(request.http.headers)
    pairs = parse_qsl(request.http.query, keep_blank_values=True)
    inner_path = path = None
    for change in changes:
        value = change.value(request, None)
        if change.place == "path":
            inner_path = path = value
        elif change.place == "header":
            headers = _changed_headers(headers, change, value)
        else:
            pairs = _changed_pairs(pairs, change, value)
    http = replace(request.http, headers=headers, query=urlencode(pairs))
    return replace(
        request,
        http=http,
        path=request.path if path is None else path,
        inner_path=request.inner_path if inner_path is None else inner_path,
    )


def changed_reply(
    request: ApiRequest, reply: HttpReply, changes: Mapping[int, tuple[Change, ...]]
) -> HttpReply:
    wanted = changes.get(reply.status)
    if not wanted:
        return reply
    status, headers = reply.status, list(reply.headers)
    for change in wanted:
        value = change.value(request, reply)
        if change.place == "statuscode":
            status = int(value) if value and re.fullmatch(r"[1-5]\d\d", value) else status
            continue
        name = change.name.lower()
        if change.action == "remove" or (change.action == "overwrite" and value is not None):
            headers = [pair for pair in headers if pair[0] != name]
        if change.action != "remove" and value is not None:
            headers.append((name, value))
    return HttpReply(status, headers, reply.body)


def _changes(parameters: Mapping[str, str], key: re.Pattern[str]) -> tuple[Change, ...]:
    changes = []
    for text, value in parameters.items():
        match = key.fullmatch(text)
        if match is None:
            raise BadRequest(f"Invalid mapping expression specified: {text}")
        action, place, name, whole = match.groups()
        if place == "header" and _RESERVED.fullmatch(name):
            raise BadRequest(f"Operations on header {name} are restricted")
        compiled = compile_expression(value)
        changes.append(Change(action or "overwrite", whole or place, name or "", compiled))
    return tuple(changes)


def _changed_headers(headers: dict[str, str], change: Change, value: str | None) -> dict[str, str]:
    name = change.name.lower()
    if change.action == "remove":
        return {known: one for known, one in headers.items() if known != name}
    if value is None:
        return headers
    if change.action == "append" and name in headers:
        value = f"{headers[name]},{value}"
    return {**headers, name: value}


def _changed_pairs(
    pairs: list[tuple[str, str]], change: Change, value: str | None
) -> list[tuple[str, str]]:
    if change.action == "append":
        return pairs if value is None else [*pairs, (change.name, value)]
    kept = [pair for pair in pairs if pair[0] != change.name]
    if change.action == "remove":
        return kept
    return pairs if value is None else [*kept, (change.name, value)]
