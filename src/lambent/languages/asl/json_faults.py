"""Where and why a text is no JSON, in the words of the parser that AWS uses."""

import json
import re
from collections.abc import Callable

_TOKEN = re.compile(r"[\w$]+")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_END = "Unexpected end-of-input"


def json_fault(text: str, error: json.JSONDecodeError) -> tuple[str, str]:
    """What is wrong, and where: [Source: (String)"…"; line: 1, column: 4]."""
    message, end = _explained(text, error)
    line = text.count("\n", 0, end) + 1
    column = end - (text.rfind("\n", 0, end) + 1) + 1
    shown = text if len(text) <= 500 else text[:500] + "[truncated]"
    where = f'[Source: (String)"{shown}"; line: {line}, column: {column}]'
    return f"{message}\n at {where}", where


def _explained(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """The words, and how far the parser has read when it stops."""
    at = error.pos
    if error.msg.startswith("Unterminated string"):
        return f"{_END}: was expecting closing quote for a string value", len(text)
    if at >= len(text):
        return _END, len(text)
    token = _TOKEN.match(text, at)
    if error.msg == "Expecting value" and token is not None:
        return f"Unrecognized token '{token.group()}': was expecting {_VALUES}", token.end()
    character = text[at]
    if error.msg.startswith("Invalid control character"):
        return (
            f"Illegal unquoted character ((CTRL-CHAR, code {ord(character)})): has to be escaped"
            " using backslash to be included in string value",
            at + 1,
        )
    expected = _EXPECTED.get(error.msg)
    if expected is None:
        return error.msg, at
    words = expected(text[:at])
    return f"Unexpected character ('{character}' (code {ord(character)})): {words}", at + 1


def _separator(before: str) -> str:
    """Whether an entry of an object or of an array should have been separated."""
    depth = 0
    for bracket in reversed(re.sub(r"[^\[\]{}]", "", _STRING.sub("", before))):
        depth += 1 if bracket in "]}" else -1
        if depth < 0:
            return "Object" if bracket == "{" else "Array"
    return "root"


_EXPECTED: dict[str, Callable[[str], str]] = {
    "Expecting value": lambda before: f"expected a valid value {_VALUES}",
    "Expecting property name enclosed in double quotes": lambda before: (
        "was expecting double-quote to start field name"
    ),
    "Expecting ':' delimiter": lambda before: (
        "was expecting a colon to separate field name and value"
    ),
    "Expecting ',' delimiter": lambda before: (
        f"was expecting comma to separate {_separator(before)} entries"
    ),
}
