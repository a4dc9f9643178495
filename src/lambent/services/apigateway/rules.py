"""What may be configured, and what it is when nothing is said. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from lambent.core.errors import NotSupported
from lambent.services.apigateway.errors import BadRequest, Conflict
from lambent.services.apigateway.records import Document

Params = Mapping[str, Any]

HTTP_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY")
_PATH_PART = re.compile(r"[a-zA-Z0-9._:~@$*+,!'();=&%-]+|\{[a-zA-Z0-9._:-]+\+?\}")
_STAGE_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_MODEL_NAME = re.compile(r"[a-zA-Z0-9]+")
_VARIABLE_NAME = re.compile(r"[a-zA-Z0-9_]+")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*")
_REQUEST_PARAMETER = re.compile(r"method\.request\.(path|querystring|header)\.[^\s]+")
_RESPONSE_PARAMETER = re.compile(r"method\.response\.header\.[^\s]+")
_INTEGRATION_PARAMETER = re.compile(
    r"integration\.request\.(path|querystring|header|multivaluequerystring|multivalueheader)\.\S+"
)
_AWS_URI = re.compile(r"arn:aws[\w-]*:apigateway:[^:]*:[^:]+:(path|action)/.+", re.DOTALL)
_STATUS_CODE = re.compile(r"[1-5]\d\d")
_AUTHORIZATION_TYPES = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
_LARGEST_COMPRESSED = 10_485_760
LONGEST_TIMEOUT = 29_000
# Of a stage, beside what it shows: verdicts of authorizers that are older do not count.
FLUSHED = "authorizersFlushedAt"

API_KEY_SOURCES = ("HEADER", "AUTHORIZER")


def picked(params: Params, *names: str) -> dict[str, Any]:
    """The members that are given, in this order."""
    return {name: params[name] for name in names if params.get(name) is not None}


def check_rest_api(document: Document) -> None:
    if not document.get("name"):
        raise BadRequest("API name cannot be empty")
    size = document.get("minimumCompressionSize")
    if size is not None and not 0 <= size <= _LARGEST_COMPRESSED:
        raise BadRequest(
            "Invalid minimum compression size, must be between 0 and 10485760 inclusive"
        )
    if document.get("apiKeySource") not in (None, *API_KEY_SOURCES):
        raise BadRequest(
            "1 validation error detected: Value at 'createRestApiInput.apiKeySourceType' failed to"
            " satisfy constraint: Member must satisfy enum value set: [AUTHORIZER, HEADER]"
        )


def new_rest_api(params: Params, id: str, root_id: str, now: float) -> dict[str, Any]:
    configuration = dict(params.get("endpointConfiguration") or {})
    configuration.setdefault("types", ["EDGE"])
    configuration.setdefault("ipAddressType", "ipv4")
    document = {
        "id": id,
        **picked(params, "name", "description", "version"),
        "createdDate": int(now),
        **picked(params, "binaryMediaTypes", "minimumCompressionSize"),
        "apiKeySource": params.get("apiKeySource", "HEADER"),
        "endpointConfiguration": configuration,
        **picked(params, "policy", "tags", "securityPolicy", "endpointAccessMode"),
        "disableExecuteApiEndpoint": bool(params.get("disableExecuteApiEndpoint", False)),
        "rootResourceId": root_id,
    }
    check_rest_api(document)
    return document


def root_resource(id: str) -> dict[str, Any]:
    return {"id": id, "path": "/"}


def path_below(parent_path: str, part: str) -> str:
    """
    >>> path_below("/", "orders"), path_below("/orders", "{id}")
    ('/orders', '/orders/{id}')
    """
    return f"{parent_path.rstrip('/')}/{part}"


def check_path_part(part: str, parent: Document, siblings: list[Document]) -> None:
    if not _PATH_PART.fullmatch(part):
        raise BadRequest(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and"
            " curly braces at the beginning and the end."
        )
    if parent.get("pathPart", "").endswith("+}"):
        raise BadRequest(
            f"Cannot create a child of a resource with a greedy path variable: {parent['pathPart']}"
        )
    for sibling in siblings:
        if sibling["pathPart"] == part:
            raise Conflict(f"Another resource with the same parent already has this name: {part}")
        if part[0] == "{" == sibling["pathPart"][0]:
            raise BadRequest(
                f"A sibling ({sibling['pathPart']}) of this resource already has a variable path"
                " part -- only one unique variable path part is allowed"
            )


def new_method(params: Params) -> dict[str, Any]:
    http_method = params["httpMethod"]
    if http_method not in HTTP_METHODS:
        raise BadRequest(
            "Invalid HttpMethod specified. Valid options are " + ",".join(sorted(HTTP_METHODS))
        )
    return {
        "httpMethod": http_method,
        "authorizationType": params["authorizationType"],
        **picked(params, "authorizerId"),
        "apiKeyRequired": bool(params.get("apiKeyRequired", False)),
        **picked(
            params,
            "requestValidatorId",
            "operationName",
            "requestParameters",
            "requestModels",
            "authorizationScopes",
        ),
    }


def check_method(
    method: Document, authorizers: set[str], validators: set[str], models: set[str]
) -> None:
    kind = method["authorizationType"]
    if kind not in _AUTHORIZATION_TYPES:
        raise BadRequest(
            "Invalid authorization type specified. Valid options are "
            + ", ".join(_AUTHORIZATION_TYPES)
        )
    if kind == "COGNITO_USER_POOLS":
        raise no_cognito()
    if kind == "CUSTOM" and method.get("authorizerId") not in authorizers:
        raise BadRequest(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or"
            " COGNITO_USER_POOLS requires a valid authorizer."
        )
    validator = method.get("requestValidatorId")
    if validator and validator not in validators:
        raise BadRequest("Invalid Request Validator identifier specified")
    for model in method.get("requestModels", {}).values():
        if model not in models:
            raise BadRequest(f"Invalid model identifier specified: {model}")
    _check_names(method.get("requestParameters", {}), _REQUEST_PARAMETER)


def no_cognito() -> NotSupported:
    return NotSupported("Lambent has no Cognito: authorizers of user pools are not supported.")


def check_method_response(response: Document, models: set[str]) -> None:
    _check_status_code(response["statusCode"])
    for model in response.get("responseModels", {}).values():
        if model not in models:
            raise BadRequest(f"Invalid model identifier specified: {model}")
    _check_names(response.get("responseParameters", {}), _RESPONSE_PARAMETER)


def new_integration(params: Params, resource_id: str) -> dict[str, Any]:
    document = {
        "type": params["type"],
        **({"httpMethod": m} if (m := params.get("integrationHttpMethod")) else {}),
        **picked(params, "uri", "connectionType", "connectionId", "credentials"),
        **picked(params, "requestParameters", "requestTemplates"),
        "passthroughBehavior": params.get("passthroughBehavior") or "WHEN_NO_MATCH",
        **picked(params, "contentHandling"),
        "timeoutInMillis": params.get("timeoutInMillis") or LONGEST_TIMEOUT,
        "cacheNamespace": params.get("cacheNamespace") or resource_id,
        "cacheKeyParameters": list(params.get("cacheKeyParameters") or ()),
        **picked(params, "tlsConfig", "responseTransferMode"),
    }
    if params["type"].startswith("HTTP"):
        document.setdefault("connectionType", "INTERNET")
    check_integration(document)
    return document


def check_integration(integration: Document) -> None:
    kind, uri = integration["type"], integration.get("uri", "")
    if kind not in ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"):
        raise BadRequest(f"Invalid integration type specified: {kind}")
    if integration.get("connectionType") == "VPC_LINK":
        raise NotSupported("Lambent has no VPC links: use a connection of the type INTERNET.")
    if integration.get("responseTransferMode") == "STREAM":
        raise NotSupported("Lambent does not stream the responses of REST APIs.")
    if kind != "MOCK" and not integration.get("httpMethod"):
        raise BadRequest("Enumeration value for HttpMethod must be non-empty")
    if kind.startswith("HTTP"):
        text = re.sub(r"\$\{stageVariables\.\w+\}", "x", uri)
        if not re.match(r"(https?://)?[^\s/]+", text) or (
            "${stageVariables" not in uri and not text.startswith(("http://", "https://"))
        ):
            raise BadRequest("Invalid HTTP endpoint specified for URI")
    if kind.startswith("AWS") and not _AWS_URI.fullmatch(uri):
        if not uri.startswith("arn:"):
            raise BadRequest("Invalid ARN specified in the request")
        raise BadRequest("AWS ARN for integration must contain path or action")
    if kind == "AWS_PROXY" and ":lambda:path/" not in uri:
        raise BadRequest(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose"
            " stream invocations."
        )
    if not 50 <= integration["timeoutInMillis"] <= LONGEST_TIMEOUT:
        raise BadRequest("Timeout should be between 50 ms and 29000 ms")
    behavior = integration["passthroughBehavior"]
    if behavior not in ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"):
        raise BadRequest(
            "Invalid passthroughBehavior. Valid values are WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER"
        )
    _check_names(integration.get("requestParameters", {}), _INTEGRATION_PARAMETER)


def check_integration_response(response: Document) -> None:
    _check_status_code(response["statusCode"])
    _check_names(response.get("responseParameters", {}), _RESPONSE_PARAMETER)
    pattern = response.get("selectionPattern")
    if pattern:
        try:
            re.compile(pattern)
        except re.error:
            raise BadRequest(f"Invalid selection pattern specified: {pattern}") from None


def check_deployable(resources: list[Document]) -> None:
    methods = [method for each in resources for method in each.get("resourceMethods", {}).values()]
    if not methods:
        raise BadRequest("The REST API doesn't contain any methods")
    if any("methodIntegration" not in method for method in methods):
        raise BadRequest("No integration defined for method")


def check_stage_name(name: str) -> None:
    if not _STAGE_NAME.fullmatch(name):
        raise BadRequest("Stage name only allows a-zA-Z0-9_")


def new_stage(params: Params, now: float) -> dict[str, Any]:
    check_stage_name(params["stageName"])
    with_cache = bool(params.get("cacheClusterEnabled", False))
    document = {
        "deploymentId": params["deploymentId"],
        "stageName": params["stageName"],
        **picked(params, "description"),
        "cacheClusterEnabled": with_cache,
        **({"cacheClusterSize": params.get("cacheClusterSize", "0.5")} if with_cache else {}),
        "methodSettings": {},
        **picked(params, "variables", "documentationVersion", "canarySettings", "tags"),
        "tracingEnabled": bool(params.get("tracingEnabled", False)),
        "createdDate": int(now),
        "lastUpdatedDate": int(now),
    }
    return checked_stage(document)


def checked_stage(document: Document) -> dict[str, Any]:
    """The stage with what follows from its settings."""
    for name, value in document.get("variables", {}).items():
        if not _VARIABLE_NAME.fullmatch(name):
            raise BadRequest(
                "Stage variable names can only have alphanumeric and underscore characters"
            )
        if not _VARIABLE_VALUE.fullmatch(value):
            raise BadRequest(
                "Stage variable values may not contain characters other than alphanumerics and"
                " -._~:/?#&=,"
            )
    settings = {
        key: {**_SETTING_DEFAULTS, **setting}
        for key, setting in document.get("methodSettings", {}).items()
    }
    for setting in settings.values():
        if setting["loggingLevel"] not in ("OFF", "ERROR", "INFO"):
            raise BadRequest("Invalid logging level; must be one of: OFF, ERROR, INFO")
    return {
        **document,
        "cacheClusterStatus": "AVAILABLE"
        if document.get("cacheClusterEnabled")
        else "NOT_AVAILABLE",
        "methodSettings": settings,
    }


_SETTING_DEFAULTS = {
    "metricsEnabled": False,
    "loggingLevel": "OFF",
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}


def check_model_name(name: str) -> None:
    if not _MODEL_NAME.fullmatch(name):
        raise BadRequest("Model name must be alphanumeric: " + name)


def new_authorizer(params: Params, id: str) -> dict[str, Any]:
    document = {
        "id": id,
        **picked(params, "name", "type", "providerARNs"),
        "authType": params.get("authType") or "custom",
        **picked(
            params,
            "authorizerUri",
            "authorizerCredentials",
            "identitySource",
            "identityValidationExpression",
        ),
        "authorizerResultTtlInSeconds": params.get("authorizerResultTtlInSeconds", 300),
    }
    check_authorizer(document)
    return document


def check_authorizer(authorizer: Document) -> None:
    if authorizer["type"] == "COGNITO_USER_POOLS":
        raise no_cognito()
    if authorizer["type"] not in ("TOKEN", "REQUEST"):
        raise NotSupported(f"Lambent has no authorizers of the type {authorizer['type']}.")
    if not 0 <= authorizer["authorizerResultTtlInSeconds"] <= 3600:
        raise BadRequest("Authorizer result TTL must be between 0 and 3600 seconds")
    if not _AWS_URI.fullmatch(authorizer.get("authorizerUri", "")):
        raise BadRequest("Invalid Authorizer URI: " + authorizer.get("authorizerUri", ""))
    source = authorizer.get("identitySource", "")
    if authorizer["type"] == "TOKEN" and not source.startswith("method.request.header."):
        raise BadRequest("Identity source is required for TOKEN authorizer")
    if (
        authorizer["type"] == "REQUEST"
        and not source
        and authorizer["authorizerResultTtlInSeconds"]
    ):
        raise BadRequest("Identity source is required for REQUEST authorizer with caching enabled")


def _check_status_code(code: str) -> None:
    if not _STATUS_CODE.fullmatch(code):
        raise BadRequest("Invalid status code specified")


def _check_names(parameters: Mapping[str, Any], form: re.Pattern[str]) -> None:
    for name in parameters:
        if not form.fullmatch(name):
            raise BadRequest(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors :"
                f" [Invalid mapping expression parameter specified: {name}]"
            )


def tagged_names(arn: str) -> list[str]:
    """
    >>> tagged_names("arn:aws:apigateway:us-east-1::/restapis/abc/stages/live")
    ['us-east-1', 'restapis', 'abc', 'stages', 'live']
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "apigateway" or not parts[5].startswith("/"):
        raise not_taggable(arn)
    return [parts[3], *parts[5].strip("/").split("/")]


def not_taggable(arn: str) -> BadRequest:
    return BadRequest(f"Invalid resource ARN specified in the request: {arn}")


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > 50:
        raise BadRequest("Number of tags exceeds the limit of 50")
    if any(key.startswith("aws:") for key in tags):
        raise BadRequest("Tag keys starting with 'aws:' are reserved for system use")


def check_schema(schema: str) -> None:
    try:
        json.loads(schema or "{}")
    except (ValueError, RecursionError):
        raise BadRequest(
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model"
            " schema specified. Unable to parse]"
        ) from None
