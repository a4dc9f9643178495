"""
Bytes in and bytes out: a body becomes a content, piece by piece; a content a stream.

A body is bytes, or whatever `async for` yields bytes from; gigabytes pass in pieces of a mebibyte.
"""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from lambent.core.errors import NotSupported
from lambent.platform import Context, Params
from lambent.services.s3 import rules
from lambent.services.s3.errors import BadDigest, InvalidRequest
from lambent.services.s3.records import Content, Segment
from lambent.storage.blobs import Blobs, BlobWriter
from lambent.wire.checksums import checksum

_PIECE = 1 << 20
# Below this a digest costs less than the way to another thread.
_WORTH_A_THREAD = 64 * 1024


class _Digests:
    """The MD5 that an ETag is, and the checksums that the client asked for."""

    def __init__(self, algorithms: set[str]) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._checksums = {name: checksum(name) for name in sorted(algorithms)}

    async def update(self, piece: bytes) -> None:
        if len(piece) < _WORTH_A_THREAD:
            self._update(piece)
        else:
            await asyncio.to_thread(self._update, piece)

    def _update(self, piece: bytes) -> None:
        self._md5.update(piece)
        for one in self._checksums.values():
            one.update(piece)

    def checksums(self) -> dict[str, str]:
        return {
            name: base64.b64encode(one.digest()).decode() for name, one in self._checksums.items()
        }

    def md5(self) -> bytes:
        return self._md5.digest()


def blobs_of(context: Context) -> Blobs:
    """S3's own: what no object needs it may remove."""
    return context.platform.blobs.area("s3")


def settled(context: Context, content: Content) -> None:
    """What was received has its row, or will never have one."""
    for segment in content.segments:
        blobs_of(context).unpin(segment.blob)


async def receive(context: Context, params: Params, *, inline: bool = True) -> Content:
    """
    Keep the body of `params`; durable when this returns, but for a small one that is `inline`.

    Raises BadDigest where it is not what the client said that it is. Whoever calls says `settled`
    when the content has its row.
    """
    body = params.get("Body")
    if isinstance(body, str):
        body = body.encode()
    expected_md5 = rules.content_md5(params.get("ContentMD5"))
    given = _given_checksums(params)
    announced = getattr(body, "length", None)
    if announced is not None:
        rules.check_size(announced)
    digests = _Digests(_algorithms(context, params, given, body))
    kept = _Keeper(blobs_of(context), inline)
    try:
        async for piece in _pieces(body):
            await asyncio.gather(digests.update(piece), kept.write(piece))
        _check(expected_md5, given | _trailing_checksums(body), digests)
        return await kept.content(digests)
    except BaseException:
        kept.discard()
        raise


def stream(blobs: Blobs, content: Content, start: int, end: int) -> AsyncIterator[bytes] | bytes:
    """The bytes from `start` to before `end`."""
    if content.body is not None:
        return content.body[start:end]
    if start >= end:
        return b""
    return _stream(blobs, content, start, end)


async def extracted(context: Context, content: Content, start: int, end: int) -> Content:
    """A part of a content as one of its own; the whole shares its blobs with it."""
    if (start, end) == (0, content.size) and content.part_count == 0 and content.body is None:
        return content
    body = stream(blobs_of(context), content, start, end)
    return await receive(context, {"Body": body}, inline=False)


class _Keeper:
    """Takes pieces; opens a file only when they are more than a row should hold."""

    def __init__(self, blobs: Blobs, inline: bool) -> None:
        self._blobs = blobs
        self._most = rules.INLINE_BYTES if inline else -1
        self._pieces: list[bytes] = []
        self._size = 0
        self._writer: BlobWriter | None = None

    async def write(self, piece: bytes) -> None:
        self._size += len(piece)
        rules.check_size(self._size)
        if self._writer is not None:
            await self._writer.write(piece)
            return
        self._pieces.append(piece)
        if self._size > self._most:
            await self._open()

    async def content(self, digests: _Digests) -> Content:
        if self._writer is None and self._most < 0:
            await self._open()
        etag = f'"{digests.md5().hex()}"'
        checksums = digests.checksums()
        if self._writer is None:
            body = b"".join(self._pieces)
            return Content(self._size, etag, body=body, checksums=checksums)
        blob = await self._writer.finish()
        segment = Segment(blob.id, blob.size)
        return Content(self._size, etag, segments=(segment,), checksums=checksums)

    def discard(self) -> None:
        if self._writer is not None:
            self._writer.discard()

    async def _open(self) -> None:
        self._writer = self._blobs.writer()
        for piece in self._pieces:
            await self._writer.write(piece)
        self._pieces = []


async def _pieces(body: Any) -> AsyncIterator[bytes]:
    """The body in pieces of about a mebibyte, whatever sizes it comes in."""
    if body is None:
        return
    if isinstance(body, bytes | bytearray | memoryview):
        for start in range(0, len(body), _PIECE):
            yield bytes(body[start : start + _PIECE])
        return
    waiting: list[bytes] = []
    size = 0
    async for piece in body:
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


async def _stream(blobs: Blobs, content: Content, start: int, end: int) -> AsyncIterator[bytes]:
    position = 0
    for segment in content.segments:
        first, last = max(start - position, 0), min(end - position, segment.size)
        if first < last:
            async for piece in blobs.stream(segment.blob, first, last):
                yield piece
        position += segment.size


def _given_checksums(params: Params) -> dict[str, str]:
    return {
        name: params[f"Checksum{name}"]
        for name in rules.CHECKSUM_ALGORITHMS
        if params.get(f"Checksum{name}") is not None
    }


def _algorithms(context: Context, params: Params, given: Mapping[str, str], body: Any) -> set[str]:
    """Which checksums to calculate: those given, asked for, or promised for the trailer."""
    algorithms = set(given)
    asked = params.get("ChecksumAlgorithm")
    for name in rules.UNKNOWN_ALGORITHMS:
        if asked == name or params.get(f"Checksum{name}") is not None:
            raise NotSupported(f"Lambent does not have the checksum algorithm {name}.")
    if asked in rules.CHECKSUM_ALGORITHMS:
        algorithms.add(asked)
    if hasattr(body, "trailers"):
        for name in context.request.get("x-amz-trailer", "").split(","):
            algorithm = name.strip().lower().removeprefix("x-amz-checksum-").upper()
            if algorithm in rules.CHECKSUM_ALGORITHMS:
                algorithms.add(algorithm)
    return algorithms


def _trailing_checksums(body: Any) -> dict[str, str]:
    trailers: Mapping[str, str] = getattr(body, "trailers", {})
    return {
        name: trailers[header]
        for name in rules.CHECKSUM_ALGORITHMS
        if (header := f"x-amz-checksum-{name.lower()}") in trailers
    }


def _check(expected_md5: bytes | None, given: Mapping[str, str], digests: _Digests) -> None:
    if expected_md5 is not None and expected_md5 != digests.md5():
        raise BadDigest("The Content-MD5 you specified did not match what we received.")
    found = digests.checksums()
    for name, value in given.items():
        if not _is_checksum(value, found.get(name, "")):
            raise InvalidRequest(f"Value for x-amz-checksum-{name.lower()} header is invalid.")
        if name in found and value != found[name]:
            raise BadDigest(f"The {name} you specified did not match the calculated checksum.")


def _is_checksum(value: str, like: str) -> bool:
    return not like or len(value) == len(like)
