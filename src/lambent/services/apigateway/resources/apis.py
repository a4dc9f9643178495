"""What an API consists of: AWS::ApiGateway::RestApi, Resource, Method and what these share."""

import re
from typing import Any

import orjson

from lambent.languages.templates.resource_types import (
    Asked,
    Call,
    Part,
    ResourceType,
    Source,
    Update,
    alike,
)
from lambent.services.apigateway.resources.patching import replacing, tagged_arn


def _api_name(asked: Asked) -> str:
    """AWS: the name may stand in the document alone."""
    name = asked.properties.get("Name")
    info = (asked.properties.get("Body") or {}).get("info") or {}
    return str(name or info.get("title") or asked.logical_id)


def _body(asked: Asked) -> str:
    return orjson.dumps(asked.properties["Body"]).decode()


def _parameters(asked: Asked) -> dict[str, str]:
    found = dict(asked.properties.get("Parameters") or {})
    types = (asked.properties.get("EndpointConfiguration") or {}).get("Types")
    return {**({"endpointConfigurationTypes": ",".join(types)} if types else {}), **found}


def _put(body: Source) -> Call:
    return Call(
        "PutRestApi",
        {
            "restApiId": "@id",
            "mode": lambda asked: asked.properties.get("Mode", "overwrite"),
            "parameters": _parameters,
            "failOnWarnings": "FailOnWarnings",
            "body": body,
        },
    )


def _binary_types(asked: Asked) -> str:
    return orjson.dumps(asked.properties.get("BinaryMediaTypes") or []).decode()


_API_ARN = tagged_arn("/restapis/{id}")
_DOCUMENTED = frozenset({"Mode", "Parameters", "FailOnWarnings"})

REST_API = ResourceType(
    name="AWS::ApiGateway::RestApi",
    service="apigateway",
    loads="BodyS3Location",
    create=Call(
        "CreateRestApi",
        {
            "name": _api_name,
            "apiKeySource": "ApiKeySourceType",
            **alike("BinaryMediaTypes", "CloneFrom", "Description", "DisableExecuteApiEndpoint"),
            **alike("EndpointConfiguration", "MinimumCompressionSize", "Policy", "Tags"),
        },
    ),
    identifier="id",
    read=Call("GetRestApi", {"restApiId": "@id"}),
    attributes={"RestApiId": "@id", "RootResourceId": "rootResourceId"},
    updates=(
        Update(
            Call(
                "UpdateRestApi",
                {
                    "restApiId": "@id",
                    "patchOperations": replacing(
                        {
                            "/name": "Name",
                            "/description": "Description",
                            "/apiKeySource": "ApiKeySourceType",
                            "/minimumCompressionSize": "MinimumCompressionSize",
                            "/disableExecuteApiEndpoint": "DisableExecuteApiEndpoint",
                            "/policy": "Policy",
                            "/endpointConfiguration/types/0": "EndpointConfiguration.Types.0",
                        },
                        {
                            "/description": "",
                            "/apiKeySource": "HEADER",
                            "/minimumCompressionSize": "",
                            "/disableExecuteApiEndpoint": "false",
                            "/policy": None,
                        },
                    ),
                },
            ),
            by=frozenset(
                {
                    *("Name", "Description", "ApiKeySourceType", "MinimumCompressionSize"),
                    *("DisableExecuteApiEndpoint", "Policy", "EndpointConfiguration"),
                }
            ),
        ),
        Update(
            Call(
                "UpdateRestApi",
                {
                    "restApiId": "@id",
                    "patchOperations": lambda asked: [
                        {
                            "op": "replace",
                            "path": "/binaryMediaTypes",
                            "value": _binary_types(asked),
                        }
                    ],
                },
            ),
            by=frozenset({"BinaryMediaTypes"}),
        ),
    ),
    parts=(
        Part("Body", put=_put(_body), by=_DOCUMENTED),
        Part("BodyS3Location", put=_put("@loaded"), by=_DOCUMENTED),
    ),
    delete=Call("DeleteRestApi", {"restApiId": "@id"}),
    replaced_by=frozenset({"CloneFrom"}),
    taggable=True,
    tag=Call("TagResource", {"resourceArn": _API_ARN, "tags": "@tags"}),
    untag=Call("UntagResource", {"resourceArn": _API_ARN, "tagKeys": "@tag_keys"}),
)

RESOURCE = ResourceType(
    name="AWS::ApiGateway::Resource",
    service="apigateway",
    required=("ParentId", "PathPart", "RestApiId"),
    create=Call("CreateResource", alike("RestApiId", "ParentId", "PathPart")),
    identifier="id",
    attributes={"ResourceId": "@id"},
    delete=Call("DeleteResource", {"restApiId": "RestApiId", "resourceId": "@id"}),
    replaced_by=frozenset({"ParentId", "PathPart", "RestApiId"}),
)

_NAMED = alike("RestApiId", "ResourceId", "HttpMethod")
_METHOD_MEMBERS = (
    *("ApiKeyRequired", "AuthorizationScopes", "AuthorizerId", "OperationName", "RequestModels"),
    *("RequestParameters", "RequestValidatorId"),
)
_METHOD_CHANGES = frozenset(
    {*_METHOD_MEMBERS, "AuthorizationType", "Integration", "MethodResponses"}
)
_PUT_METHOD = Call(
    "PutMethod",
    {
        **_NAMED,
        **alike(*_METHOD_MEMBERS),
        "AuthorizationType": lambda asked: asked.properties.get("AuthorizationType", "NONE"),
    },
)
_INTEGRATION_MEMBERS = (
    *("CacheKeyParameters", "CacheNamespace", "ConnectionId", "ConnectionType"),
    *("ContentHandling", "Credentials", "IntegrationHttpMethod", "PassthroughBehavior"),
    *("RequestParameters", "RequestTemplates", "TimeoutInMillis", "Type", "Uri"),
    *("ResponseTransferMode",),
)


