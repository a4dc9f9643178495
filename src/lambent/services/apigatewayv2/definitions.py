"""
OpenAPI 3 with API Gateway's extensions, read as the settings of an API and its parts. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lambent.core.errors import NotSupported
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.reading import read_template
from lambent.services.apigatewayv2 import authorizer_rules, integration_rules, route_rules, rules
from lambent.services.apigatewayv2.definition_values import asked
from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.records import Settings

INTEGRATION = "x-amazon-apigateway-integration"
INTEGRATIONS = "x-amazon-apigateway-integrations"
AUTHORIZER = "x-amazon-apigateway-authorizer"
AUTH_TYPE = "x-amazon-apigateway-authtype"
ANY_METHOD = "x-amazon-apigateway-any-method"
CORS = "x-amazon-apigateway-cors"
ENDPOINT = "x-amazon-apigateway-endpoint-configuration"
TAG_VALUE = "x-amazon-apigateway-tag-value"

_METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
# AWS: members of the extensions, and what the operations call them.
INTEGRATION_MEMBERS = {
    "connectionId": "ConnectionId",
    "connectionType": "ConnectionType",
    "credentials": "CredentialsArn",
    "description": "Description",
    "httpMethod": "IntegrationMethod",
    "integrationSubtype": "IntegrationSubtype",
    "payloadFormatVersion": "PayloadFormatVersion",
    "requestParameters": "RequestParameters",
    "responseParameters": "ResponseParameters",
    "timeoutInMillis": "TimeoutInMillis",
    "type": "IntegrationType",
    "uri": "IntegrationUri",
}
AUTHORIZER_MEMBERS = {
    "authorizerCredentials": "AuthorizerCredentialsArn",
    "authorizerPayloadFormatVersion": "AuthorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "authorizerUri": "AuthorizerUri",
    "enableSimpleResponses": "EnableSimpleResponses",
}
CORS_MEMBERS = {
    "allowCredentials": "AllowCredentials",
    "allowHeaders": "AllowHeaders",
    "allowMethods": "AllowMethods",
    "allowOrigins": "AllowOrigins",
    "exposeHeaders": "ExposeHeaders",
    "maxAge": "MaxAge",
}


@dataclass(frozen=True, slots=True)
class RouteDefinition:
    """A route, and the names that its integration and its authorizer have in the definition."""

    params: Settings
    integration: str = ""
    authorizer: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """`warnings` are of what was read and cannot be."""

    params: Settings
    tags: Mapping[str, str]
    integrations: Mapping[str, Settings]
    authorizers: Mapping[str, Settings]
    routes: tuple[RouteDefinition, ...]
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    document: Mapping[str, Any]
    base_path: str
    integrations: dict[str, Settings] = field(default_factory=dict)
    authorizers: dict[str, Settings] = field(default_factory=dict)
    routes: list[RouteDefinition] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_definition(text: str, base_path: str = "ignore") -> Definition:
    """JSON or YAML. Raises BadRequest."""
    try:
        document = read_template(text)
    except TemplateInvalid as error:
        raise BadRequest(f"Invalid OpenAPI input. {error}") from error
    if not str(document.get("openapi", "")).startswith("3."):
        raise BadRequest("Invalid OpenAPI input. Only OpenAPI 3 is supported for HTTP APIs.")
    try:
        return _definition(document, base_path)
    except (AttributeError, TypeError, ValueError, KeyError) as error:
        raise BadRequest(f"Invalid OpenAPI input. Something is not of its type: {error}") from error


def _definition(document: Mapping[str, Any], base_path: str) -> Definition:
    reading = _Reading(document, _base_path(document, base_path))
    _read_authorizers(reading)
    for path, item in (document.get("paths") or {}).items():
        for method, operation in _operations(item):
            _read_route(reading, path, method, operation)
    tags = {
        tag["name"]: str(tag[TAG_VALUE]) for tag in document.get("tags") or () if TAG_VALUE in tag
    }
    return Definition(
        _api_params(document),
        rules.checked_tags(tags),
        reading.integrations,
        reading.authorizers,
        tuple(reading.routes),
        tuple(reading.warnings),
    )


def _api_params(document: Mapping[str, Any]) -> dict[str, Any]:
    about = document.get("info") or {}
    if not about.get("title"):
        raise BadRequest("Invalid OpenAPI input. The title is missing from info.")
    params: dict[str, Any] = {"Name": str(about["title"]), "ProtocolType": "HTTP"}
    for name in ("version", "description"):
        if about.get(name):
            params[name.capitalize()] = str(about[name])
    if document.get(CORS):
        params["CorsConfiguration"] = renamed(document[CORS], CORS_MEMBERS)
    disabled = (document.get(ENDPOINT) or {}).get("disableExecuteApiEndpoint")
    if disabled is not None:
        params["DisableExecuteApiEndpoint"] = disabled
    return asked("CreateApi", params)


def _base_path(document: Mapping[str, Any], wish: str) -> str:
    if wish == "split":
        raise NotSupported("Lambent does not support the base path 'split' of an import.")
    if wish not in ("ignore", "prepend"):
        raise BadRequest("Base path must be one of ignore, prepend, split")
    servers = document.get("servers") or []
    if wish == "ignore" or not servers:
        return ""
    described = servers[0].get("variables", {}).get("basePath", {})
    path = (
        str(described.get("default", ""))
        or "/" + servers[0]["url"].partition("://")[2].partition("/")[2]
    )
    return "/" + path.strip("/") if path.strip("/") else ""


def _read_authorizers(reading: _Reading) -> None:
    schemes = (reading.document.get("components") or {}).get("securitySchemes") or {}
    for name, scheme in schemes.items():
        described = scheme.get(AUTHORIZER)
        if described is None:
            continue
        params = _authorizer_params(name, scheme, described)
        params = asked("CreateAuthorizer", params)
        reading.authorizers[name] = authorizer_rules.new_authorizer_settings(params)


def _authorizer_params(
    name: str, scheme: Mapping[str, Any], described: Mapping[str, Any]
) -> dict[str, Any]:
    params = {"Name": name, **renamed(described, AUTHORIZER_MEMBERS)}
    sources = described.get("identitySource")
    if isinstance(sources, str):
        sources = [source.strip() for source in sources.split(",") if source.strip()]
    if sources:
        params["IdentitySource"] = sources
    if str(described.get("type")).lower() == "request":
        return {**params, "AuthorizerType": "REQUEST"}
    configuration = described.get("jwtConfiguration") or {}
    issuer = configuration.get("issuer")
    if issuer is None and "openIdConnectUrl" in scheme:
        issuer = scheme["openIdConnectUrl"].removesuffix("/.well-known/openid-configuration")
    audience = configuration.get("audience") or []
    return {
        "IdentitySource": ["$request.header.Authorization"],
        **params,
        "AuthorizerType": "JWT",
        "JwtConfiguration": {
            "Issuer": issuer or "",
            "Audience": [audience] if isinstance(audience, str) else audience,
        },
    }


def _operations(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for method in _METHODS:
        if method in item:
            yield method.upper(), item[method] or {}
    if ANY_METHOD in item:
        yield "ANY", item[ANY_METHOD] or {}


def _read_route(reading: _Reading, path: str, method: str, operation: Mapping[str, Any]) -> None:
    is_default = operation.get("isDefaultRoute") or path.strip("/") == rules.DEFAULT_ROUTE
    key = rules.DEFAULT_ROUTE if is_default else f"{method} {reading.base_path}{path}"
    params: dict[str, Any] = {"RouteKey": key}
    if operation.get("operationId"):
        params["OperationName"] = str(operation["operationId"])
    kind, authorizer, scopes = _security(reading, operation)
    params["AuthorizationType"] = kind
    if scopes:
        params["AuthorizationScopes"] = scopes
    described = operation.get(INTEGRATION)
    integration = ""
    if described is None:
        reading.warnings.append(f"The route {key} has no integration.")
    else:
        integration = _integration(reading, described, key)
    route_rules.method_and_path(key)
    reading.routes.append(RouteDefinition(asked("CreateRoute", params), integration, authorizer))


def _security(reading: _Reading, operation: Mapping[str, Any]) -> tuple[str, str, list[str] | None]:
    """The type, the authorizer's name and the scopes. AWS: a scheme that is not there is none."""
    schemes = (reading.document.get("components") or {}).get("securitySchemes") or {}
    wanted = operation.get("security", reading.document.get("security")) or []
    for name, scopes in ((name, given) for one in wanted for name, given in one.items()):
        if name in reading.authorizers:
            is_jwt = reading.authorizers[name]["AuthorizerType"] == "JWT"
            return ("JWT", name, list(scopes)) if is_jwt else ("CUSTOM", name, None)
        if str(schemes.get(name, {}).get(AUTH_TYPE, "")).lower() == "awssigv4":
            return "AWS_IAM", "", None
    return "NONE", "", None


