"""How a step ends: its effects, its finish and what follows, in one write."""

from collections.abc import Callable
from dataclasses import replace

from lambent.core.errors import AwsError, NotFound
from lambent.languages.templates import plan
from lambent.languages.templates.plan import Outcome
from lambent.platform import Context
from lambent.services.cloudformation import changes, custom_resources, store
from lambent.services.cloudformation.attempts import OUTCOMES, VERBS, Attempt, as_told
from lambent.services.cloudformation.calling import says_exists
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.records import Resource, Stack
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem


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


async def written_as_done(attempt: Attempt) -> None:
    context, old = attempt.context, attempt.resource
    step = old.step
    former = dict(old.former)
    if attempt.intent == "update":
        former = {"properties": dict(old.properties)}
    elif attempt.intent == "revert" and not former.get("physical_id"):
        former = {}
    resource = replace(
        old,
        status=f"{VERBS[attempt.intent]}_COMPLETE",
        reason="",
        updated=context.clock.now(),
        properties=step["properties"],
        former=former,
    )

    def told(tx: Tx) -> plan.Told:
        changes.put_and_tell(tx, context, attempt.stack, resource)
        return plan.StepDone(resource.logical_id, OUTCOMES[attempt.intent])

    await context.db.write(_ending(attempt.item, attempt.stack, context, told))


async def written_as_gone(attempt: Attempt, status: str) -> None:
    context = attempt.context
    resource = replace(attempt.resource, status=status, reason="", updated=context.clock.now())

    is_leftover = attempt.intent == "discard"
    # What is left over goes; the resource itself stands as it did.
    row = (
        replace(resource, status="UPDATE_COMPLETE", former={})
        if is_leftover
        else replace(resource, status="DELETE_COMPLETE")
    )

    def told(tx: Tx) -> plan.Told:
        changes.put_and_tell(tx, context, attempt.stack, row, as_told(resource))
        return plan.StepDone(resource.logical_id, Outcome.REMOVED)

    await context.db.write(_ending(attempt.item, attempt.stack, context, told))


async def written_as_unchanged(
    context: Context, item: WorkItem, stack: Stack, resource: Resource
) -> None:
    row = replace(resource, properties=resource.step["properties"], step={})

    def told(tx: Tx) -> plan.Told:
        store.put_resource(tx, row)
        return plan.StepDone(resource.logical_id, Outcome.NOTHING)

    await context.db.write(_ending(item, stack, context, told))


async def written_as_failed(
    context: Context, item: WorkItem, stack: Stack, resource: Resource, error: AwsError
) -> None:
    intent = resource.step["intent"]
    failed = replace(
        resource,
        status=f"{VERBS[intent]}_FAILED",
        reason=_why(error),
        updated=context.clock.now(),
    )
    row = failed if intent != "discard" else replace(resource, status="UPDATE_COMPLETE")

    def told(tx: Tx) -> plan.Told:
        changes.put_and_tell(tx, context, stack, row, as_told(failed))
        return plan.StepFailed(resource.logical_id, OUTCOMES[intent])

    await context.db.write(_ending(item, stack, context, told))


def _why(error: AwsError) -> str:
    if isinstance(error, ValidationError):
        return error.message
    code = _HANDLER_CODES.get(error.code, "GeneralServiceException")
    if says_exists(error):
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
