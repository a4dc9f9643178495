"""From a wanted state to an operation: what differs, and the plan that follows."""

from dataclasses import dataclass
from functools import partial

from lambent.languages.templates import graph, plan
from lambent.languages.templates.differences import Change, Standing, differences
from lambent.platform import Context
from lambent.services.cloudformation import changes, store
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.preparing import exports_of, scope_of
from lambent.services.cloudformation.records import Deployment, Resource, Stack
from lambent.services.cloudformation.rules import export_names, standing
from lambent.services.cloudformation.types import recreation, with_stack_tags
from lambent.storage.database import Tx


@dataclass(frozen=True, slots=True)
class Intended:
    """What a wanted state would change, and the operation that does it."""

    changes: tuple[Change, ...]
    operation: plan.Operation
    # Nothing at all differs: no resource, no output, no tag.
    is_empty: bool


def intended(tx: Tx, stack: Stack, deployment: Deployment, on_failure: plan.OnFailure) -> Intended:
    """Compare what stands with what is wanted."""
    exports = exports_of(tx, stack.account, stack.region)
    scope = scope_of(stack, deployment, exports)
    needs = graph.dependencies(scope)
    rows = standing(store.list_resources(tx, stack.id))
    found = differences(
        scope,
        needs,
        {name: _standing(row) for name, row in rows.items()},
        recreation=recreation,
        completed=lambda type_name, properties: with_stack_tags(
            type_name, properties, deployment.tags
        ),
    )
    if not stack.deployment:
        return Intended(found, plan.creation(needs, on_failure), False)
    touched = [change.logical_id for change in found if change.action != "Remove"]
    removals = {
        change.logical_id: rows[change.logical_id].needs
        for change in found
        if change.action == "Remove"
    }
    operation = plan.update(needs, touched, removals, on_failure)
    return Intended(found, operation, not found and _same_outputs(tx, stack, deployment))


def _standing(row: Resource) -> Standing:
    return Standing(
        row.logical_id,
        row.type,
        row.physical_id,
        row.properties,
        row.attributes,
        row.metadata,
        row.deletion_policy,
        row.update_replace_policy,
    )


def _same_outputs(tx: Tx, stack: Stack, deployment: Deployment) -> bool:
    current = store.find_deployment(tx, stack.deployment)
    if current is None or current.tags != deployment.tags:
        return False
    return changes.outputs_of(tx, stack, deployment, foreseen=True) == stack.outputs


async def intended_for(
    context: Context, stack: Stack, deployment: Deployment, on_failure: plan.OnFailure
) -> Intended:
    return await context.db.read(
        partial(intended, stack=stack, deployment=deployment, on_failure=on_failure)
    )


def check_exports_unused(tx: Tx, stack: Stack, removed: set[str], verb: str) -> None:
    """What another stack imports must stay."""
    if not removed:
        return
    for other in store.list_live_stacks(tx, stack.account, stack.region):
        deployment = store.find_deployment(tx, other.deployment)
        if other.id == stack.id or deployment is None:
            continue
        for name in deployment.imports:
            if name in removed:
                raise ValidationError(
                    f"Export {name} cannot be {verb} as it is in use by {other.name}"
                )


def exports_going(tx: Tx, stack: Stack, deployment: Deployment) -> set[str]:
    """The exports that an update would take away."""
    kept = {
        output["ExportName"]
        for output in changes.outputs_of(tx, stack, deployment, foreseen=True)
        if "ExportName" in output
    }
    return export_names(stack) - kept
