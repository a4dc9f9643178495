"""AWS::ApiGatewayV2::* for CloudFormation, as tables."""

import json
from collections.abc import Mapping
from typing import Any

from lambent.languages.templates.resource_types import (
    Asked,
    Call,
    Part,
    ResourceType,
    Source,
    Update,
    alike,
)
from lambent.services.apigatewayv2 import definitions


def _or(name: str, otherwise: Any) -> Source:
    """A property, and what takes its place when a template does not say it any more."""

    def source(asked: Asked) -> Any:
        return asked.properties.get(name, otherwise)

    return source


def _arn(kind: str, place: str) -> Source:
    def source(asked: Asked) -> str:
        resource = place.format(id=asked.physical_id, api=asked.properties.get("ApiId"))
        return f"arn:aws:apigateway:{asked.region}::/{kind}/{resource}"

    return source


def _tagging(arn: Source) -> Call:
    return Call("TagResource", {"ResourceArn": arn, "Tags": "@tags"})


def _untagging(arn: Source) -> Call:
    return Call("UntagResource", {"ResourceArn": arn, "TagKeys": "@tag_keys"})


def _api_name(asked: Asked) -> str:
    """The name until the definition is there, which has another."""
    return str(asked.properties.get("Name") or asked.logical_id)


def _protocol(asked: Asked) -> str:
    return str(asked.properties.get("ProtocolType") or "HTTP")


def _definition(asked: Asked) -> str:
    """The definition, with what the resource's own properties say."""
    body = asked.properties.get("Body")
    if body is None:
        return asked.loaded
    if not isinstance(body, Mapping):
        return str(body)
    body = dict(body)
    cors = asked.properties.get("CorsConfiguration")
    if cors:
        body[definitions.CORS] = {name[:1].lower() + name[1:]: cors[name] for name in cors}
    disabled = asked.properties.get("DisableExecuteApiEndpoint")
    if disabled is not None:
        text = str(disabled).lower() == "true"
        body[definitions.ENDPOINT] = {"disableExecuteApiEndpoint": text}
    return json.dumps(body)


_API = alike(
    "ApiKeySelectionExpression",
    "CorsConfiguration",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "IpAddressType",
    "RouteSelectionExpression",
    "Version",
)
_QUICK = alike("CredentialsArn", "RouteKey", "Target")
_REIMPORT = Call(
    "ReimportApi",
    {
        "ApiId": "@id",
        "Body": _definition,
        "Basepath": "BasePath",
        "FailOnWarnings": "FailOnWarnings",
    },
)

API = ResourceType(
    name="AWS::ApiGatewayV2::Api",
    service="apigatewayv2",
    loads="BodyS3Location",
    create=Call(
        "CreateApi",
        {**_API, **_QUICK, "Name": _api_name, "ProtocolType": _protocol, "Tags": "Tags"},
    ),
    identifier="ApiId",
    read=Call("GetApi", {"ApiId": "@id"}),
    attributes={"ApiEndpoint": "ApiEndpoint", "ApiId": "ApiId"},
    updates=(Update(Call("UpdateApi", {**_API, **_QUICK, "ApiId": "@id", "Name": "Name"})),),
    parts=(
        Part("Body", put=_REIMPORT, by=frozenset({"CorsConfiguration"})),
        Part("BodyS3Location", put=_REIMPORT),
    ),
    delete=Call("DeleteApi", {"ApiId": "@id"}),
    replaced_by=frozenset({"ProtocolType"}),
    taggable=True,
    tags_are_map=True,
    tag=_tagging(_arn("apis", "{id}")),
    untag=_untagging(_arn("apis", "{id}")),
)

_INTEGRATION = alike(
    "ApiId",
    "ConnectionId",
    "ConnectionType",
    "ContentHandlingStrategy",
    "CredentialsArn",
    "Description",
    "IntegrationMethod",
    "IntegrationSubtype",
    "IntegrationType",
    "IntegrationUri",
    "PassthroughBehavior",
    "PayloadFormatVersion",
    "RequestParameters",
    "RequestTemplates",
    "TemplateSelectionExpression",
    "TimeoutInMillis",
    "TlsConfig",
)


