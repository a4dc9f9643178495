"""
What is written together: a stack's status, its machine, its events, and the steps that follow.

Everything that tells the machine something comes through `move_on`.
"""

from dataclasses import replace
from typing import Any

import orjson

from lambent.core.ids import uuid_from
from lambent.languages.templates import plan
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.functions import evaluate_text
from lambent.languages.templates.plan import Operation, Told
from lambent.languages.templates.scope import UNKNOWN, is_present
from lambent.platform import Context
from lambent.services.cloudformation import replies, store
from lambent.services.cloudformation.event_records import SOURCE, status_entry
from lambent.services.cloudformation.operations import restored, stored
from lambent.services.cloudformation.preparing import exports_of, scope_of
from lambent.services.cloudformation.records import Deployment, Event, Resource, Stack
from lambent.storage.database import Tx
from lambent.work import queue, signals
from lambent.work.audience import audience_of

STACK_TYPE = "AWS::CloudFormation::Stack"


def begin(
    tx: Tx, context: Context, stack: Stack, operation: Operation, status: str, reason: str = ""
) -> Stack:
    """Start an operation: its status, its first event, its first steps."""
    stack = replace(stack, operations=stack.operations + 1, operation=stored(operation))
    if operation.kind is plan.Kind.UPDATE:
        stack = replace(stack, updated=context.clock.now())
    stack = _with_status(tx, context, stack, status, reason)
    return _go_on(tx, context, stack, operation, plan.Started())


def move_on(tx: Tx, context: Context, stack_id: str, told: Told) -> None:
    """Tell a stack's machine what happened, and write what it says."""
    stack = store.get_stack_by_id(tx, stack_id)
    _go_on(tx, context, stack, restored(stack.operation), told)


def _go_on(tx: Tx, context: Context, stack: Stack, operation: Operation, told: Told) -> Stack:
    transition = plan.advance(operation, told)
    for change in transition.statuses:
        if change.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"):
            try:
                stack = replace(
                    stack, outputs=outputs_of(tx, stack, store.find_deployment(tx, stack.target))
                )
            except TemplateInvalid as error:
                return _undone(tx, context, stack, operation, told, error.message)
        stack = _with_status(tx, context, stack, change.status, change.reason)
    now = transition.operation
    stack = replace(stack, operation=stored(now))
    store.put_stack(tx, stack)
    for step in transition.begun:
        _enqueue(tx, context, stack, now, step)
    if now.phase is plan.Phase.ENDED:
        stack = _ended(tx, context, stack, now)
    return stack


def _undone(
    tx: Tx, context: Context, stack: Stack, operation: Operation, told: Told, reason: str
) -> Stack:
    """Every resource stands, but an output does not: back, as after a failure."""
    # What was told is told again to a machine that is to go back.
    transition = plan.advance(replace(operation, cancelled=True), told)
    stack = replace(stack, operation=stored(transition.operation))
    for change in transition.statuses:
        stack = _with_status(tx, context, stack, change.status, reason)
        reason = ""
    store.put_stack(tx, stack)
    for step in transition.begun:
        _enqueue(tx, context, stack, transition.operation, step)
    if transition.operation.phase is plan.Phase.ENDED:
        stack = _ended(tx, context, stack, transition.operation)
    return stack


def _enqueue(tx: Tx, context: Context, stack: Stack, operation: Operation, step: plan.Step) -> None:
    key = f"{stack.operations}/{operation.phase}"
    context.at(stack.account, stack.region).enqueue(
        tx,
        step_id(stack.id, key, step.logical_id),
        "cloudformation.step",
        {
            "stack": stack.id,
            "key": key,
            "logical_id": step.logical_id,
            "action": str(step.action),
        },
    )


def step_id(stack_id: str, key: str, logical_id: str) -> str:
    return f"cloudformation/{stack_id}/{key}/{logical_id}"


def _with_status(tx: Tx, context: Context, stack: Stack, status: str, reason: str) -> Stack:
    stack = replace(stack, status=status, reason=reason)
    if status == "DELETE_COMPLETE":
        stack = replace(stack, deleted=context.clock.now())
    store.put_stack(tx, stack)
    add_event(tx, context, stack, stack.name, STACK_TYPE, stack.id, status, reason)
    if not status.endswith("_IN_PROGRESS"):
        signals.announce(tx, ended_topic(stack.id))
    return stack


def ended_topic(stack_id: str) -> str:
    return f"cloudformation/ended/{stack_id}"


def add_event(
    tx: Tx,
    context: Context,
    stack: Stack,
    logical_id: str,
    type_name: str,
    physical_id: str,
    status: str,
    reason: str = "",
    properties: Any = None,
) -> None:
    now = context.clock.now()
    own = uuid_from(stack.id, str(store.last_event_number(tx, stack.id)))
    event_id = own if type_name == STACK_TYPE else f"{logical_id}-{status}-{own}"
    event = Event(
        stack.id,
        event_id,
        logical_id,
        physical_id,
        type_name,
        status,
        now,
        reason,
        "" if properties is None else orjson.dumps(properties).decode(),
        stack.token,
    )
    store.add_event(tx, event)
    if stack.notification_arns:
        context.at(stack.account, stack.region).enqueue(
            tx,
            f"cloudformation/{stack.id}/event/{event_id}",
            "cloudformation.notify",
            {
                "topics": list(stack.notification_arns),
                "principal": stack.role_arn or stack.principal,
                "message": replies.notification(event, stack),
            },
        )
    audience = audience_of(context.platform.caches)
    if audience.hears(tx, stack.account, stack.region, SOURCE):
        context.at(stack.account, stack.region).enqueue(
            tx,
            f"cloudformation/{stack.id}/told/{event_id}",
            "cloudformation.tell",
            {"entry": status_entry(event)},
        )


