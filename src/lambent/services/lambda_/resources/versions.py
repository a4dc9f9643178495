"""AWS::Lambda::Version and AWS::Lambda::Alias as tables."""

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
from lambent.services.lambda_.resources.capacity import scaling
from lambent.services.lambda_.resources.shared import STATE


def _qualifier(asked: Asked) -> str:
    """What stands behind the last colon of a version's or an alias's ARN."""
    return asked.physical_id.rsplit(":", 1)[-1]


_PROVISIONED: dict[str, Source] = {"FunctionName": "FunctionName", "Qualifier": _qualifier}
_PROVISIONED_CONCURRENCY = Part(
    "ProvisionedConcurrencyConfig",
    put=Call(
        "PutProvisionedConcurrencyConfig",
        {
            **_PROVISIONED,
            "ProvisionedConcurrentExecutions": "@item.ProvisionedConcurrentExecutions",
        },
    ),
    remove=Call("DeleteProvisionedConcurrencyConfig", _PROVISIONED),
    undone=True,
)
_PROVISIONED_STATUS = Settling(
    "Status",
    waiting=frozenset({"IN_PROGRESS"}),
    failed=frozenset({"FAILED"}),
    reason="StatusReason",
    when="ProvisionedConcurrencyConfig",
    call=Call("GetProvisionedConcurrencyConfig", _PROVISIONED),
)


VERSION = ResourceType(
    name="AWS::Lambda::Version",
    service="lambda",
    required=("FunctionName",),
    create=Call("PublishVersion", alike("FunctionName", "Description", "CodeSha256")),
    identifier="FunctionArn",
    read=Call("GetFunctionConfiguration", {"FunctionName": "@id"}),
    attributes={"Version": "Version", "FunctionArn": "FunctionArn"},
    settling=(STATE, _PROVISIONED_STATUS),
    delete=Call("DeleteFunction", {"FunctionName": "@id"}),
    parts=(_PROVISIONED_CONCURRENCY, scaling("FunctionName", _qualifier)),
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
            **alike("FunctionName", "Name", "FunctionVersion", "Description"),
            "RoutingConfig": _routing,
        },
    ),
    identifier="AliasArn",
    read=Call("GetAlias", {"FunctionName": "FunctionName", "Name": "Name"}),
    attributes={"AliasArn": "AliasArn"},
    settling=(_PROVISIONED_STATUS,),
    updates=(
        Update(
            Call(
                "UpdateAlias",
                {
                    **alike("FunctionName", "Name", "FunctionVersion", "Description"),
                    "RoutingConfig": lambda asked: (
                        _routing(asked) or {"AdditionalVersionWeights": {}}
                    ),
                },
            ),
            by=frozenset({"FunctionVersion", "Description", "RoutingConfig"}),
        ),
    ),
    delete=Call("DeleteAlias", {"FunctionName": "FunctionName", "Name": "Name"}),
    parts=(_PROVISIONED_CONCURRENCY,),
    replaced_by=frozenset({"FunctionName", "Name"}),
)
