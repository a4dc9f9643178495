"""
From an expression's text to its tree, and the syntax errors on the way.

A syntax error names the token where reading ended, and quotes the text from the token before it
to the one after it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeVar

from lambent.languages.dynamodb_expressions.errors import ExpressionRefused


@dataclass(frozen=True, slots=True)
class NameReference:
    """#name in a path."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """Names, references to names, and positions in lists."""

    steps: tuple[str | NameReference | int, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """:value"""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    operands: "tuple[Operand, ...]"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """+ or - of a SET action."""

    operator: str
    left: "Operand"
    right: "Operand"


Operand = Path | Value | Call


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operator` is =, <>, <, <=, >, >=, BETWEEN or IN."""

    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Tree"


@dataclass(frozen=True, slots=True)
class Junction:
    """AND or OR of two and more conditions."""

    operator: str
    conditions: "tuple[Tree, ...]"


Tree = Comparison | Call | Not | Junction


@dataclass(frozen=True, slots=True)
class Action:
    """One of an update's; REMOVE has no operand."""

    section: str
    path: Path
    operand: Operand | Arithmetic | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?P<word>[A-Za-z][A-Za-z0-9_]*)|(?P<name>\#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<integer>0|[1-9][0-9]*)|(?P<mark><>|<=|>=|[=<>()\[\],.+-])|(?P<space>[ \t\r\n]+)"
    r"|(?P<unknown>.)",
    re.DOTALL,
)
_KEYWORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})
_COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_OPERATORS = _COMPARATORS | {"AND", "OR", "NOT", "IN", "+", "-"}
_SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")

_MOST_BYTES = 4096
_MOST_OPERATORS = 300
# Ours: what can be read, compiled and asked by functions that call themselves.
_MOST_LEVELS = 150

_Read = TypeVar("_Read")


def parse_condition(text: str, kind: str) -> Tree:
    reader = _Reader(text, kind)
    tree = reader.condition()
    reader.expect("end")
    return tree


def parse_projection(text: str) -> tuple[Path, ...]:
    reader = _Reader(text, "ProjectionExpression")
    paths = reader.several(reader.path)
    reader.expect("end")
    return tuple(paths)


def parse_update(text: str) -> tuple[tuple[Action, ...], ...]:
    """The sections as they are written, each with its actions."""
    reader = _Reader(text, "UpdateExpression")
    sections = [reader.section()]
    while reader.kind != "end":
        sections.append(reader.section())
    return tuple(sections)


class _Reader:
    """The tokens of one expression, and how far they have been read."""

    __slots__ = ("_at", "_kind", "_text", "_tokens", "kind")

    def __init__(self, text: str, kind: str) -> None:
        self._kind = kind
        if not text:
            raise self._refusal("The expression can not be empty;")
        size = len(text.encode(errors="replace"))
        if size > _MOST_BYTES:
            raise self._refusal(
                f"Expression size has exceeded the maximum allowed size; expression size: {size}"
            )
        self._text = text
        self._tokens = _tokens(text)
        operators = _operator_count(self._tokens)
        if operators > _MOST_OPERATORS:
            raise self._refusal(
                f"The expression contains too many operators; operator count: {operators}"
            )
        levels = deepest(token.kind for token in self._tokens)
        if levels > _MOST_LEVELS:
            raise self._refusal(f"The expression is nested too deeply; nesting levels: {levels}")
        self._at = 0
        self.kind = self._tokens[0].kind

    # Tokens.

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        self.kind = self._tokens[min(self._at, len(self._tokens) - 1)].kind
        return token

    def take(self, kind: str) -> bool:
        if self.kind != kind:
            return False
        self._next()
        return True

    def expect(self, kind: str) -> str:
        if self.kind != kind:
            raise self.syntax_error()
        return self._next().text

    def syntax_error(self) -> ExpressionRefused:
        token = self._tokens[self._at]
        start = self._tokens[max(self._at - 1, 0)].start
        end = self._tokens[min(self._at + 1, len(self._tokens) - 1)].end
        return self._refusal(
            f'Syntax error; token: "{token.text}", near: "{self._text[start:end]}"'
        )

    def _refusal(self, reason: str) -> ExpressionRefused:
        return ExpressionRefused(f"Invalid {self._kind}: {reason}")

    def _redundant(self) -> ExpressionRefused:
        return self._refusal("The expression has redundant parentheses;")

    def several(self, read: Callable[[], _Read]) -> list[_Read]:
        found = [read()]
        while self.take(","):
            found.append(read())
        return found

    # Paths and operands.

    def path(self) -> Path:
        return self._path_from([self._name()])

    def _name(self) -> str | NameReference:
        if self.kind == "name":
            return NameReference(self._next().text)
        return self.expect("word")

    def _path_from(self, steps: list[str | NameReference | int]) -> Path:
        while True:
            if self.take("."):
                steps.append(self._name())
            elif self.take("["):
                steps.append(self._index())
                self.expect("]")
            else:
                return Path(tuple(steps))

    def _index(self) -> int:
        digits = self.expect("integer")
        if len(digits) > 10 or int(digits) > 2**31 - 1:
            raise self._refusal(f"List index is not within the allowable range; index: [{digits}]")
        return int(digits)

    def operand(self) -> Operand:
        return self._operand()[0]

    def _operand(self, grouped_paths: bool = True) -> tuple[Operand, bool]:
        """The operand, and whether it stands in parentheses."""
        if self.kind == "value":
            return Value(self._next().text), False
        if self.take("("):
            operand, in_parentheses = self._operand(grouped_paths)
            return self._closed(operand, in_parentheses, grouped_paths)
        if self.kind == "word" and self._tokens[self._at + 1].kind == "(":
            return self._call(grouped_paths), False
        return self.path(), False

    def _closed(
        self, operand: Operand, in_parentheses: bool, grouped_paths: bool
    ) -> tuple[Operand, bool]:
        self.expect(")")
        if in_parentheses:
            raise self._redundant()
        if grouped_paths and isinstance(operand, Path) and self.kind in (".", "["):
            # AWS: a path may go on after parentheses, though not in an update.
            return self._path_from(list(operand.steps)), False
        return operand, True

    def _call(self, grouped_paths: bool) -> Call:
        name = self._next().text
        self.expect("(")
        operands = [self._operand(grouped_paths)[0]]
        while self.take(","):
            operands.append(self._operand(grouped_paths)[0])
        self.expect(")")
        return Call(name, tuple(operands))

    # Conditions.

    def condition(self) -> Tree:
        return self._as_condition(self._disjunction(in_parentheses=False)[0])

    def _as_condition(self, read: "Tree | Operand") -> Tree:
        if isinstance(read, Path | Value):
            raise self.syntax_error()
        return read

    def _disjunction(self, in_parentheses: bool) -> "tuple[Tree | Operand, bool]":
        """
        ORs of ANDs of NOTs; and whether all of it is one thing in parentheses.

        What is in parentheses may prove to be an operand: then it stands alone there.
        """
        either: list[Tree] = []
        both: list[Tree] = []
        while True:
            negations = 0
            while self.take("NOT"):
                negations += 1
            term, closed = self._term()
            alone = not (negations or either or both)
            if isinstance(term, Path | Value):
                if alone and in_parentheses and self.kind == ")":
                    return term, closed
                raise self.syntax_error()
            for _ in range(min(negations, 2 - negations % 2)):
                term = Not(term)
            both.append(term)
            if self.take("AND"):
                continue
            either.append(_joined("AND", both))
            both = []
            if not self.take("OR"):
                return _joined("OR", either), closed and alone

    def _term(self) -> "tuple[Tree | Operand, bool]":
        operand: Tree | Operand
        if self.take("("):
            inner, in_parentheses = self._disjunction(in_parentheses=True)
            if isinstance(inner, Path | Value | Call):
                operand, closed = self._closed(inner, in_parentheses, grouped_paths=True)
            else:
                self.expect(")")
                if in_parentheses:
                    raise self._redundant()
                return inner, True
        else:
            operand, closed = self._operand()
        if self.kind in _COMPARATORS:
            return Comparison(self._next().text, (operand, self.operand())), False
        if self.take("BETWEEN"):
            lower = self.operand()
            self.expect("AND")
            return Comparison("BETWEEN", (operand, lower, self.operand())), False
        if self.take("IN"):
            self.expect("(")
            members = self.several(self.operand)
            self.expect(")")
            return Comparison("IN", (operand, *members)), False
        return operand, closed

    # Updates.

    def section(self) -> tuple[Action, ...]:
        for section in _SECTIONS:
            if self.take(section):
                return tuple(self.several(partial(self._action, section)))
        raise self.syntax_error()

    def _action(self, section: str) -> Action:
        path = self.path()
        if section == "SET":
            self.expect("=")
            return Action(section, path, self._assigned())
        if section == "REMOVE":
            return Action(section, path)
        return Action(section, path, Value(self.expect("value")))

    def _assigned(self) -> Operand | Arithmetic:
        if not self.take("("):
            return self._summed(self._operand(grouped_paths=False)[0])
        inner = self._assigned()
        self.expect(")")
        return inner if isinstance(inner, Arithmetic) else self._summed(inner)

    def _summed(self, left: Operand) -> Operand | Arithmetic:
        if self.kind not in ("+", "-"):
            return left
        return Arithmetic(self._next().text, left, self._operand(grouped_paths=False)[0])


def _joined(operator: str, conditions: list[Tree]) -> Tree:
    return conditions[0] if len(conditions) == 1 else Junction(operator, tuple(conditions))


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "unknown"
        found = match.group()
        if kind == "space":
            continue
        if kind == "mark":
            kind = found
        elif kind == "word" and found.upper() in _KEYWORDS:
            kind = found.upper()
        tokens.append(_Token(kind, found, match.start(), match.end()))
    tokens.append(_Token("end", "<EOF>", len(text), len(text)))
    return tokens


def _operator_count(tokens: list[_Token]) -> int:
    """Operators and functions; the AND of a BETWEEN is part of it."""
    functions = sum(
        token.kind == "word" and following.kind == "(" for token, following in pairwise(tokens)
    )
    return functions + sum(token.kind in _OPERATORS for token in tokens)


def deepest(kinds: Iterable[str]) -> int:
    """How many parentheses are open at the same time, at most."""
    level = found = 0
    for kind in kinds:
        if kind == "(":
            level += 1
            found = max(found, level)
        elif kind == ")":
            level -= 1
    return found
