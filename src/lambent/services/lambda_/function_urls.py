"""
Function URLs: an HTTP request as the event of a function, and its answer as an HTTP reply. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from typing import Any

from lambent.services.lambda_.records import FunctionUrl
from lambent.wire import http_events
from lambent.wire.http_events import (
    Caller,
    Malformed,
    event_body,
    iam_authorizer,
    joined_parameters,
    request_time,
    status_and_headers,
    value_in,
)
from lambent.wire.messages import HttpReply, HttpRequest

# How a streaming function says status and headers: JSON, eight NUL bytes, the body.
PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
PRELUDE_END = bytes(8)


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
    body, is_base64 = event_body(request)
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
            "time": request_time(now),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": is_base64,
    }
    if caller is not None:
        event["requestContext"]["authorizer"] = {"iam": iam_authorizer(caller)}
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if request.query:
        event["queryStringParameters"] = joined_parameters(request.query)
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
    return http_events.reply_of(payload)


def prelude_of(head: bytes) -> tuple[int, list[tuple[str, str]]]:
    """What stands before a streamed body. Raises Malformed."""
    return status_and_headers(_object_in(head))


def _object_in(text: bytes) -> dict[str, Any]:
    value = value_in(text)
    if not isinstance(value, dict):
        raise Malformed
    return value
