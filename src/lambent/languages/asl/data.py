"""
JSON data, as text and as value, each made from the other when it is asked for.

Data passes through most states unchanged, so its text is kept: it is not written anew for every
history event. A value is shared by all who ask for it; nobody changes it in place.

Numbers: whole numbers within 64 bits stay exact, all others are doubles. Text that a state does
not touch keeps its spelling (1.0, 1E5, spaces), as on AWS.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import orjson

# AWS: the most that a state's input or output, or a task's result, may be, in bytes of UTF-8.
LIMIT = 262_144

# What orjson can read again, wherever it stands in a frame.
_MOST_LEVELS = 1_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False).encode

_CACHED_FROM = 4_096
_UNREAD: Final[Any] = object()


class TooDeep(ValueError):
    """Nested more deeply than can be written."""


class Data:
    __slots__ = ("_text", "_value")

    def __init__(self, text: str | None = None, value: Any = _UNREAD) -> None:
        self._text = text
        self._value = value

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = write(self._value)
        return self._text

    @property
    def value(self) -> Any:
        if self._value is _UNREAD:
            assert self._text is not None
            self._value = read(self._text)
        return self._value

    @property
    def too_large(self) -> bool:
        # No character takes more than four bytes.
        return len(self.text) > LIMIT // 4 and self.size > LIMIT

    @property
    def size(self) -> int:
        """In bytes of UTF-8."""
        return len(self.text.encode("utf-8", "surrogatepass"))


def write(value: Any) -> str:
    """JSON as AWS writes it: no spaces, characters beyond ASCII as they are."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return _write_slowly(value)


def _write_slowly(value: Any) -> str:
    """Beyond 64 bits, beyond 254 levels, or with half a surrogate pair."""
    try:
        text = "".join(_pieces(value))
    except TypeError:
        raise TooDeep("the data cannot be written as JSON") from None
    # Half a surrogate pair can only be shown escaped.
    return text if _is_unicode(text) else _SURROGATE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def _pieces(value: Any) -> Iterator[str]:
    """The text of a value, piece by piece; nothing recurses, so that the stack is no limit."""
    open_ends: list[tuple[Iterator[Any], str]] = []
    separator = ""
    while True:
        if isinstance(value, dict) and value:
            items: Iterator[Any] = iter(value.items())
            yield "{"
            open_ends.append((items, "}"))
            separator = ""
        elif isinstance(value, list | tuple) and value:
            yield "["
            open_ends.append((iter(value), "]"))
            separator = ""
        else:
            yield _encode(value)
            separator = ","
        if len(open_ends) > _MOST_LEVELS:
            raise TooDeep("the data is nested too deeply")
        while open_ends:
            inside, end = open_ends[-1]
            following = next(inside, _UNREAD)
            if following is not _UNREAD:
                break
            yield end
            separator = ","
            open_ends.pop()
        else:
            return
        yield separator
        if end == "}":
            key, value = following
            yield f"{_encode(key)}:"
        else:
            value = following


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read(text: str) -> Any:
    """The value of JSON text that is known to be JSON."""
    # A Map asks for its whole input again with every item that begins.
    return _read_cached(text) if len(text) > _CACHED_FROM else _read(text)


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            return json.loads(text)
        except RecursionError:
            raise TooDeep("the data is nested too deeply") from None


@lru_cache(maxsize=16)
def _read_cached(text: str) -> Any:
    return _read(text)
