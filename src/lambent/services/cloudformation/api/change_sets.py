"""Change sets: what an update would do, kept until somebody has it done."""

from dataclasses import replace
from functools import partial

from lambent.core.ids import new_uuid
from lambent.languages.templates import plan
from lambent.platform import Context, Params, Reply
from lambent.services.cloudformation import (
    changes,
    preparing,
    replies,
    rules,
    store,
    updating,
)
from lambent.services.cloudformation.api.stacks import (
    begin_creation,
    begin_update,
    get_live,
    new_stack,
)
from lambent.services.cloudformation.errors import (
    AlreadyExists,
    ChangeSetNotFound,
    TransformFailed,
    ValidationError,
)
from lambent.services.cloudformation.records import ChangeSet, Deployment, Stack
from lambent.storage.database import Tx

# The words that clients look for, to say "no changes" instead of failing.
_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a"
    " change set."
)


async def create_change_set(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html"""
    rules.check_body(params)
    kind = params.get("ChangeSetType", "UPDATE")
    if kind == "IMPORT":
        raise ValidationError("ChangeSetType IMPORT is not supported by Lambent.")
    stack, is_new = await _stack_for(context, params, kind)
    current = await context.db.read(partial(store.find_deployment, deployment_id=stack.deployment))
    change_set = ChangeSet(
        id=context.arn("cloudformation", f"changeSet/{params['ChangeSetName']}/{new_uuid()}"),
        stack_id=stack.id,
        name=params["ChangeSetName"],
        status="CREATE_COMPLETE",
        execution_status="AVAILABLE",
        created=context.clock.now(),
        deployment="",
        description=params.get("Description", ""),
        kind=kind,
        on_failure=params.get("OnStackFailure", ""),
        role_arn=params.get("RoleARN", ""),
        token=params.get("ClientToken", ""),
        include_nested=bool(params.get("IncludeNestedStacks")),
    )
    deployment: Deployment | None = None
    try:
        # AWS: a change set shows what macros make, so it needs no CAPABILITY_AUTO_EXPAND.
        deployment = await preparing.prepared(
            context, params, stack, current, check_expansion=False
        )
    except TransformFailed as error:
        change_set = _failed(change_set, error.message)
    else:
        intended = await updating.intended_for(context, stack, deployment, plan.OnFailure.ROLLBACK)
        change_set = replace(
            change_set,
            deployment=deployment.id,
            changes=tuple(replies.described_change(change) for change in intended.changes),
        )
        if intended.is_empty:
            change_set = _failed(change_set, _NO_CHANGES)

    def write(tx: Tx) -> None:
        if is_new:
            rules.check_absent(store.find_stack(tx, context.account, context.region, stack.name))
            store.put_stack(tx, stack)
            changes.add_event(
                tx,
                context,
                stack,
                stack.name,
                changes.STACK_TYPE,
                stack.id,
                stack.status,
                "User Initiated",
            )
        if store.find_change_set(tx, stack.id, change_set.name) is not None:
            raise AlreadyExists(f"ChangeSet {change_set.name} already exists")
        if deployment is not None:
            store.put_deployment(tx, deployment)
        store.put_change_set(tx, change_set)

    await context.db.write(write)
    return {"Id": change_set.id, "StackId": stack.id}


def _failed(change_set: ChangeSet, reason: str) -> ChangeSet:
    return replace(change_set, status="FAILED", execution_status="UNAVAILABLE", reason=reason)


async def _stack_for(context: Context, params: Params, kind: str) -> tuple[Stack, bool]:
    """The stack that a change set is for, and whether it has to be made for it."""
    name = params["StackName"]
    stack = await context.db.read(
        partial(store.find_stack, account=context.account, region=context.region, name=name)
    )
    in_review = stack is not None and stack.status == "REVIEW_IN_PROGRESS"
    if kind == "CREATE":
        if stack is None:
            return new_stack(context, name, params, "REVIEW_IN_PROGRESS"), True
        if not in_review:
            raise ValidationError(
                f"Stack [{name}] already exists and cannot be created again with the changeSet"
                f" [{params['ChangeSetName']}]."
            )
        return stack, False
    if stack is None or not stack.is_live or in_review:
        raise ValidationError(f"Stack [{name}] does not exist")
    rules.check_updatable(stack)
    return stack, False


def _get_change_set(tx: Tx, context: Context, params: Params) -> tuple[ChangeSet, Stack]:
    name = params["ChangeSetName"]
    if name.startswith("arn:"):
        change_set = store.get_change_set_by_id(tx, name)
        return change_set, store.get_stack_by_id(tx, change_set.stack_id)
    if not params.get("StackName"):
        raise ValidationError(
            "StackName must be specified if ChangeSetName is not specified as an ARN."
        )
    stack = get_live(tx, context, params["StackName"])
    found = store.find_change_set(tx, stack.id, name)
    if found is None:
        raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")
    return found, stack


async def describe_change_set(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html"""

    def read(tx: Tx) -> Reply:
        change_set, stack = _get_change_set(tx, context, params)
        deployment = store.find_deployment(tx, change_set.deployment)
        return replies.described_change_set(change_set, stack, deployment)

    return await context.db.read(read)


async def execute_change_set(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html"""

    def write(tx: Tx) -> None:
        change_set, stack = _get_change_set(tx, context, params)
        rules.check_executable(change_set)
        deployment = store.find_deployment(tx, change_set.deployment)
        assert deployment is not None
        is_creation = stack.status == "REVIEW_IN_PROGRESS"
        if not is_creation:
            rules.check_updatable(stack)
        for other in store.list_change_sets(tx, stack.id):
            # AWS: what was compared with the stack as it was is of no use any more.
            if other.id != change_set.id:
                store.remove_change_set(tx, other.id)
        store.put_change_set(tx, replace(change_set, execution_status="EXECUTE_COMPLETE"))
        on_failure = _on_failure(change_set, params)
        stack = replace(
            stack,
            role_arn=change_set.role_arn or stack.role_arn,
            token=params.get("ClientRequestToken", ""),
            change_set_id=change_set.id,
            disable_rollback=bool(params.get("DisableRollback")),
            principal=context.principal.arn,
        )
        intended = updating.intended(tx, stack, deployment, on_failure)
        if is_creation:
            begin_creation(tx, context, stack, deployment, intended.operation)
        else:
            begin_update(tx, context, stack, deployment, intended.operation)

    await context.db.write(write)
    return {}


def _on_failure(change_set: ChangeSet, params: Params) -> plan.OnFailure:
    if params.get("DisableRollback"):
        return plan.OnFailure.DO_NOTHING
    return plan.OnFailure(change_set.on_failure or "ROLLBACK")


async def delete_change_set(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html"""

    def write(tx: Tx) -> None:
        try:
            change_set, _ = _get_change_set(tx, context, params)
        except ChangeSetNotFound:
            # AWS: what is not there is deleted.
            return
        store.remove_change_set(tx, change_set.id)

    await context.db.write(write)
    return {}


async def list_change_sets(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html"""

    def read(tx: Tx) -> Reply:
        stack = get_live(tx, context, params["StackName"])
        found = store.list_change_sets(tx, stack.id)
        return {"Summaries": [replies.summarized_change_set(one, stack) for one in found]}

    return await context.db.read(read)
