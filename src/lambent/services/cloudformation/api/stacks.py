"""Stacks: created, updated, deleted, described."""

from dataclasses import replace
from functools import partial

from lambent.core import pages
from lambent.core.ids import new_uuid
from lambent.languages.templates import plan
from lambent.platform import Context, Params, Reply
from lambent.services.cloudformation import changes, preparing, replies, rules, store, updating
from lambent.services.cloudformation.errors import ValidationError
from lambent.services.cloudformation.objects import object_text
from lambent.services.cloudformation.operations import restored, stored
from lambent.services.cloudformation.records import Deployment, Stack
from lambent.services.cloudformation.stack_policy import check_policy
from lambent.storage.database import Tx

_PAGE = 100
# The waiters of stock clients sleep for 30 seconds between two looks; most stacks take one.
_PATIENCE = 3.0


def new_stack(context: Context, name: str, params: Params, status: str) -> Stack:
    """A stack that nobody has written down."""
    rules.check_stack_name(name)
    stack_id = context.arn("cloudformation", f"stack/{name}/{new_uuid()}")
    return Stack(
        id=stack_id,
        account=context.account,
        region=context.region,
        name=name,
        status=status,
        created=context.clock.now(),
        principal=context.principal.arn,
        role_arn=params.get("RoleARN", ""),
        token=params.get("ClientRequestToken", ""),
    )


def get_live(tx: Tx, context: Context, name: str) -> Stack:
    stack = store.find_stack(tx, context.account, context.region, name)
    if stack is None or not stack.is_live:
        raise ValidationError(f"Stack [{name}] does not exist")
    return stack


def get_any(tx: Tx, context: Context, name: str) -> Stack:
    """A stack by name, or by id even after it was deleted."""
    stack = store.find_stack(tx, context.account, context.region, name)
    if stack is None:
        raise ValidationError(f"Stack with id {name} does not exist")
    return stack


