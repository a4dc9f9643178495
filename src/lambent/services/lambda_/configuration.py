"""
From params to a Configuration and from a Version to AWS's FunctionConfiguration. Pure.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from lambent.core.errors import NotSupported
from lambent.services.lambda_ import limits, snap_start
from lambent.services.lambda_.capacity import function_config
from lambent.services.lambda_.durable import durable_config
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.records import Code, Configuration, Version

Params = Mapping[str, Any]

# Said plainly rather than ignored. A value that asks for nothing is let through.
_NOT_SUPPORTED = {
    "AcceleratorConfig": "accelerators",
    "FileSystemConfigs": "file systems",
    "ImageConfig": "container images",
    "RuntimeConfig": "runtime configurations",
    "TenancyConfig": "tenant isolation",
}

# AWS: `VpcId` is found by the subnets; without a network service there is only a stand-in.
_VPC_ID_LENGTH = 17


def new_configuration(params: Params, name: str) -> Configuration:
    """The configuration that CreateFunction asks for."""
    _check_supported(params)
    if params.get("PackageType", "Zip") != "Zip" or "ImageUri" in params["Code"]:
        raise NotSupported("Lambent does not support functions from container images yet.")
    if not params.get("Runtime") or not params.get("Handler"):
        raise InvalidParameterValue(
            "Runtime and Handler are mandatory parameters for functions created with"
            " deployment packages."
        )
    empty = Configuration("", "", "", logging=_logging({}, name))
    # A function is durable from the beginning, which no update can make it.
    chosen = changed_configuration(empty, {**params, "DurableConfig": None}, name)
    if params.get("DurableConfig") is not None:
        chosen = replace(chosen, durable=durable_config.chosen(params["DurableConfig"]))
    return chosen


def changed_configuration(before: Configuration, params: Params, name: str) -> Configuration:
    """The configuration once UpdateFunctionConfiguration's params are applied to it."""
    _check_supported(params)
    after = replace(
        before,
        **{
            member: params[param]
            for param, member in _PLAIN.items()
            if params.get(param) is not None
        },
        **{
            member: read(params[param])
            for param, (member, read) in _NESTED.items()
            if params.get(param) is not None
        },
    )
    if params.get("DurableConfig"):
        after = replace(after, durable=durable_config.changed(before, params["DurableConfig"]))
    if params.get("LoggingConfig") is not None:
        after = replace(after, logging=_logging(params["LoggingConfig"], name))
    after = function_config.with_provider(before, after, params)
    limits.check_configuration(after, runtime_is_new=after.runtime != before.runtime)
    return after


_PLAIN = {
    "Role": "role",
    "Handler": "handler",
    "Runtime": "runtime",
    "Description": "description",
    "Timeout": "timeout",
    "MemorySize": "memory_size",
    "KMSKeyArn": "kms_key_arn",
}
_NESTED: dict[str, tuple[str, Any]] = {
    "EphemeralStorage": ("ephemeral_storage", lambda asked: asked["Size"]),
    "Architectures": ("architecture", lambda asked: asked[0]),
    "TracingConfig": ("tracing_mode", lambda asked: asked.get("Mode", "PassThrough")),
    "DeadLetterConfig": ("dead_letter_target", lambda asked: asked.get("TargetArn", "")),
    "SnapStart": ("snap_start", lambda asked: asked.get("ApplyOn", "None")),
    "Environment": ("environment", lambda asked: dict(asked.get("Variables") or {})),
    "VpcConfig": ("vpc", dict),
}


def configuration_reply(version: Version, qualifier: str | None = None) -> dict[str, Any]:
    """
    FunctionConfiguration. `qualifier` is what the client asked for: it ends the ARN.

    https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
    """
    chosen = version.configuration
    reply = {
        "FunctionName": version.name,
        "FunctionArn": f"{version.arn}:{qualifier}" if qualifier else version.arn,
        "Runtime": chosen.runtime,
        "Role": chosen.role,
        "Handler": chosen.handler,
        "CodeSize": version.code.size,
        "Description": chosen.description,
        "Timeout": chosen.timeout,
        "MemorySize": chosen.memory_size,
        "LastModified": last_modified(version.last_modified),
        "CodeSha256": code_sha256(version.code),
        "Version": version.version,
        "TracingConfig": {"Mode": chosen.tracing_mode},
        "RevisionId": version.revision_id,
        "PackageType": "Zip",
        "Architectures": [chosen.architecture],
        "EphemeralStorage": {"Size": chosen.ephemeral_storage},
        "SnapStart": {
            "ApplyOn": chosen.snap_start,
            "OptimizationStatus": "On" if snap_start.is_on(version, chosen) else "Off",
        },
        "RuntimeVersionConfig": {"RuntimeVersionArn": runtime_version_arn(version)},
        "LoggingConfig": chosen.logging,
    }
    _add_optional(reply, chosen)
    _add_life(reply, version)
    return reply


