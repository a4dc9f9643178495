"""
The bytes that an item counts for: against the 400 KB that it may have, and as capacity.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from lambent.languages.dynamodb_expressions import numbers
from lambent.languages.dynamodb_expressions.values import AttributeValue, Item

# What a list or map counts for besides its elements, and each of these besides itself.
_CONTAINER = 3
_ELEMENT = 1


def item_size(item: Item) -> int:
    """The bytes of an item of checked values: names, values, and what lists and maps add."""
    size = 0
    for name, value in item.items():
        for kind, content in value.items():
            size += _text_size(name) + _SIZES[kind](content)
    return size


def value_size(value: AttributeValue) -> int:
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _map_size(content: Item) -> int:
    return _CONTAINER + _ELEMENT * len(content) + item_size(content)


def _list_size(content: list[AttributeValue]) -> int:
    return _CONTAINER + sum(_ELEMENT + value_size(value) for value in content)


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": _text_size,
    "N": numbers.size,
    "B": len,
    "BOOL": lambda content: 1,
    "NULL": lambda content: 1,
    "M": _map_size,
    "L": _list_size,
    "SS": lambda content: sum(map(_text_size, content)),
    "NS": lambda content: sum(map(numbers.size, content)),
    "BS": lambda content: sum(map(len, content)),
}
