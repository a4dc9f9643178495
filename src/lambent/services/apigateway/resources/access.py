"""Who may ask, how much, and by which name: authorizers, keys, plans and domain names."""

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

_AUTHORIZER_CHANGES = {
    "/name": "Name",
    "/type": "Type",
    "/authType": "AuthType",
    "/authorizerUri": "AuthorizerUri",
    "/authorizerCredentials": "AuthorizerCredentials",
    "/identitySource": "IdentitySource",
    "/identityValidationExpression": "IdentityValidationExpression",
    "/authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
}

AUTHORIZER = ResourceType(
    name="AWS::ApiGateway::Authorizer",
    service="apigateway",
    required=("Name", "RestApiId", "Type"),
    create=Call(
        "CreateAuthorizer", alike("RestApiId", "ProviderARNs", *_AUTHORIZER_CHANGES.values())
    ),
    identifier="id",
    attributes={"AuthorizerId": "@id"},
    updates=(
        Update(
            Call(
                "UpdateAuthorizer",
                {
                    "restApiId": "RestApiId",
                    "authorizerId": "@id",
                    "patchOperations": replacing(
                        _AUTHORIZER_CHANGES,
                        {
                            "/authorizerCredentials": None,
                            "/identityValidationExpression": None,
                            "/identitySource": None,
                            "/authorizerResultTtlInSeconds": "300",
                        },
                    ),
                },
            ),
            by=frozenset(_AUTHORIZER_CHANGES.values()),
        ),
    ),
    delete=Call("DeleteAuthorizer", {"restApiId": "RestApiId", "authorizerId": "@id"}),
    replaced_by=frozenset({"RestApiId"}),
)

_KEY_ARN = tagged_arn("/apikeys/{id}")

API_KEY = ResourceType(
    name="AWS::ApiGateway::ApiKey",
    service="apigateway",
    named_by="Name",
    create=Call(
        "CreateApiKey",
        {
            "name": "@name",
            **alike("CustomerId", "Description", "Enabled", "GenerateDistinctId", "StageKeys"),
            **alike("Tags", "Value"),
        },
    ),
    identifier="id",
    attributes={"APIKeyId": "@id"},
    updates=(
        Update(
            Call(
                "UpdateApiKey",
                {
                    "apiKey": "@id",
                    "patchOperations": replacing(
                        {
                            "/description": "Description",
                            "/enabled": "Enabled",
                            "/customerId": "CustomerId",
                        },
                        {"/description": "", "/enabled": "false", "/customerId": ""},
                    ),
                },
            ),
            by=frozenset({"CustomerId", "Description", "Enabled"}),
        ),
    ),
    delete=Call("DeleteApiKey", {"apiKey": "@id"}),
    replaced_by=frozenset({"GenerateDistinctId", "Name", "StageKeys", "Value"}),
    taggable=True,
    tag=Call("TagResource", {"resourceArn": _KEY_ARN, "tags": "@tags"}),
    untag=Call("UntagResource", {"resourceArn": _KEY_ARN, "tagKeys": "@tag_keys"}),
)


def _stages(asked: Asked) -> list[dict[str, str]]:
    """All stages of a plan at once; CloudFormation does not say which are gone."""
    stages = [
        {
            "apiId": stage["ApiId"],
            "stage": stage["Stage"],
            **({"throttle": _throttles(stage["Throttle"])} if stage.get("Throttle") else {}),
        }
        for stage in asked.properties.get("ApiStages") or ()
    ]
    return [{"op": "replace", "path": "/apiStages", "value": orjson.dumps(stages).decode()}]


def _throttles(throttles: Any) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for method, limits in throttles.items():
        found[method] = {}
        if limits.get("RateLimit") is not None:
            found[method]["rateLimit"] = float(limits["RateLimit"])
        if limits.get("BurstLimit") is not None:
            found[method]["burstLimit"] = int(limits["BurstLimit"])
    return found


def _plan(operations: Source) -> Call:
    return Call("UpdateUsagePlan", {"usagePlanId": "@id", "patchOperations": operations})


def _no_stages(asked: Asked) -> list[dict[str, str]]:
    return [{"op": "replace", "path": "/apiStages", "value": "[]"}]


def _limits(asked: Asked) -> list[dict[str, str]]:
    set_limits = replacing(
        {
            "/description": "Description",
            "/quota/limit": "Quota.Limit",
            "/quota/offset": "Quota.Offset",
            "/quota/period": "Quota.Period",
            "/throttle/burstLimit": "Throttle.BurstLimit",
            "/throttle/rateLimit": "Throttle.RateLimit",
        },
        {"/description": ""},
    )
    gone = [{"op": "remove", "path": path} for path in ("/quota", "/throttle")]
    return [*gone, *(set_limits(asked) or ())] if callable(set_limits) else gone


_PLAN_ARN = tagged_arn("/usageplans/{id}")

