"""AWS::Lambda::* for CloudFormation, as tables."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from lambent.languages.templates.resource_types import (
    Asked,
    Call,
    Part,
    ResourceType,
    Settling,
    Source,
    Update,
)

# AWS: a function whose code is in the template finds this module beside it.
_CFN_RESPONSE_PYTHON = """\
import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False,
         reason=None):
    body = json.dumps({
        "Status": responseStatus,
        "Reason": reason or "See the details in CloudWatch Log Stream: " + context.log_stream_name,
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }).encode()
    request = urllib.request.Request(
        event["ResponseURL"], data=body, headers={"content-type": ""}, method="PUT")
    with urllib.request.urlopen(request) as response:
        print("Status code:", response.status)
"""
_CFN_RESPONSE_NODE = """\
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  const url = new URL(event.ResponseURL);
  const client = url.protocol === "https:" ? require("https") : require("http");
  const options = {
    hostname: url.hostname,
    port: url.port,
    path: url.pathname + url.search,
    method: "PUT",
    headers: { "content-type": "", "content-length": Buffer.byteLength(body) },
  };
  return new Promise((resolve, reject) => {
    const request = client.request(options, (response) => {
      response.resume();
      resolve(context.done ? context.done() : undefined);
    });
    request.on("error", reject);
    request.end(body);
  });
};
"""
# The same bytes for the same code, so that a creation that is repeated asks for the same.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def _zipped(asked: Asked) -> bytes | None:
    """Code that is written in the template, as the package that Lambda takes."""
    code: dict[str, Any] = asked.properties.get("Code") or {}
    if "ZipFile" not in code:
        return None
    is_node = str(asked.properties.get("Runtime", "")).startswith("nodejs")
    response = ("cfn-response.js", _CFN_RESPONSE_NODE)
    if not is_node:
        response = ("cfnresponse.py", _CFN_RESPONSE_PYTHON)
    files = {"index.js" if is_node else "index.py": str(code["ZipFile"]), response[0]: response[1]}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return packed.getvalue()


def _code(asked: Asked) -> dict[str, Any]:
    code: dict[str, Any] = dict(asked.properties.get("Code") or {})
    packed = _zipped(asked)
    if packed is not None:
        code["ZipFile"] = packed
    return code


def _package_type(asked: Asked) -> str | None:
    is_image = "ImageUri" in (asked.properties.get("Code") or {})
    given: str | None = asked.properties.get("PackageType")
    return given or ("Image" if is_image else None)


def _or_default(name: str) -> Any:
    """A setting; empty when the property is taken away, which sets it back."""

    def source(asked: Asked) -> Any:
        return asked.properties.get(name, _NOTHING.get(name))

    return source


# What an update says when a property is gone.
_NOTHING: dict[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "DeadLetterConfig": {"TargetArn": ""},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "TracingConfig": {"Mode": "PassThrough"},
}

_CONFIGURATION: dict[str, Source] = {
    "Role": "Role",
    "Handler": "Handler",
    "Runtime": "Runtime",
    "Description": "Description",
    "Timeout": "Timeout",
    "MemorySize": "MemorySize",
    "VpcConfig": "VpcConfig",
    "DeadLetterConfig": "DeadLetterConfig",
    "Environment": "Environment",
    "KMSKeyArn": "KmsKeyArn",
    "TracingConfig": "TracingConfig",
    "Layers": "Layers",
    "FileSystemConfigs": "FileSystemConfigs",
    "ImageConfig": "ImageConfig",
    "EphemeralStorage": "EphemeralStorage",
    "SnapStart": "SnapStart",
    "LoggingConfig": "LoggingConfig",
    "DurableConfig": "DurableConfig",
}

FUNCTION = ResourceType(
    name="AWS::Lambda::Function",
    service="lambda",
    named_by="FunctionName",
    name_limit=64,
    required=("Code", "Role"),
    create=Call(
        "CreateFunction",
        {
            **_CONFIGURATION,
            "FunctionName": "@name",
            "Code": _code,
            "PackageType": _package_type,
            "Architectures": "Architectures",
            "CodeSigningConfigArn": "CodeSigningConfigArn",
            "Tags": "Tags",
        },
    ),
    read=Call("GetFunctionConfiguration", {"FunctionName": "@name"}),
    attributes={"Arn": "FunctionArn", "SnapStartResponse": "SnapStart"},
    settling=(
        Settling(
            "State",
            waiting=frozenset({"Pending"}),
            failed=frozenset({"Failed"}),
            reason="StateReason",
        ),
        Settling(
            "LastUpdateStatus",
            waiting=frozenset({"InProgress"}),
            failed=frozenset({"Failed"}),
            reason="LastUpdateStatusReason",
        ),
    ),
    updates=(
        Update(
            Call(
                "UpdateFunctionCode",
                {
                    "FunctionName": "@id",
                    "ZipFile": _zipped,
                    "S3Bucket": "Code.S3Bucket",
                    "S3Key": "Code.S3Key",
                    "S3ObjectVersion": "Code.S3ObjectVersion",
                    "ImageUri": "Code.ImageUri",
                    "Architectures": "Architectures",
                },
            ),
            by=frozenset({"Code", "Architectures"}),
        ),
        Update(
            Call(
                "UpdateFunctionConfiguration",
                {
                    **_CONFIGURATION,
                    **{name: _or_default(name) for name in _NOTHING},
                    "FunctionName": "@id",
                },
            ),
            by=frozenset(str(source) for source in _CONFIGURATION.values()),
        ),
    ),
    delete=Call("DeleteFunction", {"FunctionName": "@id"}),
    parts=(
        Part(
            "ReservedConcurrentExecutions",
            put=Call(
                "PutFunctionConcurrency",
                {"FunctionName": "@id", "ReservedConcurrentExecutions": "@item"},
            ),
            remove=Call("DeleteFunctionConcurrency", {"FunctionName": "@id"}),
        ),
        Part(
            "RuntimeManagementConfig",
            put=Call(
                "PutRuntimeManagementConfig",
                {
                    "FunctionName": "@id",
                    "UpdateRuntimeOn": "@item.UpdateRuntimeOn",
                    "RuntimeVersionArn": "@item.RuntimeVersionArn",
                },
            ),
        ),
        Part(
            "RecursiveLoop",
            put=Call(
                "PutFunctionRecursionConfig", {"FunctionName": "@id", "RecursiveLoop": "@item"}
            ),
        ),
    ),
    replaced_by=frozenset({"FunctionName", "PackageType"}),
    ignored=frozenset({"Code", "PackageType"}),
    taggable=True,
    tag=Call("TagResource", {"Resource": "@attribute.Arn", "Tags": "@tags"}),
    untag=Call("UntagResource", {"Resource": "@attribute.Arn", "TagKeys": "@tag_keys"}),
)


def _qualifier(asked: Asked) -> str:
    """What stands behind the last colon of a version's or an alias's ARN."""
    return asked.physical_id.rsplit(":", 1)[-1]


def _provisioned_concurrency() -> Part:
    names: dict[str, Source] = {"FunctionName": "FunctionName", "Qualifier": _qualifier}
    return Part(
        "ProvisionedConcurrencyConfig",
        put=Call(
            "PutProvisionedConcurrencyConfig",
            {
                **names,
                "ProvisionedConcurrentExecutions": "@item.ProvisionedConcurrentExecutions",
            },
        ),
        remove=Call("DeleteProvisionedConcurrencyConfig", names),
        undone=True,
    )


def _provisioned_settling() -> Settling:
    return Settling(
        "Status",
        waiting=frozenset({"IN_PROGRESS"}),
        failed=frozenset({"FAILED"}),
        reason="StatusReason",
        when="ProvisionedConcurrencyConfig",
        call=Call(
            "GetProvisionedConcurrencyConfig",
            {"FunctionName": "FunctionName", "Qualifier": _qualifier},
        ),
    )


VERSION = ResourceType(
    name="AWS::Lambda::Version",
    service="lambda",
    required=("FunctionName",),
    create=Call(
        "PublishVersion",
        {
            "FunctionName": "FunctionName",
            "Description": "Description",
            "CodeSha256": "CodeSha256",
        },
    ),
    identifier="FunctionArn",
    read=Call("GetFunctionConfiguration", {"FunctionName": "@id"}),
    attributes={"Version": "Version", "FunctionArn": "FunctionArn"},
    settling=(
        Settling(
            "State",
            waiting=frozenset({"Pending"}),
            failed=frozenset({"Failed"}),
            reason="StateReason",
        ),
        _provisioned_settling(),
    ),
    delete=Call("DeleteFunction", {"FunctionName": "@id"}),
    parts=(_provisioned_concurrency(),),
    replaced_by=frozenset({"FunctionName", "Description", "CodeSha256"}),
    ignored=frozenset({"RuntimePolicy"}),
)


def _routing(asked: Asked) -> dict[str, Any] | None:
    """The template's list of weights, as the map that the operation takes."""
    config: dict[str, Any] | None = asked.properties.get("RoutingConfig")
    if not config:
        return None
    weights = config.get("AdditionalVersionWeights") or []
    if isinstance(weights, list):
        weights = {item["FunctionVersion"]: item["FunctionWeight"] for item in weights}
    return {"AdditionalVersionWeights": weights}


