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


def partition(array: Any, size: Any) -> Any:
    if not isinstance(array, list):
        array = [array]
    count = _whole(size)
    if not array or not count:
        return None
    if count < 0:
        raise FunctionFault("The chunk size of function $partition must not be negative")
    return [array[start : start + count] for start in range(0, len(array), count)]


def number_range(start: Any, end: Any, step: Any = None) -> Any:
    first, last, stride = _whole(start), _whole(end), _whole(step)
    if first is None or last is None or not stride:
        return None
    numbers = range(first, last + (1 if stride > 0 else -1), stride)
    if len(numbers) > _MAX_RANGE:
        raise MemoryLimit
    if not numbers:
        return None
    # A sequence of one is that one, as everywhere in JSONata.
    return numbers[0] if len(numbers) == 1 else list(numbers)


def hash_text(text: Any, algorithm: Any = None) -> Any:
    if text is None or algorithm is None:
        return None
    if algorithm not in _HASHES:
        raise FunctionFault(
            f"Invalid hash algorithm '{algorithm}'. Supported: {', '.join(_HASHES)}"
        )
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def parse_json(text: Any) -> Any:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise FunctionFault("The argument of function $parse is not valid JSON") from None


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value)
