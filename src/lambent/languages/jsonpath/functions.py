"""The functions that may end a path: $.a.length(), $.a[*].sum()."""

from collections.abc import Callable
from typing import Any


def _length(value: Any, missing: Any) -> Any:
    return len(value) if isinstance(value, list | dict | str) else missing


def _numbers(value: Any) -> list[float]:
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, int | float) and not isinstance(item, bool)]


def _of_numbers(reduce: Callable[[list[float]], float]) -> Callable[[Any, Any], Any]:
    def apply(value: Any, missing: Any) -> Any:
        numbers = _numbers(value)
        return float(reduce(numbers)) if numbers else missing

    return apply


def _deviation(numbers: list[float]) -> float:
    mean = sum(numbers) / len(numbers)
    return float((sum((number - mean) ** 2 for number in numbers) / len(numbers)) ** 0.5)


def _keys(value: Any, missing: Any) -> Any:
    return list(value) if isinstance(value, dict) else missing


def _position(index: int) -> Callable[[Any, Any], Any]:
    return lambda value, missing: value[index] if isinstance(value, list) and value else missing


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "length": _length,
    "size": _length,
    "min": _of_numbers(min),
    "max": _of_numbers(max),
    "sum": _of_numbers(sum),
    "avg": _of_numbers(lambda numbers: sum(numbers) / len(numbers)),
    "stddev": _of_numbers(_deviation),
    "keys": _keys,
    "first": _position(0),
    "last": _position(-1),
}
