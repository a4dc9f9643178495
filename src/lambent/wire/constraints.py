"""
What a model allows of one value, each constraint in AWS's words.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from lambent.wire.errors import SerializationFailed
from lambent.wire.model import Shape
from lambent.wire.patterns import matcher

# What AWS calls a constraint, and what it takes to fail it.
Constraint = tuple[str, Callable[[Any], bool]]

NOT_NULL = "Member must not be null"

PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "short": (int,),
    "byte": (int,),
    "float": (float, int),
    "double": (float, int),
    "blob": (bytes, bytearray, memoryview, str),
    "timestamp": (float, int, datetime, str),
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (list, tuple),
    "boolean": (bool,),
}
INTEGER_BOUNDS = {"integer": 2**31, "long": 2**63}
_JAVA_NAMES = {
    "string": "a String",
    "boolean": "a Boolean",
    "integer": "an Integer",
    "long": "a Long",
    "float": "a Float",
    "double": "a Double",
    "timestamp": "a Timestamp",
    "blob": "a Blob",
}


def mismatch(shape: Shape, value: Any) -> SerializationFailed:
    if isinstance(value, Mapping):
        return SerializationFailed("Start of structure or map found where not expected.")
    if isinstance(value, (list, tuple)):
        return SerializationFailed("Start of list found where not expected")
    if shape.type not in _JAVA_NAMES:
        return SerializationFailed("Unexpected field type")
    if isinstance(value, bool):
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    elif isinstance(value, str):
        token = "STRING_VALUE"
    else:
        token = "DECIMAL_VALUE" if isinstance(value, float) else "NUMBER_VALUE"
    return SerializationFailed(f"{token} can not be converted to {_JAVA_NAMES[shape.type]}")


def _bounds(shape: Shape) -> list[Constraint]:
    """The bounds of a length or a number."""
    constraints: list[Constraint] = []
    minimum, maximum = shape.traits.get("min"), shape.traits.get("max")
    if shape.type in {"float", "double"}:
        # Java prints a double's bound as a double.
        minimum = None if minimum is None else float(minimum)
        maximum = None if maximum is None else float(maximum)
    if shape.type in {"string", "blob", "list", "map", "character"}:
        if maximum is not None:
            constraints.append(
                (
                    f"Member must have length less than or equal to {maximum}",
                    lambda value: len(value) > maximum,
                )
            )
        if minimum:
            constraints.append(
                (
                    f"Member must have length greater than or equal to {minimum}",
                    lambda value: len(value) < minimum,
                )
            )
    elif shape.type in {"integer", "long", "short", "byte", "float", "double"}:
        if maximum is not None:
            constraints.append(
                (
                    f"Member must have value less than or equal to {maximum}",
                    lambda value: value > maximum,
                )
            )
        if minimum is not None:
            constraints.append(
                (
                    f"Member must have value greater than or equal to {minimum}",
                    lambda value: value < minimum,
                )
            )
    return constraints


def constraints_of(shape: Shape) -> list[Constraint]:
    constraints = _bounds(shape)
    if shape.type == "string":
        pattern = shape.traits.get("pattern")
        if pattern is not None:
            matches = matcher(pattern)
            constraints.append(
                (
                    f"Member must satisfy regular expression pattern: {pattern}",
                    lambda value: not matches(value),
                )
            )
        allowed = shape.traits.get("enum")
        if allowed:
            members = frozenset(allowed)
            constraints.append(
                (
                    f"Member must satisfy enum value set: [{', '.join(allowed)}]",
                    lambda value: value not in members,
                )
            )
    return constraints


def all_words(shape: Shape) -> str:
    """All constraints of an element, as AWS lists them when one of them fails."""
    words = [words for words, _ in constraints_of(shape)]
    if shape.service.name == "lambda":
        # AWS: Lambda alone ends the list so.
        words.append(NOT_NULL)
    return ", ".join(words)
