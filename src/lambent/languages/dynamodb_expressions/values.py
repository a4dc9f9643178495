"""
Attribute values: `{"S": …}` and the like, as requests bring them and items keep them.

A value is checked and normalised once, when it arrives: numbers are canonical text afterwards, and
what is compared or kept is a value that holds.
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from lambent.languages.dynamodb_expressions import numbers
from lambent.languages.dynamodb_expressions.errors import ExpressionRefused, UpdateRefused

_Member = TypeVar("_Member", str, bytes)

AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]

TYPES = ("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS")

_INVALID = "One or more parameter values were invalid: "
_EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set,"
    " must contain exactly one of the supported datatypes"
)
_TOO_DEEP = (
    "Nesting Levels have exceeded supported limits:"
    " Attributes in the item have nested levels beyond supported limit"
)
_MOST_LEVELS = 32


def checked_item(item: Mapping[str, Any]) -> Item:
    """The item with each value checked and normalised; ExpressionRefused says what is wrong."""
    return {name: _checked(value, 1) for name, value in item.items()}


def checked_value(value: Mapping[str, Any]) -> AttributeValue:
    """The value checked and normalised; ExpressionRefused says what is wrong."""
    return _checked(value, 1)


def kind_of(value: AttributeValue) -> str:
    """The type of a checked value: S, N, …"""
    return next(iter(value))


def check_depth(value: AttributeValue, level: int) -> None:
    """Refuse a checked value where it comes to be too deep in an item; level 1 is the topmost."""
    for kind in ("M", "L"):
        content = value.get(kind)
        if content:
            if level >= _MOST_LEVELS:
                raise UpdateRefused(_TOO_DEEP)
            for inner in content.values() if kind == "M" else content:
                check_depth(inner, level + 1)


def in_set_order(kind: str, members: Iterable[Any]) -> list[Any]:
    """AWS: a set is given back by its members' values, however it was written."""
    return sorted(members, key=Decimal if kind == "NS" else None)


def _checked(value: Mapping[str, Any], level: int) -> AttributeValue:
    if len(value) == 1:
        ((kind, content),) = value.items()
        if kind == "S":
            return {"S": content}
        check = _CHECKS.get(kind)
        if check is not None and content is not None:
            return {kind: check(content, level)}
    raise _wrong_count(value, level)


def _wrong_count(value: Mapping[str, Any], level: int) -> ExpressionRefused:
    """AWS: of several types, what is wrong with a number or set is said before their count."""
    kinds = [kind for kind in value if kind in TYPES and value[kind] is not None]
    for kind in kinds:
        if kind in _CHECKS:
            _CHECKS[kind](value[kind], level)
    return ExpressionRefused(_SEVERAL if kinds else _EMPTY)


def _unchanged(content: Any, level: int) -> Any:
    return content


def _number(content: str, level: int) -> str:
    return numbers.canonical(content)


def _null(content: bool, level: int) -> bool:
    if not content:
        raise ExpressionRefused(f"{_INVALID}Null attribute value types must have the value of true")
    return True


def _map(content: Mapping[str, Any], level: int) -> Item:
    if level >= _MOST_LEVELS and content:
        raise ExpressionRefused(_TOO_DEEP)
    return {name: _checked(value, level + 1) for name, value in content.items()}


def _list(content: Sequence[Any], level: int) -> list[AttributeValue]:
    if level >= _MOST_LEVELS and content:
        raise ExpressionRefused(_TOO_DEEP)
    return [_checked(value, level + 1) for value in content]


def _string_set(content: Sequence[str], level: int) -> list[str]:
    if not content:
        # AWS: its own grammar and spaces.
        raise ExpressionRefused(f"{_INVALID}An string set  may not be empty")
    if len(set(content)) != len(content):
        listed = ", ".join(f'"{member}"' for member in _with_repeat(content))
        raise ExpressionRefused(f"{_INVALID}Input collection [{listed}] contains duplicates.")
    return in_set_order("SS", content)


def _number_set(content: Sequence[str], level: int) -> list[str]:
    if not content:
        raise ExpressionRefused(f"{_INVALID}An number set  may not be empty")
    members = [numbers.canonical(member) for member in content]
    if len(set(members)) != len(members):
        raise ExpressionRefused(f"{_INVALID}Input collection contains duplicates.")
    return in_set_order("NS", members)


def _binary_set(content: Sequence[bytes], level: int) -> list[bytes]:
    if not content:
        raise ExpressionRefused(f"{_INVALID}Binary sets should not be empty")
    if len(set(content)) != len(content):
        listed = ",".join(
            f'"{base64.b64encode(member).decode()}"' for member in _with_repeat(content)
        )
        raise ExpressionRefused(
            f"{_INVALID}Input collection [{listed}]of type BS contains duplicates."
        )
    return in_set_order("BS", content)


def _with_repeat(members: Sequence[_Member]) -> list[_Member]:
    """AWS: sorted up to the first that is there already; that one and the rest as they came."""
    seen: list[_Member] = []
    for member in members:
        if member in seen:
            break
        seen.append(member)
    return sorted(seen) + list(members[len(seen) :])


_CHECKS: Mapping[str, Callable[[Any, int], Any]] = {
    "N": _number,
    "B": _unchanged,
    "BOOL": _unchanged,
    "NULL": _null,
    "M": _map,
    "L": _list,
    "SS": _string_set,
    "NS": _number_set,
    "BS": _binary_set,
}
