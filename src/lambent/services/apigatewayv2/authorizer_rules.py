"""What an authorizer may be. Pure."""

import re
from typing import Any

from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.integration_rules import function_arn
from lambent.services.apigatewayv2.records import Settings
from lambent.services.apigatewayv2.rules import Params, chosen, patched

_MEMBERS = (
    "AuthorizerCredentialsArn",
    "AuthorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds",
    "AuthorizerType",
    "AuthorizerUri",
    "EnableSimpleResponses",
    "IdentitySource",
    "JwtConfiguration",
    "Name",
)
_SOURCE = re.compile(
    r"\$(?:\{(?:request\.(?:header|querystring)|context|stageVariables)\.[^}\s]+\}"
    r"|(?:request\.(?:header|querystring)|context|stageVariables)\.\S+)"
)
# AWS: of an authorizer that has identity sources and says nothing of its time to live.
_DEFAULT_TTL = 300


def new_authorizer_settings(params: Params) -> dict[str, Any]:
    settings = chosen(params, _MEMBERS)
    if settings["AuthorizerType"] == "REQUEST":
        sources = settings.get("IdentitySource")
        settings.setdefault("AuthorizerResultTtlInSeconds", _DEFAULT_TTL if sources else 0)
        settings.setdefault("EnableSimpleResponses", False)
    return _checked(settings)


def updated_authorizer_settings(settings: Settings, params: Params) -> dict[str, Any]:
    changes = chosen(params, _MEMBERS)
    return _checked(patched(settings, changes, frozenset({"JwtConfiguration"})))


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    for source in settings.get("IdentitySource") or ():
        if not _SOURCE.fullmatch(source):
            raise BadRequest(
                f"Invalid identity source expression: {source}. The source must be a request"
                " header, request querystring, stage variable or context parameter"
            )
    if settings["AuthorizerType"] == "JWT":
        return _checked_jwt(settings)
    if not function_arn(settings.get("AuthorizerUri", "")):
        raise BadRequest("Invalid authorizer URI")
    version = settings.get("AuthorizerPayloadFormatVersion")
    if version is None:
        raise BadRequest(
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"
        )
    if version not in ("1.0", "2.0"):
        raise BadRequest(f"AuthorizerPayloadFormatVersion {version} is not supported")
    if settings.get("EnableSimpleResponses") and version != "2.0":
        raise BadRequest(
            'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".'
        )
    if settings["AuthorizerResultTtlInSeconds"] and not settings.get("IdentitySource"):
        raise BadRequest(
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)"
        )
    return settings


def _checked_jwt(settings: dict[str, Any]) -> dict[str, Any]:
    configuration = settings.get("JwtConfiguration") or {}
    if not configuration.get("Issuer", "").startswith(("https://", "http://")):
        raise BadRequest("Invalid issuer: it must be a URL that begins with https://")
    if len(settings.get("IdentitySource") or ()) != 1:
        raise BadRequest("A JWT authorizer must have exactly one identity source")
    return settings