ALIAS = ResourceType(
    name="AWS::Lambda::Alias",
    service="lambda",
    required=("FunctionName", "FunctionVersion", "Name"),
    create=Call(
        "CreateAlias",
        {
            "FunctionName": "FunctionName",
            "Name": "Name",
            "FunctionVersion": "FunctionVersion",
            "Description": "Description",
            "RoutingConfig": _routing,
        },
    ),
    identifier="AliasArn",
    read=Call("GetAlias", {"FunctionName": "FunctionName", "Name": "Name"}),
    attributes={"AliasArn": "AliasArn"},
    settling=(_provisioned_settling(),),
    updates=(
        Update(
            Call(
                "UpdateAlias",
                {
                    "FunctionName": "FunctionName",
                    "Name": "Name",
                    "FunctionVersion": "FunctionVersion",
                    "Description": "Description",
                    "RoutingConfig": lambda asked: (
                        _routing(asked) or {"AdditionalVersionWeights": {}}
                    ),
                },
            ),
            by=frozenset({"FunctionVersion", "Description", "RoutingConfig"}),
        ),
    ),
    delete=Call("DeleteAlias", {"FunctionName": "FunctionName", "Name": "Name"}),
    parts=(_provisioned_concurrency(),),
    replaced_by=frozenset({"FunctionName", "Name"}),
)


