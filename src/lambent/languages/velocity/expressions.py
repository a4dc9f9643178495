"""
Expressions: what stands in the parentheses of directives and of calls, and references.

    or → and → not → compared → sum → product → one → literal | reference | (expression)
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lambent.languages.velocity import values
from lambent.languages.velocity.operators import OPERATORS, truth
from lambent.languages.velocity.running import Defined, Run, TemplateFailed

Value = Callable[[Run], Any]
# How an interpolated text is read: it is a template of its own.
Interpolate = Callable[[str], Callable[[Run], None]]

_BLANK = re.compile(r"\s*")
_NAME = re.compile(r"[a-zA-Z_][\w-]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"[a-zA-Z]+")
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||", "or"),
    ("&&", "and"),
    ("==", "!=", "<=", ">=", "<", ">", "eq", "ne", "le", "ge", "lt", "gt"),
    ("+", "-"),
    ("*", "/", "%"),
)
_MOST_RANGE = 100_000


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name` and what follows it; `place` is all but the last step, for who sets it."""

    name: str
    source: str
    quiet: bool
    is_plain: bool
    value: Value
    place: Value | None = None
    last: Value | None = None


class ExpressionReader:
    """Reads at a place of the text; every method answers with the place after."""

    def __init__(self, text: str, interpolate: Interpolate) -> None:
        self._text = text
        self._interpolate = interpolate

    def expression(self, at: int, level: int = 0) -> tuple[Value, int]:
        if level == len(_LEVELS):
            return self._one(at)
        left, at = self.expression(at, level + 1)
        while True:
            operator, after = self._operator(at, _LEVELS[level])
            if operator is None:
                return left, at
            right, at = self.expression(after, level + 1)
            left = OPERATORS[operator](left, right)

    def arguments(self, at: int, ending: str) -> tuple[list[Value], int]:
        """Values up to `ending`, with commas or blanks between; the place is that of `ending`."""
        found: list[Value] = []
        at = self._skip(at)
        while not self._text.startswith(ending, at):
            value, at = self.expression(at)
            found.append(value)
            at = self._skip(at)
            if self._text.startswith(",", at):
                at = self._skip(at + 1)
        return found, at

    def expect(self, at: int, what: str) -> int:
        at = self._skip(at)
        if not self._text.startswith(what, at):
            raise self._failed(at, f"{what} is missing")
        return at + len(what)

    def reference(self, at: int) -> tuple[Reference, int]:
        begin = at = self._skip(at)
        if not self._text.startswith("$", at):
            raise self._failed(at, "a reference is missing")
        at += 1
        quiet = self._text.startswith("!", at)
        at += quiet
        formal = self._text.startswith("{", at)
        at += formal
        found = _NAME.match(self._text, at)
        if found is None:
            raise self._failed(at, "a reference has no name")
        name, at = found[0], found.end()
        steps, at = self._steps(at)
        if formal:
            at = self.expect(at, "}")
        source = self._text[begin:at]
        value = _variable(name)
        place: Value | None = None
        last: Value | None = None
        for read, key in steps:
            place, last = value, key
            value = read(value)
        return Reference(name, source, quiet, not steps, value, place, last), at

    def _steps(self, at: int) -> tuple[list[tuple[Callable[[Value], Value], Value | None]], int]:
        steps: list[tuple[Callable[[Value], Value], Value | None]] = []
        while True:
            if self._text.startswith("[", at):
                index, after = self.expression(at + 1)
                at = self.expect(after, "]")
                steps.append((_indexed(index), index))
                continue
            found = _NAME.match(self._text, at + 1) if self._text.startswith(".", at) else None
            if found is None:
                return steps, at
            name, at = found[0], found.end()
            if self._text.startswith("(", at):
                arguments, at = self.arguments(at + 1, ")")
                at += 1
                steps.append((_calling(name, arguments), None))
            else:
                steps.append((_member(name), _constant(name)))

    def _one(self, at: int) -> tuple[Value, int]:
        at = self._skip(at)
        text = self._text
        first = text[at : at + 1]
        if first == "!" and not text.startswith("!=", at):
            value, at = self._one(at + 1)
            return lambda run: not truth(value(run)), at
        if first == "(":
            value, at = self.expression(at + 1)
            return value, self.expect(at, ")")
        if first == "$":
            reference, at = self.reference(at)
            return reference.value, at
        if first in ("'", '"'):
            return self._quoted(at, first)
        if first == "[":
            return self._list(at + 1)
        if first == "{":
            return self._map(at + 1)
        return self._plain(at)

    def _plain(self, at: int) -> tuple[Value, int]:
        found = _NUMBER.match(self._text, at)
        if found:
            is_whole = found[1] is None and found[2] is None
            number = int(found[0]) if is_whole else float(found[0])
            return _constant(number), found.end()
        word = _WORD.match(self._text, at)
        match word[0] if word else "":
            case "true":
                return _constant(True), at + 4
            case "false":
                return _constant(False), at + 5
            case "null":
                return _constant(None), at + 4
            case "not":
                value, at = self._one(at + 3)
                return lambda run: not truth(value(run)), at
            case _:
                raise self._failed(at, "a value is missing")

    def _quoted(self, at: int, quote: str) -> tuple[Value, int]:
        end = at + 1
        while not self._text.startswith(quote, end):
            if end >= len(self._text):
                raise self._failed(at, f"{quote} is missing")
            # AWS: a quote that is doubled, or has a backslash before it, does not end the text.
            end += 2 if self._text.startswith("\\", end) and quote == '"' else 1
            while self._text.startswith(quote * 2, end):
                end += 2
        inner = self._text[at + 1 : end].replace(quote * 2, quote)
        if quote == '"' and ("$" in inner or "#" in inner):
            block = self._interpolate(inner)
            return lambda run: run.captured(block), end + 1
        return _constant(inner), end + 1

    def _list(self, at: int) -> tuple[Value, int]:
        at = self._skip(at)
        if self._text.startswith("]", at):
            return lambda run: [], at + 1
        first, after = self.expression(at)
        dots = self._skip(after)
        if self._text.startswith("..", dots):
            last, after = self.expression(dots + 2)
            return _range(first, last), self.expect(after, "]")
        items, at = self.arguments(at, "]")

        def make(run: Run) -> list[Any]:
            return [item(run) for item in items]

        return make, at + 1

    def _map(self, at: int) -> tuple[Value, int]:
        entries: list[tuple[Value, Value]] = []
        at = self._skip(at)
        while not self._text.startswith("}", at):
            key, at = self.expression(at)
            value, at = self.expression(self.expect(at, ":"))
            entries.append((key, value))
            at = self._skip(at)
            if self._text.startswith(",", at):
                at = self._skip(at + 1)

        def make(run: Run) -> dict[Any, Any]:
            return {_key(key(run)): value(run) for key, value in entries}

        return make, at + 1

    def _operator(self, at: int, operators: tuple[str, ...]) -> tuple[str | None, int]:
        at = self._skip(at)
        word = _WORD.match(self._text, at)
        if word:
            return (word[0], word.end()) if word[0] in operators else (None, at)
        for operator in operators:
            if self._text.startswith(operator, at):
                return operator, at + len(operator)
        return None, at

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at

    def _failed(self, at: int, why: str) -> TemplateFailed:
        line = self._text.count("\n", 0, at) + 1
        return TemplateFailed(f"The template cannot be read in line {line}: {why}.")


