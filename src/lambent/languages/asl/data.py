"""
JSON data, as text and as value, each made from the other when it is asked for.

Data passes through most states unchanged, so its text is kept: it is not written anew for every
history event. A value is shared by all who ask for it; nobody changes it in place.

Numbers: whole numbers within 64 bits stay exact, all others are doubles. Text that a state does
not touch keeps its spelling (1.0, 1E5, spaces), as on AWS.
"""

import json
from functools import lru_cache
from typing import Any, Final

import orjson

# AWS: the most that a state's input or output, or a task's result, may be, in bytes of UTF-8.
LIMIT = 262_144

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
        text = self.text
        # No character takes more than four bytes, or three for each that is not a surrogate pair.
        return len(text) > LIMIT // 4 and len(text.encode("utf-8", "surrogatepass")) > LIMIT


def write(value: Any) -> str:
    """JSON as AWS writes it: no spaces, characters beyond ASCII as they are."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return _write_slowly(value)


def _write_slowly(value: Any) -> str:
    """Beyond 64 bits, beyond 254 levels, or with half a surrogate pair."""
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        if not _is_unicode(text):
            text = json.dumps(value, separators=(",", ":"))
        return text
    except (RecursionError, ValueError, TypeError):
        raise TooDeep("the data cannot be written as JSON") from None


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
