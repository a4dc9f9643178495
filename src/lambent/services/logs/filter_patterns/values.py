"""What fields and words are compared with: numbers, text with `*`, regular expressions."""

import math
import re
from collections.abc import Callable

from lambent.languages.regular_expressions import TooSlow, matcher
from lambent.services.logs.errors import InvalidParameter

Compare = Callable[[object], bool]

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_ORDERED: dict[str, Callable[[float, float], bool]] = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def invalid(why: str = "") -> InvalidParameter:
    return InvalidParameter(f"Invalid filter pattern{': ' if why else ''}{why}")


def comparison(operator: str, text: str, *, quoted: bool) -> Compare:
    """`operator value` as a test of one value; what is missing passes no test."""
    if operator in _ORDERED:
        return _ordering(operator, text)
    equal = _equality(text, quoted=quoted)
    if operator == "=":
        return equal
    return lambda value: value is not None and not equal(value)


def as_text(value: object) -> str | None:
    """A field as it would be written; None for what a pattern cannot be compared with."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return None


def as_number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return None


def contains_regex(text: str) -> Callable[[str], bool]:
    """`%regex%`: whether the text has a part that matches."""
    try:
        found_in = matcher(text)
    except re.error as error:
        raise invalid(str(error)) from None

    def contains(message: str) -> bool:
        try:
            return found_in(message)
        except TooSlow as error:
            raise invalid(str(error)) from None

    return contains


def is_regex(text: str) -> bool:
    return len(text) > 1 and text.startswith("%") and text.endswith("%")


def _ordering(operator: str, text: str) -> Compare:
    bound = as_number(text)
    if bound is None:
        raise invalid(f"{operator} wants a number, not {text}")
    compare = _ORDERED[operator]

    def test(value: object) -> bool:
        number = as_number(value)
        return number is not None and not math.isnan(number) and compare(number, bound)

    return test


def _equality(text: str, *, quoted: bool) -> Compare:
    if not quoted and is_regex(text):
        search = contains_regex(text[1:-1])
        return lambda value: (found := as_text(value)) is not None and search(found)
    number = None if quoted else as_number(text)
    if number is not None:
        return lambda value: as_number(value) == number or as_text(value) == text
    if "*" in text:
        pattern = re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
        return lambda value: (
            (found := as_text(value)) is not None and bool(pattern.fullmatch(found))
        )
    return lambda value: as_text(value) == text
