"""Streams of bytes, in the forms that botocore and we have for them."""

from collections.abc import AsyncIterable, Iterator


async def collected(body: AsyncIterable[bytes]) -> bytes:
    return b"".join([part async for part in body])


class Streamed:
    """A raw response as botocore's event streams want it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body

    def close(self) -> None:
        pass
