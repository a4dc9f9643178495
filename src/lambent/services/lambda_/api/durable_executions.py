"""Durable executions: their checkpoints, their state and history, and what ends or pauses them."""

from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import names
from lambent.services.lambda_ import store as functions
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.durable import (
    changes,
    checkpoints,
    pausing,
    shapes,
    state,
    store,
    tokens,
)
from lambent.services.lambda_.durable.chaining import chained_by
from lambent.services.lambda_.durable.checkpoints import Checkpoint
from lambent.services.lambda_.durable.records import (
    DELETING,
    Execution,
    HistoryEvent,
    Operation,
    Pause,
)
from lambent.services.lambda_.durable.store import Filter
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceConflict
from lambent.services.lambda_.names import FunctionName
from lambent.storage.database import Tx


async def checkpoint_durable_execution(context: Context, params: Params) -> Reply:
    """
    Keep what a function has done, and tell it what has happened meanwhile.

    https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html
    """
    arn, updates = params["DurableExecutionArn"], params.get("Updates") or ()
    checkpoint = Checkpoint(
        arn,
        params["CheckpointToken"],
        updates,
        params.get("ClientToken", ""),
        await chained_by(context, arn, updates),
    )
    return await context.db.write(partial(checkpoints.take, context=context, asked=checkpoint))


async def get_durable_execution_state(context: Context, params: Params) -> Reply:
    """
    The operations that a replay needs, page by page.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionState.html
    """
    [after] = asked.after(params, [0])
    size = _page_size(params)

    def read(tx: Tx) -> Reply:
        execution = store.find_by_arn(tx, params["DurableExecutionArn"])
        tokens.check_checkpoint_token(execution, params["CheckpointToken"])
        assert execution is not None
        operations, marker = state.page(tx, execution, int(str(after)), size)
        told = [shapes.operation(execution, operation) for operation in operations]
        return {"Operations": told, "NextMarker": marker} if marker else {"Operations": told}

    return await context.db.read(read)


async def get_durable_execution(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html"""

    def read(tx: Tx) -> tuple[Execution, Operation]:
        execution = store.get_by_arn(tx, params["DurableExecutionArn"])
        return execution, store.get_root(tx, execution)

    execution, root = await context.db.read(read)
    with_data = params.get("IncludeExecutionData", True)
    return shapes.execution_reply(execution, root, with_data=with_data)


async def get_durable_execution_history(context: Context, params: Params) -> Reply:
    """
    All that has happened in an execution, event by event.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html
    """
    [after] = asked.after(params, [0])
    size = _page_size(params)

    def read(tx: Tx) -> list[HistoryEvent]:
        execution = store.get_by_arn(tx, params["DurableExecutionArn"])
        return store.list_events(
            tx,
            execution.id,
            after=int(str(after)) or None,
            limit=size + 1,
            newest_first=bool(params.get("ReverseOrder")),
        )

    found = await context.db.read(read)
    events, marker = asked.page(found, size, found[size - 1].id if len(found) > size else 0)
    with_data = params.get("IncludeExecutionData", True)
    return {"Events": [shapes.event(event, with_data=with_data) for event in events], **marker}


async def list_durable_executions_by_function(context: Context, params: Params) -> Reply:
    """
    The executions of a function, the newest first.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html
    """
    name = asked.function_name(context, params)
    statuses = params.get("Statuses") or [None]
    if len(statuses) > 1:
        raise InvalidParameterValue("Cannot filter by more than one status")
    started, id = asked.after(params, [0.0, ""])
    size = _page_size(params)

    def read(tx: Tx) -> list[Execution]:
        wanted = Filter(
            _version(tx, name),
            params.get("DurableExecutionName"),
            statuses[0],
            params.get("StartedAfter"),
            params.get("StartedBefore"),
        )
        return store.list_executions(
            tx,
            name,
            wanted,
            after=(float(str(started)), str(id)) if id else None,
            limit=size + 1,
            oldest_first=bool(params.get("ReverseOrder")),
        )

    found = await context.db.read(read)
    last = found[size - 1] if len(found) > size else None
    executions, marker = asked.page(found, size, *((last.started, last.id) if last else ()))
    return {
        "DurableExecutions": [shapes.execution_summary(execution) for execution in executions],
        **marker,
    }


async def stop_durable_execution(context: Context, params: Params) -> Reply:
    """
    End an execution that runs or is paused; one that has ended stays as it is.

    https://docs.aws.amazon.com/lambda/latest/api/API_StopDurableExecution.html
    """

    def write(tx: Tx) -> Execution:
        execution = store.get_by_arn(tx, params["DurableExecutionArn"])
        if not execution.is_open:
            return execution
        # AWS: without an error the execution has an empty one.
        return changes.close(
            tx, context, execution, "STOPPED", error=dict(params.get("Error") or {})
        )

    return {"StopTimestamp": (await context.db.write(write)).ended}


async def pause_durable_execution(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PauseDurableExecution.html"""
    pause = Pause(
        context.clock.now(), params.get("ExecutionTimeoutPaused", True), params.get("Reason")
    )
    await context.db.write(
        partial(
            pausing.pause,
            context=context,
            arn=params["DurableExecutionArn"],
            asked=pause,
            client_token=params.get("ClientToken", ""),
        )
    )
    return {}


async def resume_durable_execution(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ResumeDurableExecution.html"""
    await context.db.write(
        partial(
            pausing.resume,
            context=context,
            arn=params["DurableExecutionArn"],
            reason=params.get("Reason"),
            client_token=params.get("ClientToken", ""),
        )
    )
    return {}


async def delete_durable_execution(context: Context, params: Params) -> Reply:
    """
    Remove an execution that has ended, before its retention is over.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteDurableExecution.html
    """
    now = context.clock.now()

    def write(tx: Tx) -> None:
        execution = store.get_by_arn(tx, params["DurableExecutionArn"])
        if execution.is_open or execution.status == DELETING:
            raise ResourceConflict(
                f"Durable execution cannot be deleted while its status is {execution.status}."
            )
        changes.delete(tx, context, execution)

    await context.db.write(write)
    return {"DeletionRequestTimestamp": now}


def _page_size(params: Params) -> int:
    """AWS: zero is the default."""
    return min(params.get("MaxItems") or state.PAGE, state.LARGEST_PAGE)


def _version(tx: Tx, name: FunctionName) -> str | None:
    """The version that executions are asked for of, if a qualifier is given."""
    functions.get_function(tx, name)
    if name.qualifier is None or names.is_version(name.qualifier):
        return name.qualifier
    return functions.get_qualified(tx, name).version
