"""
Step Functions spells members as the AWS SDK for Java does: `FunctionName`, `DbInstanceIdentifier`.

Here replies get that spelling; `wire/json_params` takes it off the parameters. The service model
says what is a time and what is bytes.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from lambent.wire.json_params import java_name
from lambent.wire.model import Shape

Spell = Callable[[str], str]
Moment = Callable[[float], object]


def sdk_result(shape: Shape | None, reply: Any) -> Any:
    """A reply as `aws-sdk` integrations give it: Java's names, times as text, bytes as text."""
    return _result(shape, reply, java_name, instant)


def optimized_result(shape: Shape | None, reply: Any) -> Any:
    """A reply as optimised integrations give it: the API's names, with a capital; milliseconds."""
    return _result(shape, reply, first_upper, milliseconds)


def first_upper(name: str) -> str:
    return name[:1].upper() + name[1:]


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