def _constant(value: Any) -> Value:
    return lambda run: value


def _variable(name: str) -> Value:
    def read(run: Run) -> Any:
        value = run.variables.get(name)
        if value.__class__ is Defined:
            with run.deeper():
                return run.captured(value.block)
        return value

    return read


def _member(name: str) -> Callable[[Value], Value]:
    def step(value: Value) -> Value:
        def read(run: Run) -> Any:
            try:
                return values.member(value(run), name)
            except values.Missing:
                return None

        return read

    return step


def _indexed(index: Value) -> Callable[[Value], Value]:
    def step(value: Value) -> Value:
        def read(run: Run) -> Any:
            try:
                return values.item(value(run), _key(index(run)))
            except values.Missing:
                return None

        return read

    return step


def _calling(name: str, arguments: list[Value]) -> Callable[[Value], Value]:
    def step(value: Value) -> Value:
        def read(run: Run) -> Any:
            run.step()
            try:
                target, given = value(run), [argument(run) for argument in arguments]
                run.touch(values.cost_of_call(target, name, given))
                made = values.called(target, name, given)
            except values.Missing:
                return None
            run.touch(values.size_of(made))
            return made

        return read

    return step


def _key(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else values.text_of(value)


def _range(first: Value, last: Value) -> Value:
    def make(run: Run) -> list[int]:
        begin, end = first(run), last(run)
        if not isinstance(begin, int) or not isinstance(end, int):
            return []
        if abs(end - begin) > _MOST_RANGE:
            raise TemplateFailed("A range is too long.")
        run.touch(abs(end - begin))
        return list(range(begin, end + 1) if begin <= end else range(begin, end - 1, -1))

    return make
