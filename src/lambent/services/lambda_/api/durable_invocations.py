"""Invoke, where the function is durable: what is invoked is an execution."""

from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_.durable import starting
from lambent.services.lambda_.invokables import Target
from lambent.services.lambda_.invoking import Asked


async def invoke(context: Context, params: Params, target: Target, asked: Asked) -> Reply:
    """
    Start an execution and wait for its end, or only start it.

    https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html
    """
    name = params.get("DurableExecutionName")
    match params.get("InvocationType", "RequestResponse"):
        case "DryRun":
            starting.check_can_start(target, asked, synchronous=False)
            return {"StatusCode": 204, "Payload": b""}
        case "Event":
            execution = await starting.start(context, target, asked, name, synchronous=False)
            return {"StatusCode": 202, "Payload": b"", "DurableExecutionArn": execution.arn}
    result, execution = await starting.run_to_end(context, target, asked, name)
    reply: dict[str, Any] = {
        "StatusCode": 200,
        "Payload": result.payload,
        "ExecutedVersion": execution.version,
        "DurableExecutionArn": execution.arn,
    }
    if result.function_error is not None:
        reply["FunctionError"] = result.function_error
    return reply
