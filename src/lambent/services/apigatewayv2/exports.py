"""An API as OpenAPI 3 with API Gateway's extensions. Pure."""

from collections.abc import Mapping
from typing import Any

from lambent.services.apigatewayv2 import definitions
from lambent.services.apigatewayv2.records import Api, Settings
from lambent.services.apigatewayv2.route_rules import method_and_path, target_id
from lambent.services.apigatewayv2.rules import DEFAULT_ROUTE

_SIGNED = "sigv4"


def exported(
    api: Api, content: Mapping[str, Any], url: str, stage: str, *, extensions: bool
) -> dict[str, Any]:
    """`content` is what a deployment serves. Without `extensions`: what any OpenAPI tool reads."""
    settings = api.settings
    about = {
        "title": settings["Name"],
        "version": settings.get("Version") or f"{api.created:.0f}",
    }
    if settings.get("Description"):
        about["description"] = settings["Description"]
    server: dict[str, Any] = {"url": f"{url}/{{basePath}}"}
    base = "" if stage in ("", "$default") else stage
    server["variables"] = {"basePath": {"default": base}}
    document: dict[str, Any] = {"openapi": "3.0.1", "info": about, "servers": [server]}
    if extensions and api.tags:
        document["tags"] = [
            {"name": key, definitions.TAG_VALUE: value} for key, value in api.tags.items()
        ]
    document["paths"] = _paths(content, extensions=extensions)
    schemes = _schemes(content, extensions=extensions)
    if schemes:
        document["components"] = {"securitySchemes": schemes}
    if extensions:
        document |= _of_api(content.get("cors"), settings)
    return document


def _of_api(cors: Settings | None, settings: Settings) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if cors:
        members[definitions.CORS] = _spelt(cors, definitions.CORS_MEMBERS)
    if settings.get("DisableExecuteApiEndpoint"):
        members[definitions.ENDPOINT] = {"disableExecuteApiEndpoint": True}
    members["x-amazon-apigateway-importexport-version"] = "1.0"
    return members


def _paths(content: Mapping[str, Any], *, extensions: bool) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in sorted(content["route"].values(), key=lambda one: str(one["RouteKey"])):
        method, path = method_and_path(route["RouteKey"])
        operation: dict[str, Any] = {
            "responses": {"default": {"description": f"Default response for {route['RouteKey']}"}}
        }
        if route.get("OperationName"):
            operation["operationId"] = route["OperationName"]
        parameters = [
            {
                "name": segment.strip("{+}"),
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
            }
            for segment in path.split("/")
            if segment.startswith("{")
        ]
        if parameters:
            operation["parameters"] = parameters
        security = _security(content, route)
        if security:
            operation["security"] = security
        if extensions:
            operation |= _extensions(content, route)
        name = definitions.ANY_METHOD if method == "ANY" else method.lower()
        paths.setdefault("/" + path.lstrip("/"), {})[name] = operation
    return paths


def _extensions(content: Mapping[str, Any], route: Settings) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if route["RouteKey"] == DEFAULT_ROUTE:
        members["isDefaultRoute"] = True
    integration = content["integration"].get(target_id(route))
    if integration is not None:
        described = _spelt(integration, definitions.INTEGRATION_MEMBERS)
        described["type"] = described["type"].lower()
        members[definitions.INTEGRATION] = described
    return members


def _security(content: Mapping[str, Any], route: Settings) -> list[dict[str, list[str]]]:
    if route.get("AuthorizationType") == "AWS_IAM":
        return [{_SIGNED: []}]
    authorizer = content["authorizer"].get(route.get("AuthorizerId"))
    if authorizer is None:
        return []
    return [{authorizer["Name"]: list(route.get("AuthorizationScopes") or ())}]


def _schemes(content: Mapping[str, Any], *, extensions: bool) -> dict[str, Any]:
    schemes: dict[str, Any] = {}
    if any(route.get("AuthorizationType") == "AWS_IAM" for route in content["route"].values()):
        schemes[_SIGNED] = {"type": "apiKey", "name": "Authorization", "in": "header"}
        if extensions:
            schemes[_SIGNED][definitions.AUTH_TYPE] = "awsSigv4"
    for authorizer in content["authorizer"].values():
        is_jwt = authorizer["AuthorizerType"] == "JWT"
        scheme: dict[str, Any] = (
            {"type": "oauth2", "flows": {}}
            if is_jwt
            else {"type": "apiKey", "name": "Unused", "in": "header"}
        )
        if extensions:
            scheme[definitions.AUTHORIZER] = _authorizer(authorizer)
        schemes[authorizer["Name"]] = scheme
    return schemes


def _authorizer(settings: Settings) -> dict[str, Any]:
    described = _spelt(settings, definitions.AUTHORIZER_MEMBERS)
    described["identitySource"] = ",".join(settings.get("IdentitySource") or ())
    described["type"] = settings["AuthorizerType"].lower()
    if settings["AuthorizerType"] == "JWT":
        configuration = settings["JwtConfiguration"]
        described["jwtConfiguration"] = {
            "issuer": configuration["Issuer"],
            "audience": list(configuration.get("Audience") or ()),
        }
    return described


def _spelt(settings: Settings, names: Mapping[str, str]) -> dict[str, Any]:
    return {name: settings[known] for name, known in names.items() if known in settings}
