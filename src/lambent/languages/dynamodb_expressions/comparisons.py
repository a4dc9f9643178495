"""
Which values are equal, which is the smaller one, and what a value contains.

A value that is not there (None) is equal to none and in no order with any.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lambent.languages.dynamodb_expressions.values import AttributeValue

Found = AttributeValue | None

ORDERED_TYPES = frozenset({"S", "N", "B"})


def equal(one: AttributeValue, other: AttributeValue) -> bool:
    """Whether two checked values are the same: sets in any order."""
    if one == other:
        return True
    ((kind, content),) = one.items()
    if kind not in _CONTAINERS:
        return False
    found = other.get(kind)
    if found is None or len(found) != len(content):
        return False
    if kind == "L":
        return all(map(equal, content, found))
    if kind == "M":
        return all(name in found and equal(value, found[name]) for name, value in content.items())
    return set(content) == set(found)


_CONTAINERS = frozenset({"SS", "NS", "BS", "L", "M"})


def same(one: Found, other: Found) -> bool:
    return one is not None and other is not None and (one == other or equal(one, other))


def in_order(compare: Callable[[Any, Any], bool], one: Found, other: Found) -> bool:
    """Whether `compare` holds for two values of a type that has an order."""
    if one is None or other is None:
        return False
    ((kind, content),) = one.items()
    found = other.get(kind)
    if found is None or kind not in ORDERED_TYPES:
        return False
    if kind == "N":
        return compare(Decimal(content), Decimal(found))
    # Strings sort by their UTF-8 bytes, which is the order of their code points.
    return compare(content, found)


def begins_with(one: Found, other: Found) -> bool:
    if one is None or other is None:
        return False
    for kind in ("S", "B"):
        if kind in one:
            return kind in other and bool(one[kind].startswith(other[kind]))
    return False


_MEMBER_TYPES = {"SS": "S", "NS": "N", "BS": "B", "S": "S", "B": "B"}


def contains(one: Found, other: Found) -> bool:
    """A part of a text or binary, a member of a set, an element of a list."""
    if one is None or other is None:
        return False
    ((kind, content),) = one.items()
    if kind == "L":
        return any(equal(element, other) for element in content)
    member = other.get(_MEMBER_TYPES.get(kind, ""))
    return member is not None and member in content


def length(value: Found) -> int | None:
    """What size() answers; numbers, booleans and null have none."""
    if value is None:
        return None
    ((kind, content),) = value.items()
    if kind in _CONTAINERS or kind in ("S", "B"):
        return len(content)
    return None
