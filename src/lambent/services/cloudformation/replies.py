"""Stacks, resources, events and change sets as the API describes them. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lambent.languages.templates.differences import Change
from lambent.services.cloudformation.records import (
    ChangeSet,
    Deployment,
    Event,
    Resource,
    Stack,
)
from lambent.services.cloudformation.rules import shown_parameters

_NOT_CHECKED = "NOT_CHECKED"


def described_stack(
    stack: Stack, deployment: Deployment | None, description: str
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": stack.created,
        "StackStatus": stack.status,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": list(deployment.notification_arns) if deployment else [],
        "RollbackConfiguration": {},
        # Serverless's plug-ins go through it without asking whether it is there.
        "Outputs": [dict(output) for output in stack.outputs],
        "Tags": [dict(tag) for tag in deployment.tags] if deployment else [],
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": {"StackDriftStatus": _NOT_CHECKED},
    }
    optional = {
        "ChangeSetId": stack.change_set_id,
        "Description": description,
        "Parameters": shown_parameters(deployment),
        "Capabilities": list(deployment.capabilities) if deployment else [],
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "StackStatusReason": stack.reason,
        "TimeoutInMinutes": stack.timeout_minutes,
        "RoleARN": stack.role_arn,
        "ParentId": stack.parent_id,
        "RootId": stack.root_id,
    }
    return shown | {name: value for name, value in optional.items() if value}


def summarized_stack(stack: Stack, description: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": stack.created,
        "StackStatus": stack.status,
        "DriftInformation": {"StackDriftStatus": _NOT_CHECKED},
    }
    optional = {
        "TemplateDescription": description,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "StackStatusReason": stack.reason,
        "ParentId": stack.parent_id,
        "RootId": stack.root_id,
    }
    return shown | {name: value for name, value in optional.items() if value}


def resource_members(resource: Resource, time_member: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "LogicalResourceId": resource.logical_id,
        "ResourceType": resource.type,
        time_member: resource.updated,
        "ResourceStatus": resource.status,
        "DriftInformation": {"StackResourceDriftStatus": _NOT_CHECKED},
    }
    if resource.physical_id:
        shown["PhysicalResourceId"] = resource.physical_id
    if resource.reason:
        shown["ResourceStatusReason"] = resource.reason
    return shown


def described_event(event: Event, stack_name: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": event.stack_id,
        "EventId": event.id,
        "StackName": stack_name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.time,
        "ResourceStatus": event.status,
    }
    optional = {
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
    }
    return shown | {name: value for name, value in optional.items() if value}


def notification(event: Event, stack: Stack) -> str:
    """An event as the stack's topics hear of it."""
    moment = datetime.fromtimestamp(event.time, UTC).isoformat(timespec="milliseconds")
    members = {
        "StackId": event.stack_id,
        "Timestamp": moment.replace("+00:00", "Z"),
        "EventId": event.id,
        "LogicalResourceId": event.logical_id,
        "Namespace": stack.account,
        "PhysicalResourceId": event.physical_id,
        "PrincipalId": stack.principal,
        "ResourceProperties": event.properties or "null",
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceType": event.type,
        "StackName": stack.name,
        "ClientRequestToken": event.token or "null",
    }
    return "".join(f"{name}='{value}'\n" for name, value in members.items())


def described_change(change: Change) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "ResourceType": change.type,
        "Scope": list(change.scope),
        "Details": [
            {
                "Target": {
                    "Attribute": detail.attribute,
                    **({"Name": detail.name} if detail.name else {}),
                    "RequiresRecreation": detail.recreation,
                },
                "Evaluation": detail.evaluation,
                "ChangeSource": "DirectModification",
            }
            for detail in change.details
        ],
    }
    if change.physical_id:
        resource["PhysicalResourceId"] = change.physical_id
    if change.action == "Modify":
        resource["Replacement"] = change.replacement
    return {"Type": "Resource", "ResourceChange": resource}


def described_change_set(
    change_set: ChangeSet, stack: Stack, deployment: Deployment | None
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        **summarized_change_set(change_set, stack),
        "Changes": [dict(change) for change in change_set.changes],
        "NotificationARNs": list(deployment.notification_arns) if deployment else [],
        "RollbackConfiguration": {},
        "Capabilities": list(deployment.capabilities) if deployment else [],
        "Tags": [dict(tag) for tag in deployment.tags] if deployment else [],
        "Parameters": shown_parameters(deployment),
    }
    if change_set.on_failure:
        shown["OnStackFailure"] = change_set.on_failure
    return shown


def summarized_change_set(change_set: ChangeSet, stack: Stack) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "ExecutionStatus": change_set.execution_status,
        "Status": change_set.status,
        "CreationTime": change_set.created,
        "IncludeNestedStacks": change_set.include_nested,
    }
    optional = {"StatusReason": change_set.reason, "Description": change_set.description}
    return shown | {name: value for name, value in optional.items() if value}


def declared_parameter(name: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter as ValidateTemplate tells of it."""
    shown: dict[str, Any] = {
        "ParameterKey": name,
        "NoEcho": str(declared.get("NoEcho", "false")).lower() == "true",
    }
    if "Default" in declared:
        shown["DefaultValue"] = str(declared["Default"])
    if "Description" in declared:
        shown["Description"] = str(declared["Description"])
    return shown
