"""
A deployed API as a document: Swagger 2.0 or OpenAPI 3.0, with AWS's extensions or without. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from lambent.services.apigateway import kinds
from lambent.services.apigateway.records import Document

Json = dict[str, Any]

_X = "x-amazon-apigateway-"
_PLACES = {"querystring": "query", "header": "header", "path": "path"}
_ADDRESS = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/(\w+)")
_INTEGRATION = (
    *("uri", "credentials", "httpMethod", "requestParameters", "requestTemplates"),
    *("connectionType", "connectionId", "tlsConfig", "cacheNamespace", "cacheKeyParameters"),
    *("timeoutInMillis", "contentHandling"),
)
# What an integration is when nothing is said; it is not written.
_DEFAULTS: Json = {
    "timeoutInMillis": 29_000,
    "cacheKeyParameters": [],
    "connectionType": "INTERNET",
}


def written(snapshot: Document, *, kind: str, extensions: set[str], host: str, stage: str) -> Json:
    """`kind` is `swagger` or `oas30`; `extensions` are integrations, authorizers or apigateway."""
    return _Writer(snapshot, kind == "swagger", extensions, host, stage).document()


class _Writer:
    def __init__(
        self, snapshot: Document, swagger: bool, extensions: set[str], host: str, stage: str
    ) -> None:
        self._snapshot = snapshot
        self._swagger = swagger
        everything = "apigateway" in extensions
        self._integrations = everything or "integrations" in extensions
        self._authorizers = everything or "authorizers" in extensions
        self._everything = everything
        self._host = host
        self._stage = stage

    def document(self) -> Json:
        api = self._snapshot["api"]
        info: Json = {"title": api["name"]}
        for member in ("description", "version"):
            if api.get(member):
                info[member] = api[member]
        info.setdefault("version", "1.0")
        paths = {
            resource["path"]: {
                _operation_name(name): self._operation(method)
                for name, method in resource["resourceMethods"].items()
            }
            for resource in sorted(self._snapshot[kinds.RESOURCE.name], key=lambda r: r["path"])
            if resource.get("resourceMethods")
        }
        schemas = {
            model["name"]: _own_references(json.loads(model.get("schema") or "{}"), self._prefix)
            for model in self._snapshot[kinds.MODEL.name]
        }
        if self._swagger:
            document: Json = {
                "swagger": "2.0",
                "info": info,
                "host": self._host,
                "basePath": f"/{self._stage}",
                "schemes": ["https"],
                "paths": paths,
                "securityDefinitions": self._schemes(),
                "definitions": schemas,
            }
        else:
            server = {
                "url": f"https://{self._host}/{{basePath}}",
                "variables": {"basePath": {"default": self._stage}},
            }
            document = {
                "openapi": "3.0.1",
                "info": info,
                "servers": [server],
                "paths": paths,
                "components": {"schemas": schemas, "securitySchemes": self._schemes()},
            }
        return document | self._extensions()

    @property
    def _prefix(self) -> str:
        return "#/definitions/" if self._swagger else "#/components/schemas/"

    def _extensions(self) -> Json:
        if not self._everything:
            return {}
        found: Json = {}
        api = self._snapshot["api"]
        validators = self._snapshot[kinds.REQUEST_VALIDATOR.name]
        responses = self._snapshot[kinds.GATEWAY_RESPONSE.name]
        if responses:
            found[f"{_X}gateway-responses"] = {
                each["responseType"]: {
                    name: each[name]
                    for name in ("statusCode", "responseParameters", "responseTemplates")
                    if each.get(name)
                }
                for each in responses
            }
        if validators:
            found[f"{_X}request-validators"] = {
                each.get("name", each["id"]): {
                    name: each[name]
                    for name in ("validateRequestBody", "validateRequestParameters")
                }
                for each in validators
            }
        if api.get("binaryMediaTypes"):
            found[f"{_X}binary-media-types"] = api["binaryMediaTypes"]
        if api.get("policy"):
            found[f"{_X}policy"] = json.loads(api["policy"])
        return found

    def _operation(self, method: Document) -> Json:
        found: Json = {}
        if method.get("operationName"):
            found["operationId"] = method["operationName"]
        self._add_request(found, method)
        found["responses"] = {
            code: self._response(response)
            for code, response in (method.get("methodResponses") or {}).items()
        }
        security = self._security(method)
        if security:
            found["security"] = security
        if self._everything and method.get("requestValidatorId"):
            found[f"{_X}request-validator"] = self._validator_name(method["requestValidatorId"])
        if self._integrations and method.get("methodIntegration"):
            found[f"{_X}integration"] = _integration(method["methodIntegration"])
        return found

    def _add_request(self, found: Json, method: Document) -> None:
        parameters: list[Json] = []
        for name, required in (method.get("requestParameters") or {}).items():
            _, _, place, key = name.split(".", 3)
            parameter: Json = {"name": key, "in": _PLACES.get(place, "query")}
            parameter["required"] = bool(required) or place == "path"
            parameter |= {"type": "string"} if self._swagger else {"schema": {"type": "string"}}
            parameters.append(parameter)
        models = method.get("requestModels") or {}
        if self._swagger:
            found["consumes"] = list(models) or ["application/json"]
            found["produces"] = ["application/json"]
            for model in list(models.values())[:1]:
                reference = {"$ref": self._prefix + model}
                body = {"in": "body", "name": model, "required": True, "schema": reference}
                parameters.append(body)
        elif models:
            found["requestBody"] = {"content": self._content(models), "required": True}
        if parameters:
            found["parameters"] = parameters

    def _content(self, models: Mapping[str, str]) -> Json:
        return {kind: {"schema": {"$ref": self._prefix + name}} for kind, name in models.items()}

    def _response(self, response: Document) -> Json:
        found: Json = {"description": f"{response['statusCode']} response"}
        text = {"type": "string"}
        headers = {
            name.removeprefix("method.response.header."): text
            if self._swagger
            else {"schema": text}
            for name in response.get("responseParameters") or {}
        }
        if headers:
            found["headers"] = headers
        models = response.get("responseModels") or {}
        if models and self._swagger:
            found["schema"] = {"$ref": self._prefix + next(iter(models.values()))}
        elif models:
            found["content"] = self._content(models)
        return found

    def _security(self, method: Document) -> list[Json]:
        found: list[Json] = []
        match method.get("authorizationType"):
            case "AWS_IAM":
                found.append({"sigv4": []})
            case "CUSTOM":
                name = self._authorizer_name(method.get("authorizerId", ""))
                found.append({name: list(method.get("authorizationScopes") or ())})
        if method.get("apiKeyRequired"):
            found.append({"api_key": []})
        return found

    def _schemes(self) -> Json:
        used = [
            method
            for resource in self._snapshot[kinds.RESOURCE.name]
            for method in (resource.get("resourceMethods") or {}).values()
        ]
        found: Json = {}
        for authorizer in self._snapshot[kinds.AUTHORIZER.name]:
            found[authorizer["name"]] = self._scheme(authorizer)
        if any(method.get("authorizationType") == "AWS_IAM" for method in used):
            found["sigv4"] = {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                f"{_X}authtype": "awsSigv4",
            }
        if any(method.get("apiKeyRequired") for method in used):
            found["api_key"] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
        return found

    def _scheme(self, authorizer: Document) -> Json:
        source = authorizer.get("identitySource", "")
        name = source.removeprefix("method.request.header.") if "," not in source else "Unused"
        found: Json = {"type": "apiKey", "name": name or "Unused", "in": "header"}
        found[f"{_X}authtype"] = authorizer.get("authType", "custom")
        if self._authorizers:
            found[f"{_X}authorizer"] = {
                "type": authorizer["type"].lower(),
                **{
                    member: authorizer[member]
                    for member in (
                        *("authorizerUri", "authorizerCredentials", "identitySource"),
                        *("identityValidationExpression", "authorizerResultTtlInSeconds"),
                    )
                    if authorizer.get(member) is not None
                },
            }
        return found

    def _authorizer_name(self, id: str) -> str:
        known = self._snapshot[kinds.AUTHORIZER.name]
        return next((str(each["name"]) for each in known if each["id"] == id), id)

    def _validator_name(self, id: str) -> str:
        known = self._snapshot[kinds.REQUEST_VALIDATOR.name]
        return next((str(each.get("name", id)) for each in known if each["id"] == id), id)


def _operation_name(method: str) -> str:
    return f"{_X}any-method" if method == "ANY" else method.lower()


def _own_references(schema: Any, prefix: str) -> Any:
    """Addresses of models as references within the document."""
    if isinstance(schema, list):
        return [_own_references(each, prefix) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = _ADDRESS.fullmatch(str(schema.get("$ref", "")))
    if found:
        return {"$ref": prefix + found[1]}
    return {name: _own_references(value, prefix) for name, value in schema.items()}


def _integration(integration: Document) -> Json:
    found: Json = {"type": integration["type"].lower()}
    for member in _INTEGRATION:
        value = integration.get(member)
        if value is not None and value != _DEFAULTS.get(member) and member != "cacheNamespace":
            found[member] = value
    found["passthroughBehavior"] = integration.get("passthroughBehavior", "WHEN_NO_MATCH").lower()
    responses = integration.get("integrationResponses") or {}
    if responses:
        found["responses"] = {
            response.get("selectionPattern") or "default": {
                name: response[name]
                for name in (
                    *("statusCode", "responseParameters", "responseTemplates"),
                    "contentHandling",
                )
                if response.get(name)
            }
            for response in responses.values()
        }
    return found
