"""What CloudFormation does later: a resource's step, and the end of a stack's patience."""

from lambent.languages.templates import plan
from lambent.platform import Context
from lambent.services.cloudformation import changes, steps, store
from lambent.services.cloudformation.operations import restored
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem


async def step(context: Context, item: WorkItem) -> None:
    """Carry one resource's step as far as it goes now."""
    await steps.run_step(context, item)


async def timeout(context: Context, item: WorkItem) -> None:
    """`TimeoutInMinutes` is over: what is not there by now is not waited for."""

    def write(tx: Tx) -> None:
        queue.finish(tx, item.id)
        stack = store.get_stack_by_id(tx, item.payload["stack"])
        if stack.operations != item.payload["operation"] or not stack.operation:
            return
        operation = restored(stack.operation)
        if operation.phase is plan.Phase.FORWARD and operation.kind is not plan.Kind.DELETE:
            changes.move_on(tx, context, stack.id, plan.CancelRequested())

    await context.db.write(write)
