"""Functions that a durable function invokes and waits for: its CHAINED_INVOKE operations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lambent.core.arn import Arn
from lambent.core.errors import AwsError, NotSupported
from lambent.core.ids import new_uuid, uuid_from
from lambent.platform import Context
from lambent.services.lambda_ import invokables, invoking, names
from lambent.services.lambda_.durable import answers, changes, machine, rules, store
from lambent.services.lambda_.durable.machine import Changed, Update
from lambent.services.lambda_.durable.records import ErrorObject, Execution, Operation
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceNotFound
from lambent.services.lambda_.invoking import Asked
from lambent.services.lambda_.records import Version
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.backoff import exponential
from lambent.work.queue import WorkItem

UNQUALIFIED = "You cannot invoke a durable function using an unqualified ARN."
_TOO_MANY, _FAULT = 429, 500


@dataclass(frozen=True, slots=True)
class Chained:
    """What a CHAINED_INVOKE is to run; or `error`, why it cannot."""

    arn: str = ""
    version: Version | None = None
    error: ErrorObject | None = None
    trace_header: str = ""


async def chained_by(
    context: Context, execution_arn: str, updates: Sequence[Update]
) -> dict[str, Chained]:
    """The functions that CHAINED_INVOKE updates name, by the ids of the operations."""
    arn = Arn.parse(execution_arn)
    own = context.at(arn.account, arn.region)
    return {
        update["Id"]: await _chained(own, update["ChainedInvokeOptions"])
        for update in updates
        if update["Type"] == "CHAINED_INVOKE" and update.get("ChainedInvokeOptions")
    }


async def _chained(context: Context, options: Mapping[str, str]) -> Chained:
    if "TenantId" in options:
        raise NotSupported("Lambent does not support TenantId yet.")
    function_name = options["FunctionName"]
    try:
        name = names.parse(function_name, context.account, context.region)
    except ResourceNotFound:
        raise InvalidParameterValue(
            "Cannot start a CHAINED_INVOKE on a function in another region."
        ) from None
    if name.account != context.account:
        raise InvalidParameterValue(
            "Cannot start a CHAINED_INVOKE on a function in another account."
        )
    try:
        target = await invokables.get_target(context, function_name, None)
    except AwsError as error:
        return Chained(error=answers.error_of(error.code, error.message))
    version = target.invokable_for(new_uuid()).version
    if version.running.configuration.durable is not None and name.qualifier is None:
        return Chained(error=answers.error_of(InvalidParameterValue.code, UNQUALIFIED))
    return Chained(target.arn, version, trace_header=options.get("XAmznTraceId", ""))


def start_chained(
    tx: Tx, context: Context, execution: Execution, changed: Changed, chained: Chained
) -> tuple[Execution, Operation]:
    """Keep the operation and have the function run. The execution is not put."""
    if chained.version is None:
        # AWS: the input of what cannot be run is not kept.
        started = replace(changed, operation=replace(changed.operation, input=None))
        execution, operation = changes.change(tx, context, execution, started)
        now = context.clock.now()
        failed = machine.completed(operation, "FAILED", now, error=chained.error)
        return changes.change(tx, context, execution, failed)
    payload = changed.operation.input
    header = chained.trace_header or execution.trace_header
    details = {**changed.details, "ExecutedVersion": chained.version.version}
    if payload is not None:
        details["Input"] = machine.wrapped(payload)
    if chained.version.running.configuration.durable is not None:
        parent = replace(execution, trace_header=header)
        child = _start_child(tx, context, parent, changed.operation, chained.version)
        details["DurableExecutionArn"] = child.arn
    else:
        changes.own_context(context, execution).enqueue(
            tx,
            f"lambda/durable/chained/{execution.id}/{changed.operation.id}",
            "lambda.run_chained_invoke",
            {
                "execution": execution.id,
                "operation": changed.operation.id,
                "function": chained.arn,
                "trace_header": header,
            },
        )
    return changes.change(tx, context, execution, replace(changed, details=details))


def _start_child(
    tx: Tx, context: Context, parent: Execution, operation: Operation, version: Version
) -> Execution:
    child = rules.new_execution(
        version,
        uuid_from("child", parent.id, operation.id),
        uuid_from("name of child", parent.id, operation.id),
        context.clock.now(),
        synchronous=False,
        trace_header=parent.trace_header,
        request_id=uuid_from("request of child", parent.id, operation.id),
        parent=(parent.id, operation.id),
    )
    return changes.start(tx, context, child, operation.input or "{}")


async def run_chained_invoke(context: Context, item: WorkItem) -> None:
    """Run a function that is not durable, and tell the execution that waits what it said."""
    execution_id, operation_id = item.payload["execution"], item.payload["operation"]

    def read(tx: Tx) -> tuple[Execution | None, Operation | None]:
        found = store.find_execution(tx, execution_id)
        return found, store.find_operation(tx, execution_id, operation_id)

    execution, operation = await context.db.read(read)
    if execution is None or operation is None or not machine.is_awaited(operation):
        await context.db.write(partial(queue.finish, item_id=item.id))
        return
    payload = (operation.input or "{}").encode()
    asked = Asked(new_uuid(), payload, trace_header=item.payload["trace_header"])
    result: str | None = None
    error: ErrorObject | None = None
    try:
        target = await invokables.get_target(context, item.payload["function"], None)
        answer, _ = await invoking.run(context, target, asked, limited=False)
    except AwsError as refusal:
        if refusal.status == _TOO_MANY or refusal.status >= _FAULT:
            await _try_again(context, item)
            return
        error = answers.error_of(refusal.code, refusal.message)
    else:
        if answer.function_error is not None:
            error = answers.error_of_function(answer.payload)
        elif len(answer.payload) > rules.PAYLOAD:
            words = f"must be less than or equal to {rules.PAYLOAD} bytes."
            error = {"ErrorMessage": f"CHAINED_INVOKE output payload size {words}"}
        else:
            result = answer.payload.decode(errors="replace")

    def write(tx: Tx) -> None:
        status = "FAILED" if error is not None else "SUCCEEDED"
        changes.complete(
            tx, context, execution_id, operation_id, status, result=result, error=error
        )
        queue.finish(tx, item.id)

    await context.db.write(write)


async def _try_again(context: Context, item: WorkItem) -> None:
    """Throttled, or a fault of the platform: the function has not run."""
    refusals = item.payload.get("refusals", 0) + 1
    run_at = context.clock.now() + exponential(refusals, first=1.0, most=60.0)
    payload = {**item.payload, "refusals": refusals}
    await context.db.write(partial(queue.postpone, item_id=item.id, run_at=run_at, payload=payload))
