"""Invoking functions as API Gateway does: as the service, or as a role that is given."""

import asyncio
from dataclasses import replace
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import AwsError, ValidationFailed
from lambent.platform import Context, Reply

_SERVICE = "apigateway.amazonaws.com"
# The invokes that nobody waits for any longer: AWS lets them run, too.
_LEFT: set[asyncio.Task[Any]] = set()


class FunctionFailed(Exception):
    """`status` is the one of Lambda's answer, 200 where the function itself failed."""

    def __init__(self, reason: str, status: int, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.timed_out = timed_out


async def invoke(
    context: Context, arn: str, payload: bytes, *, source: str, role: str | None, seconds: float
) -> bytes:
    """
    The function's answer. `context` is of the API's own place, `source` what a function's policy
    names. Raises FunctionFailed.
    """
    # AWS: the role that a user passes on in person is nobody's.
    caller = context.acting_as(role if role and ":role/" in role else _SERVICE)
    caller = replace(caller, request={**caller.request, "aws:sourcearn": source})
    params = {"FunctionName": arn, "Payload": payload}
    try:
        region = Arn.parse(arn).region
        reply = await _within(seconds, caller.at(caller.account, region), params)
    except ValidationFailed as error:
        raise FunctionFailed(f"Invalid function ARN: {arn}", 400) from error
    except AwsError as error:
        raise FunctionFailed(error.message, error.status) from error
    if reply.get("FunctionError") is not None:
        raise FunctionFailed(
            "The Lambda function returned the following error:"
            f" {reply['Payload'].decode(errors='replace')}",
            200,
        )
    answer: bytes = reply["Payload"]
    return answer


async def _within(seconds: float, caller: Context, params: dict[str, Any]) -> Reply:
    task = asyncio.ensure_future(caller.call("lambda", "Invoke", params))
    _LEFT.add(task)
    task.add_done_callback(_LEFT.discard)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        # Nobody asks what becomes of it; one that fails must not be told of as forgotten.
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        raise FunctionFailed("Endpoint request timed out", 504, timed_out=True)
    return task.result()