PERMISSION = ResourceType(
    name="AWS::Lambda::Permission",
    service="lambda",
    required=("Action", "FunctionName", "Principal"),
    name_limit=100,
    create=Call(
        "AddPermission",
        {
            "FunctionName": "FunctionName",
            "StatementId": "@name",
            "Action": "Action",
            "Principal": "Principal",
            "SourceArn": "SourceArn",
            "SourceAccount": "SourceAccount",
            "EventSourceToken": "EventSourceToken",
            "FunctionUrlAuthType": "FunctionUrlAuthType",
            "InvokedViaFunctionUrl": "InvokedViaFunctionUrl",
            "PrincipalOrgID": "PrincipalOrgID",
        },
    ),
    attributes={"Id": "@id"},
    delete=Call("RemovePermission", {"FunctionName": "FunctionName", "StatementId": "@id"}),
    always_replaced=True,
)

LAYER_VERSION = ResourceType(
    name="AWS::Lambda::LayerVersion",
    service="lambda",
    required=("Content",),
    named_by="LayerName",
    name_limit=140,
    create=Call(
        "PublishLayerVersion",
        {
            "LayerName": "@name",
            "Description": "Description",
            "Content": "Content",
            "CompatibleRuntimes": "CompatibleRuntimes",
            "CompatibleArchitectures": "CompatibleArchitectures",
            "LicenseInfo": "LicenseInfo",
        },
    ),
    identifier="LayerVersionArn",
    attributes={"LayerVersionArn": "@id"},
    delete=Call(
        "DeleteLayerVersion",
        {
            "LayerName": lambda asked: asked.physical_id.rsplit(":", 1)[0],
            "VersionNumber": lambda asked: asked.physical_id.rsplit(":", 1)[-1],
        },
    ),
    always_replaced=True,
)

LAYER_VERSION_PERMISSION = ResourceType(
    name="AWS::Lambda::LayerVersionPermission",
    service="lambda",
    required=("Action", "LayerVersionArn", "Principal"),
    name_limit=100,
    create=Call(
        "AddLayerVersionPermission",
        {
            "LayerName": lambda asked: asked.properties["LayerVersionArn"].rsplit(":", 1)[0],
            "VersionNumber": lambda asked: asked.properties["LayerVersionArn"].rsplit(":", 1)[-1],
            "StatementId": "@name",
            "Action": "Action",
            "Principal": "Principal",
            "OrganizationId": "OrganizationId",
        },
    ),
    delete=Call(
        "RemoveLayerVersionPermission",
        {
            "LayerName": lambda asked: asked.properties["LayerVersionArn"].rsplit(":", 1)[0],
            "VersionNumber": lambda asked: asked.properties["LayerVersionArn"].rsplit(":", 1)[-1],
            "StatementId": "@id",
        },
    ),
    always_replaced=True,
)

