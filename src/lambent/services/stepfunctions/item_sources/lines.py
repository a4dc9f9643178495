"""CSV and JSON Lines: cutting bytes into records, and records into items; pure."""

import csv
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lambent.languages.asl.data import TooDeep, read
from lambent.services.stepfunctions.item_sources.pages import ReadingFailed

DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}

Record = tuple[str, int]
"""A record's text, and the offset behind it."""

# AWS: the most that one item may be.
_LONGEST = 8 << 20
# The library's own limit is half of what a child may be given.
csv.field_size_limit(_LONGEST)


def json_lines(data: bytes, at: int, ended: bool) -> Iterator[Record]:
    """The whole lines of `data`, which stands at the offset `at` of its object."""
    begin = 0
    while (end := data.find(b"\n", begin)) >= 0 or (ended and begin < len(data)):
        end = len(data) if end < 0 else end + 1
        text = _decoded(data[begin:end]).strip()
        begin = end
        if text:
            yield text, at + end


def csv_records(data: bytes, at: int, ended: bool) -> Iterator[Record]:
    """As lines, but a line break between quotes belongs to the record."""
    begin = search = 0
    quotes = 0
    while (end := data.find(b"\n", search)) >= 0 or (ended and search < len(data)):
        end = len(data) if end < 0 else end + 1
        quotes += data.count(b'"', search, end)
        search = end
        if quotes % 2 and not (ended and end == len(data)):
            continue
        text = _decoded(data[begin:end]).rstrip("\r\n")
        begin, quotes = end, 0
        if text:
            yield text, at + end


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReadingFailed("The file is not encoded as UTF-8.") from None


def check_length(data: bytes) -> None:
    """A record that never ends is not read into memory."""
    if len(data) > _LONGEST:
        raise ReadingFailed("An item of the file exceeds the maximum size.")


def json_value(text: str) -> Any:
    try:
        return read(text)
    except (ValueError, TooDeep):
        raise ReadingFailed("The file contains a line that is not valid JSON.") from None


def csv_fields(text: str, config: Mapping[str, Any]) -> list[str]:
    """AWS: a backslash takes its meaning from what follows, and is left out itself."""
    delimiter = DELIMITERS.get(config.get("CSVDelimiter", "COMMA"), ",")
    if "\\" in text:
        # At the end there is nothing that follows.
        text = text[:-1] if (len(text) - len(text.rstrip("\\"))) % 2 else text
    try:
        return next(csv.reader([text], delimiter=delimiter, escapechar="\\"), [])
    except csv.Error as error:
        raise ReadingFailed(f"The file contains a row that is not valid CSV: {error}") from None


def csv_item(header: list[str], config: Mapping[str, Any]) -> Callable[[str], dict[str, str]]:
    """AWS: fields that a row lacks are empty, those beyond the header are left out."""

    def item(text: str) -> dict[str, str]:
        fields = csv_fields(text, config)
        fields += [""] * (len(header) - len(fields))
        return dict(zip(header, fields, strict=False))

    return item