def code_sha256(code: Code) -> str:
    """Of the package; of its path, where the code is a folder that may change at any time."""
    digest = (
        bytes.fromhex(code.blob) if code.folder is None else sha256(code.blob.encode()).digest()
    )
    return base64.b64encode(digest).decode()


def last_modified(time: float) -> str:
    """
    >>> last_modified(1_735_689_600.0)
    '2025-01-01T00:00:00.000+0000'
    """
    moment = datetime.fromtimestamp(time, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def is_unchanged(latest: Version, published: Version) -> bool:
    """Whether publishing would only repeat the newest version; a description does not count."""
    return latest.code.blob == published.code.blob and replace(
        latest.configuration, description=""
    ) == replace(published.configuration, description="")


def _add_optional(reply: dict[str, Any], chosen: Configuration) -> None:
    """What AWS leaves out as long as nobody has set it."""
    if chosen.environment is not None:
        reply["Environment"] = {"Variables": chosen.environment}
    if chosen.dead_letter_target:
        reply["DeadLetterConfig"] = {"TargetArn": chosen.dead_letter_target}
    if chosen.layers:
        reply["Layers"] = [{"Arn": layer.arn, "CodeSize": layer.size} for layer in chosen.layers]
    if chosen.capacity_provider is not None:
        reply["CapacityProviderConfig"] = {
            "LambdaManagedInstancesCapacityProviderConfig": chosen.capacity_provider
        }
    if chosen.kms_key_arn:
        reply["KMSKeyArn"] = chosen.kms_key_arn
    if chosen.durable is not None:
        reply["DurableConfig"] = chosen.durable
    if chosen.vpc is not None:
        subnets = chosen.vpc.get("SubnetIds") or []
        digest = sha256(",".join(subnets).encode()).hexdigest()
        reply["VpcConfig"] = {
            "SubnetIds": subnets,
            "SecurityGroupIds": chosen.vpc.get("SecurityGroupIds") or [],
            "VpcId": f"vpc-{digest[:_VPC_ID_LENGTH]}" if subnets else "",
            "Ipv6AllowedForDualStack": bool(chosen.vpc.get("Ipv6AllowedForDualStack")),
        }


def shown_state(version: Version) -> str:
    """AWS: what is not published of a function on managed instances cannot be invoked."""
    unpublished = version.is_managed and version.is_latest and version.life.state == "Active"
    return "ActiveNonInvocable" if unpublished else version.life.state


def _add_life(reply: dict[str, Any], version: Version) -> None:
    life = version.life
    for member, value in (
        ("State", shown_state(version)),
        ("StateReason", life.reason),
        ("StateReasonCode", life.reason_code),
        ("LastUpdateStatus", life.update_status),
        ("LastUpdateStatusReason", life.update_reason),
        ("LastUpdateStatusReasonCode", life.update_reason_code),
    ):
        if value:
            reply[member] = value


def _logging(asked: Params, name: str) -> dict[str, str]:
    """LoggingConfig with AWS's defaults filled in; levels exist for JSON only."""
    log_format = asked.get("LogFormat", "Text")
    levels = {level: asked[level] for level in _LEVELS if level in asked}
    if log_format == "Text" and levels:
        raise InvalidParameterValue(
            f"{next(iter(levels))} can only be set if LogFormat is set to JSON"
        )
    if log_format == "JSON":
        levels = {**_LEVELS, **levels}
    return {
        "LogFormat": log_format,
        **levels,
        "LogGroup": asked.get("LogGroup") or f"/aws/lambda/{name}",
    }


_LEVELS = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}


def _check_supported(params: Params) -> None:
    for member, words in _NOT_SUPPORTED.items():
        if params.get(member):
            raise NotSupported(f"Lambent does not support {words} yet ({member}).")


def runtime_version_arn(version: Version) -> str:
    runtime = version.configuration.runtime
    # AWS: names the patch version of the runtime by a hash; ours by the runtime's name.
    return f"arn:aws:lambda:{version.region}::runtime:{sha256(runtime.encode()).hexdigest()}"
