"""
Numbers: 38 significant digits, from 1E-130 to 9.9…9E+125, as canonical text.

Canonical is the text without exponent, sign of zero, or zeros that say nothing: two numbers are
equal when their texts are. Nothing here is ever a float.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact

from lambent.languages.dynamodb_expressions.errors import ExpressionRefused, UpdateRefused

_OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
_UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
_TOO_PRECISE = "Attempting to store more than 38 significant digits in a Number"

_LEAST_EXPONENT, _MOST_EXPONENT = -130, 125

# Traps what does not fit into 38 digits; zeros at the end do.
_EXACT = Context(prec=38, rounding=ROUND_HALF_EVEN, traps=[Inexact])

_CANONICAL_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,37}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?", re.ASCII)

# Beyond it no request has digits enough to bring the number back into the range.
_HOPELESS_EXPONENT = 10**16


def canonical(text: str) -> str:
    """The number's canonical text; refuses what is no number or outside the range."""
    if _CANONICAL_INTEGER.fullmatch(text):
        return text
    match = _NUMBER.fullmatch(text)
    exponent = int(match[1] or 0) if match and len(match[1] or "") < 40 else None
    # AWS: an exponent that needs more than 64 bits is not read at all.
    if exponent is None or not -(2**63) <= exponent < 2**63:
        raise ExpressionRefused(f"The parameter cannot be converted to a numeric value: {text}")
    if abs(exponent) > _HOPELESS_EXPONENT:
        raise ExpressionRefused(_OVERFLOW if exponent > 0 else _UNDERFLOW)
    number = Decimal(text)
    _check_range(number, ExpressionRefused)
    try:
        return _text(_EXACT.plus(number))
    except Inexact:
        raise ExpressionRefused(_TOO_PRECISE) from None


def total(one: str, other: str) -> str:
    """The sum of two canonical numbers."""
    try:
        number = _EXACT.add(Decimal(one), Decimal(other))
    except Inexact:
        # AWS: digits that are lost count as an overflow here.
        raise UpdateRefused(_OVERFLOW) from None
    _check_range(number, UpdateRefused)
    return _text(number)


def difference(one: str, other: str) -> str:
    """One canonical number less the other."""
    return total(one, negated(other))


def negated(text: str) -> str:
    if text == "0":
        return text
    return text[1:] if text[0] == "-" else f"-{text}"


def _check_range(number: Decimal, refusal: type[ExpressionRefused]) -> None:
    # AWS: a zero is held to the exponent that it is written with.
    if number.adjusted() > _MOST_EXPONENT:
        raise refusal(_OVERFLOW)
    if number.adjusted() < _LEAST_EXPONENT:
        raise refusal(_UNDERFLOW)


def _text(number: Decimal) -> str:
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def size(text: str) -> int:
    """
    The bytes that a canonical number counts for.

    AWS: half a byte for each significant digit before the point and after it, each half rounded
    up; one more byte, and another for a minus. The developer guide says it less exactly.
    """
    if text == "0":
        return 1
    negative = text[0] == "-"
    whole, _, fraction = (text[1:] if negative else text).partition(".")
    if not fraction:
        whole = whole.rstrip("0")
    elif whole == "0":
        whole, fraction = "", fraction.lstrip("0")
    return 1 + (len(whole) + 1) // 2 + (len(fraction) + 1) // 2 + negative


_NEGATIVE, _ZERO, _POSITIVE = b"\x00", b"\x01", b"\x02"
# Each byte the other way round, and none left as 255, which ends a negative number: the longer of
# two that begin alike is the smaller one.
_REVERSED = bytes((254 - byte) % 256 for byte in range(256))


def sort_bytes(text: str) -> bytes:
    """Sign, exponent and two digits a byte, so that bytes sort as the numbers do."""
    if text == "0":
        return _ZERO
    negative = text[0] == "-"
    whole, _, fraction = (text[1:] if negative else text).partition(".")
    if whole == "0":
        digits = fraction.lstrip("0")
        exponent = len(digits) - len(fraction) - 1
    else:
        digits = (whole + fraction).rstrip("0")
        exponent = len(whole) - 1
    if len(digits) % 2:
        digits += "0"
    shifted = exponent - _LEAST_EXPONENT
    packed = bytes.fromhex(digits)
    if negative:
        return b"%b%c%b\xff" % (_NEGATIVE, 255 - shifted, packed.translate(_REVERSED))
    return b"%b%c%b" % (_POSITIVE, shifted, packed)
