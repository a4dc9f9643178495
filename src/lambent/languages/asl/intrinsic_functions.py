"""
What the intrinsic functions do. The first parameter is where randomness comes from.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import base64
import binascii
import hashlib
import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import orjson

from lambent.languages.asl.chance import Chance
from lambent.languages.asl.data import write
from lambent.languages.jsonata.java_random import first_double

_MAX_TEXT = 10_000
_MAX_RANGE = 1_000
_HASHES = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


class BadArgument(Exception):
    """An argument is not what the function takes: States.IntrinsicFailure."""


FUNCTIONS: dict[str, Callable[..., Any]] = {}


def _intrinsic(name: str, least: int, most: int | None) -> Callable[..., Any]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def checked(chance: Chance, *arguments: Any) -> Any:
            if len(arguments) < least or (most is not None and len(arguments) > most):
                raise BadArgument(f"Invalid number of arguments for States.{name}")
            return function(chance, *arguments)

        FUNCTIONS[name] = checked
        return checked

    return register


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadArgument("The argument must be an array")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadArgument("The argument must be a string")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadArgument("The argument must be a number")
    return value


def _rounded(value: Any) -> int:
    """AWS rounds as Java's Math.round: halves upwards, so -1.5 is -1."""
    number = _number(value)
    return number if isinstance(number, int) else math.floor(number + 0.5)


@_intrinsic("Format", 1, None)
def _format(_: Chance, template: Any, *values: Any) -> str:
    out: list[str] = []
    remaining = list(values)
    text = _text(template)
    at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in "{}\\":
            out.append(text[at + 1])
            at += 2
        elif text.startswith("{}", at):
            if not remaining:
                raise BadArgument("There are fewer arguments than placeholders")
            out.append(_in_format(remaining.pop(0)))
            at += 2
        elif text[at] in "{}":
            raise BadArgument("A brace that is no placeholder must be escaped")
        else:
            out.append(text[at])
            at += 1
    if remaining:
        raise BadArgument("There are more arguments than placeholders")
    return "".join(out)


def _in_format(value: Any) -> str:
    """As Java shows its maps and lists: {name=value, other=[1, 2]}."""
    pieces: list[str] = []
    rest: list[tuple[bool, Any]] = [(False, value)]
    while rest:
        finished, part = rest.pop()
        if finished or isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, dict):
            inside = [((True, f"{name}="), (False, item)) for name, item in part.items()]
            rest.extend(_backwards("{", inside, "}"))
        elif isinstance(part, list):
            rest.extend(_backwards("[", [((False, item),) for item in part], "]"))
        else:
            pieces.append(write(part))
    return "".join(pieces)


def _backwards(
    begin: str, items: Sequence[tuple[tuple[bool, Any], ...]], end: str
) -> list[tuple[bool, Any]]:
    forwards: list[tuple[bool, Any]] = [(True, begin)]
    for index, item in enumerate(items):
        if index:
            forwards.append((True, ", "))
        forwards.extend(item)
    return [(True, end), *reversed(forwards)]


@_intrinsic("StringToJson", 1, 1)
def _string_to_json(_: Chance, text: Any) -> Any:
    given = _text(text)
    if not given.strip():
        # AWS reads no document at all as null.
        return None
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError:
        raise BadArgument("The argument is not valid JSON") from None


@_intrinsic("JsonToString", 1, 1)
def _json_to_string(_: Chance, value: Any) -> str:
    return write(value)


@_intrinsic("Array", 0, None)
def _make_array(_: Chance, *items: Any) -> list[Any]:
    return list(items)


@_intrinsic("ArrayPartition", 2, 2)
def _array_partition(_: Chance, array: Any, size: Any) -> list[Any]:
    items, chunk = _array(array), _rounded(size)
    if chunk <= 0:
        raise BadArgument("The chunk size must be a positive number")
    return [items[start : start + chunk] for start in range(0, len(items), chunk)]


@_intrinsic("ArrayContains", 2, 2)
def _array_contains(_: Chance, array: Any, value: Any) -> bool:
    return any(_same(item, value) for item in _array(array))


