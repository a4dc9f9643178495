"""
The rows of a Parquet file, a batch at a time.

The library reads a file from many places, and waits while it does: it works in a thread, which asks
the event loop for each range of the object. It is optional, and imported when the first file is
read.
"""

import asyncio
import io
import math
from base64 import b64encode
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from lambent.platform import Context
from lambent.services.stepfunctions.item_sources import open_readers
from lambent.services.stepfunctions.item_sources.objects import ObjectName, S3Object, opened, piece
from lambent.services.stepfunctions.item_sources.pages import (
    Item,
    Page,
    Place,
    ReadingFailed,
    ReadPage,
)

_ROWS = 500
# What is asked of S3 at once for each column.
_BUFFER = 64 * 1024
# AWS: the largest group of rows, and the largest footer.
_LARGEST_GROUP = 256 << 20
_LARGEST_FOOTER = 5 << 20


def source(context: Context, name: ObjectName) -> ReadPage:
    if name.version is not None:
        raise ReadingFailed("VersionId is not supported for Parquet files.")

    async def page(place: Place) -> Page:
        found = await opened(context, name, place)
        place = {**found.place(), "row": 0} if place is None else place
        rows = open_readers.take(context, found, place)
        if rows is None:
            rows = await _opened_rows(context, found, place["row"])
        batch, last = await asyncio.to_thread(rows.batch)
        begin = place["row"]
        items = [
            Item(row, {**place, "row": number}, source=name.uri)
            for number, row in enumerate(batch, begin + 1)
        ]
        place = {**place, "row": begin + len(batch)}
        if not last:
            open_readers.keep(context, found, place, rows)
        return Page(items, place, last)

    return page


async def _opened_rows(context: Context, found: S3Object, row: int) -> "_Rows":
    loop = asyncio.get_running_loop()

    def read(at: int, size: int) -> bytes:
        asked = piece(context, found, at, size)
        return asyncio.run_coroutine_threadsafe(asked, loop).result()

    return await asyncio.to_thread(_Rows, _Ranges(read, found.size), row)


class _Rows:
    """A Parquet file that is read from one of its rows on."""

    def __init__(self, file: "_Ranges", row: int) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError:
            raise ReadingFailed(
                "Reading Parquet files needs a library: pip install 'lambent[parquet]'"
            ) from None
        self._errors = (pyarrow.ArrowException, OSError)
        try:
            self._file = parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
        except self._errors as error:
            raise _broken(error) from None
        _check_sizes(self._file.metadata)
        self._left = self._file.metadata.num_rows - row
        self._batches = self._from(row)

    def batch(self) -> tuple[list[Any], bool]:
        """Some rows, and whether they are the last ones."""
        if self._left <= 0:
            return [], True
        try:
            rows = next(self._batches)
        except self._errors as error:
            raise _broken(error) from None
        self._left -= len(rows)
        return rows, self._left <= 0

    def _from(self, row: int) -> Iterator[list[Any]]:
        for group in range(self._file.num_row_groups):
            count = self._file.metadata.row_group(group).num_rows
            if row >= count:
                row -= count
                continue
            for batch in self._file.iter_batches(_ROWS, row_groups=[group], use_threads=False):
                passed = min(row, batch.num_rows)
                row -= passed
                if passed < batch.num_rows:
                    yield _values(batch.slice(passed))


def _check_sizes(metadata: Any) -> None:
    if metadata.serialized_size > _LARGEST_FOOTER:
        raise ReadingFailed("The footer of the Parquet file exceeds the maximum size of 5 MB.")
    for group in range(metadata.num_row_groups):
        if metadata.row_group(group).total_byte_size > _LARGEST_GROUP:
            raise ReadingFailed(
                "A row group of the Parquet file exceeds the maximum size of 256 MB."
            )


def _broken(error: Exception) -> ReadingFailed:
    return ReadingFailed(f"The file is not valid Parquet: {error}")


class _Ranges(io.RawIOBase):
    """An object as a file for a library that reads and waits."""

    def __init__(self, read: Any, size: int) -> None:
        self._read = read
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = begin + offset
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        size = self._size - self._at if size < 0 else min(size, self._size - self._at)
        data: bytes = self._read(self._at, size) if size > 0 else b""
        self._at += len(data)
        return data


# Values -----------------------------------------------------------------------------------------


def _values(batch: Any) -> list[Any]:
    import pyarrow

    for index, field in enumerate(batch.schema):
        # Python's own times have no nanoseconds.
        if pyarrow.types.is_timestamp(field.type) and field.type.unit == "ns":
            micros = batch.column(index).cast(pyarrow.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(index, field.name, micros)
    return [json_value(row) for row in batch.to_pylist(maps_as_pydicts="lossy")]


def json_value(value: Any) -> Any:
    """As JSON: times as text of ISO 8601, bytes in base64, numbers that JSON lacks as null."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(name): json_value(inner) for name, inner in value.items()}
        case list() | tuple():
            return [json_value(inner) for inner in value]
        case Decimal():
            return json_value(float(value))
        case datetime() | date() | time():
            return value.isoformat().replace("+00:00", "Z")
        case timedelta():
            return value.total_seconds()
        case bytes():
            return b64encode(value).decode()
        case _:
            return str(value)