def _of_item(*names: str) -> dict[str, Source]:
    return {name: f"@item.{name}" for name in names}


METHOD = ResourceType(
    name="AWS::ApiGateway::Method",
    service="apigateway",
    required=("HttpMethod", "ResourceId", "RestApiId"),
    create=_PUT_METHOD,
    identifier=lambda asked: "|".join(
        str(asked.properties[name]) for name in ("RestApiId", "ResourceId", "HttpMethod")
    ),
    # A method is put once, and a patch says what is gone by its name: it is made again, which
    # nobody sees before the next deployment.
    updates=(
        Update(Call("DeleteMethod", _NAMED), by=_METHOD_CHANGES),
        Update(_PUT_METHOD, by=_METHOD_CHANGES),
    ),
    parts=(
        Part(
            "MethodResponses",
            put=Call(
                "PutMethodResponse",
                {**_NAMED, **_of_item("StatusCode", "ResponseModels", "ResponseParameters")},
            ),
            each=True,
            key="StatusCode",
            by=_METHOD_CHANGES,
        ),
        Part(
            "Integration",
            put=Call("PutIntegration", {**_NAMED, **_of_item(*_INTEGRATION_MEMBERS)}),
            by=_METHOD_CHANGES,
        ),
        Part(
            "Integration.IntegrationResponses",
            put=Call(
                "PutIntegrationResponse",
                {
                    **_NAMED,
                    **_of_item(
                        *("ContentHandling", "ResponseParameters", "ResponseTemplates"),
                        *("SelectionPattern", "StatusCode"),
                    ),
                },
            ),
            each=True,
            key="StatusCode",
            by=_METHOD_CHANGES,
        ),
    ),
    delete=Call("DeleteMethod", _NAMED),
    replaced_by=frozenset({"HttpMethod", "ResourceId", "RestApiId"}),
)


def _model_name(asked: Asked) -> str:
    """AWS: letters and digits only."""
    return re.sub(r"[^A-Za-z0-9]", "", asked.name)


MODEL = ResourceType(
    name="AWS::ApiGateway::Model",
    service="apigateway",
    named_by="Name",
    required=("RestApiId",),
    create=Call(
        "CreateModel",
        {
            "name": _model_name,
            "contentType": lambda asked: asked.properties.get("ContentType", "application/json"),
            **alike("Description", "RestApiId", "Schema"),
        },
    ),
    identifier="name",
    updates=(
        Update(
            Call(
                "UpdateModel",
                {
                    "restApiId": "RestApiId",
                    "modelName": "@id",
                    "patchOperations": replacing(
                        {"/description": "Description", "/schema": "Schema"},
                        {"/description": "", "/schema": "{}"},
                    ),
                },
            ),
            by=frozenset({"Description", "Schema"}),
        ),
    ),
    delete=Call("DeleteModel", {"restApiId": "RestApiId", "modelName": "@id"}),
    replaced_by=frozenset({"ContentType", "Name", "RestApiId"}),
)

REQUEST_VALIDATOR = ResourceType(
    name="AWS::ApiGateway::RequestValidator",
    service="apigateway",
    named_by="Name",
    required=("RestApiId",),
    create=Call(
        "CreateRequestValidator",
        {
            "name": "@name",
            **alike("RestApiId", "ValidateRequestBody", "ValidateRequestParameters"),
        },
    ),
    identifier="id",
    attributes={"RequestValidatorId": "@id"},
    updates=(
        Update(
            Call(
                "UpdateRequestValidator",
                {
                    "restApiId": "RestApiId",
                    "requestValidatorId": "@id",
                    "patchOperations": replacing(
                        {
                            "/validateRequestBody": "ValidateRequestBody",
                            "/validateRequestParameters": "ValidateRequestParameters",
                        },
                        {"/validateRequestBody": "false", "/validateRequestParameters": "false"},
                    ),
                },
            ),
            by=frozenset({"ValidateRequestBody", "ValidateRequestParameters"}),
        ),
    ),
    delete=Call("DeleteRequestValidator", {"restApiId": "RestApiId", "requestValidatorId": "@id"}),
    replaced_by=frozenset({"Name", "RestApiId"}),
)

_PUT_RESPONSE = Call(
    "PutGatewayResponse",
    alike("ResponseParameters", "ResponseTemplates", "ResponseType", "RestApiId", "StatusCode"),
)


def _response_id(asked: Asked) -> Any:
    return f"{asked.properties['RestApiId']}|{asked.properties['ResponseType']}"


GATEWAY_RESPONSE = ResourceType(
    name="AWS::ApiGateway::GatewayResponse",
    service="apigateway",
    required=("ResponseType", "RestApiId"),
    create=_PUT_RESPONSE,
    identifier=_response_id,
    attributes={"Id": "@id"},
    updates=(
        Update(
            _PUT_RESPONSE, by=frozenset({"ResponseParameters", "ResponseTemplates", "StatusCode"})
        ),
    ),
    delete=Call("DeleteGatewayResponse", alike("RestApiId", "ResponseType")),
    replaced_by=frozenset({"ResponseType", "RestApiId"}),
)
