"""What a step is to do to its resource, decided before the first call is made."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.core.errors import AwsError, Impossible
from lambent.languages.templates.document import Resource as Written
from lambent.languages.templates.document import check_policy
from lambent.languages.templates.functions import evaluate, evaluate_properties
from lambent.languages.templates.plan import Action
from lambent.languages.templates.resource_types import ResourceType
from lambent.languages.templates.scope import Scope
from lambent.platform import Context
from lambent.services.cloudformation import changes, custom_resources
from lambent.services.cloudformation.attempts import Seen
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.lookups import with_lookups
from lambent.services.cloudformation.preparing import scope_of
from lambent.services.cloudformation.records import Resource, Stack
from lambent.services.cloudformation.stack_policy import check_update
from lambent.services.cloudformation.types import (
    check_properties,
    generated_name,
    get_type,
    reading_properties,
    with_stack_tags,
)
from lambent.work.queue import WorkItem


async def applied(context: Context, acting: Context, item: WorkItem, seen: Seen) -> Resource:
    """
    The resource with the step that makes it what the template says. The step's intent is
    `create`, `update`, `replace` or `nothing`; or `error` says why there can be none.
    """
    assert seen.deployment is not None
    logical_id = item.payload["logical_id"]
    scope = scope_of(
        seen.stack,
        seen.deployment,
        seen.exports,
        lambda name, attribute: changes.value_at(seen.needed.get(name), attribute),
    )
    written = scope.template.resources[logical_id]
    old = _standing(seen.resource)
    resource = replace(
        old or Resource(seen.stack.id, logical_id, written.type, "", 0.0),
        needs=seen.operation.graph[logical_id],
        reason="",
    )
    step = _step(context, item)
    step["intent"] = "create" if old is None else "update"
    resource = replace(resource, step=step)
    try:
        resource = replace(
            resource,
            metadata=evaluate(scope, written.metadata),
            deletion_policy=_policy(scope, written, "DeletionPolicy"),
            update_replace_policy=_policy(scope, written, "UpdateReplacePolicy"),
        )
        table = get_type(written.type)
        properties = with_stack_tags(
            written.type, evaluate_properties(scope, written.properties), seen.deployment.tags
        )
        step["properties"] = properties
        if seen.deployment.hidden:
            stars = dict.fromkeys(seen.deployment.hidden, "****")
            hiding = replace(scope, parameters={**scope.parameters, **stars})
            step["shown"] = evaluate_properties(hiding, written.properties)
        check_properties(table, await with_lookups(acting, properties))
        with reading_properties(table):
            step["intent"] = _intent(table, old, properties)
            step["name"] = _name(table, seen.stack, logical_id, properties)
        if old is not None and step["intent"] != "nothing":
            _check_policy(seen.stack, resource, step["intent"])
        if step["intent"] == "replace":
            _check_custom_name(table, resource, properties)
    except AwsError as error:
        raise CannotBegin(resource, error) from error
    if step["intent"] not in ("create", "replace"):
        del step["name"]
    return _replaced(resource) if step["intent"] == "replace" else resource


def _policy(scope: Scope, written: Written, member: str) -> str:
    asked = written.deletion_policy if member == "DeletionPolicy" else written.update_replace_policy
    policy = evaluate(scope, asked) or "Delete"
    check_policy(written.logical_id, member, policy)
    return str(policy)


class CannotBegin(Exception):
    """Why a resource cannot even be begun; the step catches it and has failed."""

    def __init__(self, resource: Resource, error: AwsError) -> None:
        super().__init__(error.message)
        self.resource = resource
        self.error = error


def _standing(resource: Resource | None) -> Resource | None:
    if resource is None or not resource.physical_id or resource.status == "DELETE_COMPLETE":
        return None
    return resource


def _step(context: Context, item: WorkItem) -> dict[str, Any]:
    return {
        "key": item.payload["key"],
        "done": 0,
        "since": context.clock.now(),
        "token": custom_resources.token_of(item.id),
    }


def _name(table: ResourceType, stack: Stack, logical_id: str, properties: Mapping[str, Any]) -> str:
    own = properties.get(table.named_by) if table.named_by else None
    if own:
        return str(own)
    # Another operation makes another resource, and the same one the same.
    cause = f"{stack.id}/{logical_id}/{stack.operations}"
    return generated_name(table, stack.name, logical_id, cause, properties)


def _replaced(resource: Resource) -> Resource:
    return replace(
        resource,
        former=kept(resource),
        physical_id="",
        attributes={},
        reason=(
            "Requested update requires the creation of a new physical resource; hence creating one."
        ),
    )


def kept(resource: Resource) -> dict[str, Any]:
    return {
        "physical_id": resource.physical_id,
        "properties": dict(resource.properties),
        "attributes": dict(resource.attributes),
        "policy": resource.update_replace_policy,
    }


def _intent(table: ResourceType, old: Resource | None, properties: Mapping[str, Any]) -> str:
    if old is None:
        return "create"
    changed = {
        name
        for name in {**old.properties, **properties}
        if old.properties.get(name) != properties.get(name)
    }
    if not changed:
        return "nothing"
    if table.always_replaced or changed & table.replaced_by:
        return "replace"
    return "update"


def _check_policy(stack: Stack, resource: Resource, intent: str) -> None:
    action = "Update:Replace" if intent == "replace" else "Update:Modify"
    policy = stack.policy_during_update or stack.policy
    check_update(policy, resource.logical_id, action, resource.type)


def _check_custom_name(table: ResourceType, old: Resource, properties: Mapping[str, Any]) -> None:
    name = properties.get(table.named_by) if table.named_by else None
    if name and name == old.properties.get(table.named_by) and table.create is not None:
        raise ValidationError(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing."
            f" Rename {name} and update the stack again."
        )


def gone_back(context: Context, action: Action, item: WorkItem, seen: Seen) -> Resource:
    """The resource with the step that takes it down, or back to what it was."""
    resource = seen.resource
    if resource is None:
        raise Impossible(f"{item.id} goes back from nothing")
    step = {**_step(context, item), "properties": resource.properties}
    match action:
        case Action.REVERT if resource.step.get("intent") == "revert":
            # Tried before, and failed: the row is as that attempt left it.
            earlier = resource.step
            step |= {
                "intent": "revert",
                "properties": earlier["properties"],
                "from": earlier["from"],
                "halfway": earlier.get("halfway", False),
            }
        case Action.REVERT if resource.former.get("physical_id"):
            # Back from a replacement: the old one stands still, the new one is left over.
            old = resource.former
            leftover = kept(replace(resource, update_replace_policy="Delete"))
            resource = replace(
                resource,
                former=leftover if resource.physical_id else {},
                physical_id=old["physical_id"],
                properties=old["properties"],
                attributes=old["attributes"],
            )
            step |= {"intent": "revert", "properties": old["properties"], "from": old["properties"]}
        case Action.REVERT:
            # Either the update was done (`former` has what was), or it stopped on the way.
            before = resource.former.get("properties", resource.properties)
            after = (
                resource.properties
                if resource.former
                else resource.step.get("properties", resource.properties)
            )
            halfway = not resource.former
            step |= {"intent": "revert", "properties": before, "from": after, "halfway": halfway}
        case Action.DISCARD:
            step["intent"] = "discard"
        case _:
            wanted = resource.step.get("properties") if not resource.properties else None
            step |= {"intent": "remove", "properties": wanted or resource.properties}
            step["name"] = resource.step.get("name", "")
    return replace(resource, step=step, reason="")
