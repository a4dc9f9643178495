"""
HTTP as functions see it: what the events of function URLs and of both kinds of API have in common,
and what a function's answer means as an HTTP reply. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from lambent.wire.messages import HttpReply, HttpRequest

_TEXT_TYPES = frozenset(
    {"application/json", "application/javascript", "application/xml", "application/yaml"}
)
# What the connection says for itself.
NOT_PASSED_ON = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


class Malformed(Exception):
    """A function's answer that is no HTTP reply."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request, where somebody wants to know (AWS_IAM)."""

    access_key: str
    account: str
    user_id: str
    arn: str


def iam_authorizer(caller: Caller) -> dict[str, Any]:
    """The caller as events of format 2.0 have it."""
    return {
        "accessKey": caller.access_key,
        "accountId": caller.account,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.arn,
        "userId": caller.user_id,
    }


def request_time(now: float) -> str:
    """
    >>> request_time(0)
    '01/Jan/1970:00:00:00 +0000'
    """
    return f"{datetime.fromtimestamp(now, UTC):%d/%b/%Y:%H:%M:%S +0000}"


def source_ip(request: HttpRequest) -> str:
    """Where the client is, as the first of those who passed the request on says it."""
    forwarded = request.headers.get("x-forwarded-for")
    if forwarded:
        return forwarded.partition(",")[0].strip()
    return request.ends[0][0] if request.ends else "127.0.0.1"


def forwarded_headers(request: HttpRequest, trace: str) -> dict[str, str]:
    """AWS: what its own front end adds to the headers."""
    _, _, port = request.headers.get("host", "").partition(":")
    return {
        "x-forwarded-for": source_ip(request),
        "x-forwarded-port": port or "80",
        "x-forwarded-proto": "http",
        **request.headers,
        "x-amzn-trace-id": trace,
    }


def joined_parameters(query: str) -> dict[str, str]:
    """A parameter that comes several times is one with commas, as in payload format 2.0."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def event_body(request: HttpRequest) -> tuple[str | None, bool]:
    """The body, and whether it is base64. None where there is none."""
    body: bytes = request.body
    if not body:
        return None, False
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind in _TEXT_TYPES or kind.endswith(("+json", "+xml")):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    # AWS: so are forms, and what says nothing of its type.
    return base64.b64encode(body).decode(), True


def reply_of(payload: bytes) -> HttpReply:
    """The reply that a function's answer means in payload format 2.0. Raises Malformed."""
    answer = value_in(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # AWS: whatever else a function returns is the body.
        return HttpReply(200, [("content-type", "application/json")], payload)
    status, headers = status_and_headers(answer)
    return HttpReply(status, headers, reply_body(answer))


def status_and_headers(answer: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    try:
        status = int(answer.get("statusCode", 200))
    except (TypeError, ValueError):
        raise Malformed from None
    given = answer.get("headers") or {}
    cookies = answer.get("cookies") or []
    # Of those below 200 none ends what was asked.
    if not 200 <= status <= 599 or not isinstance(given, dict) or not isinstance(cookies, list):
        raise Malformed
    headers = [
        (name.lower(), header_text(value))
        for name, value in given.items()
        if value is not None and name.lower() not in NOT_PASSED_ON
    ]
    if all(name != "content-type" for name, _ in headers):
        headers.append(("content-type", "application/json"))
    headers += [("set-cookie", str(cookie)) for cookie in cookies]
    return status, headers


def reply_body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    text = body if isinstance(body, str) else orjson.dumps(body).decode()
    if not answer.get("isBase64Encoded"):
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Malformed from None


def value_in(payload: bytes) -> Any:
    """None where it is no JSON."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None


def header_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
