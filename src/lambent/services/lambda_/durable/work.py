"""What durable executions do later: invocations, timers, time-outs, deletion."""

from functools import partial

from lambent.core.errors import AwsError
from lambent.core.ids import new_uuid
from lambent.platform import Context
from lambent.services.lambda_ import invokables, invoking
from lambent.services.lambda_.durable import (
    answers,
    changes,
    invocations,
    machine,
    shapes,
    store,
)
from lambent.services.lambda_.durable.answers import Answer, Ended, Refused
from lambent.services.lambda_.durable.chaining import run_chained_invoke
from lambent.services.lambda_.durable.invocations import Begun
from lambent.services.lambda_.errors import RecursiveInvocation, ResourceNotFound
from lambent.services.lambda_.invoking import Asked
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

__all__ = [
    "delete_durable_execution",
    "fire_durable_timer",
    "run_chained_invoke",
    "run_durable_function",
    "time_out_durable_execution",
]


async def run_durable_function(context: Context, item: WorkItem) -> None:
    """Invoke the function of an execution with all that has been checkpointed."""
    begun = await context.db.write(
        partial(invocations.begin, context=context, item=item, run=new_uuid())
    )
    if begun is None:
        return
    answer = await _answer(context, begun)

    def write(tx: Tx) -> None:
        invocations.end(tx, context, begun.execution, answer)
        queue.finish(tx, item.id)

    await context.db.write(write)


async def fire_durable_timer(context: Context, item: WorkItem) -> None:
    """A wait has ended, a step may be tried again, or a callback has not come in time."""
    await context.db.write(partial(_fire, context=context, item=item))


async def time_out_durable_execution(context: Context, item: WorkItem) -> None:
    """End an execution that has taken too long, unless a pause has put that off."""
    await context.db.write(partial(_time_out, context=context, item=item))


async def delete_durable_execution(context: Context, item: WorkItem) -> None:
    """Remove an execution with its history: its retention is over, or somebody asked for it."""

    def write(tx: Tx) -> None:
        store.remove_execution(tx, item.payload["execution"])
        queue.finish(tx, item.id)

    await context.db.write(write)


async def _answer(context: Context, begun: Begun) -> Answer:
    execution = begun.execution
    asked = Asked(execution.run, begun.event, trace_header=execution.trace_header)
    try:
        target = await invokables.get_target(context, execution.function_arn, None)
        result, _ = await invoking.run(context, target, asked, limited=False)
    except (ResourceNotFound, RecursiveInvocation) as hopeless:
        return Ended(error=answers.error_of(hopeless.code, hopeless.message), failed=True)
    except AwsError:
        return Refused()
    return answers.answer_of(execution, result)


def _fire(tx: Tx, context: Context, item: WorkItem) -> None:
    execution = store.find_execution(tx, item.payload["execution"])
    operation = store.find_operation(tx, item.payload["execution"], item.payload["operation"])
    due = None if operation is None else machine.due_at(operation)
    if execution is None or not execution.is_open or operation is None or due is None:
        queue.finish(tx, item.id)
        return
    changed = machine.fallen_due(operation, context.clock.now())
    if changed is None:
        queue.postpone(tx, item.id, due)
        return
    # Before the change, which may set the same timer for the next time.
    queue.finish(tx, item.id)
    execution, _ = changes.change(tx, context, execution, changed)
    store.put_execution(tx, changes.wake(tx, context, execution))


def _time_out(tx: Tx, context: Context, item: WorkItem) -> None:
    execution = store.find_execution(tx, item.payload["execution"])
    if execution is None or not execution.is_open:
        queue.finish(tx, item.id)
        return
    at = shapes.expected_timeout(execution)
    if at > context.clock.now():
        queue.postpone(tx, item.id, at)
        return
    words = f"Execution timed out after {execution.timeout} seconds."
    changes.close(tx, context, execution, "TIMED_OUT", error={"ErrorMessage": words})
