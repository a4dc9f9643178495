"""AWS::CloudFormation::*, Custom::* and what a template may hold without anything being made."""

from collections.abc import Mapping
from typing import Any

from lambent.languages.templates.resource_types import Call, ResourceType, Settling, Source, Update

_IN_PROGRESS = frozenset(
    {
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    }
)
_FAILED = frozenset(
    {
        "CREATE_FAILED",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
    }
)
_SETTINGS: dict[str, Source] = {
    "TemplateURL": "TemplateURL",
    "Parameters": "Parameters",
    "NotificationARNs": "NotificationARNs",
    "Tags": "Tags",
    # AWS: what the outer stack was allowed, its nested ones are.
    "Capabilities": lambda _: [
        "CAPABILITY_IAM",
        "CAPABILITY_NAMED_IAM",
        "CAPABILITY_AUTO_EXPAND",
    ],
}


def _outputs(reply: Mapping[str, Any]) -> dict[str, Any]:
    [stack] = reply["Stacks"]
    return {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in stack["Outputs"]}


STACK = ResourceType(
    name="AWS::CloudFormation::Stack",
    service="cloudformation",
    required=("TemplateURL",),
    create=Call(
        "CreateStack",
        {
            **_SETTINGS,
            "StackName": "@name",
            "TimeoutInMinutes": "TimeoutInMinutes",
            "ClientRequestToken": "@token",
        },
    ),
    identifier="StackId",
    read=Call("DescribeStacks", {"StackName": "@id"}),
    further_attributes=_outputs,
    settling=(
        Settling(
            "Stacks.0.StackStatus",
            waiting=_IN_PROGRESS,
            failed=_FAILED,
            reason="Stacks.0.StackStatusReason",
        ),
    ),
    updates=(Update(Call("UpdateStack", {**_SETTINGS, "StackName": "@id"})),),
    delete=Call("DeleteStack", {"StackName": "@id"}),
    going=(
        Settling(
            "Stacks.0.StackStatus",
            waiting=frozenset({"DELETE_IN_PROGRESS"}),
            failed=frozenset({"DELETE_FAILED"}),
            reason="Stacks.0.StackStatusReason",
        ),
    ),
    taggable=True,
)

CUSTOM_RESOURCE = ResourceType(
    name="AWS::CloudFormation::CustomResource",
    service="cloudformation",
    create=None,
    required=("ServiceToken",),
    closed=False,
    replaced_by=frozenset({"ServiceToken"}),
)

WAIT_CONDITION_HANDLE = ResourceType(
    name="AWS::CloudFormation::WaitConditionHandle", service="cloudformation", create=None
)

WAIT_CONDITION = ResourceType(
    name="AWS::CloudFormation::WaitCondition",
    service="cloudformation",
    create=None,
    ignored=frozenset({"Handle", "Timeout", "Count"}),
    always_replaced=True,
)

CDK_METADATA = ResourceType(
    name="AWS::CDK::Metadata",
    service="cloudformation",
    create=None,
    # It tells AWS what the template was made with; there is nothing to make.
    ignored=frozenset({"Analytics"}),
)

RESOURCE_TYPES = (STACK, CUSTOM_RESOURCE, WAIT_CONDITION_HANDLE, WAIT_CONDITION, CDK_METADATA)
