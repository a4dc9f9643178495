"""What operators mean, as in Velocity 1.7. Pure."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from lambent.languages.velocity.running import Run
from lambent.languages.velocity.values import bounded, check_size, text_of

Value = Callable[[Run], Any]
_TOO_LONG = 10**4_000


def truth(value: Any) -> bool:
    """Whatever is there is true, but for false itself."""
    return value is not None and value is not False


def same(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if type(left) is type(right):
        check_size(left)
        return bool(left == right)
    # Values of different classes are compared as they are printed.
    return text_of(left) == text_of(right)


def _both(left: Value, right: Value) -> Value:
    return lambda run: truth(left(run)) and truth(right(run))


def _either(left: Value, right: Value) -> Value:
    return lambda run: truth(left(run)) or truth(right(run))


def _plain(operation: Callable[[Any, Any], Any]) -> Callable[[Value, Value], Value]:
    def make(left: Value, right: Value) -> Value:
        return lambda run: operation(left(run), right(run))

    return make


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], Value]:
    def decide(left: Any, right: Any) -> bool:
        if _is_number(left) and _is_number(right):
            return compare(left, right)
        return False

    return _plain(decide)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sum(left: Any, right: Any) -> Any:
    if _is_number(left) and _is_number(right):
        return _countable(left + right)
    if isinstance(left, str) or isinstance(right, str):
        if left is None or right is None:
            return None
        return bounded(text_of(left) + text_of(right))
    return None


def _numbers(operation: Callable[[Any, Any], Any]) -> Callable[[Value, Value], Value]:
    def calculate(left: Any, right: Any) -> Any:
        if not _is_number(left) or not _is_number(right):
            return None
        try:
            return operation(left, right)
        except (ZeroDivisionError, OverflowError):
            return None

    return _plain(calculate)


def _quotient(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        # Java's: towards zero.
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _rest(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return left - _quotient(left, right) * right
    return math.fmod(left, right)


def _countable(number: Any) -> Any:
    """None for a whole number that is too long to be written."""
    return number if isinstance(number, float) or abs(number) < _TOO_LONG else None


def _product(left: Any, right: Any) -> Any:
    return float(left) * right if abs(left) > 1 << 62 else left * right


OPERATORS: Mapping[str, Callable[[Value, Value], Value]] = {
    "||": _either,
    "or": _either,
    "&&": _both,
    "and": _both,
    **dict.fromkeys(("==", "eq"), _plain(same)),
    **dict.fromkeys(("!=", "ne"), _plain(lambda left, right: not same(left, right))),
    **dict.fromkeys(("<=", "le"), _ordered(lambda left, right: left <= right)),
    **dict.fromkeys((">=", "ge"), _ordered(lambda left, right: left >= right)),
    **dict.fromkeys(("<", "lt"), _ordered(lambda left, right: left < right)),
    **dict.fromkeys((">", "gt"), _ordered(lambda left, right: left > right)),
    "+": _plain(_sum),
    "-": _numbers(lambda left, right: _countable(left - right)),
    "*": _numbers(_product),
    "/": _numbers(_quotient),
    "%": _numbers(_rest),
}
