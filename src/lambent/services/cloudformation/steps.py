"""
One resource's step: decide what to do, make the calls, wait until it has settled, write it down.

Before the first call the resource's row says what was begun (`step`), and after each call that
another run must not repeat it says how far it came. A run that finds a creation begun and no
physical id takes "already exists" as its own earlier call.
"""

from dataclasses import replace
from functools import partial

from lambent.core.errors import AwsError
from lambent.languages.templates import plan
from lambent.languages.templates.plan import Action
from lambent.platform import Context
from lambent.services.cloudformation import (
    calling,
    changes,
    custom_resources,
    deciding,
    endings,
    store,
)
from lambent.services.cloudformation.attempts import VERBS, Attempt, NotSettled, Seen, as_told
from lambent.services.cloudformation.deciding import CannotBegin
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.operations import restored
from lambent.services.cloudformation.preparing import exports_of
from lambent.services.cloudformation.records import Resource, Stack
from lambent.services.cloudformation.types import get_type
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

_FIRST_LOOK_SECONDS = 0.1
_LONGEST_LOOK_SECONDS = 5.0
# AWS gives up on a resource that does not settle; how soon depends on the type.
_MOST_SECONDS = 3600.0


async def run_step(context: Context, item: WorkItem) -> None:
    """Carry a step as far as it goes now."""
    seen = await context.db.read(partial(_seen, item=item))
    if seen is None:
        await context.db.write(partial(queue.finish, item_id=item.id))
        return
    try:
        attempt = await _begun(context, item, seen)
        if attempt is not None:
            await _carried_out(attempt, seen)
    except CannotBegin as refused:
        await endings.written_as_failed(context, item, seen.stack, refused.resource, refused.error)
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


async def _begun(context: Context, item: WorkItem, seen: Seen) -> Attempt | None:
    """The attempt, its intent written down first; None if there is nothing to do."""
    stack, resource = seen.stack, seen.resource
    acting = context.acting_as(stack.role_arn or stack.principal).at(stack.account, stack.region)
    repeated = resource is not None and resource.step.get("key") == item.payload["key"]
    if resource is None or not repeated:
        resource = await _decided(context, acting, item, seen)
        if resource.step["intent"] == "nothing":
            await endings.written_as_unchanged(context, item, stack, resource)
            return None
        begun = replace(
            resource,
            status=f"{VERBS[resource.step['intent']]}_IN_PROGRESS",
            updated=context.clock.now(),
        )
        resource = begun
        await context.db.write(
            lambda tx: changes.put_and_tell(tx, context, stack, begun, as_told(begun))
        )
    return Attempt(context, acting, item, stack, get_type(resource.type), resource, repeated)


async def _decided(context: Context, acting: Context, item: WorkItem, seen: Seen) -> Resource:
    action = Action(item.payload["action"])
    if action is Action.APPLY:
        return await deciding.applied(context, acting, item, seen)
    return deciding.gone_back(context, action, item, seen)


async def _carried_out(attempt: Attempt, seen: Seen) -> None:
    """Make the calls that are left, and write down how it ended."""
    context, step = attempt.context, attempt.resource.step
    is_applying = attempt.item.payload["action"] == Action.APPLY
    # A creation that may have been made must be found first, or it would be left behind.
    is_known = bool(step["done"] or attempt.intent == "update")
    if attempt.repeated and is_known and is_applying and seen.operation.is_failing:
        await endings.written_as_failed(
            context, attempt.item, attempt.stack, attempt.resource, _cancelled(attempt)
        )
        return
    if attempt.intent in ("remove", "discard") and _is_retained(attempt, seen):
        await endings.written_as_gone(attempt, "DELETE_SKIPPED")
        return
    try:
        if context.clock.now() > step["since"] + _MOST_SECONDS:
            raise ValidationError("Resource did not stabilize in expected amount of time.")
        if custom_resources.is_custom(attempt.table):
            attempt = await calling.answered(attempt, seen.responses)
        else:
            attempt = await calling.called(attempt)
    except AwsError as error:
        # The calls may have come further than this attempt's own view of the row.
        row = await context.db.read(
            partial(
                store.find_resource,
                stack_id=attempt.stack.id,
                logical_id=attempt.resource.logical_id,
            )
        )
        await endings.written_as_failed(
            context, attempt.item, attempt.stack, row or attempt.resource, error
        )
        return
    if attempt.intent in ("remove", "discard"):
        await endings.written_as_gone(attempt, "DELETE_COMPLETE")
    else:
        await endings.written_as_done(attempt)


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


async def _look_again(context: Context, item: WorkItem) -> None:
    looks = item.payload.get("looks", 0)
    wait = min(_LONGEST_LOOK_SECONDS, _FIRST_LOOK_SECONDS * 1.5**looks)
    payload = {**item.payload, "looks": looks + 1}
    run_at = context.clock.now() + wait
    await context.db.write(partial(queue.postpone, item_id=item.id, run_at=run_at, payload=payload))
