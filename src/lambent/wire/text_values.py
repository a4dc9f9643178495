"""Scalars written as text: in headers, paths, query strings and XML."""

import base64
import binascii
import math
from collections.abc import Callable
from typing import Any

from lambent.wire.constraints import INTEGER_BOUNDS
from lambent.wire.errors import Unreadable
from lambent.wire.model import Shape
from lambent.wire.timestamps import TEXT_WRITERS, read_timestamp

TextReader = Callable[[str], Any]
TextWriter = Callable[[Any], str]

# Java's, which AWS enforces by type.


def read_base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True) if text else b""
    except (binascii.Error, ValueError):
        pass
    try:
        # Line breaks and missing padding are common in what people paste.
        return base64.b64decode("".join(text.split()) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("Invalid base64") from None


def write_base64(value: Any) -> str:
    if isinstance(value, str):
        value = value.encode()
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def _read_string(text: str) -> str:
    return text


def _read_boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in {"true", "1"}:
        return True
    if lowered in {"false", "0"}:
        return False
    raise Unreadable(f"{text!r} is not a boolean")


def _integer_reader(kind: str) -> TextReader:
    bound = INTEGER_BOUNDS.get(kind)

    def read(text: str) -> int:
        try:
            if len(text) > 40:
                raise ValueError
            number = int(text)
        except ValueError:
            raise Unreadable("STRING_VALUE can not be converted to an Integer") from None
        if bound is not None and not -bound <= number < bound:
            raise Unreadable(f"{number} is outside of the range of {kind}")
        return number

    return read


def _read_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unreadable("STRING_VALUE can not be converted to a Double") from None


def text_reader(shape: Shape) -> TextReader:
    match shape.type:
        case "boolean":
            return _read_boolean
        case "integer" | "long" | "short" | "byte" | "bigInteger":
            return _integer_reader(shape.type)
        case "float" | "double" | "bigDecimal":
            return _read_float
        case "timestamp":
            return read_timestamp
        case "blob":
            return read_base64
    return _read_string


def _write_boolean(value: Any) -> str:
    return "true" if value else "false"


def write_float(value: Any) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(value)


def text_writer(shape: Shape, timestamps: str) -> TextWriter:
    match shape.type:
        case "boolean":
            return _write_boolean
        case "float" | "double":
            return write_float
        case "timestamp":
            return TEXT_WRITERS[(shape.timestamp_format or timestamps).lower()]
        case "blob":
            return write_base64
    return str
