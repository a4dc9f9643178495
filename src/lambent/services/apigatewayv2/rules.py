"""What the settings of an HTTP API may be, and how they change. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.errors import NotSupported
from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.records import Settings

Params = Mapping[str, Any]

DEFAULT_STAGE = "$default"
DEFAULT_ROUTE = "$default"
# AWS: pages of this many, unless fewer are asked for.
MOST_RESULTS = 100
MOST_ROUTES = 300
MOST_INTEGRATIONS = 300
MOST_STAGES = 10
MOST_AUTHORIZERS = 10
MOST_TAGS = 50

_API_MEMBERS = (
    "ApiKeySelectionExpression",
    "CorsConfiguration",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "IpAddressType",
    "Name",
    "ProtocolType",
    "RouteSelectionExpression",
    "Version",
)
_API_DEFAULTS = {
    "ApiKeySelectionExpression": "$request.header.x-api-key",
    "DisableExecuteApiEndpoint": False,
    "IpAddressType": "ipv4",
    "RouteSelectionExpression": "$request.method $request.path",
}
# AWS: no other scheme, whatever applications use.
_ORIGIN = re.compile(r"\*|https?://\S+")


def new_api_settings(params: Params) -> dict[str, Any]:
    if params["ProtocolType"] != "HTTP":
        raise NotSupported("Lambent has no WebSocket APIs: ProtocolType must be HTTP.")
    check_api(params)
    return {**_API_DEFAULTS, **chosen(params, _API_MEMBERS)}


def updated_api_settings(settings: Settings, params: Params) -> dict[str, Any]:
    check_api(params)
    return patched(settings, chosen(params, _API_MEMBERS))


def check_api(params: Params) -> None:
    if params.get("RouteSelectionExpression", _API_DEFAULTS["RouteSelectionExpression"]) not in (
        "$request.method $request.path",
        "${request.method} ${request.path}",
    ):
        raise BadRequest(
            "Invalid route selection expression specified. Only '${request.method}"
            " ${request.path}' is supported for HTTP protocol Apis."
        )
    _check_cors(params.get("CorsConfiguration") or {})


def _check_cors(cors: Mapping[str, Any]) -> None:
    for origin in cors.get("AllowOrigins") or ():
        if not _ORIGIN.fullmatch(origin):
            raise BadRequest(f"Invalid format for origin {origin}")
    if cors.get("AllowCredentials") and "*" in (cors.get("AllowOrigins") or ()):
        raise BadRequest("Allow origin can not be * when allow credentials is true")
    if not -1 <= cors.get("MaxAge", 0) <= 86_400:
        raise BadRequest("Max age must be between -1 and 86400 seconds")


def chosen(params: Params, names: Sequence[str]) -> dict[str, Any]:
    return {name: params[name] for name in names if params.get(name) is not None}


def patched(
    settings: Settings, changes: Mapping[str, Any], merged: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """
    The settings once a PATCH has changed them.

    AWS: an empty text takes a setting away; maps among `merged` keep the keys that a change does
    not name, and lose those that it gives nothing for.
    """
    result = dict(settings)
    for name, value in changes.items():
        if value == "":
            result.pop(name, None)
        elif name in merged:
            kept = {**(result.get(name) or {}), **value}
            result[name] = {key: one for key, one in kept.items() if one not in ("", {})}
        else:
            result[name] = value
    return result


def checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    if len(tags) > MOST_TAGS:
        raise BadRequest(f"A resource can have at most {MOST_TAGS} tags.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise BadRequest("Tag keys starting with 'aws:' are reserved.")
    return dict(tags)


def page_size(params: Params) -> int:
    """MaxResults is text in this API."""
    text = params.get("MaxResults")
    if text is None:
        return MOST_RESULTS
    if not text.isdigit() or not int(text):
        raise BadRequest("Invalid value for maxResults")
    return min(int(text), 500)