def _response_parameters(asked: Asked) -> Any:
    """CloudFormation lists what the operation has as a map."""
    given = asked.properties.get("ResponseParameters")
    if given is None:
        return None
    return {
        status: {one["Destination"]: one["Source"] for one in listed["ResponseParameters"]}
        for status, listed in given.items()
    }


_CHANGED_INTEGRATION = {
    **_INTEGRATION,
    "ResponseParameters": _response_parameters,
    "IntegrationId": "@id",
}

INTEGRATION = ResourceType(
    name="AWS::ApiGatewayV2::Integration",
    service="apigatewayv2",
    required=("ApiId", "IntegrationType"),
    create=Call("CreateIntegration", {**_INTEGRATION, "ResponseParameters": _response_parameters}),
    identifier="IntegrationId",
    attributes={"IntegrationId": "@id"},
    updates=(
        Update(
            Call("UpdateIntegration", _CHANGED_INTEGRATION),
            by=frozenset({*_INTEGRATION, "ResponseParameters"}),
        ),
    ),
    delete=Call("DeleteIntegration", {"ApiId": "ApiId", "IntegrationId": "@id"}),
    replaced_by=frozenset({"ApiId"}),
)

_ROUTE = alike(
    "ApiId",
    "ApiKeyRequired",
    "ModelSelectionExpression",
    "OperationName",
    "RequestModels",
    "RequestParameters",
    "RouteKey",
    "RouteResponseSelectionExpression",
    "Target",
)
_AUTHORIZATION = alike("AuthorizationScopes", "AuthorizationType", "AuthorizerId")

ROUTE = ResourceType(
    name="AWS::ApiGatewayV2::Route",
    service="apigatewayv2",
    required=("ApiId", "RouteKey"),
    create=Call("CreateRoute", {**_ROUTE, **_AUTHORIZATION}),
    identifier="RouteId",
    attributes={"RouteId": "@id"},
    updates=(
        Update(
            Call(
                "UpdateRoute",
                {
                    **_ROUTE,
                    "AuthorizationScopes": _or("AuthorizationScopes", []),
                    "AuthorizationType": _or("AuthorizationType", "NONE"),
                    "AuthorizerId": "AuthorizerId",
                    "RouteId": "@id",
                },
            ),
            by=frozenset({*_ROUTE, *_AUTHORIZATION}),
        ),
    ),
    delete=Call("DeleteRoute", {"ApiId": "ApiId", "RouteId": "@id"}),
    replaced_by=frozenset({"ApiId"}),
)

_AUTHORIZER = alike(
    "ApiId",
    "AuthorizerCredentialsArn",
    "AuthorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds",
    "AuthorizerType",
    "AuthorizerUri",
    "EnableSimpleResponses",
    "IdentityValidationExpression",
    "JwtConfiguration",
    "Name",
)

AUTHORIZER = ResourceType(
    name="AWS::ApiGatewayV2::Authorizer",
    service="apigatewayv2",
    required=("ApiId", "AuthorizerType", "Name"),
    create=Call("CreateAuthorizer", {**_AUTHORIZER, "IdentitySource": _or("IdentitySource", [])}),
    identifier="AuthorizerId",
    attributes={"AuthorizerId": "@id"},
    updates=(
        Update(
            Call(
                "UpdateAuthorizer",
                {
                    **_AUTHORIZER,
                    "IdentitySource": _or("IdentitySource", []),
                    "AuthorizerId": "@id",
                },
            ),
            by=frozenset({*_AUTHORIZER, "IdentitySource"}),
        ),
    ),
    delete=Call("DeleteAuthorizer", {"ApiId": "ApiId", "AuthorizerId": "@id"}),
    replaced_by=frozenset({"ApiId"}),
)

