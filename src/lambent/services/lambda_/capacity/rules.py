"""What may be asked of capacity providers and their functions, and AWS's defaults. Pure."""

from collections.abc import Mapping
from typing import Any

from lambent.services.lambda_.capacity.records import (
    DEFAULT_SCALING,
    CapacityProvider,
    Scaling,
)
from lambent.services.lambda_.configuration import last_modified
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.records import Configuration

Params = Mapping[str, Any]

_MEMBERS = ("KmsKeyArn", "PropagateTags", "TelemetryConfig")
_MOST_VCPUS = 400
_ARCHITECTURE = "x86_64"


def new_settings(params: Params) -> dict[str, Any]:
    """What CreateCapacityProvider asks for."""
    settings = {
        "VpcConfig": params["VpcConfig"],
        "PermissionsConfig": params["PermissionsConfig"],
        "InstanceRequirements": _requirements(params.get("InstanceRequirements") or {}),
        "CapacityProviderScalingConfig": _scaling_config(
            params.get("CapacityProviderScalingConfig") or {}
        ),
    }
    settings.update({name: params[name] for name in _MEMBERS if params.get(name)})
    _check_propagation(settings)
    return settings


def changed_settings(before: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """The settings once UpdateCapacityProvider's params are applied to them."""
    settings = dict(before)
    if params.get("CapacityProviderScalingConfig") is not None:
        settings["CapacityProviderScalingConfig"] = _scaling_config(
            {
                **before["CapacityProviderScalingConfig"],
                **params["CapacityProviderScalingConfig"],
            }
        )
    settings.update({name: params[name] for name in _MEMBERS if params.get(name) is not None})
    _check_propagation(settings)
    return settings


def reply(provider: CapacityProvider) -> dict[str, Any]:
    return {
        "CapacityProviderArn": provider.arn,
        "State": provider.state,
        **provider.settings,
        "LastModified": last_modified(provider.last_modified),
    }


def check_function(configuration: Configuration, provider: CapacityProvider) -> None:
    """Whether a function as it is configured can run on a provider."""
    if provider.state != "Active":
        raise InvalidParameterValue(
            f"The capacity provider {provider.arn} is in the state {provider.state}."
            " Functions can use capacity providers that are Active."
        )
    offered = provider.settings["InstanceRequirements"]["Architectures"]
    if configuration.architecture not in offered:
        raise InvalidParameterValue(
            f"The function's architecture {configuration.architecture} is not one of the capacity"
            f" provider's: {', '.join(offered)}."
        )
    if configuration.snap_start != "None":
        raise InvalidParameterValue(
            "SnapStart isn't supported for functions that use a capacity provider."
        )


def new_scaling(asked: Params | None) -> Scaling:
    """What PutFunctionScalingConfig asks for; without a config, AWS's defaults."""
    asked = asked or {}
    least = asked.get("MinExecutionEnvironments")
    most = asked.get("MaxExecutionEnvironments")
    if least is None:
        least = DEFAULT_SCALING.least if most is None else min(DEFAULT_SCALING.least, most)
    if most is None:
        most = max(DEFAULT_SCALING.most, least)
    if least > most:
        raise InvalidParameterValue(
            f"MinExecutionEnvironments ({least}) cannot be greater than"
            f" MaxExecutionEnvironments ({most})."
        )
    return Scaling(least, most)


def scaling_reply(scaling: Scaling) -> dict[str, int]:
    return {
        "MinExecutionEnvironments": scaling.least,
        "MaxExecutionEnvironments": scaling.most,
    }


def _requirements(asked: Params) -> dict[str, Any]:
    if asked.get("AllowedInstanceTypes") and asked.get("ExcludedInstanceTypes"):
        raise InvalidParameterValue(
            "AllowedInstanceTypes and ExcludedInstanceTypes cannot be specified together."
        )
    return {"Architectures": [_ARCHITECTURE], **asked}


def _scaling_config(asked: Params) -> dict[str, Any]:
    chosen = {"MaxVCpuCount": _MOST_VCPUS, "ScalingMode": "Auto", **asked}
    policies = chosen.get("ScalingPolicies")
    if chosen["ScalingMode"] == "Manual" and not policies:
        raise InvalidParameterValue("ScalingPolicies are required when ScalingMode is Manual.")
    if chosen["ScalingMode"] == "Auto" and policies:
        raise InvalidParameterValue(
            "ScalingPolicies can only be specified when ScalingMode is Manual."
        )
    return chosen


def _check_propagation(settings: Mapping[str, Any]) -> None:
    propagation = settings.get("PropagateTags") or {}
    if propagation.get("ExplicitTags") and propagation.get("Mode") != "Explicit":
        raise InvalidParameterValue("ExplicitTags can only be specified when Mode is Explicit.")
