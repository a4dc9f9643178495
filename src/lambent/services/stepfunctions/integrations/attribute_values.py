"""
DynamoDB's attribute values, as the optimised integrations take them; pure.

AWS: these are bound as the SDK for Java 1 binds JSON. Text where an attribute value should be is
its S, the text of a boolean is a boolean, and an attribute that is null is none. So AWS's sample
workflows write them (curbside-pickup, human-task-reminder and quorum-with-parallel-pattern in
https://github.com/aws-samples/step-functions-workflows-collection).
"""

from collections.abc import Mapping
from typing import Any

from lambent.wire.model import Shape

_BOOLEANS: Mapping[Any, bool] = {"true": True, "false": False}


class WrongType(Exception):
    """The call would get a value that cannot stand there; the message says so in AWS's words."""


def with_attribute_values(shape: Shape | None, given: Any) -> Any:
    """What was given, with whole attribute values."""
    if shape is None:
        return given
    if shape.name == "AttributeValue":
        return _attribute_value(shape, given)
    match shape.type, given:
        case "structure", dict():
            members = shape.members
            return {
                name: with_attribute_values(members.get(name), value)
                for name, value in given.items()
            }
        case "map", dict():
            of = shape.value
            return {
                name: with_attribute_values(of, value)
                for name, value in given.items()
                if value is not None
            }
        case "list", list():
            return [with_attribute_values(shape.member, value) for value in given]
    return given


def _attribute_value(shape: Shape, given: Any) -> Any:
    if isinstance(given, str):
        return {"S": given}
    if not isinstance(given, dict):
        return given
    return {name: _typed(shape, name, value) for name, value in given.items()}


def _typed(shape: Shape, name: str, value: Any) -> Any:
    match name:
        case "S" | "N" if value is not None and not isinstance(value, str):
            # AWS: seen in https://github.com/aws/aws-cdk/issues/9181
            raise WrongType(f"The value for the field '{name}' must be a STRING")
        case "BOOL" | "NULL" if isinstance(value, str):
            return _BOOLEANS.get(value.lower(), value)
    return with_attribute_values(shape.members.get(name), value)
