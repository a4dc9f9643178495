"""
What comes back from an integration → what the client gets. Pure.

A proxy's answer is passed on; any other is matched against the integration responses, and its
headers and body are mapped as the one that fits says.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lambent.languages.regular_expressions import TooSlow, matcher
from lambent.services.apigateway.live.asked import Asked, Pairs
from lambent.services.apigateway.live.mapping import (
    MappingFailed,
    as_text,
    rendered,
    response_value,
)
from lambent.services.apigateway.records import Document
from lambent.wire.http_events import header_text, value_in

Json = dict[str, Any]

_PROXY_MEMBERS = frozenset(
    {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
)
# AWS: headers that an answer may not set go by another name, or not at all.
_REMAPPED = frozenset(
    {"authorization", "connection", "content-md5", "date", "expect", "host", "max-forwards"}
    | {"server", "upgrade", "user-agent", "via", "warn", "www-authenticate"}
)
_DROPPED = frozenset({"content-length", "transfer-encoding", "keep-alive", "trailer"})


class MalformedAnswer(Exception):
    """A function's answer that is none of a proxy's."""


class NoResponseFits(Exception):
    """No integration response is for this answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What an integration answered. `selected_by` is what selection patterns are held against:
    the status, or a function's error message.
    """

    status: int
    headers: Pairs
    body: bytes
    selected_by: str
    # What the function or the endpoint called its own request.
    request_id: str = ""


@dataclass(slots=True)
class Reply:
    """What the client gets; later steps add headers to it."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def set_header(self, name: str, value: str) -> None:
        lower = name.lower()
        self.headers = [pair for pair in self.headers if pair[0].lower() != lower]
        self.headers.append((name, value))


def proxied(payload: bytes, asked: Asked) -> Reply:
    """What a function behind AWS_PROXY answered. Raises MalformedAnswer."""
    answer = value_in(payload)
    if not isinstance(answer, dict) or not set(answer) <= _PROXY_MEMBERS:
        raise MalformedAnswer
    status = _status(answer.get("statusCode", 200))
    headers = _proxy_headers(answer)
    body = answer.get("body")
    is_base64 = answer.get("isBase64Encoded")
    if not isinstance(body, str | None) or is_base64 not in (None, True, False):
        raise MalformedAnswer
    content = (body or "").encode(errors="replace")
    if is_base64 and is_binary_wanted(asked):
        content = _decoded(body or "")
    reply = Reply(status, headers, content)
    if not any(name.lower() == "content-type" for name, _ in headers):
        reply.headers.append(("Content-Type", "application/json"))
    return reply


def passed_on(answer: Answer) -> Reply:
    """What a web address behind HTTP_PROXY answered."""
    headers = [(renamed(name), value) for name, value in answer.headers if _is_kept(name)]
    # The body has been unpacked on its way.
    headers = [pair for pair in headers if pair[0].lower() != "content-encoding"]
    return Reply(answer.status, headers, answer.body)


def mapped(integration: Document, answer: Answer, asked: Asked, context: Json) -> Reply:
    """An answer as an integration response says it. Raises NoResponseFits and MappingFailed."""
    response = _fitting(integration.get("integrationResponses") or {}, answer.selected_by)
    reply = Reply(int(response["statusCode"]))
    context["integration"]["status"] = str(answer.status)
    body = _handled(response.get("contentHandling"), answer.body, asked)
    kind, template = _template(response.get("responseTemplates") or {}, asked)
    for name, expression in (response.get("responseParameters") or {}).items():
        value = response_value(expression, answer.headers, answer.body, asked, context)
        if value is None:
            continue
        header = name.removeprefix("method.response.header.")
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(value, list):
                reply.set_header(header, as_text(each))
            else:
                reply.headers.append((header, as_text(each)))
    if template is not None:
        body = rendered(template, body.decode(errors="replace"), asked, context).encode()
    override = context.get("responseOverride") or {}
    if override.get("status") is not None:
        reply.status = _overridden(override["status"], reply.status)
    for name, value in (override.get("header") or {}).items():
        reply.set_header(name, as_text(value))
    if not any(name.lower() == "content-type" for name, _ in reply.headers):
        reply.headers.append(("Content-Type", kind))
    reply.body = body
    return reply


def is_binary_wanted(asked: Asked) -> bool:
    """AWS: a body in base64 is decoded where the first of what the client accepts is binary."""
    types = asked.site.api.get("binaryMediaTypes") or ()
    accepted = (asked.header("accept") or "").partition(",")[0]
    return is_media_type(accepted, types) or "*/*" in types


def is_media_type(kind: str, types: Sequence[str]) -> bool:
    """
    >>> is_media_type("image/png; q=1", ["image/*"])
    True
    """
    kind = kind.partition(";")[0].strip().lower()
    if not kind:
        return False
    return any(
        one.lower() in (kind, "*/*") or (one.endswith("/*") and kind.startswith(one[:-1].lower()))
        for one in types
    )


def renamed(name: str) -> str:
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _is_kept(name: str) -> bool:
    return name.lower() not in _DROPPED


def _status(value: Any) -> int:
    try:
        status = int(value)
    except (OverflowError, TypeError, ValueError):
        raise MalformedAnswer from None
    if isinstance(value, bool) or not 200 <= status <= 599:
        raise MalformedAnswer
    return status


def _proxy_headers(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    single, many = answer.get("headers"), answer.get("multiValueHeaders")
    if not isinstance(single, dict | None) or not isinstance(many, dict | None):
        raise MalformedAnswer
    found: list[tuple[str, str]] = []
    for name, values in (many or {}).items():
        if not isinstance(values, list):
            raise MalformedAnswer
        found += [(renamed(name), _header_value(value)) for value in values if _is_kept(name)]
    listed = {name.lower() for name in many or {}}
    for name, value in (single or {}).items():
        # AWS: of a header in both, the list is what counts.
        if name.lower() not in listed and _is_kept(name) and value is not None:
            found.append((renamed(name), _header_value(value)))
    return found


def _header_value(value: Any) -> str:
    if isinstance(value, dict | list):
        raise MalformedAnswer
    return header_text("" if value is None else value)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedAnswer from None


def _fitting(responses: Mapping[str, Document], selected_by: str) -> Document:
    """The response whose pattern matches; without any, the one that has no pattern."""
    default: Document | None = None
    for response in responses.values():
        pattern = response.get("selectionPattern")
        if not pattern:
            default = default or response
            continue
        try:
            if matcher(pattern, whole=True)(selected_by):
                return response
        except (re.error, TooSlow) as error:
            raise MappingFailed(str(error)) from None
    if default is None:
        raise NoResponseFits
    return default


def _template(templates: Mapping[str, str], asked: Asked) -> tuple[str, str | None]:
    """The content type of the reply, and its template if there is one."""
    if not templates:
        return "application/json", None
    for accepted in (asked.header("accept") or "").split(","):
        kind = accepted.partition(";")[0].strip().lower()
        if kind in templates:
            return kind, templates[kind]
    kind = "application/json" if "application/json" in templates else next(iter(templates))
    return kind, templates[kind]


def _handled(handling: str | None, body: bytes, asked: Asked) -> bytes:
    if handling == "CONVERT_TO_BINARY":
        try:
            return base64.b64decode(body)
        except binascii.Error:
            raise MappingFailed("Unable to base64 decode the body.") from None
    if handling == "CONVERT_TO_TEXT":
        return base64.b64encode(body)
    return body


def _overridden(value: Any, status: int) -> int:
    try:
        found = int(value)
    except (OverflowError, TypeError, ValueError):
        return status
    return found if 200 <= found <= 599 else status
