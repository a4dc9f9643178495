"""
An invoke whose answer is passed on while the function still writes it.

It counts as running until the function has ended, whether or not somebody reads to the end.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from lambent.platform import Context
from lambent.runtime.api import InvocationResult, ResponseStream
from lambent.services.lambda_ import invoking
from lambent.services.lambda_.invokables import Target
from lambent.services.lambda_.invoking import Asked

# Tasks that nobody holds may be forgotten before they are done.
_ending: set[asyncio.Task[Any]] = set()


async def open_stream(context: Context, target: Target, asked: Asked) -> tuple[ResponseStream, str]:
    """The stream, when its first part or its end is there, and the version that runs."""
    begun = await invoking.begin(context, target, asked)
    try:
        stream = await context.platform.runtime.invoke_streaming(begun.runs, begun.invocation)
    except BaseException:
        begun.end(None)
        raise
    task = asyncio.ensure_future(_end(stream, begun))
    _ending.add(task)
    task.add_done_callback(_ending.discard)
    return stream, begun.version


async def _end(stream: ResponseStream, begun: invoking.Begun) -> None:
    result: InvocationResult | None = None
    try:
        result = await stream.result()
    except Exception:  # Whoever reads the stream is told.
        pass
    finally:
        begun.end(result)


async def stream_events(
    stream: ResponseStream, with_log: bool
) -> AsyncIterator[dict[str, dict[str, Any]]]:
    """The events of InvokeWithResponseStream; the last says how the function ended."""
    try:
        async for part in stream:
            yield {"PayloadChunk": {"Payload": part}}
        yield {"InvokeComplete": _complete(await stream.result(), with_log)}
    finally:
        stream.close()


def _complete(result: InvocationResult, with_log: bool) -> dict[str, Any]:
    complete: dict[str, Any] = {}
    if result.function_error is not None:
        complete["ErrorCode"] = result.function_error
        complete["ErrorDetails"] = result.payload.decode(errors="replace")
    if with_log:
        complete["LogResult"] = invoking.encoded_log(result)
    return complete
