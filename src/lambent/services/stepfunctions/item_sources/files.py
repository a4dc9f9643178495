"""The items of one file in S3: CSV, JSON Lines, JSON."""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lambent.platform import Context
from lambent.services.stepfunctions.item_sources import json_items, lines
from lambent.services.stepfunctions.item_sources.objects import PIECE, S3Object, opened, piece
from lambent.services.stepfunctions.item_sources.pages import (
    Item,
    Page,
    Place,
    ReadingFailed,
    ReadPage,
)

Config = Mapping[str, Any]


def file_source(
    context: Context, bucket: str, key: str, version: str | None, config: Config
) -> ReadPage:
    """The items of a file; ReaderConfig's InputType says what it is."""
    match config.get("InputType"):
        case "CSV":
            read = _csv_page
        case "JSONL":
            read = _json_lines_page
        case "JSON":
            read = _json_page
        case "PARQUET":
            raise ReadingFailed("Lambent does not read Parquet files.")
        case other:
            raise ReadingFailed(f"Unsupported InputType: {other}")

    async def page(place: Place) -> Page:
        source = await opened(context, bucket, key, version, place)
        place = {**source.place(), "at": 0} if place is None else place
        return await read(context, source, config, place)

    return page


async def _json_lines_page(
    context: Context, source: S3Object, config: Config, place: Place
) -> Page:
    return await _records_page(context, source, place, lines.json_lines, lines.json_value)


async def _csv_page(context: Context, source: S3Object, config: Config, place: Place) -> Page:
    header = place.get("header")
    if header is None:
        place = await _with_header(context, source, config, place)
        header = place["header"]
    return await _records_page(
        context, source, place, lines.csv_records, lines.csv_item(header, config)
    )


async def _with_header(context: Context, source: S3Object, config: Config, place: Place) -> Place:
    if config.get("CSVHeaderLocation") == "GIVEN":
        return {**place, "header": list(config.get("CSVHeaders", ()))}
    data = await piece(context, source, 0, PIECE)
    for text, end in lines.csv_records(data, 0, len(data) == source.size):
        return {**place, "header": lines.csv_fields(text, config), "at": end}
    if data:
        raise ReadingFailed("The header of the CSV file exceeds the maximum size.")
    return {**place, "header": []}


Records = Callable[[bytes, int, bool], Iterator[lines.Record]]


async def _records_page(
    context: Context,
    source: S3Object,
    place: Place,
    records: Records,
    value: Callable[[str], Any],
) -> Page:
    at = place["at"]
    size = PIECE
    while True:
        data = await piece(context, source, at, size)
        ended = at + len(data) >= source.size
        items = [
            Item(value(text), {**place, "at": end}, source=source.uri)
            for text, end in records(data, at, ended)
        ]
        if items or ended:
            return Page(items, items[-1].place if items else place, ended)
        # One record is longer than the piece.
        lines.check_length(data)
        size *= 2


async def _json_page(context: Context, source: S3Object, config: Config, place: Place) -> Page:
    if "kind" not in place:
        place = await _json_start(context, source, config.get("ItemsPointer", ""), place)
    at, kind = place["at"], place["kind"]
    size = PIECE
    while True:
        data = await piece(context, source, at, size)
        ended = at + len(data) >= source.size
        text = _text(data, ended)
        items: list[Item] = []
        offset, seen = at, 0
        for element in json_items.elements(text, kind):
            if element is None:
                return Page(items, items[-1].place if items else place, True)
            offset += _bytes(text, seen, element.end)
            seen = element.end
            items.append(Item(element.value, {**place, "at": offset}, element.key, source.uri))
        if ended:
            raise json_items.broken()
        if items:
            return Page(items, items[-1].place, False)
        lines.check_length(data)
        size *= 2


async def _json_start(context: Context, source: S3Object, pointer: str, place: Place) -> Place:
    size = PIECE
    while True:
        data = await piece(context, source, 0, size)
        ended = len(data) >= source.size
        text = _text(data, ended)
        try:
            start = json_items.find_start(text, pointer)
        except json_items.Incomplete:
            if ended:
                raise json_items.broken() from None
            size *= 2
            continue
        return {**place, "at": _bytes(text, 0, start.offset), "kind": start.kind}


def _text(data: bytes, ended: bool) -> str:
    """What of the bytes is whole characters."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, ended)
    except UnicodeDecodeError:
        raise ReadingFailed("The file is not encoded as UTF-8.") from None


def _bytes(text: str, begin: int, end: int) -> int:
    return end - begin if text.isascii() else len(text[begin:end].encode())


def unpacked(data: bytes) -> bytes:
    """The content of a file that may be compressed."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        raise ReadingFailed("The file cannot be decompressed.") from None
