"""
JSON that a user wrote for an operation's params, with the names and types that the model has.

Step Functions and Scheduler call any operation with such JSON. Members may be spelt as the AWS SDK
for Java does (`DbInstanceIdentifier`) and with any capitals; JSON has no bytes and no times, so
both are read from text.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from lambent.wire.bodies import write_json
from lambent.wire.errors import Unreadable
from lambent.wire.model import Shape
from lambent.wire.timestamps import read_timestamp

# AWS: how the SDK for Java 2 splits a name of the model into words.
_NO_WORD = re.compile(r"[^A-Za-z0-9]+")
_VERSION_SMALL = re.compile(r"([^a-z]{2,})v([0-9]+)")
_VERSION_CAPITAL = re.compile(r"([^A-Z]{2,})V([0-9]+)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z]([a-zA-Z]|[0-9]))")
_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_NUMBER = re.compile(r"([0-9])([a-zA-Z])")
# AWS: what the SDK customises, of DynamoDB's attribute values: null is a word of Java.
_RENAMED = {"NULL": "Nul"}


@cache
def java_name(name: str) -> str:
    """
    >>> java_name("DBInstanceARN"), java_name("logGroupName"), java_name("MD5OfMessageBody")
    ('DbInstanceArn', 'LogGroupName', 'Md5OfMessageBody')
    """
    if name in _RENAMED:
        return _RENAMED[name]
    words = _NO_WORD.sub(" ", name)
    words = _VERSION_SMALL.sub(r"\1 v\2 ", words)
    words = _VERSION_CAPITAL.sub(r"\1 V\2 ", words)
    words = _CAMEL.sub(" ", words)
    words = _ACRONYM.sub(r"\1 \2", words)
    words = _NUMBER.sub(r"\1 \2", words)
    return "".join(word[0].upper() + word[1:].lower() for word in words.split())


class UnknownMember(LookupError):
    """The operation has no member of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def model_params(shape: Shape | None, given: Any, *, strict: bool) -> Any:
    """
    What was given, in boto3's members and types; null is as good as nothing.

    A member that the model does not have raises UnknownMember if `strict`, else it is left out.
    """
    if shape is None or given is None:
        return given
    match shape.type:
        case "structure" if isinstance(given, Mapping) and not shape.is_document:
            return _structure(shape, given, strict)
        case "list" if isinstance(given, list):
            return [model_params(shape.member, value, strict=strict) for value in given]
        case "map" if isinstance(given, Mapping):
            return {
                name: model_params(shape.value, value, strict=strict)
                for name, value in given.items()
            }
        case "blob":
            return given.encode() if isinstance(given, str) else write_json(given)
        case "timestamp":
            return _timestamp(given)
        case "string" if isinstance(given, dict | list):
            # Where the API wants text, any JSON may be given.
            return write_json(given).decode()
        case _:
            return given


def _structure(shape: Shape, given: Mapping[str, Any], strict: bool) -> dict[str, Any]:
    members = shape.members
    names = _names_of(tuple(members))
    params: dict[str, Any] = {}
    for spelt, value in given.items():
        name = names.get(str(spelt).lower(), str(spelt))
        if name not in members:
            if strict:
                raise UnknownMember(name)
        elif value is not None:
            params[name] = model_params(members[name], value, strict=strict)
    return params


@lru_cache(maxsize=4_096)
def _names_of(members: tuple[str, ...]) -> dict[str, str]:
    spelt = {java_name(name).lower(): name for name in members}
    return spelt | {name.lower(): name for name in members}


def _timestamp(given: Any) -> Any:
    try:
        return read_timestamp(given)
    except Unreadable:
        return given