def put_and_tell(
    tx: Tx, context: Context, stack: Stack, resource: Resource, told: Resource | None = None
) -> None:
    """The resource's row, and the event that tells of it (or of its leftover, `told`)."""
    store.put_resource(tx, resource)
    told = told or resource
    add_event(
        tx,
        context,
        stack,
        told.logical_id,
        told.type,
        told.physical_id,
        told.status,
        told.reason,
        _shown(told),
    )


def _shown(resource: Resource) -> Any:
    """The properties as events tell them: what a NoEcho parameter holds is stars."""
    if resource.step.get("intent") not in ("create", "update", "replace"):
        return None
    return resource.step.get("shown") or resource.step.get("properties")


def outputs_of(
    tx: Tx, stack: Stack, deployment: Deployment | None, *, foreseen: bool = False
) -> tuple[dict[str, Any], ...]:
    """
    The outputs of a wanted state, as the resources are now. `foreseen`: before anything is done,
    so that what is not there yet is unknown instead of wrong.
    """
    if deployment is None:
        return ()
    resources = {row.logical_id: row for row in store.list_resources(tx, stack.id)}
    exports = exports_of(tx, stack.account, stack.region)
    scope = scope_of(
        stack,
        deployment,
        exports,
        lambda name, attribute: value_at(resources.get(name), attribute, foreseen=foreseen),
    )
    found: list[dict[str, Any]] = []
    for name, written in scope.template.outputs.items():
        if not is_present(scope, written.get("Condition")):
            continue
        value = evaluate_text(scope, written["Value"], f"[/Outputs/{name}/Value]")
        output: dict[str, Any] = {"OutputKey": name, "OutputValue": value}
        if "Description" in written:
            output["Description"] = written["Description"]
        if "Export" in written:
            export = evaluate_text(scope, written["Export"].get("Name"), f"[/Outputs/{name}]")
            if not foreseen:
                _check_export(tx, stack, export)
            output["ExportName"] = export
        found.append(output)
    return tuple(found)


def _check_export(tx: Tx, stack: Stack, name: str) -> None:
    for other in store.list_live_stacks(tx, stack.account, stack.region):
        if other.id != stack.id and any(
            output.get("ExportName") == name for output in other.outputs
        ):
            raise TemplateInvalid(
                f"Export with name {name} is already exported by stack {other.name}. Rollback"
                " requested by user."
            )


def value_at(resource: Resource | None, attribute: str | None, *, foreseen: bool = False) -> Any:
    """What Ref and Fn::GetAtt say of a resource that stands."""
    if resource is None:
        return UNKNOWN
    if attribute is None:
        return resource.physical_id
    if attribute not in resource.attributes:
        if foreseen:
            return UNKNOWN
        raise TemplateInvalid(
            f"Template error: resource {resource.logical_id} does not support attribute type"
            f" {attribute} in Fn::GetAtt"
        )
    return resource.attributes[attribute]


def _ended(tx: Tx, context: Context, stack: Stack, operation: Operation) -> Stack:
    """The operation is over: what stands, and what may be forgotten."""
    succeeded = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    never_stood = not stack.deployment
    if succeeded or never_stood:
        stack = replace(stack, deployment=stack.target)
    if stack.status == "DELETE_COMPLETE":
        stack = replace(stack, outputs=())
        for change_set in store.list_change_sets(tx, stack.id):
            store.remove_change_set(tx, change_set.id)
    stack = replace(stack, target="", policy_during_update="", change_set_id="")
    store.put_stack(tx, stack)
    for resource in store.list_resources(tx, stack.id):
        if stack.status.endswith("ROLLBACK_FAILED"):
            break
        is_gone = resource.status in ("DELETE_COMPLETE", "DELETE_FAILED")
        if is_gone and operation.kind is plan.Kind.UPDATE:
            # AWS: what an update could not clean up is no part of the stack either.
            store.remove_resource(tx, stack.id, resource.logical_id)
        elif resource.former or resource.step:
            store.put_resource(tx, replace(resource, former={}, step={}))
    store.remove_deployments(tx, stack.id, {stack.deployment: None})
    _wake_parent(tx, context, stack)
    return stack


def adopt(tx: Tx, stack_id: str, parent: Stack) -> None:
    """A stack that was made as a resource knows whose it is."""
    child = store.get_stack_by_id(tx, stack_id)
    store.put_stack(tx, replace(child, parent_id=parent.id, root_id=parent.root_id or parent.id))


def _wake_parent(tx: Tx, context: Context, stack: Stack) -> None:
    """A nested stack's parent is waiting for it: let its step look at once."""
    if not stack.parent_id:
        return
    for resource in store.list_resources(tx, stack.parent_id):
        if resource.physical_id == stack.id and resource.step:
            item = step_id(stack.parent_id, resource.step["key"], resource.logical_id)
            queue.postpone(tx, item, context.clock.now())


def deployments_of(tx: Tx, stack: Stack) -> tuple[Deployment | None, Deployment | None]:
    """What stands, and what the operation under way leads to."""
    return store.find_deployment(tx, stack.deployment), store.find_deployment(tx, stack.target)
