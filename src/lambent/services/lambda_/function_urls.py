"""
Function URLs: an HTTP request as the event of a function, and its answer as an HTTP reply. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from lambent.services.lambda_.records import FunctionUrl
from lambent.wire.messages import HttpReply, HttpRequest

# How a streaming function says status and headers: JSON, eight NUL bytes, the body.
PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
PRELUDE_END = bytes(8)
_TEXT_TYPES = frozenset(
    {"application/json", "application/javascript", "application/xml", "application/yaml"}
)
# What the connection says for itself.
_NOT_PASSED_ON = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked, where the URL wants to know (AWS_IAM); None of it otherwise."""

    access_key: str
    account: str
    user_id: str
    arn: str


class Malformed(Exception):
    """A function's answer that is no HTTP reply."""


def request_event(
    url: FunctionUrl,
    request: HttpRequest,
    path: str,
    *,
    domain: str,
    request_id: str,
    now: float,
    caller: Caller | None,
) -> dict[str, Any]:
    """The event, in payload format 2.0."""
    headers = dict(request.headers)
    cookies = headers.pop("cookie", "")
    body, is_base64 = _event_body(request)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": caller.account if caller else "anonymous",
            "apiId": url.id,
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": headers.get("x-forwarded-for", "127.0.0.1").partition(",")[0],
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": f"{datetime.fromtimestamp(now, UTC):%d/%b/%Y:%H:%M:%S +0000}",
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": is_base64,
    }
    if caller is not None:
        event["requestContext"]["authorizer"] = {"iam": _authorizer(caller)}
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if request.query:
        event["queryStringParameters"] = _parameters(request.query)
    if body is not None:
        event["body"] = body
    return event


def reply_of(payload: bytes) -> HttpReply:
    """The reply that a function's answer means. Raises Malformed."""
    if PRELUDE_END in payload and payload.startswith(b"{"):
        # It streams, and its URL does not.
        head, _, body = payload.partition(PRELUDE_END)
        status, headers = status_and_headers(_object_in(head))
        return HttpReply(status, headers, body)
    answer = _value_in(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # AWS: whatever else a function returns is the body.
        return HttpReply(200, [("content-type", "application/json")], payload)
    status, headers = status_and_headers(answer)
    return HttpReply(status, headers, _reply_body(answer))


def prelude_of(head: bytes) -> tuple[int, list[tuple[str, str]]]:
    """What stands before a streamed body. Raises Malformed."""
    return status_and_headers(_object_in(head))


def status_and_headers(answer: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]]]:
    try:
        status = int(answer.get("statusCode", 200))
    except (TypeError, ValueError):
        raise Malformed from None
    given = answer.get("headers") or {}
    cookies = answer.get("cookies") or []
    if not 100 <= status <= 599 or not isinstance(given, dict) or not isinstance(cookies, list):
        raise Malformed
    headers = [
        (name.lower(), _header_text(value))
        for name, value in given.items()
        if value is not None and name.lower() not in _NOT_PASSED_ON
    ]
    if all(name != "content-type" for name, _ in headers):
        headers.append(("content-type", "application/json"))
    headers += [("set-cookie", str(cookie)) for cookie in cookies]
    return status, headers


def _authorizer(caller: Caller) -> dict[str, Any]:
    return {
        "accessKey": caller.access_key,
        "accountId": caller.account,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.arn,
        "userId": caller.user_id,
    }


def _parameters(query: str) -> dict[str, str]:
    """A parameter that comes several times is one with commas."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _event_body(request: HttpRequest) -> tuple[str | None, bool]:
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


def _reply_body(answer: Mapping[str, Any]) -> bytes:
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


def _value_in(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None


def _object_in(text: bytes) -> dict[str, Any]:
    value = _value_in(text)
    if not isinstance(value, dict):
        raise Malformed
    return value


def _header_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
