"""
What a function streams, on its way to whoever reads it.

A reader that is slower than the function makes the function wait: it is held while more than a
megabyte is on the way.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from lambent.runtime import outcomes
from lambent.runtime.api import InvocationResult
from lambent.runtime.outcomes import Outcome

_MOST_ON_THE_WAY = 1 << 20


class LiveStream:
    """The `ResponseStream` of `api.py`."""

    def __init__(self, hold: Callable[[bool], None]) -> None:
        self.content_type: str | None = None
        self._hold = hold
        self._held = False
        self._unwanted = False
        self._parts: deque[bytes] = deque()
        self._waiting = 0
        self._moved = asyncio.Event()
        self._result: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()

    # From the environment.

    def begin(self, content_type: str) -> None:
        self.content_type = content_type
        self._moved.set()

    def put(self, part: bytes) -> None:
        if self._unwanted:
            return
        self._parts.append(part)
        self._waiting += len(part)
        if self._waiting > _MOST_ON_THE_WAY and not self._held:
            self._held = True
            self._hold(True)
        self._moved.set()

    def finish(self, result: InvocationResult) -> None:
        if self._result.done():
            return
        if self.content_type is None and result.function_error is None:
            # It does not stream: what it answered is the one part.
            self.content_type = "application/json"
            self._parts.append(result.payload)
        self._result.set_result(result)
        self._moved.set()

    def fail(self, error: BaseException) -> None:
        if not self._result.done():
            self._result.set_exception(error)
            self._moved.set()

    # To the reader.

    async def begun(self) -> None:
        """Wait until the first of it, or the end, is there. Raises what keeps it from running."""
        while self.content_type is None and not self._result.done():
            await self._move()
        if self._result.done() and self._result.exception() is not None:
            self._result.result()

    def __aiter__(self) -> "LiveStream":
        return self

    async def __anext__(self) -> bytes:
        while not self._parts:
            if self._result.done():
                raise StopAsyncIteration
            await self._move()
        part = self._parts.popleft()
        self._waiting -= len(part)
        if self._held and self._waiting < _MOST_ON_THE_WAY // 2:
            self._held = False
            self._hold(False)
        return part

    async def result(self) -> InvocationResult:
        return await asyncio.shield(self._result)

    def close(self) -> None:
        """Nobody reads on; the function may write to its end."""
        self._unwanted = True
        self._parts.clear()
        if self._held:
            self._held = False
            self._hold(False)

    async def _move(self) -> None:
        self._moved.clear()
        await self._moved.wait()


class StreamedAnswer:
    """A streamed answer as the environment sees it: passed on, or collected for one answer."""

    def __init__(self, stream: LiveStream | None) -> None:
        self._stream = stream
        self._collected = bytearray()
        self.length = 0

    def begin(self, content_type: str) -> None:
        if self._stream is not None:
            self._stream.begin(content_type)

    def put(self, content: bytes) -> None:
        self.length += len(content)
        if self._stream is not None:
            self._stream.put(content)
        elif self.length <= outcomes.LARGEST_ANSWER:
            self._collected += content

    def outcome(self, error: bytes | None, error_type: str) -> Outcome:
        if error is not None:
            return outcomes.failed(error, len(error), error_type)
        if self._stream is not None:
            return Outcome(b"")
        return outcomes.answered(bytes(self._collected), self.length)
