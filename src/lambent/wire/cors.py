"""
What function URLs and HTTP APIs answer to browsers that ask from another origin. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from lambent.wire.messages import HttpReply, HttpRequest

Cors = Mapping[str, Any]


def preflight_reply(cors: Cors, request: HttpRequest, status: int = 200) -> HttpReply | None:
    """The answer to a preflight request; None for any other request."""
    asked_method = request.headers.get("access-control-request-method")
    if request.method != "OPTIONS" or asked_method is None or "origin" not in request.headers:
        return None
    headers = _origin_headers(cors, request.headers["origin"])
    if headers:
        headers += [
            (name, ",".join(cors[member]))
            for name, member in _PREFLIGHT.items()
            if cors.get(member)
        ]
        if cors.get("MaxAge"):
            headers.append(("access-control-max-age", str(cors["MaxAge"])))
    return HttpReply(status, headers, b"")


def with_cors(
    cors: Cors, request: HttpRequest, headers: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The reply's headers; AWS: what is configured takes the place of what the function says."""
    origin = request.headers.get("origin")
    if origin is None:
        return headers
    kept = [(name, value) for name, value in headers if not name.startswith("access-control-")]
    added = _origin_headers(cors, origin)
    if added and cors.get("ExposeHeaders"):
        added.append(("access-control-expose-headers", ",".join(cors["ExposeHeaders"])))
    return kept + added


_PREFLIGHT = {
    "access-control-allow-headers": "AllowHeaders",
    "access-control-allow-methods": "AllowMethods",
}


def _origin_headers(cors: Cors, origin: str) -> list[tuple[str, str]]:
    allowed = cors.get("AllowOrigins") or []
    if not any(fnmatchcase(origin, pattern) for pattern in allowed):
        return []
    if cors.get("AllowCredentials"):
        return [
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("vary", "Origin"),
        ]
    if "*" in allowed:
        return [("access-control-allow-origin", "*")]
    return [("access-control-allow-origin", origin), ("vary", "Origin")]
