"""
AWS's own functions: $partition, $range, $hash, $random, $uuid, $parse.

None stands for undefined. AWS: several wrong arguments give undefined rather than an error, and
numbers are cut towards zero (measured against TestState in us-east-1).
"""

import hashlib
from typing import Any

import orjson

# AWS accepts $range(1, 360145, 1) and refuses one element more.
_MAX_RANGE = 360_145

_HASHES = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


class FunctionFault(Exception):
    """A function cannot answer; the text ends AWS's sentence."""


class MemoryLimit(Exception):
    """The answer would be larger than AWS allows."""


def partition(*given: Any) -> Any:
    array, size = _arguments("partition", given, 2)
    if array is None:
        return None
    if not isinstance(array, list):
        raise FunctionFault(
            'T0412: Argument 1 of function "partition" must be an array of undefined'
        )
    if size is None:
        return [array]
    count = _whole("partition", 2, size)
    if count < 0:
        raise FunctionFault("D3137: Second argument must be zero or greater")
    if not array or not count:
        return None
    return [array[start : start + count] for start in range(0, len(array), count)]


def number_range(*given: Any) -> Any:
    if len(given) == 1:
        raise mismatch("range", 2)
    arguments = _arguments("range", given, 3)
    if None in arguments:
        return None
    first, last, stride = (
        _whole("range", position, value) for position, value in enumerate(arguments, 1)
    )
    if not stride:
        return None
    # A range of any numbers can be made, but its length only be asked for within 64 bits.
    if (last - first) // stride >= _MAX_RANGE:
        raise MemoryLimit
    numbers = range(first, last + (1 if stride > 0 else -1), stride)
    if not numbers:
        return None
    # A sequence of one is that one, as everywhere in JSONata.
    return numbers[0] if len(numbers) == 1 else list(numbers)


def hash_text(text: Any = None, algorithm: Any = None) -> Any:
    if text is None or algorithm is None:
        return None
    if algorithm not in _HASHES:
        raise FunctionFault(
            f"D3137: Hash algorithm '{algorithm}' must be one of"
            " SHA-1, SHA-384, SHA-256, SHA-512, MD5"
        )
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def parse_json(text: Any = None) -> Any:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise FunctionFault("D3137: Invalid JSON") from None


def mismatch(name: str, position: int) -> FunctionFault:
    return FunctionFault(
        f'T0410: Argument {position} of function "{name}" does not match function signature'
    )


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _arguments(name: str, given: tuple[Any, ...], most: int) -> tuple[Any, ...]:
    """What is left out is undefined."""
    if len(given) > most:
        raise mismatch(name, most + 1)
    return given + (None,) * (most - len(given))


def _whole(name: str, position: int, value: Any) -> int:
    if not is_number(value):
        raise mismatch(name, position)
    return int(value)
