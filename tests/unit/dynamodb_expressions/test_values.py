"""Attribute values: what is kept of them, what is refused, and what they count for."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.dynamodb_expressions import (
    ExpressionRefused,
    checked_item,
    checked_value,
    equal,
    item_size,
    sort_bytes,
    value_size,
)

_OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
_UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
_NO_NUMBER = "The parameter cannot be converted to a numeric value: "
_INVALID = "One or more parameter values were invalid: "
_NINES = "9" * 38

KEPT_NUMBERS = [
    ("0", "0"),
    ("-0", "0"),
    ("+3", "3"),
    ("0042.1200", "42.12"),
    (".123", "0.123"),
    ("1.", "1"),
    ("1e+5", "100000"),
    ("-17.4E3", "-17400"),
    ("0e125", "0"),
    ("100", "100"),
    ("1E125", "1" + "0" * 125),
    ("0001.000e-130", "0." + "0" * 129 + "1"),
    (f"-{_NINES}e88", f"-{_NINES}" + "0" * 88),
    ("0000012345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
    (
        "-00001.23456789012345678901234567890123456780000",
        "-1.2345678901234567890123456789012345678",
    ),
]

REFUSED_NUMBERS = [
    ("", _NO_NUMBER),
    ("abc", f"{_NO_NUMBER}abc"),
    ("1.2.3", f"{_NO_NUMBER}1.2.3"),
    (" 1", f"{_NO_NUMBER} 1"),
    ("1e", f"{_NO_NUMBER}1e"),
    ("1_0", f"{_NO_NUMBER}1_0"),
    ("0x10", f"{_NO_NUMBER}0x10"),
    ("NaN", f"{_NO_NUMBER}NaN"),
    ("Infinity", f"{_NO_NUMBER}Infinity"),
    (".", f"{_NO_NUMBER}."),
    ("1e126", _OVERFLOW),
    ("-1e126", _OVERFLOW),
    ("0e126", _OVERFLOW),
    ("1e99999999999", _OVERFLOW),
    ("1e2147483648", _OVERFLOW),
    ("1e9223372036854775808", f"{_NO_NUMBER}1e9223372036854775808"),
    ("1e-131", _UNDERFLOW),
    ("0.9e-130", _UNDERFLOW),
    ("0e-131", _UNDERFLOW),
    ("1e-99999999999", _UNDERFLOW),
    (f"{_NINES}9", "Attempting to store more than 38 significant digits in a Number"),
    (
        "-1.23456789012345678901234567890123456789",
        "Attempting to store more than 38 significant digits in a Number",
    ),
]


@pytest.mark.parametrize(("text", "kept"), KEPT_NUMBERS)
def test_a_number_is_kept_as_its_canonical_text(text: str, kept: str) -> None:
    assert checked_value({"N": text}) == {"N": kept}


@pytest.mark.parametrize(("text", "reason"), REFUSED_NUMBERS)
def test_what_is_no_number_of_dynamodb_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        checked_value({"N": text})

    assert refused.value.message == reason


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
    (
        {"M": {"a": {}}},
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
    ),
    (
        {"L": [{"X": "a"}]},
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
    ),
    (
        {"S": "a", "N": "1"},
        "Supplied AttributeValue has more than one datatypes set,"
        " must contain exactly one of the supported datatypes",
    ),
    ({"S": "a", "N": "b"}, f"{_NO_NUMBER}b"),
    ({"NULL": False}, f"{_INVALID}Null attribute value types must have the value of true"),
    ({"SS": []}, f"{_INVALID}An string set  may not be empty"),
    ({"NS": []}, f"{_INVALID}An number set  may not be empty"),
    ({"BS": []}, f"{_INVALID}Binary sets should not be empty"),
    ({"NS": ["1", "b"]}, f"{_NO_NUMBER}b"),
    ({"NS": ["2", "1", "2.0"]}, f"{_INVALID}Input collection contains duplicates."),
    (
        {"SS": ["b", "a", "b"]},
        f'{_INVALID}Input collection ["a", "b", "b"] contains duplicates.',
    ),
    (
        {"BS": [b"\xff", b"\x00", b"\x00"]},
        f'{_INVALID}Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.',
    ),
]


@pytest.mark.parametrize(("value", "reason"), REFUSED)
def test_a_value_that_is_none_is_refused(value: dict[str, Any], reason: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        checked_item({"a": value})

    assert refused.value.message == reason


def test_every_type_of_value_is_kept() -> None:
    item = {
        "s": {"S": ""},
        "n": {"N": "-56.789"},
        "b": {"B": b""},
        "yes": {"BOOL": False},
        "nothing": {"NULL": True},
        "ss": {"SS": ["", "a"]},
        "ns": {"NS": ["-56.789", "1"]},
        "bs": {"BS": [b"", b"a"]},
        "l": {"L": [{"N": "1"}, {"L": []}, {"M": {}}]},
        "m": {"M": {"a": {"M": {"b": {"BOOL": True}}}}},
    }

    assert checked_item(item) == item


def test_sets_are_given_back_by_their_members_values() -> None:
    item = {
        "ss": {"SS": ["b", "B", "é", "a", "\U00010000", "\uffff"]},
        "ns": {"NS": ["10", "9", "-1", "0.5"]},
        "bs": {"BS": [b"\xff", b"", b"a"]},
    }

    assert checked_item(item) == {
        "ss": {"SS": ["B", "a", "b", "é", "\uffff", "\U00010000"]},
        "ns": {"NS": ["-1", "0.5", "9", "10"]},
        "bs": {"BS": [b"", b"a", b"\xff"]},
    }


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "leaf"}
    for _ in range(levels):
        value = {"M": {"n": value}}
    return value


def test_documents_may_be_nested_32_levels_deep() -> None:
    assert checked_value(_nested(31)) == _nested(31)

    with pytest.raises(ExpressionRefused, match="Nesting Levels have exceeded supported limits"):
        checked_value(_nested(32))
    with pytest.raises(ExpressionRefused, match="Nesting Levels have exceeded supported limits"):
        checked_value(_nested(100_000))


# Measured on AWS, item by item at the limit of 400 KB.
NUMBER_SIZES = [
    ("0", 1),
    ("1", 2),
    ("12", 2),
    ("123", 3),
    ("1234", 3),
    ("12345678901234567890123456789012345678", 20),
    ("0042", 2),
    ("100", 2),
    ("1010", 3),
    ("0.0000001", 2),
    ("1E125", 2),
    ("1E-100", 2),
    ("1.5", 3),
    ("15", 2),
    ("1.200", 3),
    ("1.234", 4),
    ("3.14159", 5),
    ("123456", 4),
    ("100.5", 4),
    ("0.15", 2),
    ("-42", 3),
    ("-0", 1),
]


@pytest.mark.parametrize(("text", "size"), NUMBER_SIZES)
def test_a_number_counts_for_its_significant_digits(text: str, size: int) -> None:
    assert value_size(checked_value({"N": text})) == size


def test_an_item_counts_for_its_names_and_values_and_what_documents_add() -> None:
    assert item_size({"pk": {"S": "abc"}}) == 5
    assert item_size({"é": {"S": "é"}}) == 4
    assert item_size({"b": {"B": b"1234"}}) == 5
    assert item_size({"t": {"BOOL": False}, "n": {"NULL": True}}) == 4
    assert item_size({"s": {"SS": ["a", "bc"]}}) == 4
    assert item_size({"l": {"L": []}}) == 4
    assert item_size({"l": {"L": [{"S": "ab"}]}}) == 7
    assert item_size({"m": {"M": {"xy": {"S": "ab"}}}}) == 9


def test_sets_are_equal_in_any_order_and_lists_are_not() -> None:
    assert equal({"SS": ["a", "b"]}, {"SS": ["b", "a"]})
    assert equal({"L": [{"NS": ["1", "2"]}]}, {"L": [{"NS": ["2", "1"]}]})
    assert equal({"M": {"x": {"BS": [b"1", b"2"]}}}, {"M": {"x": {"BS": [b"2", b"1"]}}})
    assert not equal({"SS": ["a"]}, {"SS": ["a", "b"]})
    assert not equal({"L": [{"N": "1"}, {"N": "2"}]}, {"L": [{"N": "2"}, {"N": "1"}]})
    assert not equal({"M": {"x": {"N": "1"}}}, {"M": {"y": {"N": "1"}}})
    assert not equal({"N": "1"}, {"S": "1"})


_DIGITS = st.integers(min_value=-(10**38) + 1, max_value=10**38 - 1)
_EXPONENTS = st.integers(min_value=-130, max_value=87)
NUMBERS = st.builds(lambda digits, exponent: f"{digits}e{exponent}", _DIGITS, _EXPONENTS)


@given(NUMBERS, NUMBERS)
def test_the_bytes_of_numbers_sort_as_the_numbers(one: str, other: str) -> None:
    """
    Whatever two numbers are, their bytes are in the same order, and equal only if they are.
    """
    first, second = sort_bytes(checked_value({"N": one})), sort_bytes(checked_value({"N": other}))

    assert (first < second) == (Decimal(one) < Decimal(other))
    assert (first == second) == (Decimal(one) == Decimal(other))


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=2), min_size=2))
def test_small_steps_sort_as_well(numbers: list[Decimal]) -> None:
    small = [number for number in numbers if abs(number) < 10**30]
    keyed = sorted(small, key=lambda number: sort_bytes(checked_value({"N": f"{number}"})))

    assert keyed == sorted(small)


@given(NUMBERS)
def test_canonical_text_says_the_same_number_and_stays_as_it_is(text: str) -> None:
    kept = checked_value({"N": text})["N"]

    assert Decimal(kept) == Decimal(text)
    assert checked_value({"N": kept}) == {"N": kept}


@given(st.text(), st.text())
def test_the_bytes_of_strings_sort_as_their_utf8(one: str, other: str) -> None:
    assert (sort_bytes({"S": one}) < sort_bytes({"S": other})) == (one < other)
