"""The words and marks of a statement, each with its place."""

import re
from dataclasses import dataclass

from lambent.languages.dynamodb_expressions import ExpressionRefused

NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: "

# Words that are no names unless they are quoted. PartiQL has more; DynamoDB's own words for what it
# does are all here, and those at which its reading of paths is known to stop.
_WORDS = """
    ALL AND AS ASC BETWEEN BY CASE CROSS DELETE DESC DISTINCT ELSE END ESCAPE EXISTS FALSE FROM FULL
    GROUP HAVING IN INNER INSERT INTO IS JOIN LEFT LIKE LIMIT MISSING NOT NULL ON OR ORDER OUTER
    REMOVE RETURNING RIGHT SELECT SET THEN TRUE UNION UPDATE VALUE VALUES WHEN WHERE
"""
_KEYWORDS = frozenset(_WORDS.split())

_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*(?s:.*?)\*/)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)"
    r"|(?P<quoted>\"(?:[^\"]|\"\")*\")"
    r"|(?P<string>'(?:[^']|'')*')"
    r"|(?P<mark><<|>>|<>|<=|>=|!=|[-+*/(){}\[\],.:;?=<>])",
    re.ASCII,
)
# A number that runs into a word is neither.
_WORD_START = re.compile(r"[A-Za-z_$]", re.ASCII)

_INTEGER_BITS = 31


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is word, quoted, string, number, end, a keyword or a mark; `text` what it means."""

    kind: str
    text: str
    line: int
    column: int
    length: int

    @property
    def place(self) -> str:
        return f"at {self.line}:{self.column}:{self.length}"


def read_tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at, line, line_start = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or (text.startswith("/*", at) and match.lastgroup != "space"):
            raise ExpressionRefused(NOT_WELL_FORMED)
        if match.lastgroup != "space":
            found = match.group()
            kind, meant = _meaning(match.lastgroup or "", found)
            if kind == "number" and _WORD_START.match(text, match.end()):
                raise ExpressionRefused(NOT_WELL_FORMED)
            tokens.append(Token(kind, meant, line, at - line_start + 1, len(found)))
        breaks = text.count("\n", at, match.end())
        if breaks:
            line += breaks
            line_start = text.rindex("\n", at, match.end()) + 1
        at = match.end()
    tokens.append(Token("end", "", line, at - line_start + 1, 0))
    return tokens


def _meaning(kind: str, found: str) -> tuple[str, str]:
    if kind == "mark":
        return found, found
    if kind == "quoted":
        return kind, found[1:-1].replace('""', '"')
    if kind == "string":
        return kind, found[1:-1].replace("''", "'")
    if kind == "number":
        _check_exponent(found)
    elif found.upper() in _KEYWORDS:
        return found.upper(), found
    return kind, found


def _check_exponent(number: str) -> None:
    """AWS: an exponent and what it makes of the digits after the point are integers of 32 bits."""
    mantissa, _, exponent = number.lower().partition("e")
    digits = exponent.lstrip("+-").lstrip("0")
    if len(digits) <= len(str(2**_INTEGER_BITS)):
        power = int(exponent or 0)
        scale = len(mantissa.partition(".")[2]) - power
        if abs(power) < 2**_INTEGER_BITS and abs(scale) < 2**_INTEGER_BITS:
            return
    raise ExpressionRefused(NOT_WELL_FORMED)