def _same(left: Any, right: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return bool(left == right)


@_intrinsic("ArrayRange", 3, 3)
def _array_range(_: Chance, start: Any, end: Any, step: Any) -> list[int]:
    first, last, stride = _rounded(start), _rounded(end), _rounded(step)
    if stride == 0:
        raise BadArgument("The step must not be zero")
    numbers = range(first, last + (1 if stride > 0 else -1), stride)
    if len(numbers) > _MAX_RANGE:
        raise BadArgument(f"The array must not have more than {_MAX_RANGE} elements")
    return list(numbers)


@_intrinsic("ArrayGetItem", 2, 2)
def _array_get_item(_: Chance, array: Any, index: Any) -> Any:
    items = _array(array)
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(items):
        raise BadArgument("The index is not within the array")
    return items[index]


@_intrinsic("ArrayLength", 1, 1)
def _array_length(_: Chance, array: Any) -> int:
    return len(_array(array))


@_intrinsic("ArrayUnique", 1, 1)
def _array_unique(_: Chance, array: Any) -> list[Any]:
    seen: set[str] = set()
    unique: list[Any] = []
    for item in _array(array):
        key = _canonical(item)
        if key not in seen:
            seen.add(key)
            unique.append(item)
    return unique


def _canonical(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{write(k)}:{_canonical(value[k])}" for k in sorted(value)) + "}"
    return write(value)


def _short(value: Any) -> str:
    text = _text(value)
    if len(text) > _MAX_TEXT:
        raise BadArgument(f"The argument must not be longer than {_MAX_TEXT} characters")
    return text


@_intrinsic("Base64Encode", 1, 1)
def _base64_encode(_: Chance, text: Any) -> str:
    return base64.b64encode(_short(text).encode()).decode()


@_intrinsic("Base64Decode", 1, 1)
def _base64_decode(_: Chance, text: Any) -> str:
    encoded = _short(text)
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        return base64.b64decode(padded, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        raise BadArgument("The argument is not valid Base64") from None


@_intrinsic("Hash", 2, 2)
def _hash(_: Chance, value: Any, algorithm: Any) -> str:
    text = _short(value) if isinstance(value, str) else _short(write(value))
    if not isinstance(algorithm, str) or algorithm not in _HASHES:
        raise BadArgument(f"The algorithm must be one of {', '.join(_HASHES)}")
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


@_intrinsic("JsonMerge", 3, 3)
def _json_merge(_: Chance, left: Any, right: Any, deep: Any) -> dict[str, Any]:
    if not isinstance(left, dict) or not isinstance(right, dict):
        raise BadArgument("The first two arguments must be objects")
    if deep is not False:
        # AWS: "Step Functions only supports the shallow merging mode".
        raise BadArgument("Only shallow merging is supported: the third argument must be false")
    return {**left, **right}


@_intrinsic("MathRandom", 2, 3)
def _math_random(chance: Chance, start: Any, end: Any, seed: Any = None) -> int:
    first, last = _rounded(start), _rounded(end)
    if first >= last:
        raise BadArgument("The start must be less than the end")
    drawn = chance.random() if seed is None else first_double(_rounded(seed))
    return first + math.floor(drawn * (last - first))


@_intrinsic("MathAdd", 2, 2)
def _math_add(_: Chance, left: Any, right: Any) -> int:
    total = _rounded(left) + _rounded(right)
    if not -(2**31) <= total < 2**31:
        # AWS documents -2147483648 to 2147483647.
        raise BadArgument("The sum is beyond 32 bits")
    return total


@_intrinsic("StringSplit", 2, 2)
def _string_split(_: Chance, text: Any, delimiters: Any) -> list[str]:
    split_at = set(_text(delimiters))
    if not split_at:
        raise BadArgument("The delimiter must not be empty")
    parts: list[str] = []
    current: list[str] = []
    for character in _text(text):
        if character in split_at:
            parts.append("".join(current))
            current = []
        else:
            current.append(character)
    parts.append("".join(current))
    return [part for part in parts if part]


@_intrinsic("UUID", 0, 0)
def _uuid(chance: Chance) -> str:
    return chance.uuid()
