"""
Request bodies: whole for most operations, as a stream for those that take gigabytes.

A body is read once. aws-chunked framing is taken off here, so that a service sees the bytes that
the client meant; what the framing's trailer said (a checksum) is in `trailers` at the end.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from lambent.core.errors import ClientError
from lambent.wire.aws_chunked import AwsChunkedDecoder, is_aws_chunked
from lambent.wire.messages import HttpRequest

# The largest body of an operation that is not streamed: Lambda's code, base64 in JSON, with room.
_MOST_BYTES = 100 * 1024 * 1024


class RequestTooLarge(ClientError):
    code = "RequestEntityTooLargeException"
    status = 413


class RequestBody:
    """`async for piece in body`, once."""

    def __init__(
        self,
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        headers: Mapping[str, str],
    ) -> None:
        self._receive = receive
        self._headers = headers
        self.trailers: Mapping[str, str] = {}
        self._asked_for = False

    @property
    def is_withheld(self) -> bool:
        """
        The client waits for leave to send it (Expect: 100-continue), and nobody gave it.

        Whether it comes after the reply all the same, only the client knows.
        """
        return not self._asked_for and "expect" in self._headers

    @property
    def length(self) -> int | None:
        """The length that the client announced, without framing."""
        text = self._headers.get("x-amz-decoded-content-length") or self._headers.get(
            "content-length"
        )
        return int(text) if text and text.isdigit() else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not is_aws_chunked(self._headers):
            async for piece in self._raw():
                yield piece
            return
        decoder = AwsChunkedDecoder()
        async for piece in self._raw():
            if plain := decoder.feed(piece):
                yield plain
        decoder.finish()
        self.trailers = decoder.trailers

    async def read(self) -> bytes:
        """All of it; raises RequestTooLarge beyond what an operation may have."""
        pieces: list[bytes] = []
        size = 0
        async for piece in self:
            size += len(piece)
            if size > _MOST_BYTES:
                raise RequestTooLarge(f"Request must be smaller than {_MOST_BYTES} bytes")
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _raw(self) -> AsyncIterator[bytes]:
        more = True
        # The server in front of us answers 100 Continue when it is asked for the first piece.
        self._asked_for = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientError("The client went away.", code="RequestTimeout")
            more = message.get("more_body", False)
            if piece := message.get("body"):
                yield piece


async def whole(request: HttpRequest) -> HttpRequest:
    """The request with its body in memory."""
    if isinstance(request.body, RequestBody):
        return replace(request, body=await request.body.read())
    return request
