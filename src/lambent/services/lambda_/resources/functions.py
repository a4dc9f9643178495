"""AWS::Lambda::Function as a table."""

from typing import Any

from lambent.languages.templates.resource_types import (
    Asked,
    Call,
    Part,
    ResourceType,
    Settling,
    Source,
    Update,
    alike,
)
from lambent.services.lambda_.resources.capacity import (
    FUNCTION_SCALING,
    PUBLISHED_STATE,
    memory_size,
    publishing,
)
from lambent.services.lambda_.resources.inline_code import zipped
from lambent.services.lambda_.resources.shared import STATE, tagging, untagging


def _code(asked: Asked) -> dict[str, Any]:
    code: dict[str, Any] = dict(asked.properties.get("Code") or {})
    packed = zipped(asked)
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
    "Timeout": 3,
    "DeadLetterConfig": {"TargetArn": ""},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "TracingConfig": {"Mode": "PassThrough"},
}

_CONFIGURATION: dict[str, Source] = {
    **alike(
        "Role",
        "Handler",
        "Runtime",
        "Description",
        "Timeout",
        "MemorySize",
        "VpcConfig",
        "DeadLetterConfig",
        "Environment",
    ),
    "KMSKeyArn": "KmsKeyArn",
    **alike(
        "TracingConfig",
        "Layers",
        "FileSystemConfigs",
        "ImageConfig",
        "EphemeralStorage",
        "SnapStart",
        "LoggingConfig",
        "DurableConfig",
        "CapacityProviderConfig",
    ),
}

_CONFIGURED = frozenset(str(source) for source in _CONFIGURATION.values())

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
            **alike("Architectures", "CodeSigningConfigArn", "Tags"),
        },
    ),
    read=Call("GetFunctionConfiguration", {"FunctionName": "@name"}),
    attributes={"Arn": "FunctionArn", "SnapStartResponse": "SnapStart"},
    settling=(
        STATE,
        Settling(
            "LastUpdateStatus",
            waiting=frozenset({"InProgress"}),
            failed=frozenset({"Failed"}),
            reason="LastUpdateStatusReason",
        ),
        *PUBLISHED_STATE,
    ),
    updates=(
        Update(
            Call(
                "UpdateFunctionCode",
                {
                    "FunctionName": "@id",
                    "ZipFile": zipped,
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
                    "MemorySize": memory_size,
                    "FunctionName": "@id",
                },
            ),
            by=_CONFIGURED,
        ),
    ),
    delete=Call("DeleteFunction", {"FunctionName": "@id"}),
    parts=(
        publishing(_CONFIGURED | {"Code", "Architectures"}),
        FUNCTION_SCALING,
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
    # What can be invoked on a capacity provider is what is published, so it is published always.
    ignored=frozenset({"Code", "PackageType", "PublishToLatestPublished"}),
    taggable=True,
    tag=tagging("Arn"),
    untag=untagging("Arn"),
)
