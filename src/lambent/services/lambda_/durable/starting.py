"""
Invoking a durable function: an execution is started, or found by its name, and waited for.

https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html
"""

import asyncio
from functools import partial

from lambent.core.ids import new_uuid
from lambent.platform import Context
from lambent.runtime.api import InvocationResult
from lambent.services.lambda_ import invoking, lineage
from lambent.services.lambda_.durable import answers, changes, rules, store
from lambent.services.lambda_.durable.chaining import UNQUALIFIED
from lambent.services.lambda_.durable.records import ErrorObject, Execution
from lambent.services.lambda_.errors import InvalidParameterValue, ServiceFault
from lambent.services.lambda_.invokables import Target
from lambent.services.lambda_.invoking import Asked
from lambent.storage.database import Tx

# Other nodes may end the execution, and they cannot tell us.
_LOOK_AGAIN_SECONDS = 1.0


def is_durable(target: Target, asked: Asked) -> bool:
    version = target.invokable_for(asked.request_id).version
    return version.running.configuration.durable is not None


def check_can_start(target: Target, asked: Asked, *, synchronous: bool) -> None:
    if target.name.qualifier is None:
        raise InvalidParameterValue(UNQUALIFIED)
    version = target.invokable_for(asked.request_id).version
    timeout = (version.running.configuration.durable or {})["ExecutionTimeout"]
    if synchronous and timeout > rules.LONGEST_SYNCHRONOUS:
        raise InvalidParameterValue(
            "You cannot synchronously invoke a durable function with an executionTimeout"
            " greater than 15 minutes."
        )


async def start(
    context: Context, target: Target, asked: Asked, name: str | None, *, synchronous: bool
) -> Execution:
    """Start an execution. Raises AWS's errors of Invoke."""
    check_can_start(target, asked, synchronous=synchronous)
    if synchronous:
        await invoking.get_invokable(context, target, asked.request_id)
    else:
        await invoking.check_can_be_queued(context, target, asked.request_id)
    now = context.clock.now()
    header = asked.trace_header
    if not header:
        header, _ = lineage.entered(None, target.name.arn, asked.request_id, now)
    fresh = rules.new_execution(
        target.invokable_for(asked.request_id).version,
        new_uuid(),
        name or new_uuid(),
        now,
        synchronous=synchronous,
        trace_header=header,
        request_id=asked.request_id,
    )
    payload = asked.payload.decode()
    return await context.db.write(
        partial(changes.start, context=context, fresh=fresh, payload=payload)
    )


async def run_to_end(
    context: Context, target: Target, asked: Asked, name: str | None = None
) -> tuple[InvocationResult, Execution]:
    """Start an execution and wait for its end, be it in another process of the function."""
    execution = await start(context, target, asked, name, synchronous=True)
    # AWS: a synchronous invoke takes 15 minutes at most.
    until = context.clock.now() + rules.LONGEST_SYNCHRONOUS
    signals = context.platform.signals
    topic = changes.topic(execution.id)
    while True:
        # Who waits is there before the look, so that no end falls between the two.
        news = asyncio.ensure_future(signals.wait(topic, _LOOK_AGAIN_SECONDS, patiently=True))
        ended = await context.db.read(partial(_read_end, id=execution.id))
        if ended is not None:
            news.cancel()
            return ended
        await news
        if signals.ended or context.clock.now() > until:
            raise ServiceFault("The durable execution has not ended while it was waited for.")


def _read_end(tx: Tx, id: str) -> tuple[InvocationResult, Execution] | None:
    """What an execution that has ended said, as an invoke is told it; None while it goes on."""
    execution = store.find_execution(tx, id)
    if execution is None:
        raise ServiceFault("The durable execution was deleted while it was waited for.")
    if execution.is_open:
        return None
    root = store.get_root(tx, execution)
    if execution.status == "SUCCEEDED":
        return _result((root.result or "").encode(), None), execution
    error: ErrorObject = root.error or {}
    return _result(answers.error_payload(error), "Unhandled"), execution


def _result(payload: bytes, function_error: str | None) -> InvocationResult:
    return InvocationResult(payload, function_error, b"", 0.0, 0, 0)
