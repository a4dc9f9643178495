"""
Values of a definition as an operation takes them. Pure.

Definitions that templates make have text for numbers and booleans, and YAML has numbers for text.
"""

from collections.abc import Mapping
from typing import Any

from lambent.services.apigatewayv2.errors import BadRequest
from lambent.wire.errors import SerializationFailed
from lambent.wire.model import Shape, operation
from lambent.wire.validation import checker

_SERVICE = "apigatewayv2"


def asked(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The params of an operation, checked as if a client had sent them. Raises AWS's error."""
    shape = operation(_SERVICE, name).input_shape
    assert shape is not None
    fitted = {member: _fitted(shape.members[member], value) for member, value in params.items()}
    # Which API it will be of is not known yet.
    place = {"ApiId": "-"} if "ApiId" in shape.members else {}
    try:
        checker(_SERVICE, name)({**fitted, **place})
    except SerializationFailed as error:
        raise BadRequest(f"Invalid OpenAPI input. {error.message}") from error
    return fitted


def _fitted(shape: Shape, value: Any) -> Any:
    match shape.type, value:
        case "string", bool():
            return str(value).lower()
        case "string", int() | float():
            return str(value)
        case "integer", str() if value.isdigit():
            return int(value)
        case "boolean", str() if value.lower() in ("true", "false"):
            return value.lower() == "true"
        case "list", str():
            return [value]
        case "list", list():
            return [_fitted(shape.member, one) for one in value]
        case "map", dict():
            return {str(key): _fitted(shape.value, one) for key, one in value.items()}
        case "structure", dict():
            return {
                member: _fitted(shape.members[member], one) if member in shape.members else one
                for member, one in value.items()
            }
    return value
