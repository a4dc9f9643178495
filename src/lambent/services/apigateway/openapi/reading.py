"""
A document → what an API is made of, with names where parts refer to each other. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.openapi.document import Json, is_swagger, members, resolved
from lambent.services.apigateway.openapi.schemas import Models

_X = "x-amazon-apigateway-"
_METHODS = {
    **{name: name.upper() for name in ("get", "put", "post", "delete", "options", "head", "patch")},
    f"{_X}any-method": "ANY",
}
_PLACES = {"query": "querystring", "header": "header", "path": "path"}


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value]


def _text_map(value: Any) -> dict[str, str]:
    return {str(name): str(each) for name, each in value.items()}


# Members that are params of PutIntegration as they stand, and what type they have.
_INTEGRATION: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("uri", "credentials", "cacheNamespace", "connectionId"), str),
    **dict.fromkeys(("connectionType", "responseTransferMode"), lambda text: str(text).upper()),
    "requestParameters": _text_map,
    "requestTemplates": _text_map,
    "cacheKeyParameters": _texts,
    "timeoutInMillis": int,
    "tlsConfig": dict,
}
# The same of CreateRestApi.
_SETTINGS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    f"{_X}binary-media-types": ("binaryMediaTypes", _texts),
    f"{_X}api-key-source": ("apiKeySource", str),
    f"{_X}minimum-compression-size": ("minimumCompressionSize", int),
}


@dataclass(slots=True)
class Imported:
    """
    `methods` is path → method → document; of a method, `authorizer` and `validator` are names, and
    of its integration, `integration` are params of PutIntegration.
    """

    settings: Json
    methods: dict[str, dict[str, Json]] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    validators: dict[str, Json] = field(default_factory=dict)
    authorizers: dict[str, Json] = field(default_factory=dict)
    gateway_responses: dict[str, Json] = field(default_factory=dict)


def read(document: Mapping[str, Any], api_id: str, base_path: str = "ignore") -> Imported:
    """What a document says. `base_path`: what becomes of its basePath. Raises BadRequest."""
    models = Models(document, api_id)
    imported = Imported(_settings(document))
    schemes = _Schemes(document)
    imported.authorizers = schemes.authorizers
    for name, validator in members(document.get(f"{_X}request-validators")).items():
        imported.validators[name] = {
            member: bool(members(validator).get(member))
            for member in ("validateRequestBody", "validateRequestParameters")
        }
    for kind, response in members(document.get(f"{_X}gateway-responses")).items():
        imported.gateway_responses[kind] = _gateway_response(members(response))
    prefix = _prefix(document, base_path)
    for path, item in members(document.get("paths")).items():
        if not path.startswith("/"):
            raise BadRequest(f"Invalid OpenAPI input. The path {path} does not begin with /.")
        operations = _Operations(document, models, schemes, members(resolved(document, item)))
        imported.methods[prefix + path if prefix else path] = operations.methods()
    imported.models = models.documents()
    return imported


def _settings(document: Mapping[str, Any]) -> Json:
    """Params of CreateRestApi."""
    info = members(document.get("info"))
    settings: Json = {"name": str(info.get("title", ""))}
    for member in ("description", "version"):
        if info.get(member):
            settings[member] = str(info[member])
    for extension, (name, fitted) in _SETTINGS.items():
        if document.get(extension) is not None:
            settings[name] = fitted(document[extension])
    if document.get(f"{_X}policy"):
        settings["policy"] = orjson.dumps(document[f"{_X}policy"]).decode()
    endpoint = members(document.get(f"{_X}endpoint-configuration"))
    if not endpoint and document.get("servers"):
        endpoint = members(members(document["servers"][0]).get(f"{_X}endpoint-configuration"))
    if "disableExecuteApiEndpoint" in endpoint:
        settings["disableExecuteApiEndpoint"] = bool(endpoint["disableExecuteApiEndpoint"])
    return settings


def _prefix(document: Mapping[str, Any], base_path: str) -> str:
    if is_swagger(document):
        base = str(document.get("basePath") or "/")
    else:
        servers = document.get("servers") or [{}]
        server = members(servers[0])
        variable = members(members(server.get("variables")).get("basePath"))
        base = str(variable.get("default") or "/")
    parts = [part for part in base.split("/") if part]
    match base_path:
        case "prepend":
            return "".join(f"/{part}" for part in parts)
        case "split":
            return "".join(f"/{part}" for part in parts[1:])
    return ""


def _gateway_response(response: Json) -> Json:
    found: Json = {
        "responseParameters": _text_map(members(response.get("responseParameters"))),
        "responseTemplates": _text_map(members(response.get("responseTemplates"))),
    }
    if response.get("statusCode") is not None:
        found["statusCode"] = str(response["statusCode"])
    return found


class _Schemes:
    """What the document calls its ways to know who asks."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        found = (
            members(document.get("securityDefinitions"))
            if is_swagger(document)
            else members(members(document.get("components")).get("securitySchemes"))
        )
        self.authorizers: dict[str, Json] = {}
        self._kinds: dict[str, str] = {}
        self._overall = document.get("security")
        for name, scheme in found.items():
            self._kinds[name] = self._read(name, members(resolved(document, scheme)))

    def _read(self, name: str, scheme: Json) -> str:
        authorizer = members(scheme.get(f"{_X}authorizer"))
        kind = str(scheme.get(f"{_X}authtype", "")).lower()
        if authorizer:
            self.authorizers[name] = _authorizer(name, scheme, authorizer)
            return "authorizer"
        if kind == "awssigv4":
            return "iam"
        is_key = scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower()
        return "key" if is_key == "x-api-key" else ""

    def of(self, operation: Json) -> Json:
        """The members of a method that say who may ask."""
        found: Json = {"authorizationType": "NONE", "apiKeyRequired": False}
        security = operation.get("security", self._overall)
        for requirement in security or ():
            for name, scopes in members(requirement).items():
                match self._kinds.get(name):
                    case "authorizer":
                        kind = self.authorizers[name]["type"]
                        is_pool = kind == "COGNITO_USER_POOLS"
                        found["authorizationType"] = "COGNITO_USER_POOLS" if is_pool else "CUSTOM"
                        found["authorizer"] = name
                        if scopes:
                            found["authorizationScopes"] = _texts(scopes)
                    case "iam":
                        found["authorizationType"] = "AWS_IAM"
                    case "key":
                        found["apiKeyRequired"] = True
        explicit = members(operation.get(f"{_X}auth")).get("type")
        if explicit:
            found["authorizationType"] = str(explicit).upper()
        return found


