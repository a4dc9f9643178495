"""
What is in an object, from any place on: as it lies there, or as it is once it is unpacked.

AWS unpacks what is called .gz or .zstd. Only a window of the content is in memory, however large
the whole is.
"""

import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from lambent.platform import Context
from lambent.services.stepfunctions.item_sources.objects import PIECE, S3Object, piece
from lambent.services.stepfunctions.item_sources.pages import ReadingFailed


class Content(Protocol):
    async def piece(self, at: int, size: int) -> tuple[bytes, bool]:
        """At most `size` bytes from `at`, and whether the last ones are among them."""
        ...


class PlainContent:
    """An object as it lies there."""

    def __init__(self, context: Context, source: S3Object) -> None:
        self._context = context
        self._source = source

    async def piece(self, at: int, size: int) -> tuple[bytes, bool]:
        data = await piece(self._context, self._source, at, size)
        return data, at + len(data) >= self._source.size


class UnpackedContent:
    """A packed object, unpacked as far as somebody reads; going back begins anew."""

    def __init__(
        self, context: Context, source: S3Object, unpacker: "Callable[[], Unpacker]"
    ) -> None:
        self._context = context
        self._source = source
        self._new_unpacker = unpacker
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._unpacker = self._new_unpacker()
        # How much of the object is unpacked, and where the window stands in what that gave.
        self._taken = 0
        self._begin = 0
        self._window = bytearray()

    async def piece(self, at: int, size: int) -> tuple[bytes, bool]:
        if at < self._begin:
            self._begin_anew()
        while True:
            self._drop_until(at)
            # One byte more tells whether these are the last.
            enough = self._begin == at and len(self._window) > size
            if enough or not await self._unpack():
                break
        return bytes(self._window[:size]), len(self._window) <= size

    def _drop_until(self, at: int) -> None:
        dropped = min(at - self._begin, len(self._window))
        del self._window[:dropped]
        self._begin += dropped

    async def _unpack(self) -> bool:
        """Some bytes more; False when there are none."""
        data = b""
        if self._unpacker.eof:
            # A file may be several that were packed one by one.
            data = self._unpacker.unused_data
            if not data and self._taken >= self._source.size:
                return False
            self._unpacker = self._new_unpacker()
        if not data and self._unpacker.needs_input:
            data = await piece(self._context, self._source, self._taken, PIECE)
            self._taken += len(data)
        # A few bytes may stand for gigabytes: no more than a piece at a time.
        more = self._unpacker.decompress(data, PIECE)
        if not data and not more and self._unpacker.needs_input and not self._unpacker.eof:
            raise _broken()
        self._window += more
        return True


def _broken() -> ReadingFailed:
    return ReadingFailed("The file cannot be decompressed.")


# How files are packed ---------------------------------------------------------------------------


class Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, most: int) -> bytes:
        """At most so many bytes; raises ReadingFailed."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, most: int) -> bytes:
        try:
            return self._zlib.decompress(self._zlib.unconsumed_tail + data, most)
        except zlib.error:
            raise _broken() from None


def _zstd_module() -> Any:
    """Python 3.14 has it itself; for those before there is a backport, which is optional."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise ReadingFailed(
        "Reading files packed with ZSTD needs a library: pip install 'lambent[zstd]'"
    )


class _Zstd:
    def __init__(self) -> None:
        zstd = _zstd_module()
        self._zstd = zstd.ZstdDecompressor()
        self._error = zstd.ZstdError

    @property
    def eof(self) -> bool:
        return bool(self._zstd.eof)

    @property
    def needs_input(self) -> bool:
        return bool(self._zstd.needs_input)

    @property
    def unused_data(self) -> bytes:
        rest: bytes = self._zstd.unused_data
        return rest

    def decompress(self, data: bytes, most: int) -> bytes:
        try:
            unpacked: bytes = self._zstd.decompress(data, most)
        except self._error:
            raise _broken() from None
        return unpacked


_UNPACKERS: dict[str, Callable[[], Unpacker]] = {
    ".gz": _Gzip,
    ".gzip": _Gzip,
    ".zst": _Zstd,
    ".zstd": _Zstd,
}


def content_of(context: Context, source: S3Object) -> PlainContent | UnpackedContent:
    """AWS: the name's ending says whether, and how, the object is packed."""
    key = source.name.key
    unpacker = _UNPACKERS.get(key[key.rfind(".") :].lower())
    if unpacker is None:
        return PlainContent(context, source)
    return UnpackedContent(context, source, unpacker)
