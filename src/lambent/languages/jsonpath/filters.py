"""
Filters, [?(…)], compiled to tests; and the reader of text that paths share with them.

A test is asked of an item, and given the search that the whole path makes besides.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from lambent.languages.regular_expressions import matcher

Test = Callable[[Any, "Search"], bool]
_Operand = Callable[[Any, Any], Any]

_MAX_DEPTH = 50


class InvalidPath(ValueError):
    """The text is no path of the dialect."""


class TooMuch(Exception):
    """A path looks at more values than a search may."""


# A few tenths of a second. The largest document has some ten thousand values, but a path with
# several .. comes to each of them once for every way there.
_MOST_VALUES = 1_000_000


class Search:
    """A document that one path is looked for in, and how many values may still be looked at."""

    __slots__ = ("_left", "document")

    def __init__(self, document: Any) -> None:
        self.document = document
        self._left = _MOST_VALUES

    def looked_at(self, values: int) -> None:
        self._left -= values
        if self._left < 0:
            raise TooMuch


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final[Any] = _Missing()
"""What a path gives where there is nothing."""


class Reader:
    """A text and how far it has been read."""

    __slots__ = ("at", "compile_relative", "depth", "text")

    def __init__(self, text: str, compile_relative: Callable[[str], "_Operand"]) -> None:
        self.text = text
        # Paths hold filters and filters hold paths: the outer module hands its compiler in.
        self.compile_relative = compile_relative
        self.at = 0
        self.depth = 0

    def at_end(self) -> bool:
        return self.at >= len(self.text)

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise InvalidPath(f"'{self.text}' lacks '{token}' at position {self.at}")

    def spaces(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def until(self, ends: str) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ends:
            self.at += 1
        return self.text[start : self.at]

    def identifier(self) -> str:
        match = re.compile(r"\w*").match(self.text, self.at)
        word = match.group() if match else ""
        self.at += len(word)
        return word

    def quoted(self) -> str:
        quote = self.peek()
        if quote not in ("'", '"'):
            raise InvalidPath(f"'{self.text}' lacks a quoted name at position {self.at}")
        self.at += 1
        out: list[str] = []
        while True:
            character = self.peek()
            if not character:
                raise InvalidPath(f"'{self.text}' has a quoted name without end")
            self.at += 1
            if character == quote:
                return "".join(out)
            if character == "\\" and self.peek():
                character = self.peek()
                self.at += 1
            out.append(character)


def parse_filter(reader: Reader) -> Test:
    """What stands between the parentheses: an or of ands of comparisons."""
    reader.depth += 1
    if reader.depth > _MAX_DEPTH:
        raise InvalidPath(f"'{reader.text}' is nested too deeply")
    tests = [_conjunction(reader)]
    while _operator(reader, "||"):
        tests.append(_conjunction(reader))
    reader.depth -= 1
    return (
        tests[0] if len(tests) == 1 else lambda item, root: any(test(item, root) for test in tests)
    )


def _conjunction(reader: Reader) -> Test:
    tests = [_term(reader)]
    while _operator(reader, "&&"):
        tests.append(_term(reader))
    return (
        tests[0] if len(tests) == 1 else lambda item, root: all(test(item, root) for test in tests)
    )


def _operator(reader: Reader, token: str) -> bool:
    reader.spaces()
    return reader.take(token)


def _term(reader: Reader) -> Test:
    reader.spaces()
    if reader.peek() == "!" and not reader.text.startswith("!=", reader.at):
        reader.expect("!")
        inner = _term(reader)
        return lambda item, root: not inner(item, root)
    if reader.take("("):
        grouped = parse_filter(reader)
        reader.spaces()
        reader.expect(")")
        return grouped
    return _comparison(reader)


def _comparison(reader: Reader) -> Test:
    left = _operand(reader)
    reader.spaces()
    if reader.take("=~"):
        matches = _regular_expression(reader)
        return lambda item, root: isinstance(value := left(item, root), str) and matches(value)
    for token, compare in _COMPARISONS:
        if reader.text.startswith(token, reader.at):
            reader.at += len(token)
            right = _operand(reader)
            return _compared(left, compare, right)
    return lambda item, root: left(item, root) is not MISSING


def _compared(left: _Operand, compare: Callable[[Any, Any], bool], right: _Operand) -> Test:
    def test(item: Any, root: Search) -> bool:
        first, second = left(item, root), right(item, root)
        if first is MISSING or second is MISSING:
            return False
        return compare(first, second)

    return test


def _operand(reader: Reader) -> _Operand:
    reader.spaces()
    if reader.take("@"):
        return _inner_path(reader)
    if reader.peek() == "$" and not reader.text.startswith("$$", reader.at):
        reader.expect("$")
        from_root = _inner_path(reader)
        return lambda item, root: from_root(root.document, root)
    value = _literal(reader)
    return lambda item, root: value


def _inner_path(reader: Reader) -> _Operand:
    start = reader.at
    depth = 0
    while not reader.at_end():
        character = reader.peek()
        if character == "[":
            depth += 1
        elif character == "]":
            if depth == 0:
                break
            depth -= 1
        elif character in "'\"":
            reader.quoted()
            continue
        elif depth == 0 and (character in " =<>!&|," or character == ")"):
            break
        elif character == "(" and reader.text.startswith("()", reader.at):
            reader.at += 1
        reader.at += 1
    return reader.compile_relative("$" + reader.text[start : reader.at])


def _literal(reader: Reader) -> Any:
    character = reader.peek()
    if character in ("'", '"'):
        return reader.quoted()
    if reader.take("["):
        items = []
        reader.spaces()
        while not reader.take("]"):
            items.append(_literal(reader))
            reader.spaces()
            reader.take(",")
            reader.spaces()
        return items
    word = reader.until(" ,)]=<>!&|")
    named = {"true": True, "false": False, "null": None}
    if word in named:
        return named[word]
    try:
        return float(word) if any(mark in word for mark in ".eE") else int(word)
    except ValueError:
        raise InvalidPath(f"'{reader.text}' has no value in '{word}'") from None


def _regular_expression(reader: Reader) -> Callable[[str], bool]:
    reader.spaces()
    reader.expect("/")
    start = reader.at
    while not reader.at_end() and reader.peek() != "/":
        reader.at += 2 if reader.peek() == "\\" else 1
    pattern = reader.text[start : reader.at]
    reader.expect("/")
    try:
        return matcher(pattern, ignore_case=reader.take("i"))
    except re.error:
        raise InvalidPath(f"'{reader.text}' has a wrong regular expression") from None


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def check(left: Any, right: Any) -> bool:
        both_text = isinstance(left, str) and isinstance(right, str)
        return (both_text or (_is_number(left) and _is_number(right))) and compare(left, right)

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _within(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(_equal(left, item) for item in right)


def _has_size(left: Any, right: Any) -> bool:
    return isinstance(left, list | str) and len(left) == (
        len(right) if isinstance(right, list | str) else right
    )


# Longer tokens first: "<=" is not "<".
_COMPARISONS: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
    ("==", _equal),
    ("!=", lambda left, right: not _equal(left, right)),
    ("<=", _ordered(lambda left, right: left <= right)),
    (">=", _ordered(lambda left, right: left >= right)),
    ("<", _ordered(lambda left, right: left < right)),
    (">", _ordered(lambda left, right: left > right)),
    (
        "subsetof",
        lambda left, right: isinstance(left, list) and all(_within(i, right) for i in left),
    ),
    ("anyof", lambda left, right: isinstance(left, list) and any(_within(i, right) for i in left)),
    (
        "noneof",
        lambda left, right: isinstance(left, list) and not any(_within(i, right) for i in left),
    ),
    ("contains", lambda left, right: right in left if isinstance(left, str | list) else False),
    ("nin", lambda left, right: not _within(left, right)),
    ("in", _within),
    ("size", _has_size),
    ("empty", lambda left, right: isinstance(left, list | str) and (not left) is right),
)
