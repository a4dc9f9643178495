"""What CloudFormation does later: a resource's step, and the end of a stack's patience."""

import logging
from functools import partial

from lambent.core.errors import AwsError
from lambent.languages.templates import plan
from lambent.platform import Context
from lambent.services.cloudformation import changes, steps, store
from lambent.services.cloudformation.operations import restored
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

_log = logging.getLogger(__name__)


async def step(context: Context, item: WorkItem) -> None:
    """Carry one resource's step as far as it goes now."""
    await steps.run_step(context, item)


async def notify(context: Context, item: WorkItem) -> None:
    """Tell the stack's topics of an event. A topic that is gone hears nothing."""
    acting = context.acting_as(item.payload["principal"])
    for topic in item.payload["topics"]:
        try:
            await acting.call(
                "sns",
                "Publish",
                {
                    "TopicArn": topic,
                    "Subject": "AWS CloudFormation Notification",
                    "Message": item.payload["message"],
                },
            )
        except AwsError as error:
            _log.warning("an event of a stack did not reach %s: %s", topic, error.message)
    await context.db.write(partial(queue.finish, item_id=item.id))


async def tell(context: Context, item: WorkItem) -> None:
    """Tell the default event bus of an event of a stack."""
    teller = context.acting_as("cloudformation.amazonaws.com")
    try:
        await teller.call("events", "PutEvents", {"Entries": [item.payload["entry"]]})
    except AwsError as error:
        _log.warning("an event of a stack did not reach the event bus: %s", error.message)
    await context.db.write(partial(queue.finish, item_id=item.id))


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
