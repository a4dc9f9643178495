"""
Where in a pattern's text something is wrong, counted as AWS's reader counts.

    Empty arrays are not allowed
     at [Source: (String)"{"resources": []}"; line: 1, column: 17]
"""

import json
import re

from lambent.languages.event_patterns.errors import Moment, PatternInvalid

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"\w+")
_LITERALS = ("true", "false", "null")
_EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


def reason_in(text: str, error: PatternInvalid) -> str:
    """The reason with its place in `text`, which is JSON."""
    if not error.moment:
        return error.reason
    try:
        position = _position(text, error.path, error.moment)
    except (LookupError, ValueError, RecursionError, _Syntax):
        return error.reason
    return error.reason + _place(text, position) * error.times


def syntax_reason(text: str) -> str:
    """Why `text` is no JSON at all."""
    try:
        _skip(text, _after_space(text, 0))
    except _Syntax as error:
        return error.reason + _place(text, error.position)
    except (LookupError, ValueError, RecursionError):
        pass
    return "Event pattern is not valid JSON."


class _Syntax(Exception):
    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f'\n at [Source: (String)"{text}"; line: {line}, column: {column}]'


def _position(text: str, path: tuple[str | int, ...], moment: Moment) -> int:
    """Behind what the reader has read when it finds the value at `path` wrong."""
    at = _after_space(text, 0)
    for key in path:
        at = _child(text, at, key)
    if moment == "value" and text[at] in '"[{':
        return at + 1
    # A number or a literal is read to its end to be known.
    return _skip(text, at)


def _child(text: str, at: int, key: str | int) -> int:
    """Where the value of a key, or of a place in an array, begins."""
    is_object = text[at] == "{"
    found = 0
    place = 0
    at = _after_space(text, at + 1)
    while text[at] not in "}]":
        if is_object:
            after = _after_string(text, at)
            name = json.loads(text[at:after])
            at = _after_space(text, _after_space(text, after) + 1)
        else:
            name = place
        if name == key:
            # Of a name that is there twice the last one counts.
            found = at
        place += 1
        at = _after_space(text, _skip(text, at))
        if text[at] == ",":
            at = _after_space(text, at + 1)
    if not found:
        raise LookupError(key)
    return found


def _skip(text: str, at: int) -> int:
    """Behind the value that begins at `at`."""
    match text[at]:
        case '"':
            return _after_string(text, at)
        case "{" | "[":
            return _skip_container(text, at)
    number = _NUMBER.match(text, at)
    if number is not None:
        return number.end()
    word = _WORD.match(text, at)
    if word is None:
        raise _unexpected(text, at, f"expected a valid value {_EXPECTED}")
    if word[0] in ("NaN", "Infinity"):
        raise _Syntax(f"Non-standard token '{word[0]}'", word.end())
    if word[0] not in _LITERALS:
        raise _Syntax(f"Unrecognized token '{word[0]}': was expecting {_EXPECTED}", word.end())
    return word.end()


def _skip_container(text: str, at: int) -> int:
    is_object = text[at] == "{"
    end = "}" if is_object else "]"
    at = _after_space(text, at + 1)
    while text[at] != end:
        if is_object:
            if text[at] != '"':
                raise _unexpected(text, at, "was expecting double-quote to start field name")
            at = _after_space(text, _after_string(text, at))
            if text[at] != ":":
                wanted = "was expecting a colon to separate field name and value"
                raise _unexpected(text, at, wanted)
            at = _after_space(text, at + 1)
        at = _after_space(text, _skip(text, at))
        if text[at] == ",":
            at = _after_space(text, at + 1)
        elif text[at] != end:
            kind = "Object" if is_object else "Array"
            raise _unexpected(text, at, f"was expecting comma to separate {kind} entries")
    return at + 1


def _unexpected(text: str, at: int, wanted: str) -> _Syntax:
    character = text[at]
    return _Syntax(f"Unexpected character ('{character}' (code {ord(character)})): {wanted}", at)


def _after_string(text: str, at: int) -> int:
    found = _STRING.match(text, at)
    if found is None:
        raise ValueError("the text has no end")
    return found.end()


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()
