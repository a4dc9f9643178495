"""Answers from outside to the callbacks that durable executions wait for."""

from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_.durable import changes, machine, rules, store, tokens
from lambent.services.lambda_.durable.records import ErrorObject, Execution, Operation
from lambent.services.lambda_.errors import (
    CallbackTimeout,
    InvalidParameterValue,
    RequestEntityTooLarge,
)
from lambent.storage.database import Tx

_CLOSED = "The callback is either timed out or already completed"


async def send_durable_execution_callback_success(context: Context, params: Params) -> Reply:
    """
    Answer a callback; the function is invoked to be told.

    https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html
    """
    answer = params.get("Result")
    if answer is not None and len(answer) > rules.PAYLOAD:
        raise RequestEntityTooLarge(
            f"Request must be smaller than {rules.PAYLOAD} bytes for the"
            " SendDurableExecutionCallbackSuccess operation"
        )
    try:
        result = None if answer is None else answer.decode()
    except UnicodeDecodeError:
        raise InvalidParameterValue("The callback result is not valid UTF-8.") from None
    await context.db.write(
        partial(_end, context=context, id=params["CallbackId"], status="SUCCEEDED", result=result)
    )
    return {}


async def send_durable_execution_callback_failure(context: Context, params: Params) -> Reply:
    """
    Answer a callback with an error.

    https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackFailure.html
    """
    error: ErrorObject = dict(params.get("Error") or {})
    await context.db.write(
        partial(_end, context=context, id=params["CallbackId"], status="FAILED", error=error)
    )
    return {}


async def send_durable_execution_callback_heartbeat(context: Context, params: Params) -> Reply:
    """
    Say that the answer to a callback will still come.

    https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackHeartbeat.html
    """
    now = context.clock.now()

    def write(tx: Tx) -> None:
        execution, operation = _get_awaited(tx, params["CallbackId"], now)
        store.put_operation(tx, execution.id, machine.heard_from(operation, now))

    await context.db.write(write)
    return {}


def _end(
    tx: Tx,
    context: Context,
    id: str,
    status: str,
    result: str | None = None,
    error: ErrorObject | None = None,
) -> None:
    execution, operation = _get_awaited(tx, id, context.clock.now())
    changes.complete(tx, context, execution.id, operation.id, status, result=result, error=error)


def _get_awaited(tx: Tx, id: str, now: float) -> tuple[Execution, Operation]:
    """The callback, which is closed once its time is over, even if nobody has noticed yet."""
    execution_id, operation_id = tokens.read_callback_id(id)
    execution = store.find_execution(tx, execution_id)
    operation = store.find_operation(tx, execution_id, operation_id)
    if execution is None or not execution.is_open or operation is None:
        raise CallbackTimeout(_CLOSED)
    if operation.type != "CALLBACK" or not machine.is_awaited(operation):
        raise CallbackTimeout(_CLOSED)
    if machine.fallen_due(operation, now) is not None:
        raise CallbackTimeout(_CLOSED)
    return execution, operation
