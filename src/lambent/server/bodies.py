"""
Request bodies: whole for most operations, as a stream for those that take gigabytes.

A body is read once. aws-chunked framing is taken off here, so that a service sees the bytes that
the client meant; what the framing's trailer said (a checksum) is in `trailers` at the end.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Protocol

from lambent.core.errors import ClientError
from lambent.wire.aws_chunked import AwsChunkedDecoder, is_aws_chunked
from lambent.wire.messages import HttpRequest

# The largest body of an operation that is not streamed: Lambda's code, base64 in JSON, with room.
_MOST_BYTES = 100 * 1024 * 1024


class RequestTooLarge(ClientError):
    code = "RequestEntityTooLargeException"
    status = 413


class Source(Protocol):
    """Where the bytes come from: the connection, as they arrive."""

    def whole(self) -> bytes | None:
        """All of it, if it is all here and nothing was taken yet."""
        ...

    async def next_piece(self) -> bytes | None:
        """The next piece, None after the last; raises ClientError when the client went away."""
        ...


class RequestBody:
    """`async for piece in body`, once."""

    def __init__(self, source: Source, headers: Mapping[str, str]) -> None:
        self._source = source
        self._headers = headers
        self.trailers: Mapping[str, str] = {}

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
        if not is_aws_chunked(self._headers):
            whole = self._source.whole()
            if whole is not None and len(whole) <= _MOST_BYTES:
                return whole
        pieces: list[bytes] = []
        size = 0
        async for piece in self:
            size += len(piece)
            if size > _MOST_BYTES:
                raise RequestTooLarge(f"Request must be smaller than {_MOST_BYTES} bytes")
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _raw(self) -> AsyncIterator[bytes]:
        while (piece := await self._source.next_piece()) is not None:
            yield piece


async def whole(request: HttpRequest) -> HttpRequest:
    """The request with its body in memory."""
    if isinstance(request.body, RequestBody):
        return replace(request, body=await request.body.read())
    return request
