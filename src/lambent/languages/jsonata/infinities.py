"""
Numbers beyond a double, where they are an expression's own result.

AWS: 1/0 is not an error then, but the text "Infinity"; 0/0 is "NaN". Further on in the same
expression such a number is the error that the engine makes of it at once.
"""

import math
import re

_SKIPPED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|/\*.*?\*/|\s+', re.DOTALL)
_WORD = re.compile(r"[\w$.]+")
_OPERATORS = {"+": 1, "-": 1, "*": 2, "/": 2, "%": 2}
_LOGICAL = frozenset({"and", "or", "in"})


def last_operation(source: str) -> tuple[str, str, str] | None:
    """The operation that is carried out last, if arithmetic is all that stands at the top."""
    found: tuple[int, int] | None = None
    depth = at = 0
    follows_operand = False
    while at < len(source):
        if skipped := _SKIPPED.match(source, at):
            follows_operand = follows_operand or skipped.group()[0] in "\"'`"
            at = skipped.end()
            continue
        if word := _WORD.match(source, at):
            if depth == 0 and word.group() in _LOGICAL:
                return None
            follows_operand = True
            at = word.end()
            continue
        character = source[at]
        if character in "([{":
            depth, follows_operand = depth + 1, False
        elif character in ")]}":
            depth, follows_operand = depth - 1, True
        elif depth == 0 and character in _OPERATORS and follows_operand:
            if found is None or _OPERATORS[character] <= found[0]:
                found = (_OPERATORS[character], at)
            follows_operand = False
        elif depth == 0 and character != "-":
            return None
        else:
            follows_operand = False
        at += 1
    if found is None:
        return None
    place = found[1]
    return source[:place].strip(), source[place], source[place + 1 :].strip()


def beyond(left: float, operator: str, right: float) -> str | None:
    """Infinity, -Infinity or NaN; None where the result is a number like others."""
    result = _calculated(float(left), operator, float(right))
    if math.isfinite(result):
        return None
    return "NaN" if math.isnan(result) else "Infinity" if result > 0 else "-Infinity"


def _calculated(left: float, operator: str, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _ if right != 0:
            return left / right if operator == "/" else math.fmod(left, right)
        case "/" if left != 0:
            return math.copysign(math.inf, left) * math.copysign(1, right)
        case _:
            return math.nan
