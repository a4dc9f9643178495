"""
Trees of JSON and CBOR ↔ params and replies.

One closure a shape, made once; scalars that need no conversion are copied without a call.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from lambent.core.errors import Impossible
from lambent.wire.constraints import INTEGER_BOUNDS
from lambent.wire.errors import Unreadable
from lambent.wire.model import Shape
from lambent.wire.text_values import read_base64, write_base64
from lambent.wire.timestamps import TEXT_WRITERS, read_timestamp, seconds_of, unix

Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]

_EXACT_TYPES: dict[str, type] = {
    "string": str,
    "character": str,
    "integer": int,
    "long": int,
    "short": int,
    "byte": int,
    "boolean": bool,
    "float": float,
    "double": float,
}
_SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _token(value: Any) -> str:
    """The name that AWS's JSON reader has for a value, as its errors show it."""
    if value is None:
        return "NULL_VALUE"
    if value is True:
        return "TRUE_VALUE"
    if value is False:
        return "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    if isinstance(value, int):
        return "NUMBER_VALUE"
    if isinstance(value, float):
        return "DECIMAL_VALUE"
    return "START_OBJECT" if isinstance(value, dict) else "START_ARRAY"


def _mismatch(value: Any, wanted: str) -> Unreadable:
    if isinstance(value, dict):
        return Unreadable("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return Unreadable("Start of list found where not expected")
    return Unreadable(f"{_token(value)} can not be converted to {wanted}")


def _read_string(value: Any) -> str:
    if type(value) is str:
        return value
    raise _mismatch(value, "a String")


def _read_boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise _mismatch(value, "a Boolean")


def _integer_reader(kind: str) -> Reader:
    wanted = {"long": "a Long"}.get(kind, "an Integer")
    bound = INTEGER_BOUNDS.get(kind)

    def read(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise _mismatch(value, wanted)
        if bound is not None and not -bound <= value < bound:
            raise Unreadable(f"{_token(value)} can not be converted to {wanted}")
        return value

    return read


def _read_float(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    if type(value) is str and value in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[value]
    raise _mismatch(value, "a Double")


def _read_json_blob(value: Any) -> bytes:
    if type(value) is not str:
        raise _mismatch(value, "a Blob")
    return read_base64(value)


def _read_cbor_blob(value: Any) -> bytes:
    if type(value) is not bytes:
        raise _mismatch(value, "a Blob")
    return value


def _read_timestamp(value: Any) -> float:
    if isinstance(value, (dict, list, bool)):
        raise _mismatch(value, "a Timestamp")
    return read_timestamp(value)


def _read_document(value: Any) -> Any:
    return value


def _memo_key(shape: Shape) -> tuple[str, Any, Any]:
    return (shape.name, shape.timestamp_format, shape.is_document)


class TreeReaders:
    """Readers of one service's shapes, for one of the two formats."""

    def __init__(self, *, cbor: bool = False) -> None:
        self._cbor = cbor
        self._made: dict[tuple[str, Any, Any], Reader] = {}

    def reader(self, shape: Shape) -> Reader:
        key = _memo_key(shape)
        made = self._made.get(key)
        if made is not None:
            return made
        if shape.is_document:
            return _read_document
        match shape.type:
            case "structure":
                return self._structure(shape, key)
            case "list":
                return self._list(shape, key)
            case "map":
                return self._map(shape, key)
        return self._scalar(shape)

    def _scalar(self, shape: Shape) -> Reader:
        match shape.type:
            case "boolean":
                return _read_boolean
            case "integer" | "long" | "short" | "byte" | "bigInteger":
                return _integer_reader(shape.type)
            case "float" | "double" | "bigDecimal":
                return _read_float
            case "blob":
                return _read_cbor_blob if self._cbor else _read_json_blob
            case "timestamp":
                return _read_timestamp
        return _read_string

    def _exact(self, shape: Shape) -> type | None:
        """The type that needs no conversion and no further look, if there is one."""
        # A 32-bit integer is looked at for its range.
        if shape.is_document or shape.type == "integer":
            return None
        return _EXACT_TYPES.get(shape.type)

    def _structure(self, shape: Shape, key: Any) -> Reader:
        members: dict[str, tuple[str, type | None, Reader]] = {}
        find = members.get

        def read(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise _unexpected(value)
            result = {}
            for wire_name, item in value.items():
                member = find(wire_name)
                if member is not None and item is not None:
                    name, exact, reader = member
                    result[name] = item if type(item) is exact else reader(item)
            return result

        self._made[key] = read
        for name, member in shape.members.items():
            members[member.location_name or name] = (
                name,
                self._exact(member),
                self.reader(member),
            )
        return read

    def _list(self, shape: Shape, key: Any) -> Reader:
        element = shape.member
        exact = self._exact(element)
        reader: Reader = _read_document

        def read(value: Any) -> list[Any]:
            if type(value) is not list:
                raise _unexpected(value)
            return [item if type(item) is exact or item is None else reader(item) for item in value]

        self._made[key] = read
        reader = self.reader(element)
        return read

    def _map(self, shape: Shape, key: Any) -> Reader:
        element = shape.value
        exact = self._exact(element)
        reader: Reader = _read_document

        def read(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise _unexpected(value)
            return {
                name: item if type(item) is exact or item is None else reader(item)
                for name, item in value.items()
            }

        self._made[key] = read
        reader = self.reader(element)
        return read


def _unexpected(value: Any) -> Unreadable:
    if isinstance(value, dict):
        return Unreadable("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return Unreadable("Start of list found where not expected")
    return Unreadable("Unexpected field type")


def _write_json_float(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _write_cbor_float(value: Any) -> Any:
    return float(value)


def _write_cbor_blob(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _write_cbor_timestamp(value: Any) -> Any:
    import cbor2

    return cbor2.CBORTag(1, float(seconds_of(value)))


class TreeWriters:
    """Writers of one service's shapes. None stands for a value that is written as it is."""

    def __init__(self, *, cbor: bool = False) -> None:
        self._cbor = cbor
        self._made: dict[tuple[str, Any, Any], Writer] = {}

    def writer(self, shape: Shape) -> Writer | None:
        key = _memo_key(shape)
        made = self._made.get(key)
        if made is not None:
            return made
        if shape.is_document:
            return None
        match shape.type:
            case "structure":
                return self._structure(shape, key)
            case "list":
                return self._list(shape, key)
            case "map":
                return self._map(shape, key)
        return self._scalar(shape)

    def _scalar(self, shape: Shape) -> Writer | None:
        match shape.type:
            case "blob":
                return _write_cbor_blob if self._cbor else write_base64
            case "timestamp":
                if self._cbor:
                    return _write_cbor_timestamp
                form = (shape.timestamp_format or "unixtimestamp").lower()
                return unix if form == "unixtimestamp" else TEXT_WRITERS[form]
            case "float" | "double":
                return _write_cbor_float if self._cbor else _write_json_float
        return None

    def _structure(self, shape: Shape, key: Any) -> Writer:
        members: dict[str, tuple[str, Writer | None]] = {}
        shape_name = shape.name

        def write(value: Mapping[str, Any]) -> dict[str, Any]:
            result = {}
            try:
                for name, item in value.items():
                    if item is not None:
                        wire_name, writer = members[name]
                        result[wire_name] = item if writer is None else writer(item)
            except KeyError:
                raise unknown_member(shape_name, value, members) from None
            return result

        self._made[key] = write
        for name, member in shape.members.items():
            members[name] = (member.location_name or name, self.writer(member))
        return write

    def _list(self, shape: Shape, key: Any) -> Writer:
        writer: Writer | None = None

        def write(value: Any) -> Any:
            if writer is None:
                return list(value)
            return [None if item is None else writer(item) for item in value]

        self._made[key] = write
        writer = self.writer(shape.member)
        return write

    def _map(self, shape: Shape, key: Any) -> Writer:
        writer: Writer | None = None

        def write(value: Mapping[str, Any]) -> Any:
            if writer is None:
                return value
            return {name: None if item is None else writer(item) for name, item in value.items()}

        self._made[key] = write
        writer = self.writer(shape.value)
        return write


def unknown_member(
    shape_name: str, value: Mapping[str, Any], members: Mapping[str, Any]
) -> Impossible:
    """A reply that is not what the model says is our own mistake, so it is loud."""
    unknown = sorted(name for name in value if name not in members)
    return Impossible(f"{shape_name} has no member {', '.join(unknown) or '(deeper within)'}")
