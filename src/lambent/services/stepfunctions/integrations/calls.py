"""Makes the call of a Task state, through the front door, as the state machine's role."""

from collections.abc import Mapping
from typing import Any

from lambent.core.errors import AwsError
from lambent.languages import asl
from lambent.platform import Context
from lambent.services.stepfunctions.integrations import api_gateway, http_invoke
from lambent.services.stepfunctions.integrations.api_gateway_requests import InvalidApiTask
from lambent.services.stepfunctions.integrations.attribute_values import WrongType
from lambent.services.stepfunctions.integrations.failures import (
    Failure,
    function_failure,
    sdk_failure,
)
from lambent.services.stepfunctions.integrations.spelling import blob_text
from lambent.services.stepfunctions.integrations.table import (
    Caller,
    TaskCallFailed,
    check_pattern,
    find_integration,
)
from lambent.services.stepfunctions.rules import execution_arn, parse_json
from lambent.wire.json_params import UnknownMember


class _TaskImpossible(Exception):
    """The Resource or its parameters are nothing that can be called."""


async def call(context: Context, task: Mapping[str, Any]) -> asl.Resumption:
    """
    Do what a `stepfunctions.task` item asks for; `context` is the role's.

    The answer is TaskSucceeded or TaskFailed, or TaskSubmitted where another one will follow;
    TaskRefused where there is nothing that could be called.
    """
    started_at = context.clock.now()
    frame, number = task["frame"], task["number"]
    try:
        if task["resource"] == http_invoke.RESOURCE:
            output = await _http(context, task)
        elif task["resource"] in api_gateway.RESOURCES:
            output = await _api(context, task)
        elif task["resource"].startswith("arn:aws:states:"):
            output = await _integration(context, task)
        else:
            text = await _function(context, task)
            return asl.TaskSucceeded(frame, number, output_text=text, started_at=started_at)
    except _TaskImpossible as impossible:
        return asl.TaskRefused(frame, number, str(impossible))
    except TaskCallFailed as failed:
        error, cause = failed.failure.error, failed.failure.cause
        return asl.TaskFailed(frame, number, error, cause, started_at)
    if task["pattern"] == "request_response":
        return asl.TaskSucceeded(frame, number, output=output, started_at=started_at)
    return asl.TaskSubmitted(frame, number, output=output, started_at=started_at)


async def _function(context: Context, task: Mapping[str, Any]) -> str:
    """A Resource that is a function's own ARN: its answer is the result, and nothing else."""
    params = {"FunctionName": task["resource"], "Payload": task["parameters"].encode()}
    try:
        reply = await context.call("lambda", "Invoke", params)
    except AwsError as error:
        raise TaskCallFailed(sdk_failure("lambda", error, context.request_id)) from error
    text = blob_text(await whole_body(reply.get("Payload") or b"null"))
    if reply.get("FunctionError"):
        raise TaskCallFailed(function_failure(text))
    return text


async def _http(context: Context, task: Mapping[str, Any]) -> Any:
    made = await http_invoke.exchange(context, task["parameters"])
    if made.failure is not None:
        raise TaskCallFailed(made.failure)
    return made.output


async def _api(context: Context, task: Mapping[str, Any]) -> Any:
    try:
        came_to = await api_gateway.invoke(context, task["parameters"])
    except InvalidApiTask as error:
        raise _TaskImpossible(error.message) from error
    if isinstance(came_to, Failure):
        raise TaskCallFailed(came_to)
    return came_to


async def _integration(context: Context, task: Mapping[str, Any]) -> Any:
    arn = execution_arn(task["execution"])
    try:
        integration = find_integration(task["resource"])
        check_pattern(integration, task["resource"], task["pattern"])
    except AwsError as error:
        raise _TaskImpossible(error.message) from error
    caller = Caller(task["execution"], arn.machine_arn)
    try:
        params = integration.params(parse_json(task["parameters"]), caller)
    except UnknownMember as error:
        what = f'The field "{error.name}" is not supported by Step Functions'
        raise _unusable(task, what) from error
    except WrongType as error:
        raise _unusable(task, str(error)) from error
    except RecursionError:
        raise _TaskImpossible("The parameters are nested too deeply.") from None
    try:
        reply = await context.call(integration.service, integration.operation, params)
    except AwsError as error:
        raise TaskCallFailed(integration.failure(error, context.request_id)) from error
    plain = {name: await _plain(value) for name, value in reply.items()}
    return integration.result(plain, context.request_id, context.clock.now())


def _unusable(task: Mapping[str, Any], what: str) -> _TaskImpossible:
    parameters = task["parameters"]
    return _TaskImpossible(
        f"The Parameters '{parameters}' could not be used to start the Task: [{what}]"
    )


async def _plain(value: Any) -> Any:
    """A streamed body as bytes; anything else as it is."""
    return await whole_body(value) if hasattr(value, "__aiter__") else value


async def whole_body(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if not hasattr(body, "__aiter__"):
        return bytes(body)
    return b"".join([bytes(piece) async for piece in body])
