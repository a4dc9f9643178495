"""The elements of an array, or members of an object, in a JSON document read in pieces; pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lambent.services.stepfunctions.item_sources.pages import ReadingFailed

_decode = json.JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\r\n]*")
_BROKEN = "The file is not valid JSON."
# AWS: its words for a document, or a pointer into one, that is no array and no object.
_NOTHING_TO_ITERATE = "Attempting to map over non-iterable node."


class Incomplete(Exception):
    """The text ends within what is looked for."""


@dataclass(frozen=True, slots=True)
class Start:
    """The items begin at this offset of the text."""

    offset: int
    kind: Literal["array", "object"]


def find_start(text: str, pointer: str) -> Start:
    """Where the items begin that the JSON pointer names; Incomplete when the text is too short."""
    at = _skip(text, 0)
    for part in pointer.split("/")[1:]:
        at = _member(text, at, part.replace("~1", "/").replace("~0", "~"))
    match text[at]:
        case "[":
            return Start(at + 1, "array")
        case "{":
            return Start(at + 1, "object")
        case _:
            raise ReadingFailed(_NOTHING_TO_ITERATE)


def _member(text: str, at: int, name: str) -> int:
    """Where the value of a member, or the element of that number, begins."""
    kind = text[at]
    if kind not in "[{":
        raise ReadingFailed(_NOTHING_TO_ITERATE)
    at = _skip(text, at + 1)
    number = 0
    while text[at] not in "]}":
        key = str(number)
        if kind == "{":
            key, at = _value(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if key == name:
            return at
        _, at = _value(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        number += 1
    raise ReadingFailed(f"The pointer refers to '{name}', which the file does not have.")


@dataclass(frozen=True, slots=True)
class Element:
    key: str | None
    value: Any
    end: int
    """The offset behind it."""


def elements(text: str, kind: str) -> Iterator[Element | None]:
    """
    The items that the text holds wholly, from behind a bracket or another item; None for the end
    of the array or object.
    """
    at = 0
    while True:
        try:
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
            if text[at] in "]}":
                yield None
                return
            key = None
            if kind == "object":
                key, at = _value(text, at)
                at = _skip(text, _skip(text, at) + 1)
            value, at = _value(text, at)
        except Incomplete:
            return
        yield Element(key, value, at)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    if found.end() >= len(text):
        raise Incomplete
    return found.end()


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        value, end = _decode(text, at)
    except json.JSONDecodeError:
        # Broken, or cut off: whoever has all of the text knows.
        raise Incomplete from None
    except RecursionError:
        raise ReadingFailed("The file is nested too deeply.") from None
    if end == len(text) and isinstance(value, int | float):
        # More digits may follow.
        raise Incomplete
    return value, end


def broken() -> ReadingFailed:
    return ReadingFailed(_BROKEN)
