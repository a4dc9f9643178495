"""What a stack's status allows, and what a request must satisfy. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lambent.languages.templates import plan
from lambent.services.cloudformation.errors import (
    AlreadyExists,
    InvalidChangeSetStatus,
    ValidationError,
)
from lambent.services.cloudformation.records import ChangeSet, Deployment, Resource, Stack

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*\Z")
_UPDATABLE = frozenset(
    (
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
    )
)
# What a failed operation without rollback leaves, which may be gone on with.
_STOPPED = frozenset(("CREATE_FAILED", "UPDATE_FAILED"))
_DELETABLE_BESIDES = frozenset(
    (
        "CREATE_FAILED",
        "DELETE_FAILED",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_FAILED",
        "REVIEW_IN_PROGRESS",
    )
)
MOST_BODY_BYTES = 51_200


def check_stack_name(name: str) -> None:
    if not _NAME.match(name):
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy"
            " constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    if len(name) > 128:
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy"
            " constraint: Member must have length less than or equal to 128"
        )


def check_body(params: Mapping[str, Any]) -> None:
    body = params.get("TemplateBody", "")
    if len(body.encode()) > MOST_BODY_BYTES:
        raise ValidationError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint:"
            f" Member must have length less than or equal to {MOST_BODY_BYTES}"
        )


def check_absent(stack: Stack | None) -> None:
    """A stack of that name must not be there."""
    if stack is not None:
        raise AlreadyExists(f"Stack [{stack.name}] already exists")


def check_updatable(stack: Stack) -> None:
    if stack.status not in _UPDATABLE | _STOPPED:
        raise ValidationError(
            f"Stack:{stack.id} is in {stack.status} state and can not be updated."
        )


def check_deletable(stack: Stack) -> None:
    if stack.protected:
        raise ValidationError(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    if stack.status not in _UPDATABLE | _DELETABLE_BESIDES | {"CREATE_IN_PROGRESS"}:
        raise ValidationError(
            f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
        )


def check_executable(change_set: ChangeSet) -> None:
    if change_set.execution_status != "AVAILABLE":
        status = change_set.status if change_set.status == "FAILED" else change_set.execution_status
        raise InvalidChangeSetStatus(
            f"ChangeSet [{change_set.id}] cannot be executed in its current status of [{status}]"
        )


def on_failure(params: Mapping[str, Any]) -> plan.OnFailure:
    """What becomes of a creation that fails, from the two ways to say it."""
    if "OnFailure" in params and params.get("DisableRollback") is not None:
        raise ValidationError("You can specify either DisableRollback or OnFailure, but not both.")
    if params.get("DisableRollback"):
        return plan.OnFailure.DO_NOTHING
    return plan.OnFailure(params.get("OnFailure") or params.get("OnStackFailure") or "ROLLBACK")


def standing(resources: Iterable[Resource]) -> dict[str, Resource]:
    """The resources that are there, in the order of their names."""
    return {
        row.logical_id: row
        for row in resources
        if row.status not in ("DELETE_COMPLETE", "DELETE_SKIPPED") and row.physical_id
    }


def export_names(stack: Stack) -> set[str]:
    return {output["ExportName"] for output in stack.outputs if "ExportName" in output}


def shown_parameters(deployment: Deployment | None) -> list[dict[str, Any]]:
    """The parameters as they may be shown: what is hidden is stars."""
    if deployment is None:
        return []
    shown = []
    for name, text in deployment.texts.items():
        value = "****" if name in deployment.hidden else text
        parameter = {"ParameterKey": name, "ParameterValue": value}
        if name in deployment.resolved:
            parameter["ResolvedValue"] = deployment.resolved[name]
        shown.append(parameter)
    return shown
