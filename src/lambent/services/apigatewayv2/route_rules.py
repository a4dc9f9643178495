"""What a route may be. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.records import Settings
from lambent.services.apigatewayv2.rules import DEFAULT_ROUTE, Params, chosen, patched

_MEMBERS = (
    "ApiKeyRequired",
    "AuthorizationScopes",
    "AuthorizationType",
    "AuthorizerId",
    "OperationName",
    "RouteKey",
    "Target",
)
# What only WebSocket APIs have.
_WEBSOCKET = (
    "ModelSelectionExpression",
    "RequestModels",
    "RequestParameters",
    "RouteResponseSelectionExpression",
)
_DEFAULTS = {"ApiKeyRequired": False, "AuthorizationType": "NONE"}
_METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_SEGMENT = re.compile(r"\{[\w.:-]+\+?\}|[^{}]*")
_TARGET = "integrations/"


def new_route_settings(params: Params) -> dict[str, Any]:
    return _checked({**_DEFAULTS, **chosen(params, _MEMBERS)}, params)


def updated_route_settings(settings: Settings, params: Params) -> dict[str, Any]:
    return _checked(patched(settings, chosen(params, _MEMBERS)), params)


def target_id(settings: Settings) -> str:
    """The integration of a route; empty where it has none."""
    return str(settings.get("Target", "")).removeprefix(_TARGET)


def method_and_path(key: str) -> tuple[str, str]:
    """
    Raises BadRequest for what is no key of an HTTP API's route.

    >>> method_and_path("GET /pets/{id}")
    ('GET', '/pets/{id}')
    """
    if key == DEFAULT_ROUTE:
        return "ANY", DEFAULT_ROUTE
    method, _, path = key.partition(" ")
    if method not in _METHODS or not path.startswith("/"):
        raise BadRequest(
            "The provided route key is not formatted properly for HTTP protocol. Format should be"
            ' "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    _check_path(path)
    return method, path


def _check_path(path: str) -> None:
    names: set[str] = set()
    segments = path[1:].split("/")
    for place, segment in enumerate(segments):
        if not _SEGMENT.fullmatch(segment):
            raise BadRequest(f"Invalid path segment in the route key: {segment}")
        if segment.endswith("+}") and place < len(segments) - 1:
            raise BadRequest("A greedy path variable must be at the end of the resource path")
        if segment.startswith("{"):
            if segment in names:
                raise BadRequest(f"The path variable {segment} is in the route key twice")
            names.add(segment)


def _checked(settings: dict[str, Any], params: Params) -> dict[str, Any]:
    for member in _WEBSOCKET:
        if params.get(member):
            raise BadRequest(f"{member} is not supported for HTTP protocol Apis")
    method_and_path(settings["RouteKey"])
    kind = settings["AuthorizationType"]
    if settings.get("ApiKeyRequired"):
        raise BadRequest("ApiKeyRequired is not currently supported for HTTP protocol Apis")
    if kind in ("JWT", "CUSTOM") and not settings.get("AuthorizerId"):
        raise BadRequest(f"AuthorizerId is required for the authorization type {kind}")
    if kind not in ("JWT", "CUSTOM"):
        # AWS: it may be given, and counts for nothing.
        settings.pop("AuthorizerId", None)
    if kind != "JWT" and settings.get("AuthorizationScopes"):
        raise BadRequest("Authorization scopes are only allowed for JWT authorization type")
    if settings.get("Target") and not settings["Target"].startswith(_TARGET):
        raise BadRequest("Invalid target. Format should be integrations/<integration-id>")
    return settings


def check_authorizer(settings: Settings, authorizer: Mapping[str, Any]) -> None:
    """An authorizer of the kind that the route says."""
    wanted = {"JWT": "JWT", "CUSTOM": "REQUEST"}[settings["AuthorizationType"]]
    if authorizer["AuthorizerType"] != wanted:
        raise BadRequest(
            "Invalid authorizer ID specified. Setting the authorization type to"
            f" {settings['AuthorizationType']} requires an authorizer of type {wanted}."
        )
