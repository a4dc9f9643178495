"""What makes an API live: AWS::ApiGateway::Deployment and AWS::ApiGateway::Stage."""

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
from lambent.services.apigateway.patches import escaped
from lambent.services.apigateway.resources.patching import (
    Operation,
    remove,
    replace,
    replacing,
    tagged_arn,
)

# Property of a method setting → the end of its patch's path.
_SETTINGS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}


def _method_settings(settings: Any) -> list[Operation]:
    found = [remove("/methodSettings")]
    for setting in settings or ():
        path = str(setting.get("ResourcePath", "/*"))
        # AWS: the path is written without its first slash, and * means all.
        place = "*" if path in ("/*", "*") else escaped(path.removeprefix("/"))
        method = setting.get("HttpMethod", "*")
        found += [
            replace(f"/{place}/{method}/{_SETTINGS[name]}", value)
            for name, value in setting.items()
            if name in _SETTINGS
        ]
    return found


def _access_log(settings: Mapping[str, Any]) -> list[Operation]:
    return [
        replace(f"/accessLogSettings/{member}", settings[name])
        for name, member in (("DestinationArn", "destinationArn"), ("Format", "format"))
        if name in settings
    ]


def _variables(variables: Mapping[str, Any] | None) -> list[Operation]:
    found = [remove("/variables")]
    return found + [
        replace(f"/variables/{escaped(name)}", value) for name, value in (variables or {}).items()
    ]


def _patch(operations: Source, stage: Source = "@id") -> Call:
    return Call(
        "UpdateStage",
        {"restApiId": "RestApiId", "stageName": stage, "patchOperations": operations},
    )


_STAGE_ARN = tagged_arn("/restapis/{RestApiId}/stages/{id}")
_CHANGED = {
    "/deploymentId": "DeploymentId",
    "/description": "Description",
    "/cacheClusterEnabled": "CacheClusterEnabled",
    "/cacheClusterSize": "CacheClusterSize",
    "/tracingEnabled": "TracingEnabled",
    "/clientCertificateId": "ClientCertificateId",
}

STAGE = ResourceType(
    name="AWS::ApiGateway::Stage",
    service="apigateway",
    required=("RestApiId",),
    create=Call(
        "CreateStage",
        {
            "canarySettings": "CanarySetting",
            **alike("CacheClusterEnabled", "CacheClusterSize", "DeploymentId", "Description"),
            **alike("DocumentationVersion", "RestApiId", "StageName", "Tags", "TracingEnabled"),
            "Variables": "Variables",
        },
    ),
    identifier="stageName",
    updates=(
        Update(
            _patch(
                replacing(
                    _CHANGED,
                    {
                        "/description": "",
                        "/cacheClusterEnabled": "false",
                        "/tracingEnabled": "false",
                    },
                )
            ),
            by=frozenset(_CHANGED.values()),
        ),
        Update(
            _patch(lambda asked: _variables(asked.properties.get("Variables"))),
            by=frozenset({"Variables"}),
        ),
    ),
    parts=(
        Part(
            "MethodSettings",
            put=_patch(lambda asked: _method_settings(asked.item)),
            remove=_patch(lambda asked: [remove("/methodSettings")]),
        ),
        Part(
            "AccessLogSetting",
            put=_patch(lambda asked: _access_log(asked.item)),
            remove=_patch(lambda asked: [remove("/accessLogSettings")]),
        ),
    ),
    delete=Call("DeleteStage", {"restApiId": "RestApiId", "stageName": "@id"}),
    replaced_by=frozenset({"CanarySetting", "DocumentationVersion", "RestApiId", "StageName"}),
    taggable=True,
    tag=Call("TagResource", {"resourceArn": _STAGE_ARN, "tags": "@tags"}),
    untag=Call("UntagResource", {"resourceArn": _STAGE_ARN, "tagKeys": "@tag_keys"}),
)


def _described(asked: Asked) -> list[Operation]:
    """The settings of the stage that a deployment makes, which its own call does not take."""
    described = asked.properties.get("StageDescription") or {}
    if not isinstance(described, Mapping):
        return []
    found = _method_settings(described.get("MethodSettings"))
    if described.get("AccessLogSetting"):
        found += _access_log(described["AccessLogSetting"])
    overall = {name: value for name, value in described.items() if name in _SETTINGS}
    return found + [replace(f"/*/*/{_SETTINGS[name]}", value) for name, value in overall.items()]


DEPLOYMENT = ResourceType(
    name="AWS::ApiGateway::Deployment",
    service="apigateway",
    required=("RestApiId",),
    create=Call(
        "CreateDeployment",
        {
            **alike("Description", "RestApiId", "StageName"),
            "stageDescription": "StageDescription.Description",
            "cacheClusterEnabled": "StageDescription.CacheClusterEnabled",
            "cacheClusterSize": "StageDescription.CacheClusterSize",
            "tracingEnabled": "StageDescription.TracingEnabled",
            "variables": "StageDescription.Variables",
        },
    ),
    identifier="id",
    attributes={"DeploymentId": "@id"},
    updates=(
        Update(
            Call(
                "UpdateDeployment",
                {
                    "restApiId": "RestApiId",
                    "deploymentId": "@id",
                    "patchOperations": replacing(
                        {"/description": "Description"}, {"/description": ""}
                    ),
                },
            ),
            by=frozenset({"Description"}),
        ),
    ),
    parts=(Part("StageDescription", put=_patch(_described, "StageName")),),
    delete=Call("DeleteDeployment", {"restApiId": "RestApiId", "deploymentId": "@id"}),
    # AWS: a deployment that a stage still shows is left, and goes with its API.
    absent_codes=frozenset({"BadRequestException"}),
    ignored=frozenset({"DeploymentCanarySettings"}),
    replaced_by=frozenset({"DeploymentCanarySettings", "RestApiId", "StageName"}),
)