def _integration(reading: _Reading, described: Mapping[str, Any], key: str) -> str:
    """The name that it is kept by: one that is referred to is there once."""
    name = key
    reference = described.get("$ref")
    if reference is not None:
        name = str(reference)
        place = name.removeprefix(f"#/components/{INTEGRATIONS}/")
        listed = (reading.document.get("components") or {}).get(INTEGRATIONS) or {}
        if place not in listed:
            raise BadRequest(f"Invalid OpenAPI input. There is no {reference}.")
        described = listed[place]
    if name not in reading.integrations:
        params = renamed(described, INTEGRATION_MEMBERS)
        params["IntegrationType"] = str(params.get("IntegrationType", "")).upper()
        if "subtype" in described:
            params["IntegrationSubtype"] = described["subtype"]
        if params["IntegrationType"] == "HTTP":
            params["IntegrationType"] = "HTTP_PROXY"
        if "IntegrationMethod" in params:
            method = str(params["IntegrationMethod"]).upper()
            is_any = method == ANY_METHOD.upper()
            params["IntegrationMethod"] = "ANY" if is_any else method
        # AWS: what an import does not say is 1.0.
        params.setdefault("PayloadFormatVersion", "1.0")
        params = asked("CreateIntegration", params)
        reading.integrations[name] = integration_rules.new_integration_settings(params)
    return name


def renamed(described: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        known: described[name] for name, known in names.items() if described.get(name) is not None
    }
