"""Invoke, in its three types, its streamed form, and its older form InvokeAsync."""

from dataclasses import replace

from lambent.core.errors import NotSupported
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import (
    invokables,
    invoking,
    limits,
    metrics,
    streaming,
    tracing,
)
from lambent.services.lambda_.api import durable_invocations
from lambent.services.lambda_.durable import starting
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.invokables import Target
from lambent.services.lambda_.invoking import Asked

_NOT_SUPPORTED = ("TenantId",)


async def invoke(context: Context, params: Params) -> Reply:
    """
    Run a function and wait for it, or accept an event for it.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    invocation_type = params.get("InvocationType", "RequestResponse")
    target, asked = await _asked(context, params, invocation_type)
    if starting.is_durable(target, asked):
        return await durable_invocations.invoke(context, params, target, asked)
    if params.get("DurableExecutionName"):
        raise InvalidParameterValue("DurableExecutionName is for durable functions only.")
    if invocation_type == "Event":
        return await _accept(context, target, asked)
    if invocation_type == "DryRun":
        return {"StatusCode": 204, "Payload": b""}
    result, version = await invoking.run(context, target, asked)
    reply = {"StatusCode": 200, "Payload": result.payload, "ExecutedVersion": version}
    if result.function_error is not None:
        reply["FunctionError"] = result.function_error
    if params.get("LogType") == "Tail":
        reply["LogResult"] = invoking.encoded_log(result)
    return reply


async def invoke_with_response_stream(context: Context, params: Params) -> Reply:
    """
    Run a function and pass on its answer, part by part, while it still writes it.

    https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
    """
    invocation_type = params.get("InvocationType", "RequestResponse")
    target, asked = await _asked(context, params, invocation_type)
    if starting.is_durable(target, asked):
        raise InvalidParameterValue("Durable functions do not support response streaming.")
    if invocation_type == "DryRun":
        return {"StatusCode": 204, "EventStream": []}
    stream, version = await streaming.open_stream(context, target, asked)
    return {
        "StatusCode": 200,
        "ExecutedVersion": version,
        # AWS: for a function that does not stream, and for one that failed, too.
        "ResponseStreamContentType": stream.content_type or "application/octet-stream",
        "EventStream": streaming.stream_events(stream, params.get("LogType") == "Tail"),
    }


async def invoke_async(context: Context, params: Params) -> Reply:
    """
    Accept an event; what Invoke did not do in 2014.

    https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html
    """
    body = params["InvokeArgs"]
    if isinstance(body, str):
        body = body.encode()
    payload = body if isinstance(body, bytes) else b"".join([piece async for piece in body])
    event = {
        "FunctionName": params["FunctionName"],
        "InvocationType": "Event",
        "Payload": payload,
    }
    await invoke(context, event)
    return {"Status": 202}


async def _asked(context: Context, params: Params, invocation_type: str) -> tuple[Target, Asked]:
    """What is to run, and with what; checked."""
    for member in _NOT_SUPPORTED:
        if member in params:
            raise NotSupported(f"Lambent does not support {member} yet.")
    target = await invokables.get_target(context, params["FunctionName"], params.get("Qualifier"))
    # AWS: no payload is an empty object.
    payload = params.get("Payload") or b"{}"
    limits.check_payload(payload, invocation_type)
    invoking.check_json(payload)
    asked = Asked(
        invokables.own_request_id(context),
        payload,
        params.get("ClientContext"),
        context.request.get("x-amzn-trace-id"),
    )
    return target, asked


async def _accept(context: Context, target: Target, asked: Asked) -> Reply:
    await invoking.check_can_be_queued(context, target, asked.request_id)
    runs = target.invokable_for(asked.request_id).runs
    header = tracing.decided(context, runs, asked.trace_header, asked.request_id)
    payload = invoking.event_payload(target, replace(asked, trace_header=header))
    item_id = f"lambda/async/{asked.request_id}"
    owner = context.at(target.name.account, target.name.region)
    await context.db.write(lambda tx: owner.enqueue(tx, item_id, "lambda.async_invoke", payload))
    metrics.count_event(context, target, asked.request_id, "AsyncEventsReceived")
    return {"StatusCode": 202, "Payload": b""}
