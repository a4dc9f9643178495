"""The calls of a step, in order, and the waiting until a resource has settled."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.errors import AwsError, Conflict, NotFound, NotSupported
from lambent.languages.templates.resource_types import Asked, ResourceType, Settling, at_path
from lambent.services.cloudformation import calls, changes, custom_resources, store
from lambent.services.cloudformation.attempts import Attempt, NotSettled
from lambent.services.cloudformation.calls import Planned
from lambent.services.cloudformation.deciding import kept
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.lookups import with_lookups
from lambent.services.cloudformation.objects import object_text
from lambent.services.cloudformation.records import Resource
from lambent.services.cloudformation.types import PropertiesInvalid, reading_properties
from lambent.storage.database import Tx
from lambent.wire import model
from lambent.wire.errors import SerializationFailed

# What a call that changes something may say of what is asked for.
_REFUSED = ("LimitExceededException", "ValidationError", "ValidationException")


async def called(attempt: Attempt) -> Attempt:
    """Every call that is left, in order; the attempt with the resource as it is then."""
    with reading_properties(attempt.table):
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
            await _settled(attempt, with_parts=False)
    if attempt.intent in ("create", "replace") and not attempt.resource.physical_id:
        # A type without a call of its own: its parts are all there is.
        asked = await _asked(attempt, attempt.resource)
        attempt = await _with_identity(attempt, {}, asked, len(planned))
    if attempt.intent in ("remove", "discard"):
        await _gone(attempt)
        return attempt
    reply = await _settled(attempt)
    return await _with_attributes(attempt, reply)


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
            return calls.deletion(table, step["properties"]) if attempt.resource.physical_id else []


async def _asked(attempt: Attempt, resource: Resource) -> Asked:
    step = resource.step
    properties = step["properties"]
    physical_id, attributes = resource.physical_id, resource.attributes
    if attempt.intent == "discard":
        former = resource.former
        properties, physical_id = former["properties"], former["physical_id"]
        attributes = former["attributes"]
    properties = await with_lookups(attempt.acting, properties)
    loaded = ""
    location = properties.get(attempt.table.loads) if attempt.table.loads else None
    if isinstance(location, Mapping) and attempt.intent in (
        "create",
        "replace",
        "update",
        "revert",
    ):
        version = location.get("Version")
        loaded = await object_text(
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
        before=step["from"] if attempt.intent == "revert" else resource.properties,
    )


async def _reply(attempt: Attempt, planned: Planned, asked: Asked) -> Mapping[str, Any]:
    table = attempt.table
    shape = model.operation(table.service, planned.call.operation).input_shape
    if planned.creates and attempt.intent in ("create", "replace") and not attempt.repeated:
        await _check_is_free(attempt, asked)
    try:
        with reading_properties(table):
            params = calls.parameters(planned, asked, shape)
        return await attempt.acting.call(table.service, planned.call.operation, params)
    except NotSupported:
        if planned.implied:
            return {}
        raise
    except AwsError as error:
        if planned.removes and (_is_absent(table, error) or _never_was(planned, table, error)):
            return {}
        if attempt.resource.step.get("halfway") and error.code in _REFUSED:
            # What is taken back here was refused itself, or never came to its turn.
            return {}
        if planned.creates and attempt.repeated and says_exists(error):
            return await _found_again(attempt, asked)
        raise


async def _check_is_free(attempt: Attempt, asked: Asked) -> None:
    """Whoever gives a name gets a resource of that name made, not somebody's that is there."""
    table = attempt.table
    if table.existing is None or table.named_by not in asked.properties:
        return
    shape = model.operation(table.service, table.existing.operation).input_shape
    params = calls.parameters(Planned(table.existing), asked, shape)
    try:
        await attempt.acting.call(table.service, table.existing.operation, params)
    except AwsError:
        # It is not there; whatever else is wrong, the creation says.
        return
    raise Conflict(
        f"Resource of type '{table.name}' with identifier '{asked.name}' already exists."
    )


async def _found_again(attempt: Attempt, asked: Asked) -> Mapping[str, Any]:
    """What an interrupted run of this very step made."""
    if attempt.table.read is None:
        return {}
    return await _read(attempt, replace(asked, physical_id=asked.name))


def _never_was(planned: Planned, table: ResourceType, error: AwsError) -> bool:
    """What cannot even be asked for was never made: that was refused for the same reason."""
    if isinstance(error, SerializationFailed | PropertiesInvalid):
        return True
    is_part = planned.call is not table.delete
    return is_part and error.code in ("ValidationError", "ValidationException")


def _is_absent(table: ResourceType, error: AwsError) -> bool:
    words = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
    return (
        isinstance(error, NotFound)
        or error.code in table.absent_codes
        or any(word in error.code for word in words)
    )


def says_exists(error: AwsError) -> bool:
    words = ("AlreadyExists", "Conflict", "AlreadyOwnedByYou", "NameExists")
    return any(word in error.code for word in words) or "already exists" in error.message


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


async def _settled(attempt: Attempt, *, with_parts: bool = True) -> Mapping[str, Any]:
    """
    The resource as it reads once nothing of it is in the air; raises NotSettled until then.

    Before its parts are put, there is nothing to wait for of those.
    """
    asked = await _asked(attempt, attempt.resource)
    reply: Mapping[str, Any] = await _read(attempt, asked)
    for settling in attempt.table.settling:
        if settling.when and not (with_parts and settling.when in asked.properties):
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

    def write(tx: Tx) -> None:
        changes.put_and_tell(tx, attempt.context, attempt.stack, resource)
        if attempt.table.name == changes.STACK_TYPE:
            changes.adopt(tx, resource.physical_id, attempt.stack)

    await attempt.context.db.write(write)
    return replace(attempt, resource=resource)


async def _with_progress(attempt: Attempt, done: int) -> Attempt:
    resource = replace(attempt.resource, step={**attempt.resource.step, "done": done})
    await attempt.context.db.write(partial(store.put_resource, resource=resource))
    return replace(attempt, resource=resource)


async def _with_attributes(attempt: Attempt, reply: Mapping[str, Any]) -> Attempt:
    asked = await _asked(attempt, attempt.resource)
    found = calls.attributes(attempt.table, reply, asked)
    return replace(attempt, resource=replace(attempt.resource, attributes=found))


async def answered(attempt: Attempt, responses: Mapping[str, str]) -> Attempt:
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
        responses,
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
        resource = replace(resource, former=kept(resource), step=step)
    if attempt.intent not in ("remove", "discard"):
        resource = replace(resource, physical_id=physical_id, attributes=answer.attributes)
    return replace(attempt, resource=resource)
