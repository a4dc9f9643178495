"""The items of one file in S3: CSV, JSON Lines, JSON, Parquet."""

import codecs
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from lambent.platform import Context
from lambent.services.stepfunctions.item_sources import json_items, lines, open_readers, parquet
from lambent.services.stepfunctions.item_sources.contents import (
    Content,
    UnpackedContent,
    content_of,
)
from lambent.services.stepfunctions.item_sources.objects import PIECE, ObjectName, opened
from lambent.services.stepfunctions.item_sources.pages import (
    Item,
    Page,
    Place,
    ReadingFailed,
    ReadPage,
)

Config = Mapping[str, Any]

# AWS: in a large document, the items begin within so many bytes.
_ITEMS_BEGIN_WITHIN = 16 << 20
_LONGEST_HEADER = 10 * 1024


def file_source(context: Context, name: ObjectName, config: Config) -> ReadPage:
    """The items of a file; ReaderConfig's InputType says what it is."""
    match config.get("InputType"):
        case "CSV":
            read = _csv_page
        case "JSONL":
            read = _json_lines_page
        case "JSON":
            read = _json_page
        case "PARQUET":
            return parquet.source(context, name)
        case other:
            raise ReadingFailed(f"Unsupported InputType: {other}")
    return _text_source(context, name, config, read)


ReadText = Callable[[Content, str, Config, Place], Awaitable[Page]]


def _text_source(context: Context, name: ObjectName, config: Config, read: ReadText) -> ReadPage:
    async def page(place: Place) -> Page:
        source = await opened(context, name, place)
        place = {**source.place(), "at": 0} if place is None else place
        content = open_readers.take(context, source, place) or content_of(context, source)
        found = await read(content, name.uri, config, place)
        if isinstance(content, UnpackedContent) and not found.last:
            open_readers.keep(context, source, found.place, content)
        return found

    return page


async def _json_lines_page(content: Content, uri: str, config: Config, place: Place) -> Page:
    return await _records_page(content, uri, place, lines.json_lines, lines.json_value)


async def _csv_page(content: Content, uri: str, config: Config, place: Place) -> Page:
    header = place.get("header")
    if header is None:
        place = await _with_header(content, config, place)
        header = place["header"]
    return await _records_page(
        content, uri, place, lines.csv_records, lines.csv_item(header, config)
    )


async def _with_header(content: Content, config: Config, place: Place) -> Place:
    if config.get("CSVHeaderLocation") == "GIVEN":
        return {**place, "header": list(config.get("CSVHeaders", ()))}
    data, ended = await content.piece(0, _LONGEST_HEADER)
    for text, end in lines.csv_records(data, 0, ended):
        return {**place, "header": lines.csv_fields(text, config), "at": end}
    if data:
        raise ReadingFailed("The header of the CSV file exceeds the maximum size of 10 KiB.")
    return {**place, "header": []}


Records = Callable[[bytes, int, bool], Iterator[lines.Record]]


async def _records_page(
    content: Content, uri: str, place: Place, records: Records, value: Callable[[str], Any]
) -> Page:
    at = place["at"]
    size = PIECE
    while True:
        data, ended = await content.piece(at, size)
        items = [
            Item(value(text), {**place, "at": end}, source=uri)
            for text, end in records(data, at, ended)
        ]
        if items or ended:
            return Page(items, items[-1].place if items else place, ended)
        # One record is longer than the piece.
        lines.check_length(data)
        size *= 2


async def _json_page(content: Content, uri: str, config: Config, place: Place) -> Page:
    if "kind" not in place:
        place = await _json_start(content, config.get("ItemsPointer", ""), place)
    at, kind = place["at"], place["kind"]
    size = PIECE
    while True:
        data, ended = await content.piece(at, size)
        text = _text(data, ended)
        items: list[Item] = []
        offset, seen = at, 0
        for element in json_items.elements(text, kind):
            if element is None:
                return Page(items, items[-1].place if items else place, True)
            offset += _bytes(text, seen, element.end)
            seen = element.end
            items.append(Item(element.value, {**place, "at": offset}, element.key, uri))
        if ended:
            raise json_items.broken()
        if items:
            return Page(items, items[-1].place, False)
        lines.check_length(data)
        size *= 2


async def _json_start(content: Content, pointer: str, place: Place) -> Place:
    size = PIECE
    while True:
        data, ended = await content.piece(0, size)
        text = _text(data, ended)
        try:
            start = json_items.find_start(text, pointer)
        except json_items.Incomplete:
            if ended:
                raise json_items.broken() from None
            if size >= _ITEMS_BEGIN_WITHIN:
                raise ReadingFailed(
                    f"The pointer '{pointer}' refers to nothing within the first 16 MB of the file."
                ) from None
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
