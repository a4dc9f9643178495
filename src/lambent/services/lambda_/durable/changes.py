"""The changes of durable executions that operations and work share; each inside a transaction."""

from dataclasses import replace
from typing import Any

from lambent.platform import Context
from lambent.services.lambda_ import destinations
from lambent.services.lambda_ import store as functions
from lambent.services.lambda_.destinations import Ending
from lambent.services.lambda_.durable import answers, machine, store
from lambent.services.lambda_.durable.machine import Changed
from lambent.services.lambda_.durable.records import (
    DELETING,
    IDLE,
    QUEUED,
    RUNNING,
    ErrorObject,
    Execution,
    HistoryEvent,
    Operation,
)
from lambent.services.lambda_.errors import DurableExecutionAlreadyStarted
from lambent.services.lambda_.event_invoke_config import DEFAULT
from lambent.services.lambda_.event_records import Outcome
from lambent.services.lambda_.events import GiveUp
from lambent.services.lambda_.names import FunctionName
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.signals import announce

_DAY = 86_400.0


def start(tx: Tx, context: Context, fresh: Execution, payload: str) -> Execution:
    """
    Start an execution, or find the one that was started under its name with the same payload.

    https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html
    """
    existing = store.find_by_name(tx, function_name(fresh), fresh.name)
    if existing is not None:
        same = existing.version == fresh.version
        if not same or store.get_root(tx, existing).input != payload:
            raise DurableExecutionAlreadyStarted(f"Execution already started: {existing.arn}")
        return existing
    root = Operation(
        fresh.id, "EXECUTION", "STARTED", 0, 0, fresh.started, name=fresh.name, input=payload
    )
    details = {"Input": machine.wrapped(payload), "ExecutionTimeout": fresh.timeout}
    execution, _ = change(tx, context, fresh, Changed(root, "ExecutionStarted", details))
    execution = wake(tx, context, execution)
    store.put_execution(tx, execution)
    own_context(context, execution).enqueue(
        tx,
        timeout_item(execution.id),
        "lambda.time_out_durable_execution",
        {"execution": execution.id},
        execution.deadline,
    )
    return execution


def change(
    tx: Tx, context: Context, execution: Execution, changed: Changed
) -> tuple[Execution, Operation]:
    """Keep a changed operation with its timer, and tell the history. The execution is not put."""
    operation = changed.operation
    if not operation.position:
        operation = replace(operation, position=execution.operations + 1)
    operation = replace(operation, touched=execution.changes + 1)
    store.put_operation(tx, execution.id, operation)
    execution = replace(
        execution,
        changes=operation.touched,
        operations=max(execution.operations, operation.position),
    )
    _set_timer(tx, context, execution, operation)
    if changed.event is not None:
        execution = tell(tx, context, execution, changed.event, changed.details, operation)
    return execution, operation


def tell(
    tx: Tx,
    context: Context,
    execution: Execution,
    event: str,
    details: dict[str, Any],
    operation: Operation | None = None,
) -> Execution:
    """Add an event to the history. The execution is not put."""
    number = execution.events + 1
    told = HistoryEvent(number, event, context.clock.now(), details)
    if operation is not None:
        told = replace(
            told,
            operation_id=operation.id,
            parent_id=operation.parent_id,
            name=operation.name,
            sub_type=operation.sub_type,
        )
    store.add_event(tx, execution.id, told)
    return replace(execution, events=number)


def wake(tx: Tx, context: Context, execution: Execution, at: float = 0.0) -> Execution:
    """
    Have the function invoked, at once or at `at`. The execution is not put.

    One that is being invoked is looked at when that ends, one that is paused when it is resumed.
    """
    if execution.phase != IDLE or execution.status != RUNNING:
        return execution
    number = execution.invocations + 1
    own_context(context, execution).enqueue(
        tx,
        f"lambda/durable/run/{execution.id}/{number}",
        "lambda.run_durable_function",
        {"execution": execution.id, "number": number},
        at,
    )
    return replace(execution, phase=QUEUED, invocations=number, is_owed=False)


def complete(
    tx: Tx,
    context: Context,
    execution_id: str,
    operation_id: str,
    status: str,
    *,
    result: str | None = None,
    error: ErrorObject | None = None,
) -> bool:
    """End an operation from outside and wake the function; False if it was not waited for."""
    execution = store.find_execution(tx, execution_id)
    operation = store.find_operation(tx, execution_id, operation_id)
    if execution is None or not execution.is_open:
        return False
    if operation is None or not machine.is_awaited(operation):
        return False
    now = context.clock.now()
    changed = machine.completed(operation, status, now, result=result, error=error)
    execution, _ = change(tx, context, execution, changed)
    store.put_execution(tx, wake(tx, context, execution))
    return True


