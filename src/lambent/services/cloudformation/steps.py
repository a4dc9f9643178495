"""
One resource's step: decide what to do, make the calls, wait until it has settled, write it down.

Before the first call the resource's row says what was begun (`step`), and after each call that
another run must not repeat it says how far it came. A run that finds a creation begun and no
physical id takes "already exists" as its own earlier call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lambent.core.errors import AwsError, NotFound, NotSupported
from lambent.languages.templates import plan
from lambent.languages.templates.dynamic_references import dynamic_references, with_references
from lambent.languages.templates.functions import evaluate
from lambent.languages.templates.plan import Action, Outcome
from lambent.languages.templates.resource_types import Asked, ResourceType, Settling, at_path
from lambent.platform import Context
from lambent.services.cloudformation import calls, changes, custom_resources, store
from lambent.services.cloudformation.calls import Planned
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.lookups import looked_up
from lambent.services.cloudformation.operations import restored
from lambent.services.cloudformation.preparing import exports_of, fetched_object, scope_of
from lambent.services.cloudformation.records import Deployment, Resource, Stack
from lambent.services.cloudformation.stack_policy import check_update
from lambent.services.cloudformation.types import (
    check_properties,
    generated_name,
    get_type,
    with_stack_tags,
)
from lambent.storage.database import Tx
from lambent.wire import model
from lambent.work import queue
from lambent.work.queue import WorkItem

_FIRST_LOOK_SECONDS = 0.1
_LONGEST_LOOK_SECONDS = 5.0
# AWS gives up on a resource that does not settle; how soon depends on the type.
_MOST_SECONDS = 3600.0

_VERBS = {
    "create": "CREATE",
    "update": "UPDATE",
    "replace": "UPDATE",
    "revert": "UPDATE",
    "remove": "DELETE",
    "discard": "DELETE",
}
_OUTCOMES = {
    "create": Outcome.CREATED,
    "update": Outcome.UPDATED,
    "replace": Outcome.REPLACED,
    "revert": Outcome.UPDATED,
    "remove": Outcome.REMOVED,
    "discard": Outcome.REMOVED,
}


class NotSettled(Exception):
    """The resource needs more time. Never leaves this module."""


class StepEnded(Exception):
    """The step is over before any call. Never leaves this module."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step finds when it runs."""

    stack: Stack
    operation: plan.Operation
    deployment: Deployment | None
    resource: Resource | None
    # The resources that it needs.
    needed: Mapping[str, Resource]
    exports: Mapping[str, str]
    responses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step that has begun: the resource with its intent, and who makes the calls."""

    context: Context
    acting: Context
    item: WorkItem
    stack: Stack
    table: ResourceType
    resource: Resource
    # An earlier run may have made the calls that this one is about to make.
    repeated: bool

    @property
    def intent(self) -> str:
        intent: str = self.resource.step["intent"]
        return intent


async def run_step(context: Context, item: WorkItem) -> None:
    """Carry a step as far as it goes now."""
    seen = await context.db.read(partial(_seen, item=item))
    if seen is None:
        await context.db.write(partial(queue.finish, item_id=item.id))
        return
    try:
        attempt = await _begun(context, item, seen)
        await _carried_out(attempt, seen)
    except StepEnded:
        return
    except NotSettled:
        await _look_again(context, item)


def _seen(tx: Tx, item: WorkItem) -> Seen | None:
    stack = store.get_stack_by_id(tx, item.payload["stack"])
    if not stack.operation:
        return None
    operation = restored(stack.operation)
    logical_id = item.payload["logical_id"]
    step = operation.steps.get(logical_id)
    is_current = item.payload["key"] == f"{stack.operations}/{operation.phase}"
    if not is_current or step is None or step.state is not plan.State.RUNNING:
        return None
    _, target = changes.deployments_of(tx, stack)
    needed = [store.find_resource(tx, stack.id, name) for name in operation.graph[logical_id]]
    uses_exports = target is not None and "Fn::ImportValue" in target.processed
    return Seen(
        stack,
        operation,
        target,
        store.find_resource(tx, stack.id, logical_id),
        {row.logical_id: row for row in needed if row is not None},
        exports_of(tx, stack.account, stack.region) if uses_exports else {},
        store.list_responses(tx, _waits_for(item, stack, logical_id, tx)),
    )


def _waits_for(item: WorkItem, stack: Stack, logical_id: str, tx: Tx) -> str:
    """The token under which answers for this step come in."""
    resource = store.find_resource(tx, stack.id, logical_id)
    handle = resource.step.get("properties", {}).get("Handle", "") if resource else ""
    return custom_resources.token_in(handle) or custom_resources.token_of(item.id)


async def _begun(context: Context, item: WorkItem, seen: Seen) -> Attempt:
    """The attempt, its intent written down first."""
    stack, resource = seen.stack, seen.resource
    acting = context.acting_as(stack.role_arn or stack.principal).at(stack.account, stack.region)
    repeated = resource is not None and resource.step.get("key") == item.payload["key"]
    if not repeated:
        resource = await _decided(context, acting, item, seen)
    if resource is None:
        raise StepEnded
    return Attempt(context, acting, item, stack, get_type(resource.type), resource, repeated)


async def _decided(
    context: Context, acting: Context, item: WorkItem, seen: Seen
) -> Resource | None:
    """What the step is to do to the resource, written into its row with the event that says so."""
    action = Action(item.payload["action"])
    if action is Action.APPLY:
        resource = await _decided_to_apply(context, acting, item, seen)
    else:
        resource = _decided_to_go_back(context, action, item, seen)
    if resource is None:
        return None
    begun = replace(
        resource,
        status=f"{_VERBS[resource.step['intent']]}_IN_PROGRESS",
        updated=context.clock.now(),
    )
    await context.db.write(
        lambda tx: changes.resource_event(tx, context, seen.stack, _as_told(begun))
    )
    # The event tells of the resource that goes; the row keeps the one that stays.
    if begun.step["intent"] == "discard":
        await context.db.write(partial(store.put_resource, resource=begun))
    return begun


def _as_told(resource: Resource) -> Resource:
    """The resource as events tell of it: a leftover is known by its own id."""
    if resource.step.get("intent") == "discard":
        return replace(resource, physical_id=resource.former.get("physical_id", ""))
    return resource


async def _decided_to_apply(
    context: Context, acting: Context, item: WorkItem, seen: Seen
) -> Resource | None:
    assert seen.deployment is not None
    logical_id = item.payload["logical_id"]
    scope = scope_of(
        seen.stack,
        seen.deployment,
        seen.exports,
        lambda name, attribute: changes.value_at(seen.needed.get(name), attribute),
    )
    written = scope.template.resources[logical_id]
    old = seen.resource
    stands = old is not None and old.physical_id and old.status != "DELETE_COMPLETE"
    resource = replace(
        old if stands and old is not None else _fresh(seen.stack, logical_id, written.type),
        metadata=evaluate(scope, written.metadata),
        deletion_policy=evaluate(scope, written.deletion_policy) or "Delete",
        update_replace_policy=evaluate(scope, written.update_replace_policy) or "Delete",
        needs=seen.operation.graph[logical_id],
        reason="",
    )
    step: dict[str, Any] = {
        "key": item.payload["key"],
        "done": 0,
        "since": context.clock.now(),
        "token": custom_resources.token_of(item.id),
    }
    try:
        table = get_type(written.type)
        properties = with_stack_tags(
            written.type, evaluate(scope, dict(written.properties)), seen.deployment.tags
        )
        step["properties"] = properties
        check_properties(table, await _with_lookups(acting, properties))
        intent = _intent(table, old if stands else None, properties)
        if stands and intent != "nothing":
            _check_policy(seen.stack, logical_id, intent)
        if intent == "replace":
            _check_custom_name(table, resource, properties)
    except AwsError as error:
        step["intent"] = "update" if stands else "create"
        resource = replace(resource, step=step)
        await _written_as_failed(context, item, seen.stack, resource, error)
        return None
    if intent == "nothing":
        await _written_as_unchanged(context, item, resource, properties)
        return None
    step["intent"] = intent
    if intent in ("create", "replace"):
        cause = f"{seen.stack.id}/{logical_id}/{seen.stack.operations}"
        own = properties.get(table.named_by) if table.named_by else None
        step["name"] = (
            str(own)
            if own
            else generated_name(table, seen.stack.name, logical_id, cause, properties)
        )
    if intent == "replace":
        resource = replace(
            resource,
            former=_kept(resource),
            physical_id="",
            attributes={},
            reason=(
                "Requested update requires the creation of a new physical resource; hence"
                " creating one."
            ),
        )
    return replace(resource, step=step)


def _fresh(stack: Stack, logical_id: str, type_name: str) -> Resource:
    return Resource(stack.id, logical_id, type_name, "", 0.0)


def _kept(resource: Resource) -> dict[str, Any]:
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


def _check_policy(stack: Stack, logical_id: str, intent: str) -> None:
    action = "Update:Replace" if intent == "replace" else "Update:Modify"
    check_update(stack.policy_during_update or stack.policy, logical_id, action)


def _check_custom_name(table: ResourceType, old: Resource, properties: Mapping[str, Any]) -> None:
    name = properties.get(table.named_by) if table.named_by else None
    if name and name == old.properties.get(table.named_by) and table.create is not None:
        raise ValidationError(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing."
            f" Rename {name} and update the stack again."
        )


def _decided_to_go_back(context: Context, action: Action, item: WorkItem, seen: Seen) -> Resource:
    resource = seen.resource or _fresh(seen.stack, item.payload["logical_id"], "")
    if not resource.type and seen.deployment is not None:
        # Nothing of it was ever written: it failed before it began.
        resource = replace(resource, status="DELETE_COMPLETE")
    step: dict[str, Any] = {
        "key": item.payload["key"],
        "done": 0,
        "since": context.clock.now(),
        "token": custom_resources.token_of(item.id),
        "properties": resource.properties,
    }
    match action:
        case Action.REVERT if resource.former.get("physical_id"):
            # Back from a replacement: the old one stands still, the new one is left over.
            old = resource.former
            leftover = _kept(replace(resource, update_replace_policy="Delete"))
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
            step |= {"intent": "revert", "properties": before, "from": after}
        case Action.DISCARD:
            step["intent"] = "discard"
        case _:
            wanted = resource.step.get("properties") if not resource.properties else None
            step |= {"intent": "remove", "properties": wanted or resource.properties}
            step["name"] = resource.step.get("name", "")
    return replace(resource, step=step, reason="")


async def _carried_out(attempt: Attempt, seen: Seen) -> None:
    """Make the calls that are left, and write down how it ended."""
    step = attempt.resource.step
    is_applying = attempt.item.payload["action"] == Action.APPLY
    if attempt.repeated and is_applying and seen.operation.is_failing:
        await _written_as_failed(
            attempt.context, attempt.item, attempt.stack, attempt.resource, _cancelled(attempt)
        )
        return
    if attempt.intent in ("remove", "discard") and _is_retained(attempt, seen):
        await _written_as_gone(attempt, "DELETE_SKIPPED")
        return
    try:
        if attempt.context.clock.now() > step["since"] + _MOST_SECONDS:
            raise ValidationError("Resource did not stabilize in expected amount of time.")
        if custom_resources.is_custom(attempt.table):
            attempt = await _answered(attempt, seen)
        else:
            attempt = await _called(attempt)
    except AwsError as error:
        resource = (
            await attempt.context.db.read(
                partial(
                    store.find_resource,
                    stack_id=attempt.stack.id,
                    logical_id=attempt.resource.logical_id,
                )
            )
        ) or attempt.resource
        await _written_as_failed(attempt.context, attempt.item, attempt.stack, resource, error)
        return
    if attempt.intent in ("remove", "discard"):
        await _written_as_gone(attempt, "DELETE_COMPLETE")
    else:
        await _written_as_done(attempt)


def _cancelled(attempt: Attempt) -> AwsError:
    verb = "creation" if attempt.intent == "create" else "update"
    return ValidationError(f"Resource {verb} cancelled")


def _is_retained(attempt: Attempt, seen: Seen) -> bool:
    resource = attempt.resource
    if attempt.intent == "discard":
        return resource.former.get("policy") in ("Retain", "Snapshot")
    if seen.operation.kind is plan.Kind.DELETE or seen.operation.phase is plan.Phase.CLEANUP:
        return resource.deletion_policy in ("Retain", "RetainExceptOnCreate", "Snapshot")
    # AWS: what is rolled back from a creation goes, if its policy is not plainly Retain.
    return resource.deletion_policy == "Retain"


def _planned(attempt: Attempt) -> list[Planned]:
    step, table = attempt.resource.step, attempt.table
    match attempt.intent:
        case "create" | "replace":
            return calls.creation(table, step["properties"])
        case "update":
            return calls.update(table, attempt.resource.properties, step["properties"])
        case "revert":
            return calls.update(table, step["from"], step["properties"])
        case "discard":
            former = attempt.resource.former
            return calls.deletion(table, former["properties"]) if former.get("physical_id") else []
        case _:
            return calls.deletion(table, step["properties"]) if _may_exist(attempt) else []


def _may_exist(attempt: Attempt) -> bool:
    return bool(attempt.resource.physical_id)


async def _asked(attempt: Attempt, resource: Resource) -> Asked:
    step = resource.step
    properties = step["properties"]
    physical_id, attributes = resource.physical_id, resource.attributes
    if attempt.intent == "discard":
        former = resource.former
        properties, physical_id = former["properties"], former["physical_id"]
        attributes = former["attributes"]
    properties = await _with_lookups(attempt.acting, properties)
    loaded = ""
    location = properties.get(attempt.table.loads) if attempt.table.loads else None
    if isinstance(location, Mapping) and attempt.intent in (
        "create",
        "replace",
        "update",
        "revert",
    ):
        version = location.get("Version")
        loaded = await fetched_object(
            attempt.acting,
            f"s3://{location['Bucket']}/{location['Key']}"
            + (f"?versionId={version}" if version else ""),
        )
    return Asked(
        properties=properties,
        name=step.get("name") or physical_id,
        physical_id=physical_id,
        attributes=attributes,
        logical_id=resource.logical_id,
        stack_name=attempt.stack.name,
        account=attempt.stack.account,
        region=attempt.stack.region,
        token=custom_resources.token_of(attempt.item.id),
        loaded=loaded,
    )


async def _with_lookups(acting: Context, properties: Mapping[str, Any]) -> Any:
    wanted = list(dynamic_references(properties))
    if not wanted:
        return properties
    return with_references(properties, await looked_up(acting, wanted))


async def _called(attempt: Attempt) -> Attempt:
    """Every call that is left, in order; the attempt with the resource as it is then."""
    planned = _planned(attempt)
    for place, one in enumerate(planned):
        if place < attempt.resource.step["done"]:
            continue
        asked = await _asked(attempt, attempt.resource)
        reply = await _reply(attempt, one, asked)
        if one.creates and attempt.intent in ("create", "replace"):
            attempt = await _with_identity(attempt, reply, asked, place + 1)
        elif one.settles and attempt.table.settling:
            attempt = await _with_progress(attempt, place + 1)
        if one.settles and place + 1 < len(planned):
            await _settled(attempt)
    if attempt.intent in ("create", "replace") and not attempt.resource.physical_id:
        # A type without a call of its own: its parts are all there is.
        asked = await _asked(attempt, attempt.resource)
        attempt = await _with_identity(attempt, {}, asked, len(planned))
    if attempt.intent in ("remove", "discard"):
        await _gone(attempt)
        return attempt
    reply = await _settled(attempt)
    return await _with_attributes(attempt, reply)


async def _reply(attempt: Attempt, planned: Planned, asked: Asked) -> Mapping[str, Any]:
    table = attempt.table
    shape = model.operation(table.service, planned.call.operation).input_shape
    params = calls.parameters(planned, asked, shape)
    try:
        return await attempt.acting.call(table.service, planned.call.operation, params)
    except NotSupported:
        if planned.implied:
            return {}
        raise
    except AwsError as error:
        if planned.removes and _is_absent(table, error):
            return {}
        if planned.creates and attempt.repeated and _says_exists(error):
            return await _found_again(attempt, asked)
        raise


async def _found_again(attempt: Attempt, asked: Asked) -> Mapping[str, Any]:
    """What an interrupted run of this very step made."""
    if attempt.table.read is None:
        return {}
    return await _read(attempt, replace(asked, physical_id=asked.name))


def _is_absent(table: ResourceType, error: AwsError) -> bool:
    words = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
    return (
        isinstance(error, NotFound)
        or error.code in table.absent_codes
        or any(word in error.code for word in words)
    )


def _says_exists(error: AwsError) -> bool:
    words = ("AlreadyExists", "Conflict", "AlreadyOwnedByYou", "NameExists")
    return any(word in error.code for word in words)


async def _read(
    attempt: Attempt, asked: Asked, settling: Settling | None = None
) -> Mapping[str, Any]:
    call = (settling.call if settling else None) or attempt.table.read
    if call is None:
        return {}
    shape = model.operation(attempt.table.service, call.operation).input_shape
    params = calls.parameters(Planned(call), asked, shape)
    reply: Mapping[str, Any] = await attempt.acting.call(
        attempt.table.service, call.operation, params
    )
    return reply


async def _settled(attempt: Attempt) -> Mapping[str, Any]:
    """The resource as it reads once nothing of it is in the air; raises NotSettled until then."""
    asked = await _asked(attempt, attempt.resource)
    reply: Mapping[str, Any] = await _read(attempt, asked)
    for settling in attempt.table.settling:
        if settling.when and settling.when not in asked.properties:
            continue
        told = await _read(attempt, asked, settling) if settling.call else reply
        status = str(at_path(told, settling.path))
        if status in settling.waiting:
            raise NotSettled
        if status in settling.failed:
            why = at_path(told, settling.reason) if settling.reason else None
            raise ValidationError(str(why or f"Resource did not stabilize: {status}"))
    return reply


async def _gone(attempt: Attempt) -> None:
    if not attempt.table.going or not _planned(attempt):
        return
    asked = await _asked(attempt, attempt.resource)
    try:
        reply = await _read(attempt, asked)
    except AwsError as error:
        if _is_absent(attempt.table, error) or "does not exist" in error.message:
            return
        raise
    for settling in attempt.table.going:
        status = str(at_path(reply, settling.path))
        if status in settling.waiting:
            raise NotSettled
        if status in settling.failed:
            why = at_path(reply, settling.reason) if settling.reason else None
            raise ValidationError(str(why or f"Resource did not go: {status}"))


async def _with_identity(
    attempt: Attempt, reply: Mapping[str, Any], asked: Asked, done: int
) -> Attempt:
    resource = replace(
        attempt.resource,
        physical_id=calls.identifier(attempt.table, reply, asked),
        step={**attempt.resource.step, "done": done},
        reason="Resource creation Initiated",
        updated=attempt.context.clock.now(),
    )

    await attempt.context.db.write(
        lambda tx: changes.resource_event(tx, attempt.context, attempt.stack, resource)
    )
    return replace(attempt, resource=resource)


async def _with_progress(attempt: Attempt, done: int) -> Attempt:
    resource = replace(attempt.resource, step={**attempt.resource.step, "done": done})
    await attempt.context.db.write(partial(store.put_resource, resource=resource))
    return replace(attempt, resource=resource)


async def _with_attributes(attempt: Attempt, reply: Mapping[str, Any]) -> Attempt:
    asked = await _asked(attempt, attempt.resource)
    found = calls.attributes(attempt.table, reply, asked)
    return replace(attempt, resource=replace(attempt.resource, attributes=found))


async def _answered(attempt: Attempt, seen: Seen) -> Attempt:
    """A resource that answers in its own time: asked once, then waited for."""
    step = attempt.resource.step
    if attempt.intent in ("remove", "discard", "revert", "update") and not (
        attempt.resource.physical_id or attempt.resource.former.get("physical_id")
    ):
        return attempt
    if not step["done"]:
        await custom_resources.ask(attempt.context, attempt.acting, attempt.stack, attempt.resource)
        attempt = await _with_progress(attempt, 1)
    answer = custom_resources.answer_to(
        attempt.resource,
        seen.responses,
        attempt.context.clock.now(),
        attempt.context.settings.endpoint_url,
    )
    if answer is None:
        raise NotSettled
    resource = attempt.resource
    physical_id = answer.physical_id or resource.physical_id
    if attempt.intent == "update" and physical_id != resource.physical_id:
        # AWS: a custom resource that answers with another id has replaced itself.
        step = {**resource.step, "intent": "replace"}
        resource = replace(resource, former=_kept(resource), step=step)
    if attempt.intent not in ("remove", "discard"):
        resource = replace(resource, physical_id=physical_id, attributes=answer.attributes)
    return replace(attempt, resource=resource)


async def _look_again(context: Context, item: WorkItem) -> None:
    looks = item.payload.get("looks", 0)
    wait = min(_LONGEST_LOOK_SECONDS, _FIRST_LOOK_SECONDS * 1.5**looks)
    payload = {**item.payload, "looks": looks + 1}
    run_at = context.clock.now() + wait
    await context.db.write(partial(queue.postpone, item_id=item.id, run_at=run_at, payload=payload))


def _ending(
    item: WorkItem,
    stack: Stack,
    context: Context,
    told: Callable[[Tx], plan.Told],
) -> Callable[[Tx], None]:
    """The write that ends a step: its effects, its finish, and what follows."""

    def write(tx: Tx) -> None:
        said = told(tx)
        queue.finish(tx, item.id)
        store.remove_responses(tx, custom_resources.token_of(item.id))
        changes.move_on(tx, context, stack.id, said)

    return write


async def _written_as_done(attempt: Attempt) -> None:
    context, old = attempt.context, attempt.resource
    step = old.step
    former = dict(old.former)
    if attempt.intent == "update":
        former = {"properties": dict(old.properties)}
    elif attempt.intent == "revert" and not former.get("physical_id"):
        former = {}
    resource = replace(
        old,
        status=f"{_VERBS[attempt.intent]}_COMPLETE",
        reason="",
        updated=context.clock.now(),
        properties=step["properties"],
        former=former,
    )

    def told(tx: Tx) -> plan.Told:
        changes.resource_event(tx, context, attempt.stack, resource)
        return plan.StepDone(resource.logical_id, _OUTCOMES[attempt.intent])

    await context.db.write(_ending(attempt.item, attempt.stack, context, told))


async def _written_as_gone(attempt: Attempt, status: str) -> None:
    context = attempt.context
    resource = replace(attempt.resource, status=status, reason="", updated=context.clock.now())

    def told(tx: Tx) -> plan.Told:
        changes.resource_event(tx, context, attempt.stack, _as_told(resource))
        if attempt.intent == "discard":
            # The leftover is gone; the resource itself stands as it did.
            kept = replace(resource, status="UPDATE_COMPLETE", former={})
            store.put_resource(tx, kept)
        else:
            store.put_resource(tx, replace(resource, status="DELETE_COMPLETE"))
        return plan.StepDone(resource.logical_id, Outcome.REMOVED)

    await context.db.write(_ending(attempt.item, attempt.stack, context, told))


async def _written_as_unchanged(
    context: Context, item: WorkItem, resource: Resource, properties: Mapping[str, Any]
) -> None:
    def told(tx: Tx) -> plan.Told:
        store.put_resource(tx, replace(resource, properties=properties))
        return plan.StepDone(resource.logical_id, Outcome.NOTHING)

    stack = await context.db.read(partial(store.get_stack_by_id, stack_id=resource.stack_id))
    await context.db.write(_ending(item, stack, context, told))


async def _written_as_failed(
    context: Context, item: WorkItem, stack: Stack, resource: Resource, error: AwsError
) -> None:
    intent = resource.step["intent"]
    failed = replace(
        resource,
        status=f"{_VERBS[intent]}_FAILED",
        reason=_why(error),
        updated=context.clock.now(),
    )

    def told(tx: Tx) -> plan.Told:
        changes.resource_event(tx, context, stack, _as_told(failed))
        store.put_resource(tx, failed)
        return plan.StepFailed(resource.logical_id, _OUTCOMES[intent])

    await context.db.write(_ending(item, stack, context, told))


def _why(error: AwsError) -> str:
    if isinstance(error, ValidationError):
        return error.message
    code = _HANDLER_CODES.get(error.code, "GeneralServiceException")
    if _says_exists(error):
        code = "AlreadyExists"
    elif isinstance(error, NotFound) or "NotFound" in error.code:
        code = "NotFound"
    return f'Resource handler returned message: "{error.message}" (HandlerErrorCode: {code})'


_HANDLER_CODES = {
    "AccessDenied": "AccessDenied",
    "AccessDeniedException": "AccessDenied",
    "InvalidParameterValueException": "InvalidRequest",
    "MalformedPolicyDocument": "InvalidRequest",
    "NotSupportedByLambent": "InvalidRequest",
    "ThrottlingException": "Throttling",
    "ValidationError": "InvalidRequest",
    "ValidationException": "InvalidRequest",
}
