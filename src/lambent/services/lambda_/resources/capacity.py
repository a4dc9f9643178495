"""AWS::Lambda::CapacityProvider as a table, and what functions on capacity providers add."""

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
from lambent.services.lambda_.resources.shared import tagging, untagging

_PUBLISHED = "=$LATEST.PUBLISHED"

CAPACITY_PROVIDER = ResourceType(
    name="AWS::Lambda::CapacityProvider",
    service="lambda",
    named_by="CapacityProviderName",
    name_limit=64,
    required=("PermissionsConfig", "VpcConfig"),
    create=Call(
        "CreateCapacityProvider",
        {
            "CapacityProviderName": "@name",
            **alike(
                "VpcConfig",
                "PermissionsConfig",
                "InstanceRequirements",
                "CapacityProviderScalingConfig",
                "KmsKeyArn",
                "PropagateTags",
                "TelemetryConfig",
                "Tags",
            ),
        },
    ),
    read=Call("GetCapacityProvider", {"CapacityProviderName": "@id"}),
    attributes={
        "Arn": "CapacityProvider.CapacityProviderArn",
        "State": "CapacityProvider.State",
    },
    settling=(
        Settling(
            "CapacityProvider.State",
            waiting=frozenset({"Pending"}),
            failed=frozenset({"Failed"}),
        ),
    ),
    going=(Settling("CapacityProvider.State", waiting=frozenset({"Deleting"})),),
    updates=(
        Update(
            Call(
                "UpdateCapacityProvider",
                {
                    "CapacityProviderName": "@id",
                    **alike("CapacityProviderScalingConfig", "PropagateTags", "TelemetryConfig"),
                },
            )
        ),
    ),
    delete=Call("DeleteCapacityProvider", {"CapacityProviderName": "@id"}),
    replaced_by=frozenset(
        {
            "CapacityProviderName",
            "VpcConfig",
            "PermissionsConfig",
            "InstanceRequirements",
            "KmsKeyArn",
        }
    ),
    taggable=True,
    tag=tagging("Arn"),
    untag=untagging("Arn"),
)


def memory_size(asked: Asked) -> int:
    """A function's memory when the property is gone."""
    least = 2_048 if "CapacityProviderConfig" in asked.properties else 128
    given: int = asked.properties.get("MemorySize", least)
    return given


def publishing(changed_by: frozenset[str]) -> Part:
    """AWS: CloudFormation publishes `$LATEST.PUBLISHED`, and again at every change."""
    return Part(
        "CapacityProviderConfig",
        put=Call("PublishVersion", {"FunctionName": "@id", "PublishTo": "=LATEST_PUBLISHED"}),
        by=changed_by,
    )


def scaling(function: Source, qualifier: Source) -> Part:
    return Part(
        "FunctionScalingConfig",
        put=Call(
            "PutFunctionScalingConfig",
            {
                "FunctionName": function,
                "Qualifier": qualifier,
                "FunctionScalingConfig": "@item",
            },
        ),
    )


FUNCTION_SCALING = scaling("@id", _PUBLISHED)
PUBLISHED_STATE = tuple(
    Settling(
        path,
        waiting=frozenset({waiting}),
        failed=frozenset({"Failed"}),
        reason=f"{path}Reason",
        when="CapacityProviderConfig",
        call=Call("GetFunctionConfiguration", {"FunctionName": "@id", "Qualifier": _PUBLISHED}),
    )
    for path, waiting in (("State", "Pending"), ("LastUpdateStatus", "InProgress"))
)
