"""
Step Functions spells members as the AWS SDK for Java does: `FunctionName`, `DbInstanceIdentifier`.

Parameters come in that spelling and leave as boto3's members; replies go the other way. The
service model says which text is a time and which is bytes.
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from lambent.core.errors import ClientError
from lambent.services.stepfunctions.rules import write_json
from lambent.wire.model import Shape

# AWS: how the SDK for Java 2 splits a name of the model into words.
_NO_WORD = re.compile(r"[^A-Za-z0-9]+")
_VERSION_SMALL = re.compile(r"([^a-z]{2,})v([0-9]+)")
_VERSION_CAPITAL = re.compile(r"([^A-Z]{2,})V([0-9]+)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z]([a-zA-Z]|[0-9]))")
_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_NUMBER = re.compile(r"([0-9])([a-zA-Z])")


@cache
def java_name(name: str) -> str:
    """
    >>> java_name("DBInstanceARN"), java_name("logGroupName"), java_name("MD5OfMessageBody")
    ('DbInstanceArn', 'LogGroupName', 'Md5OfMessageBody')
    """
    words = _NO_WORD.sub(" ", name)
    words = _VERSION_SMALL.sub(r"\1 v\2 ", words)
    words = _VERSION_CAPITAL.sub(r"\1 V\2 ", words)
    words = _CAMEL.sub(" ", words)
    words = _ACRONYM.sub(r"\1 \2", words)
    words = _NUMBER.sub(r"\1 \2", words)
    return "".join(word[0].upper() + word[1:].lower() for word in words.split())


def first_upper(name: str) -> str:
    return name[:1].upper() + name[1:]


class UnknownField(ClientError):
    """The operation has no such member."""

    def __init__(self, name: str) -> None:
        super().__init__(f'The field "{name}" is not supported by Step Functions')


# Parameters ---------------------------------------------------------------------------------


def boto3_params(shape: Shape | None, given: Any) -> Any:
    """
    What Step Functions was given, in boto3's members and types.

    A member is found whatever its capitals; null is as good as nothing. Raises UnknownField.
    """
    if shape is None or given is None:
        return given
    match shape.type:
        case "structure" if isinstance(given, Mapping) and not shape.is_document:
            names = _members(shape)
            members = shape.members
            found = {
                names.get(str(name).lower(), str(name)): value for name, value in given.items()
            }
            for name in found.keys() - members.keys():
                raise UnknownField(name)
            return {
                name: boto3_params(members[name], value)
                for name, value in found.items()
                if value is not None
            }
        case "list" if isinstance(given, list):
            return [boto3_params(shape.member, value) for value in given]
        case "map" if isinstance(given, Mapping):
            return {name: boto3_params(shape.value, value) for name, value in given.items()}
        case "blob":
            return given.encode() if isinstance(given, str) else write_json(given).encode()
        case "timestamp" if isinstance(given, str):
            return _seconds(given)
        case "string" if isinstance(given, dict | list):
            # Where the API wants text, Step Functions takes any JSON.
            return write_json(given)
        case _:
            return given


@lru_cache(maxsize=4_096)
def _names_of(members: tuple[str, ...]) -> dict[str, str]:
    spelt = {java_name(name).lower(): name for name in members}
    return spelt | {name.lower(): name for name in members}


def _members(shape: Shape) -> dict[str, str]:
    return _names_of(tuple(shape.members))


def _seconds(text: str) -> float | str:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return text


# Replies ------------------------------------------------------------------------------------


Spell = Callable[[str], str]
Moment = Callable[[float], object]


def sdk_result(shape: Shape | None, reply: Any) -> Any:
    """A reply as `aws-sdk` integrations give it: Java's names, times as text, bytes as text."""
    return _result(shape, reply, java_name, instant)


def optimized_result(shape: Shape | None, reply: Any) -> Any:
    """A reply as optimised integrations give it: the API's names, with a capital; milliseconds."""
    return _result(shape, reply, first_upper, milliseconds)


def _result(shape: Shape | None, value: Any, spell: Spell, moment: Moment) -> Any:
    if shape is None:
        return value
    match shape.type:
        case "structure" if isinstance(value, Mapping) and not shape.is_document:
            members = shape.members
            return {
                spell(name): _result(members.get(name), member, spell, moment)
                for name, member in value.items()
                if member is not None
            }
        case "list" if isinstance(value, list | tuple):
            member = shape.member
            return [_result(member, one, spell, moment) for one in value]
        case "map" if isinstance(value, Mapping):
            of = shape.value
            return {name: _result(of, one, spell, moment) for name, one in value.items()}
        case "timestamp" if isinstance(value, int | float):
            return moment(value)
        case "blob" if isinstance(value, bytes | bytearray | memoryview):
            return blob_text(bytes(value))
        case _:
            return value


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def instant(seconds: float) -> str:
    """A moment as Java's Instant writes it: no fraction where there is none."""
    whole = milliseconds(seconds)
    moment = datetime.fromtimestamp(whole / 1000, UTC)
    fraction = f".{whole % 1000:03d}" if whole % 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def blob_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