DEPLOYMENT = ResourceType(
    name="AWS::ApiGatewayV2::Deployment",
    service="apigatewayv2",
    required=("ApiId",),
    create=Call("CreateDeployment", alike("ApiId", "Description", "StageName")),
    identifier="DeploymentId",
    attributes={"DeploymentId": "@id"},
    updates=(
        Update(
            Call(
                "UpdateDeployment",
                {"ApiId": "ApiId", "Description": "Description", "DeploymentId": "@id"},
            ),
            by=frozenset({"Description"}),
        ),
    ),
    delete=Call("DeleteDeployment", {"ApiId": "ApiId", "DeploymentId": "@id"}),
    replaced_by=frozenset({"ApiId", "StageName"}),
)

_STAGE = alike(
    "AccessLogSettings",
    "ApiId",
    "AutoDeploy",
    "ClientCertificateId",
    "DefaultRouteSettings",
    "DeploymentId",
    "Description",
    "RouteSettings",
    "StageVariables",
)

STAGE = ResourceType(
    name="AWS::ApiGatewayV2::Stage",
    service="apigatewayv2",
    required=("ApiId", "StageName"),
    create=Call("CreateStage", {**_STAGE, "StageName": "StageName", "Tags": "Tags"}),
    identifier="StageName",
    attributes={"Id": "@id"},
    updates=(Update(Call("UpdateStage", {**_STAGE, "StageName": "@id"})),),
    delete=Call("DeleteStage", {"ApiId": "ApiId", "StageName": "@id"}),
    replaced_by=frozenset({"ApiId", "StageName"}),
    taggable=True,
    tags_are_map=True,
    # Of WebSocket APIs.
    ignored=frozenset({"AccessPolicyId"}),
    tag=_tagging(_arn("apis", "{api}/stages/{id}")),
    untag=_untagging(_arn("apis", "{api}/stages/{id}")),
)

_DOMAIN = alike("DomainNameConfigurations", "MutualTlsAuthentication", "RoutingMode")

DOMAIN_NAME = ResourceType(
    name="AWS::ApiGatewayV2::DomainName",
    service="apigatewayv2",
    required=("DomainName",),
    create=Call("CreateDomainName", {**_DOMAIN, "DomainName": "DomainName", "Tags": "Tags"}),
    identifier="DomainName",
    read=Call("GetDomainName", {"DomainName": "@id"}),
    attributes={
        "DomainName": "DomainName",
        "DomainNameArn": "DomainNameArn",
        "RegionalDomainName": "DomainNameConfigurations.0.ApiGatewayDomainName",
        "RegionalHostedZoneId": "DomainNameConfigurations.0.HostedZoneId",
    },
    updates=(Update(Call("UpdateDomainName", {**_DOMAIN, "DomainName": "@id"})),),
    delete=Call("DeleteDomainName", {"DomainName": "@id"}),
    replaced_by=frozenset({"DomainName"}),
    taggable=True,
    tags_are_map=True,
    tag=_tagging(_arn("domainnames", "{id}")),
    untag=_untagging(_arn("domainnames", "{id}")),
)

_MAPPING = alike("ApiId", "ApiMappingKey", "DomainName", "Stage")

API_MAPPING = ResourceType(
    name="AWS::ApiGatewayV2::ApiMapping",
    service="apigatewayv2",
    required=("ApiId", "DomainName", "Stage"),
    create=Call("CreateApiMapping", _MAPPING),
    identifier="ApiMappingId",
    attributes={"ApiMappingId": "@id"},
    updates=(Update(Call("UpdateApiMapping", {**_MAPPING, "ApiMappingId": "@id"})),),
    delete=Call("DeleteApiMapping", {"DomainName": "DomainName", "ApiMappingId": "@id"}),
    replaced_by=frozenset({"DomainName"}),
)

RESOURCE_TYPES = (
    API,
    INTEGRATION,
    ROUTE,
    AUTHORIZER,
    DEPLOYMENT,
    STAGE,
    DOMAIN_NAME,
    API_MAPPING,
)