_URL = {
    "FunctionName": "TargetFunctionArn",
    "Qualifier": "Qualifier",
}
_URL_SETTINGS = {"AuthType": "AuthType", "Cors": "Cors", "InvokeMode": "InvokeMode"}

URL = ResourceType(
    name="AWS::Lambda::Url",
    service="lambda",
    required=("AuthType", "TargetFunctionArn"),
    create=Call("CreateFunctionUrlConfig", {**_URL, **_URL_SETTINGS}),
    identifier="FunctionArn",
    read=Call("GetFunctionUrlConfig", _URL),
    attributes={"FunctionArn": "FunctionArn", "FunctionUrl": "FunctionUrl"},
    updates=(
        Update(
            Call("UpdateFunctionUrlConfig", {**_URL, **_URL_SETTINGS}),
            by=frozenset(_URL_SETTINGS),
        ),
    ),
    delete=Call("DeleteFunctionUrlConfig", _URL),
    replaced_by=frozenset({"TargetFunctionArn", "Qualifier"}),
)

_MAPPING_SETTINGS: Mapping[str, Source] = {
    name: name
    for name in (
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "DocumentDBEventSourceConfig",
        "Enabled",
        "FilterCriteria",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "MetricsConfig",
        "ParallelizationFactor",
        "ProvisionedPollerConfig",
        "ScalingConfig",
        "SourceAccessConfigurations",
        "TumblingWindowInSeconds",
    )
} | {"KMSKeyArn": "KmsKeyArn"}

EVENT_SOURCE_MAPPING = ResourceType(
    name="AWS::Lambda::EventSourceMapping",
    service="lambda",
    required=("FunctionName",),
    create=Call(
        "CreateEventSourceMapping",
        {
            **_MAPPING_SETTINGS,
            "FunctionName": "FunctionName",
            "EventSourceArn": "EventSourceArn",
            "StartingPosition": "StartingPosition",
            "StartingPositionTimestamp": "StartingPositionTimestamp",
            "Topics": "Topics",
            "Queues": "Queues",
            "Tags": "Tags",
        },
    ),
    identifier="UUID",
    read=Call("GetEventSourceMapping", {"UUID": "@id"}),
    attributes={"Id": "UUID", "EventSourceMappingArn": "EventSourceMappingArn"},
    settling=(
        Settling("State", waiting=frozenset({"Creating", "Enabling", "Disabling", "Updating"})),
    ),
    going=(Settling("State", waiting=frozenset({"Deleting"})),),
    updates=(
        Update(
            Call(
                "UpdateEventSourceMapping",
                {**_MAPPING_SETTINGS, "UUID": "@id", "FunctionName": "FunctionName"},
            )
        ),
    ),
    delete=Call("DeleteEventSourceMapping", {"UUID": "@id"}),
    replaced_by=frozenset(
        {"EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Queues", "Topics"}
    ),
    taggable=True,
    tag=Call("TagResource", {"Resource": "@attribute.EventSourceMappingArn", "Tags": "@tags"}),
    untag=Call(
        "UntagResource",
        {"Resource": "@attribute.EventSourceMappingArn", "TagKeys": "@tag_keys"},
    ),
)

_INVOKE_CONFIG = {
    "FunctionName": "FunctionName",
    "Qualifier": "Qualifier",
    "DestinationConfig": "DestinationConfig",
    "MaximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
    "MaximumRetryAttempts": "MaximumRetryAttempts",
}

EVENT_INVOKE_CONFIG = ResourceType(
    name="AWS::Lambda::EventInvokeConfig",
    service="lambda",
    required=("FunctionName", "Qualifier"),
    create=Call("PutFunctionEventInvokeConfig", _INVOKE_CONFIG),
    identifier=lambda asked: f"{asked.properties['FunctionName']}|{asked.properties['Qualifier']}",
    updates=(Update(Call("PutFunctionEventInvokeConfig", _INVOKE_CONFIG)),),
    delete=Call(
        "DeleteFunctionEventInvokeConfig",
        {"FunctionName": "FunctionName", "Qualifier": "Qualifier"},
    ),
    replaced_by=frozenset({"FunctionName", "Qualifier"}),
)

RESOURCE_TYPES = (
    FUNCTION,
    VERSION,
    ALIAS,
    PERMISSION,
    LAYER_VERSION,
    LAYER_VERSION_PERMISSION,
    URL,
    EVENT_SOURCE_MAPPING,
    EVENT_INVOKE_CONFIG,
)
