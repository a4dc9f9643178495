"""What an integration may be. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from lambent.core.errors import NotSupported
from lambent.services.apigatewayv2 import parameter_mapping
from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.expressions import compile_expression
from lambent.services.apigatewayv2.records import Settings
from lambent.services.apigatewayv2.rules import Params, chosen, patched
from lambent.services.apigatewayv2.subtypes import SUBTYPES

_MEMBERS = (
    "ConnectionId",
    "ConnectionType",
    "CredentialsArn",
    "Description",
    "IntegrationMethod",
    "IntegrationSubtype",
    "IntegrationType",
    "IntegrationUri",
    "PayloadFormatVersion",
    "RequestParameters",
    "ResponseParameters",
    "TimeoutInMillis",
    "TlsConfig",
)
_MERGED = frozenset({"RequestParameters", "ResponseParameters"})
_WEBSOCKET = (
    "ContentHandlingStrategy",
    "PassthroughBehavior",
    "RequestTemplates",
    "TemplateSelectionExpression",
)
_DEFAULTS = {"ConnectionType": "INTERNET", "TimeoutInMillis": 30_000}
_FUNCTION = re.compile(
    r"(?:arn:[\w-]+:apigateway:[\w-]+:lambda:path/2015-03-31/functions/)?"
    r"(?P<arn>arn:[\w-]+:lambda:[^/]+)(?:/invocations)?"
)
_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:(?:role|user)/.+|arn:aws:iam::\*:user/\*")
_METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def new_integration_settings(params: Params) -> dict[str, Any]:
    settings = {**_DEFAULTS, **chosen(params, _MEMBERS)}
    if settings["IntegrationType"] == "AWS_PROXY" and "IntegrationSubtype" not in settings:
        # AWS: whatever is asked for, functions are invoked by POST.
        settings["IntegrationMethod"] = "POST"
    return _checked(settings, params)


def updated_integration_settings(settings: Settings, params: Params) -> dict[str, Any]:
    return _checked(patched(settings, chosen(params, _MEMBERS), _MERGED), params)


def function_arn(uri: str) -> str:
    """The function that a URI invokes; empty of one that invokes none."""
    match = _FUNCTION.fullmatch(uri)
    return match["arn"] if match else ""


def quick_integration(target: str, credentials: str | None) -> dict[str, Any]:
    """What CreateApi makes of its Target."""
    params: dict[str, Any] = {"IntegrationUri": target}
    if credentials:
        params["CredentialsArn"] = credentials
    if function_arn(target):
        params |= {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
    else:
        params |= {
            "IntegrationType": "HTTP_PROXY",
            "IntegrationMethod": "ANY",
            "PayloadFormatVersion": "1.0",
        }
    return {**new_integration_settings(params), "ApiGatewayManaged": True}


def _checked(settings: dict[str, Any], params: Params) -> dict[str, Any]:
    for member in _WEBSOCKET:
        if params.get(member):
            raise BadRequest(f"{member} is not supported for HTTP protocol Apis")
    if settings["IntegrationType"] not in ("AWS_PROXY", "HTTP_PROXY"):
        raise BadRequest(
            "Invalid integration type. Only AWS_PROXY and HTTP_PROXY integration types are"
            " supported on HTTP protocol Apis."
        )
    if settings.get("ConnectionType") == "VPC_LINK":
        raise NotSupported("Lambent has no VPC links: ConnectionType must be INTERNET.")
    version = settings.get("PayloadFormatVersion")
    if version is None:
        raise BadRequest("PayloadFormatVersion is a required parameter for integration.")
    if settings.get("CredentialsArn") and not _ROLE.fullmatch(settings["CredentialsArn"]):
        raise BadRequest("Invalid ARN specified in the request")
    _check_kind(settings, version)
    parameter_mapping.reply_changes(settings.get("ResponseParameters") or {})
    return settings


def _check_kind(settings: Mapping[str, Any], version: str) -> None:
    parameters = settings.get("RequestParameters") or {}
    if settings.get("IntegrationSubtype"):
        _check_subtype(settings, version, parameters)
        return
    parameter_mapping.request_changes(parameters)
    uri = settings.get("IntegrationUri", "")
    if settings["IntegrationType"] == "AWS_PROXY":
        fits = bool(function_arn(uri))
        _check_version(version, ("1.0", "2.0"))
    else:
        if settings.get("IntegrationMethod") not in _METHODS:
            raise BadRequest("HttpMethod must be set for integration of type HTTP_PROXY")
        fits = uri.startswith(("http://", "https://")) and len(uri) > len("https://")
        _check_version(version, ("1.0",))
    if not fits:
        raise BadRequest("Invalid integration URI specified")
    compile_expression(uri)


def _check_subtype(
    settings: Mapping[str, Any], version: str, parameters: Mapping[str, str]
) -> None:
    name = settings["IntegrationSubtype"]
    subtype = SUBTYPES.get(name)
    if settings["IntegrationType"] != "AWS_PROXY" or subtype is None:
        raise BadRequest(f"Unsupported integration subtype: {name}")
    if subtype.service is None:
        raise NotSupported(f"Lambent does not support the integration subtype {name}.")
    _check_version(version, ("1.0",))
    if not settings.get("CredentialsArn"):
        raise BadRequest("Credentials are required for AWS service integrations")
    unknown = sorted(set(parameters) - subtype.required - subtype.optional - {"Region"})
    missing = sorted(subtype.required - set(parameters))
    if missing:
        raise BadRequest(f"Required parameter(s) missing: {', '.join(missing)}")
    if unknown:
        raise BadRequest(f"Parameter(s) not supported: {', '.join(unknown)}")
    for value in parameters.values():
        compile_expression(value)


def _check_version(version: str, versions: tuple[str, ...]) -> None:
    if version not in versions:
        raise BadRequest(
            f"PayloadFormatVersion {version} is not supported. Supported versions:"
            f" {', '.join(versions)}"
        )
