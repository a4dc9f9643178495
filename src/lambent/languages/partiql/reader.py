"""The tokens of a statement and how far they have been read; its paths and its literals."""

from collections.abc import Callable
from typing import TypeVar

from lambent.languages.dynamodb_expressions import (
    AttributeValue,
    ExpressionRefused,
    checked_value,
    syntax,
)
from lambent.languages.partiql.tokens import NOT_WELL_FORMED, Token, read_tokens

_Read = TypeVar("_Read")

_OPERATORS = frozenset({"IS", "LIKE", "BETWEEN", "IN", "=", "<>", "!=", "<", "<=", ">", ">="})
_MOST_LEVELS = 32
# Ours: what functions that call themselves can read.
_MOST_PARENTHESES = 100


class Reader:
    __slots__ = ("_at", "_tokens", "kind", "parameters", "values")

    def __init__(self, text: str) -> None:
        self._tokens = read_tokens(text)
        self._at = 0
        self.kind = self._tokens[0].kind
        self.values: dict[str, AttributeValue] = {}
        self.parameters = 0
        if syntax.deepest(token.kind for token in self._tokens) > _MOST_PARENTHESES:
            raise ExpressionRefused(f"{NOT_WELL_FORMED}The statement is nested too deeply")

    # Tokens.

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    @property
    def following(self) -> str:
        """The kind of the token after the next."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)].kind

    def next(self) -> Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        self.kind = self._tokens[self._at].kind
        return token

    def take(self, *kinds: str) -> bool:
        """Read these tokens if all of them come next."""
        if self.kind != kinds[0]:
            return False
        if any(
            self._tokens[min(self._at + place, len(self._tokens) - 1)].kind != kind
            for place, kind in enumerate(kinds)
        ):
            return False
        for _ in kinds:
            self.next()
        return True

    def take_word(self, word: str) -> bool:
        """Read a word that is no keyword but has a meaning here."""
        if self.kind == "word" and self.token.text.upper() == word:
            self.next()
            return True
        return False

    def expect(self, kind: str) -> Token:
        if self.kind != kind:
            raise self.unexpected()
        return self.next()

    def expect_end(self) -> None:
        self.take(";")
        if self.kind != "end":
            raise malformed("Unexpected token after expression")

    def unexpected(self) -> ExpressionRefused:
        """What stands where a term should."""
        if self.kind in _OPERATORS:
            return malformed("Unexpected operator")
        if self.kind.isalpha() and self.kind.isupper():
            return malformed("Unexpected keyword")
        return malformed("Unexpected term")

    def several(self, read: Callable[[], _Read]) -> list[_Read]:
        found = [read()]
        while self.take(","):
            found.append(read())
        return found

    # Paths.

    def path(self) -> syntax.Path:
        if self.kind not in ("word", "quoted"):
            raise self.unexpected()
        steps: list[str | syntax.NameReference | int] = [self.next().text]
        while True:
            if self.take("."):
                if self.kind not in ("word", "quoted"):
                    raise malformed("Invalid path dot component")
                steps.append(self.next().text)
            elif self.take("["):
                steps.append(self._element())
                self.expect("]")
            else:
                return syntax.Path(tuple(steps))

    def _element(self) -> str | int:
        if self.kind == "string":
            return self.next().text
        sign = "-" if self.take("-") else ""
        token = self.expect("number")
        if not token.text.isdecimal():
            raise malformed("Unexpected path component")
        digits = token.text.lstrip("0") or "0"
        if len(digits) > 10 or int(digits) >= 2**31 or (sign and digits != "0"):
            raise ExpressionRefused(
                "List index is not within the allowable range;"
                f" index: [{sign}{digits}] {token.place}"
            )
        return int(digits)

    # Values.

    def parameter(self) -> syntax.Value:
        self.expect("?")
        self.parameters += 1
        return syntax.Value(f":p{self.parameters - 1}")

    def literal(self) -> syntax.Value:
        return self.named(self._literal("root", 1))

    def named(self, value: AttributeValue) -> syntax.Value:
        name = f":l{len(self.values)}"
        self.values[name] = value
        return syntax.Value(name)

    def at_literal(self) -> bool:
        return self.kind in _LITERALS

    def _literal(self, place: str, level: int) -> AttributeValue:
        if level > _MOST_LEVELS:
            raise ExpressionRefused(f"Nesting Levels have exceeded supported limits under {place}")
        kind = self.kind
        if kind == "?":
            raise ExpressionRefused(
                f"Unsupported data type: Parameter under key {place} {self.token.place}"
            )
        if kind == "word":
            raise ExpressionRefused(
                f"Unsupported data type: {self.token.text.lower()} under key {place}"
                f" {self.token.place}"
            )
        if kind not in _LITERALS:
            raise self.unexpected()
        return _LITERALS[kind](self, place, level)

    def _string(self, place: str, level: int) -> AttributeValue:
        return {"S": self.next().text}

    def _signed(self, place: str, level: int) -> AttributeValue:
        negative = False
        while self.kind in ("-", "+"):
            negative ^= self.next().kind == "-"
        if self.kind != "number":
            raise self.unexpected()
        return self._number_literal(place, "-" if negative else "")

    def _number(self, place: str, level: int) -> AttributeValue:
        return self._number_literal(place, "")

    def _number_literal(self, place: str, sign: str) -> AttributeValue:
        try:
            return checked_value({"N": sign + self.next().text})
        except ExpressionRefused as refused:
            raise ExpressionRefused(f"{refused.message} under {place}") from None

    def _word(self, place: str, level: int) -> AttributeValue:
        kind = self.next().kind
        return {"NULL": True} if kind == "NULL" else {"BOOL": kind == "TRUE"}

    def _list(self, place: str, level: int) -> AttributeValue:
        self.expect("[")
        elements: list[AttributeValue] = []
        while self.kind != "]":
            elements.append(self._literal(f"{place}[{len(elements)}]", level + 1))
            if not self.take(","):
                break
        self.expect("]")
        return {"L": elements}

    def _map(self, place: str, level: int) -> AttributeValue:
        self.expect("{")
        members: dict[str, AttributeValue] = {}
        while self.kind != "}":
            name = self.expect("string").text
            self.expect(":")
            members[name] = self._literal(f"{place}.{name}", level + 1)
            if not self.take(","):
                break
        self.expect("}")
        return {"M": members}

    def _bag(self, place: str, level: int) -> AttributeValue:
        self.expect("<<")
        if self.take(">>"):
            raise ExpressionRefused("Empty bags are not supported")
        start = self._at
        members = self.several(lambda: self._literal(place, level + 1))
        written = [token.text for token in self._tokens[start : self._at] if token.kind != ","]
        self.expect(">>")
        return _set_of(members, written, place)


def _set_of(members: list[AttributeValue], written: list[str], place: str) -> AttributeValue:
    kinds = {next(iter(member)) for member in members}
    if kinds not in ({"S"}, {"N"}):
        raise ExpressionRefused(
            f"Only sets of strings, numbers or binaries are supported under {place}"
        )
    (kind,) = kinds
    contents = [member[kind] for member in members]
    if len(set(contents)) != len(contents):
        # AWS: of numbers with other words.
        end = "contains duplicates." if kind == "S" else f"contains duplicates! under {place}"
        raise ExpressionRefused(
            "One or more parameter values were invalid:"
            f" Input collection [{', '.join(written)}] {end}"
        )
    return {f"{kind}S": contents}


_LITERALS: dict[str, Callable[[Reader, str, int], AttributeValue]] = {
    "string": Reader._string,
    "number": Reader._number,
    "-": Reader._signed,
    "+": Reader._signed,
    "TRUE": Reader._word,
    "FALSE": Reader._word,
    "NULL": Reader._word,
    "[": Reader._list,
    "{": Reader._map,
    "<<": Reader._bag,
}


def malformed(reason: str) -> ExpressionRefused:
    return ExpressionRefused(NOT_WELL_FORMED + reason)