def _authorizer(name: str, scheme: Json, authorizer: Json) -> Json:
    """Params of CreateAuthorizer."""
    kind = str(authorizer.get("type", "token")).upper()
    source = authorizer.get("identitySource")
    if source is None and kind in ("TOKEN", "COGNITO_USER_POOLS"):
        source = f"method.request.header.{scheme.get('name', 'Authorization')}"
    found: Json = {"name": name, "type": kind}
    if source:
        found["identitySource"] = str(source)
    for member in (
        *("authorizerUri", "authorizerCredentials", "identityValidationExpression"),
        *("providerARNs",),
    ):
        if authorizer.get(member):
            fitted = _texts if member == "providerARNs" else str
            found[member] = fitted(authorizer[member])
    if authorizer.get("authorizerResultTtlInSeconds") is not None:
        found["authorizerResultTtlInSeconds"] = int(authorizer["authorizerResultTtlInSeconds"])
    if scheme.get(f"{_X}authtype"):
        found["authType"] = str(scheme[f"{_X}authtype"])
    return found


class _Operations:
    """The operations of one path."""

    def __init__(
        self, document: Mapping[str, Any], models: Models, schemes: _Schemes, item: Json
    ) -> None:
        self._document = document
        self._models = models
        self._schemes = schemes
        self._item = item

    def methods(self) -> dict[str, Json]:
        return {
            name: self._method(name, members(self._item[key]))
            for key, name in _METHODS.items()
            if key in self._item
        }

    def _method(self, name: str, operation: Json) -> Json:
        method: Json = {"httpMethod": name, **self._schemes.of(operation)}
        if operation.get("operationId"):
            method["operationName"] = str(operation["operationId"])
        validator = operation.get(
            f"{_X}request-validator", self._document.get(f"{_X}request-validator")
        )
        if validator:
            method["validator"] = str(validator)
        parameters, models = self._asked_for(operation)
        if parameters:
            method["requestParameters"] = parameters
        if models:
            method["requestModels"] = models
        responses = self._responses(operation)
        if responses:
            method["methodResponses"] = responses
        integration = members(resolved(self._document, operation.get(f"{_X}integration")))
        if integration:
            method["integration"] = _integration(integration)
            method["integrationResponses"] = _integration_responses(integration)
        return method

    def _asked_for(self, operation: Json) -> tuple[dict[str, bool], dict[str, str]]:
        """What the request must or may have: parameters, and the models of its body."""
        found: dict[str, bool] = {}
        models: dict[str, str] = {}
        for given in [*self._item.get("parameters", ()), *operation.get("parameters", ())]:
            parameter = members(resolved(self._document, given))
            place = _PLACES.get(str(parameter.get("in")))
            if place:
                name = f"method.request.{place}.{parameter.get('name')}"
                found[name] = bool(parameter.get("required", False))
            elif parameter.get("in") == "body":
                model = self._models.name_of(parameter.get("schema"), _hint(operation, "Request"))
                for kind in self._types("consumes", operation) if model else ():
                    models[kind] = str(model)
        body = members(resolved(self._document, operation.get("requestBody")))
        for kind, media in members(body.get("content")).items():
            schema = members(media).get("schema")
            model = self._models.name_of(schema, _hint(operation, "Request"))
            if model:
                models[kind] = model
        return found, models

    def _responses(self, operation: Json) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for status, given in members(operation.get("responses")).items():
            code = str(status)
            if not (len(code) == 3 and code.isdigit()):
                continue
            response = members(resolved(self._document, given))
            found[code] = {"statusCode": code}
            headers = members(response.get("headers"))
            if headers:
                found[code]["responseParameters"] = {
                    f"method.response.header.{name}": False for name in headers
                }
            models = self._response_models(operation, code, response)
            if models:
                found[code]["responseModels"] = models
        return found

    def _response_models(self, operation: Json, code: str, response: Json) -> dict[str, str]:
        hint = _hint(operation, code)
        if is_swagger(self._document):
            model = self._models.name_of(response.get("schema"), hint)
            kinds = self._types("produces", operation) if model else ()
            return {kind: str(model) for kind in kinds}
        found = {}
        for kind, media in members(response.get("content")).items():
            model = self._models.name_of(members(media).get("schema"), hint)
            if model:
                found[kind] = model
        return found

    def _types(self, member: str, operation: Json) -> list[str]:
        given = operation.get(member) or self._document.get(member) or ["application/json"]
        return [str(kind) for kind in given]


def _hint(operation: Json, what: str) -> str:
    return f"{operation.get('operationId', '')}{what}"


def _integration(integration: Json) -> Json:
    """Params of PutIntegration."""
    found: Json = {"type": str(integration.get("type", "")).upper().replace("-", "_")}
    if integration.get("httpMethod"):
        found["integrationHttpMethod"] = str(integration["httpMethod"]).upper()
    for member in ("passthroughBehavior", "contentHandling"):
        if integration.get(member):
            found[member] = str(integration[member]).upper()
    for member, fitted in _INTEGRATION.items():
        if integration.get(member) not in (None, {}, []):
            found[member] = fitted(integration[member])
    return found


def _integration_responses(integration: Json) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for pattern, given in members(integration.get("responses")).items():
        response = members(given)
        code = str(response.get("statusCode", "200"))
        document: Json = {"statusCode": code}
        if pattern != "default":
            document["selectionPattern"] = str(pattern)
        if response.get("contentHandling"):
            document["contentHandling"] = str(response["contentHandling"]).upper()
        for member in ("responseParameters", "responseTemplates"):
            if response.get(member):
                document[member] = _text_map(response[member])
        found[code] = document
    return found
