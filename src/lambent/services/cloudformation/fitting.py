"""
Values of properties, fitted to an operation's parameters.

CloudFormation takes text for numbers and booleans, and its properties are spelled as the
resource's schema has them, which is not always as the operation has them. The operation's shape
decides: text becomes numbers, documents become text, lists of Key and Value become maps, and
members are found whatever the case of their first letters.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from lambent.languages.templates.scope import text_of
from lambent.services.cloudformation.errors import ValidationError
from lambent.wire.model import Shape


def fitted(shape: Shape, value: Any, path: str = "#") -> Any:
    """The value as `shape` wants it; ValidationError when no reading of it fits."""
    if shape.is_document:
        return value
    match shape.type:
        case "structure":
            return _structure(shape, value, path)
        case "list":
            return _list(shape, value, path)
        case "map":
            return _map(shape, value, path)
        case "string":
            return _text(value)
        case "boolean":
            return _boolean(value, path)
        case "integer" | "long":
            return _whole_number(value, path)
        case "float" | "double":
            return _number(value, path)
        case "timestamp":
            return _time(value, path)
        case "blob":
            return value.encode() if isinstance(value, str) else value
    return value


def _structure(shape: Shape, value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise ValidationError(f"{path}: expected type: JSONObject, found: {_kind(value)}")
    by_name = {name.lower(): name for name in shape.members}
    fit: dict[str, Any] = {}
    for name, child in value.items():
        if child is None:
            continue
        member = name if name in shape.members else by_name.get(name.lower())
        if member is None:
            raise ValidationError(f"{path}: extraneous key [{name}] is not permitted")
        fit[member] = fitted(shape.members[member], child, f"{path}/{name}")
    return fit


def _list(shape: Shape, value: Any, path: str) -> Any:
    if isinstance(value, Mapping) and shape.member.type == "structure":
        value = _pairs(shape.member, value)
    if not isinstance(value, list | tuple):
        # AWS: one value where a list is wanted is taken as a list of one.
        value = [value]
    return [fitted(shape.member, child, f"{path}/{place}") for place, child in enumerate(value)]


def _pairs(shape: Shape, value: Mapping[str, Any]) -> Any:
    """A map where a list of keys and values is wanted."""
    names = {name.lower(): name for name in shape.members}
    key = names.get("key") or names.get("parameterkey") or names.get("tagkey")
    content = names.get("value") or names.get("parametervalue") or names.get("tagvalue")
    if key is None or content is None:
        return [value]
    return [{key: name, content: child} for name, child in value.items()]


def _map(shape: Shape, value: Any, path: str) -> Any:
    if isinstance(value, list | tuple):
        value = {item.get("Key"): item.get("Value") for item in value if isinstance(item, Mapping)}
    if not isinstance(value, Mapping):
        raise ValidationError(f"{path}: expected type: JSONObject, found: {_kind(value)}")
    return {
        str(name): fitted(shape.value, child, f"{path}/{name}")
        for name, child in value.items()
        if child is not None
    }


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return text_of(value)
    return orjson.dumps(value).decode()


def _boolean(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValidationError(f"{path}: expected type: Boolean, found: {_kind(value)}")


def _whole_number(value: Any, path: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.5
    if isinstance(value, bool) or not number.is_integer():
        raise ValidationError(f"{path}: expected type: Integer, found: {_kind(value)}")
    return int(number)


def _number(value: Any, path: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValidationError(f"{path}: expected type: Number, found: {_kind(value)}") from None


def _time(value: Any, path: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValidationError(f"{path}: {value} is not a timestamp") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "JSONObject"
    if isinstance(value, list):
        return "JSONArray"
    return type(value).__name__.capitalize()