def close(
    tx: Tx,
    context: Context,
    execution: Execution,
    status: str,
    *,
    result: str | None = None,
    error: ErrorObject | None = None,
) -> Execution:
    """End an execution: tell those who wait for it, and keep it for as long as is configured."""
    now = context.clock.now()
    root = store.get_root(tx, execution)
    changed = machine.completed(root, status, now, result=result, error=error)
    execution = replace(execution, status=status, ended=now, pause=None, is_owed=False)
    execution, _ = change(tx, context, execution, changed)
    for operation in store.list_awaited(tx, execution.id):
        if machine.due_at(operation) is not None:
            queue.finish(tx, _timer_item(execution.id, operation.id))
    queue.finish(tx, timeout_item(execution.id))
    own_context(context, execution).enqueue(
        tx,
        retention_item(execution.id),
        "lambda.delete_durable_execution",
        {"execution": execution.id},
        now + execution.retention_days * _DAY,
    )
    store.put_execution(tx, execution)
    announce(tx, topic(execution.id))
    if execution.parent:
        _tell_parent(tx, context, execution, result, error)
    elif status != "SUCCEEDED" and not execution.synchronous:
        _enqueue_dead_letter(tx, context, execution, root, error or {})
    return execution


def delete(tx: Tx, context: Context, execution: Execution) -> None:
    """Have an execution that has ended removed."""
    store.put_execution(tx, replace(execution, status=DELETING))
    queue.finish(tx, retention_item(execution.id))
    own_context(context, execution).enqueue(
        tx,
        f"lambda/durable/deletion/{execution.id}",
        "lambda.delete_durable_execution",
        {"execution": execution.id},
    )


def own_context(context: Context, execution: Execution) -> Context:
    return context.at(execution.account, execution.region)


def function_name(execution: Execution) -> FunctionName:
    return FunctionName(
        execution.account, execution.region, execution.function_name, execution.version
    )


def topic(execution_id: str) -> str:
    """What is announced when the execution has ended."""
    return f"lambda/durable/{execution_id}"


def timeout_item(execution_id: str) -> str:
    return f"lambda/durable/timeout/{execution_id}"


def retention_item(execution_id: str) -> str:
    return f"lambda/durable/retention/{execution_id}"


def _timer_item(execution_id: str, operation_id: str) -> str:
    return f"lambda/durable/timer/{execution_id}/{operation_id}"


def _set_timer(tx: Tx, context: Context, execution: Execution, operation: Operation) -> None:
    """A timer that comes too early, since something has been put off, is set once more then."""
    due = machine.due_at(operation)
    item = _timer_item(execution.id, operation.id)
    if due is not None:
        own_context(context, execution).enqueue(
            tx,
            item,
            "lambda.fire_durable_timer",
            {"execution": execution.id, "operation": operation.id},
            due,
        )
    elif operation.type in ("WAIT", "CALLBACK") or operation.status == "READY":
        queue.finish(tx, item)


def _tell_parent(
    tx: Tx,
    context: Context,
    child: Execution,
    result: str | None,
    error: ErrorObject | None,
) -> None:
    if child.status == "TIMED_OUT":
        words = f"CHAINED_INVOKE timed out after {child.timeout} seconds."
        error = answers.error_of("ChainedInvoke.Timeout", words)
    complete(
        tx,
        context,
        child.parent,
        child.parent_operation,
        child.status,
        result=result,
        error=error,
    )


def _enqueue_dead_letter(
    tx: Tx, context: Context, execution: Execution, root: Operation, error: ErrorObject
) -> None:
    """AWS: the event of an execution that failed goes to the function's dead letters."""
    name = function_name(execution)
    version = functions.find_version(tx, name, execution.version)
    if version is None:
        return
    event = {
        "payload": root.input or "",
        "request_id": execution.request_id,
        "function": execution.function_arn,
    }
    given_up = GiveUp("RetriesExhausted", 1, "200", error.get("ErrorMessage", ""))
    outcome = Outcome(given_up.condition, 1, execution.version, None, None)
    ending = Ending(event, version, DEFAULT, outcome, given_up)
    destinations.enqueue_deliveries(tx, own_context(context, execution), ending)
