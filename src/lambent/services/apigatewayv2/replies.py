"""
What an API answers: its own words where something is in the way, a function's otherwise. Pure.
"""

from typing import Any

import orjson

from lambent.wire import http_events
from lambent.wire.http_events import NOT_PASSED_ON, Malformed, value_in
from lambent.wire.messages import HttpReply

_TEXT = "text/plain; charset=utf-8"


class Refused(Exception):
    """The API answers by itself; `type` is the GatewayResponse that logs name."""

    def __init__(
        self, status: int, message: str, type_: str = "", *, challenge: str = "", reason: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type_
        # Of a WWW-Authenticate header.
        self.challenge = challenge
        # For the logs alone.
        self.reason = reason

    @property
    def reply(self) -> HttpReply:
        headers = [("content-type", "application/json")]
        if self.challenge:
            headers.append(("www-authenticate", self.challenge))
        return HttpReply(self.status, headers, orjson.dumps({"message": self.message}))


def not_found() -> Refused:
    return Refused(404, "Not Found", "ROUTE_NOT_FOUND")


def forbidden(reason: str = "") -> Refused:
    return Refused(403, "Forbidden", "ACCESS_DENIED", reason=reason)


def unauthorized(reason: str = "", challenge: str = "") -> Refused:
    return Refused(401, "Unauthorized", "UNAUTHORIZED", reason=reason, challenge=challenge)


def failed(reason: str = "") -> Refused:
    return Refused(500, "Internal Server Error", "INTEGRATION_FAILURE", reason=reason)


def unavailable(reason: str = "") -> Refused:
    return Refused(503, "Service Unavailable", "INTEGRATION_NETWORK_FAILURE", reason=reason)


def too_large() -> Refused:
    return Refused(413, "Request Entity Too Large", "REQUEST_TOO_LARGE")


def too_many() -> Refused:
    return Refused(429, "Too Many Requests", "THROTTLED")


def function_reply(payload: bytes, version: str) -> HttpReply:
    """The reply that a function's answer means. Raises Malformed."""
    answer = value_in(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        if version == "1.0":
            raise Malformed
        return http_events.reply_of(payload)
    if not isinstance(answer.get("body", ""), str | None):
        # AWS: other than a function URL, which takes any value.
        raise Malformed
    several = answer.get("multiValueHeaders") or {}
    if not isinstance(several, dict) or not all(isinstance(one, list) for one in several.values()):
        raise Malformed
    cookies = answer.get("cookies") if version == "2.0" else None
    status, headers = http_events.status_and_headers({**answer, "cookies": cookies})
    if not any(name.lower() == "content-type" for name in answer.get("headers") or {}):
        # AWS: of what says nothing of its type, other than a function URL.
        headers = [pair for pair in headers if pair[0] != "content-type"]
    if version == "1.0":
        headers = _with_several(headers, several)
    if all(name != "content-type" for name, _ in headers):
        headers.append(("content-type", _TEXT))
    return HttpReply(status, headers, http_events.reply_body(answer))


def _with_several(
    headers: list[tuple[str, str]], several: dict[str, list[Any]]
) -> list[tuple[str, str]]:
    """AWS: values of both kinds of headers come together, and the same one only once."""
    result = list(headers)
    for name, values in several.items():
        lowered = name.lower()
        if lowered in NOT_PASSED_ON:
            continue
        for value in values:
            pair = (lowered, http_events.header_text(value))
            if pair not in result:
                result.append(pair)
    return result