USAGE_PLAN = ResourceType(
    name="AWS::ApiGateway::UsagePlan",
    service="apigateway",
    named_by="UsagePlanName",
    create=Call(
        "CreateUsagePlan",
        {"name": "@name", **alike("ApiStages", "Description", "Quota", "Tags", "Throttle")},
    ),
    identifier="id",
    attributes={"Id": "@id"},
    updates=(
        Update(_plan(replacing({"/name": "UsagePlanName"})), by=frozenset({"UsagePlanName"})),
        Update(_plan(_limits), by=frozenset({"Description", "Quota", "Throttle"})),
    ),
    parts=(
        Part(
            "ApiStages",
            put=_plan(_stages),
            remove=_plan(_no_stages),
            created=True,
            # A plan with stages is not deleted.
            undone=True,
        ),
    ),
    delete=Call("DeleteUsagePlan", {"usagePlanId": "@id"}),
    taggable=True,
    tag=Call("TagResource", {"resourceArn": _PLAN_ARN, "tags": "@tags"}),
    untag=Call("UntagResource", {"resourceArn": _PLAN_ARN, "tagKeys": "@tag_keys"}),
)

USAGE_PLAN_KEY = ResourceType(
    name="AWS::ApiGateway::UsagePlanKey",
    service="apigateway",
    required=("KeyId", "KeyType", "UsagePlanId"),
    create=Call("CreateUsagePlanKey", alike("KeyId", "KeyType", "UsagePlanId")),
    identifier=lambda asked: f"{asked.properties['KeyId']}:{asked.properties['UsagePlanId']}",
    attributes={"Id": "@id"},
    delete=Call("DeleteUsagePlanKey", alike("KeyId", "UsagePlanId")),
    always_replaced=True,
)

_SET_ACCOUNT = Call(
    "UpdateAccount",
    {
        "patchOperations": replacing(
            {"/cloudwatchRoleArn": "CloudWatchRoleArn"}, {"/cloudwatchRoleArn": None}
        )
    },
)

ACCOUNT = ResourceType(
    name="AWS::ApiGateway::Account",
    service="apigateway",
    create=_SET_ACCOUNT,
    identifier="@logical_id",
    attributes={"Id": "@id"},
    updates=(Update(_SET_ACCOUNT, by=frozenset({"CloudWatchRoleArn"})),),
)

_CERTIFICATES = {
    "/certificateArn": "CertificateArn",
    "/regionalCertificateArn": "RegionalCertificateArn",
    "/securityPolicy": "SecurityPolicy",
    "/ownershipVerificationCertificateArn": "OwnershipVerificationCertificateArn",
}
_DOMAIN_ARN = tagged_arn("/domainnames/{id}")

DOMAIN_NAME = ResourceType(
    name="AWS::ApiGateway::DomainName",
    service="apigateway",
    required=("DomainName",),
    create=Call(
        "CreateDomainName",
        alike(
            *("CertificateArn", "DomainName", "EndpointConfiguration", "MutualTlsAuthentication"),
            *("OwnershipVerificationCertificateArn", "RegionalCertificateArn", "RoutingMode"),
            *("SecurityPolicy", "Tags"),
        ),
    ),
    identifier="domainName",
    read=Call("GetDomainName", {"domainName": "@id"}),
    attributes={
        "DomainNameArn": "domainNameArn",
        "DistributionDomainName": "distributionDomainName",
        "DistributionHostedZoneId": "distributionHostedZoneId",
        "RegionalDomainName": "regionalDomainName",
        "RegionalHostedZoneId": "regionalHostedZoneId",
    },
    updates=(
        Update(
            Call(
                "UpdateDomainName",
                {"domainName": "@id", "patchOperations": replacing(_CERTIFICATES)},
            ),
            by=frozenset(_CERTIFICATES.values()),
        ),
    ),
    delete=Call("DeleteDomainName", {"domainName": "@id"}),
    replaced_by=frozenset(
        {"DomainName", "EndpointConfiguration", "MutualTlsAuthentication", "RoutingMode"}
    ),
    taggable=True,
    tag=Call("TagResource", {"resourceArn": _DOMAIN_ARN, "tags": "@tags"}),
    untag=Call("UntagResource", {"resourceArn": _DOMAIN_ARN, "tagKeys": "@tag_keys"}),
)


def _base_path(asked: Asked) -> str:
    return str(asked.properties.get("BasePath") or "(none)")


BASE_PATH_MAPPING = ResourceType(
    name="AWS::ApiGateway::BasePathMapping",
    service="apigateway",
    required=("DomainName",),
    create=Call(
        "CreateBasePathMapping",
        alike("BasePath", "DomainName", "RestApiId", "Stage"),
    ),
    identifier=lambda asked: f"{asked.properties['DomainName']}|{_base_path(asked)}",
    updates=(
        Update(
            Call(
                "UpdateBasePathMapping",
                {
                    "domainName": "DomainName",
                    "basePath": _base_path,
                    "patchOperations": replacing({"/restApiId": "RestApiId", "/stage": "Stage"}),
                },
            ),
            by=frozenset({"RestApiId", "Stage"}),
        ),
    ),
    delete=Call("DeleteBasePathMapping", {"domainName": "DomainName", "basePath": _base_path}),
    replaced_by=frozenset({"BasePath", "DomainName"}),
)