async def create_stack(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html"""
    name = params["StackName"]
    rules.check_body(params)
    token = params.get("ClientRequestToken", "")
    find = partial(store.find_stack, account=context.account, region=context.region, name=name)
    known = await context.db.read(find)
    if known is not None and token and known.token == token:
        return {"StackId": known.id}
    rules.check_absent(known)
    on_failure = rules.on_failure(params)
    policy = await _policy(context, params, "StackPolicy")
    stack = replace(
        new_stack(context, name, params, "CREATE_IN_PROGRESS"),
        disable_rollback=on_failure is plan.OnFailure.DO_NOTHING,
        protected=bool(params.get("EnableTerminationProtection")),
        timeout_minutes=params.get("TimeoutInMinutes", 0),
        policy=policy,
    )
    deployment = await preparing.prepared(context, params, stack, None)
    intended = await updating.intended_for(context, stack, deployment, on_failure)

    def write(tx: Tx) -> None:
        rules.check_absent(find(tx))
        store.put_deployment(tx, deployment)
        begin_creation(tx, context, stack, deployment, intended.operation)

    await context.db.write(write)
    return {"StackId": stack.id}


def begin_creation(
    tx: Tx, context: Context, stack: Stack, deployment: Deployment, operation: plan.Operation
) -> None:
    stack = replace(stack, target=deployment.id, notification_arns=deployment.notification_arns)
    begun = changes.begin(tx, context, stack, operation, "CREATE_IN_PROGRESS", "User Initiated")
    if stack.timeout_minutes:
        context.enqueue(
            tx,
            f"cloudformation/{stack.id}/timeout",
            "cloudformation.timeout",
            {"stack": stack.id, "operation": begun.operations},
            context.clock.now() + stack.timeout_minutes * 60,
        )


async def _policy(context: Context, params: Params, name: str) -> str:
    """A stack policy, given as text or by the URL of an object."""
    body, url = params.get(f"{name}Body"), params.get(f"{name}URL")
    if body and url:
        raise ValidationError(f"You cannot specify both {name}Body and {name}URL")
    text: str = body or (await object_text(context, url) if url else "")
    if text:
        check_policy(text)
    return text


async def update_stack(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html"""
    rules.check_body(params)
    name = params["StackName"]
    stack, current = await context.db.read(partial(_with_deployment, context=context, name=name))
    rules.check_updatable(stack)
    policy = await _policy(context, params, "StackPolicy")
    during = await _policy(context, params, "StackPolicyDuringUpdate")
    deployment = await preparing.prepared(context, params, stack, current)
    on_failure = (
        plan.OnFailure.DO_NOTHING if params.get("DisableRollback") else plan.OnFailure.ROLLBACK
    )
    intended = await updating.intended_for(context, stack, deployment, on_failure)
    if intended.is_empty and stack.status not in ("UPDATE_FAILED", "CREATE_FAILED"):
        raise ValidationError("No updates are to be performed.")

    def write(tx: Tx) -> None:
        fresh = get_live(tx, context, stack.id)
        rules.check_updatable(fresh)
        begin_update(
            tx,
            context,
            replace(
                fresh,
                role_arn=params.get("RoleARN", fresh.role_arn),
                token=params.get("ClientRequestToken", ""),
                policy=policy or fresh.policy,
                policy_during_update=during,
            ),
            deployment,
            intended.operation,
        )

    await context.db.write(write)
    return {"StackId": stack.id}


def _with_deployment(tx: Tx, context: Context, name: str) -> tuple[Stack, Deployment | None]:
    stack = get_live(tx, context, name)
    return stack, store.find_deployment(tx, stack.deployment)


def begin_update(
    tx: Tx, context: Context, stack: Stack, deployment: Deployment, operation: plan.Operation
) -> None:
    going = updating.exports_going(tx, stack, deployment)
    updating.check_exports_unused(tx, stack, going, "updated")
    store.put_deployment(tx, deployment)
    changes.begin(
        tx,
        context,
        replace(
            stack,
            target=deployment.id,
            principal=context.principal.arn,
            notification_arns=deployment.notification_arns,
        ),
        operation,
        "UPDATE_IN_PROGRESS",
        "User Initiated",
    )


async def delete_stack(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html"""
    kept = params.get("RetainResources", ())

    def write(tx: Tx) -> None:
        stack = store.find_stack(tx, context.account, context.region, params["StackName"])
        # AWS: deleting what is not there, or is going already, is done.
        if stack is None or not stack.is_live or stack.status == "DELETE_IN_PROGRESS":
            return
        rules.check_deletable(stack)
        stack = replace(
            stack,
            role_arn=params.get("RoleARN", stack.role_arn),
            token=params.get("ClientRequestToken", ""),
            principal=context.principal.arn,
        )
        updating.check_exports_unused(tx, stack, rules.export_names(stack), "deleted")
        if kept and stack.status != "DELETE_FAILED":
            raise ValidationError(
                "Invalid operation on stack. RetainResources can only be specified when the stack"
                " is in the DELETE_FAILED state."
            )
        if stack.status == "CREATE_IN_PROGRESS":
            _abandon(tx, context, stack)
            return
        rows = {
            row.logical_id: row.needs
            for row in store.list_resources(tx, stack.id)
            if row.status != "DELETE_COMPLETE"
        }
        graph = {
            name: tuple(need for need in needs if need in rows) for name, needs in rows.items()
        }
        operation = plan.deletion(graph, kept)
        changes.begin(tx, context, stack, operation, "DELETE_IN_PROGRESS", "User Initiated")

    await context.db.write(write)
    return {}


def _abandon(tx: Tx, context: Context, stack: Stack) -> None:
    """Delete what is still being created: it ends as a creation that failed and is to go."""
    operation = replace(restored(stack.operation), on_failure=plan.OnFailure.DELETE)
    store.put_stack(tx, replace(stack, operation=stored(operation)))
    changes.move_on(tx, context, stack.id, plan.CancelRequested())


async def describe_stacks(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html"""
    name = params.get("StackName")

    def read(tx: Tx) -> list[Reply]:
        stacks = (
            [get_any(tx, context, name)]
            if name
            else store.list_live_stacks(tx, context.account, context.region)
        )
        return [_described(tx, stack) for stack in stacks]

    found = await context.db.read(read)
    if name and context.request and _is_moving(found[0]):
        topic = changes.ended_topic(found[0]["StackId"])
        await context.platform.signals.wait(topic, _PATIENCE)
        found = await context.db.read(read)
    start = _start(params)
    reply: dict[str, object] = {"Stacks": found[start : start + _PAGE]}
    if len(found) > start + _PAGE:
        reply["NextToken"] = pages.token_after(start + _PAGE)
    return reply


def _is_moving(stack: Reply) -> bool:
    status: str = stack["StackStatus"]
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def _start(params: Params) -> int:
    if not params.get("NextToken"):
        return 0
    match pages.key_in(params["NextToken"]):
        case [int() as start]:
            return start
        case _:
            raise ValidationError("Invalid token")


def _described(tx: Tx, stack: Stack) -> Reply:
    deployment = store.find_deployment(tx, stack.target or stack.deployment)
    return replies.described_stack(stack, deployment, description_of(deployment))


def description_of(deployment: Deployment | None) -> str:
    if deployment is None:
        return ""
    return preparing.template_of(deployment.processed).description or ""


async def list_stacks(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html"""
    wanted = set(params.get("StackStatusFilter", ()))
    before, before_id = float("inf"), ""
    if params.get("NextToken"):
        match pages.key_in(params["NextToken"]):
            case [int() | float() as time, str() as last]:
                before, before_id = float(time), last
            case _:
                raise ValidationError("Invalid token")

    def read(tx: Tx) -> list[tuple[Stack, Reply]]:
        stacks = store.list_stacks(
            tx,
            context.account,
            context.region,
            before=min(before, 1e15),
            before_id=before_id,
            limit=_PAGE,
        )
        return [
            (
                stack,
                replies.summarized_stack(
                    stack, description_of(store.find_deployment(tx, stack.deployment))
                ),
            )
            for stack in stacks
        ]

    found = await context.db.read(read)
    summaries = [shown for stack, shown in found if not wanted or stack.status in wanted]
    reply: dict[str, object] = {"StackSummaries": summaries}
    if len(found) == _PAGE:
        oldest = found[-1][0]
        reply["NextToken"] = pages.token_after(oldest.created, oldest.id)
    return reply


async def update_termination_protection(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html"""

    def write(tx: Tx) -> str:
        stack = get_live(tx, context, params["StackName"])
        store.put_stack(tx, replace(stack, protected=params["EnableTerminationProtection"]))
        return stack.id

    return {"StackId": await context.db.write(write)}


async def set_stack_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SetStackPolicy.html"""
    policy = await _policy(context, params, "StackPolicy")
    if not policy:
        raise ValidationError("Either StackPolicyBody or StackPolicyURL must be specified.")

    def write(tx: Tx) -> None:
        store.put_stack(tx, replace(get_live(tx, context, params["StackName"]), policy=policy))

    await context.db.write(write)
    return {}


async def get_stack_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetStackPolicy.html"""
    stack = await context.db.read(partial(get_live, context=context, name=params["StackName"]))
    return {"StackPolicyBody": stack.policy} if stack.policy else {}


async def cancel_update_stack(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html"""

    def write(tx: Tx) -> None:
        stack = get_live(tx, context, params["StackName"])
        if stack.status != "UPDATE_IN_PROGRESS":
            raise ValidationError("CancelUpdateStack cannot be called from current stack status")
        changes.move_on(tx, context, stack.id, plan.CancelRequested())

    await context.db.write(write)
    return {}


async def continue_update_rollback(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html"""
    skipped = params.get("ResourcesToSkip", ())

    def write(tx: Tx) -> None:
        stack = get_live(tx, context, params["StackName"])
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise ValidationError(
                f"Stack:{stack.id} is in {stack.status} state and can not continue rolling back."
            )
        operation = restored(stack.operation)
        wrong = sorted(set(skipped) - set(plan.failed_steps(operation)))
        if wrong:
            raise ValidationError(
                f"The following resources to skip are not in UPDATE_FAILED state: {wrong}"
            )
        changes.begin(
            tx,
            context,
            stack,
            plan.rollback_again(operation, skipped),
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "User Initiated",
        )

    await context.db.write(write)
    return {}
