"""The attributes that a message carries: checks, their MD5, and which ones a receiver asked for."""

import base64
import hashlib
import re
import struct
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from lambent.services.sqs.errors import InvalidParameterValue

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_MOST = 10

Attributes = Mapping[str, Mapping[str, Any]]


def check(attributes: Attributes) -> None:
    if len(attributes) > _MOST:
        raise InvalidParameterValue(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum"
            f" [{_MOST}]."
        )
    for name, attribute in attributes.items():
        _check_name(name)
        _check_value(name, attribute)


def size(attributes: Attributes) -> int:
    """The bytes that count towards the limit of a message."""
    return sum(
        len(name.encode()) + len(attribute["DataType"].encode()) + len(_value(attribute))
        for name, attribute in attributes.items()
    )


def md5(attributes: Attributes) -> str:
    """
    The digest that AWS's SDKs calculate as well.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        is_binary = "BinaryValue" in attribute
        for part in (name.encode(), attribute["DataType"].encode()):
            digest.update(struct.pack(">I", len(part)) + part)
        value = _value(attribute)
        digest.update(b"\x02" if is_binary else b"\x01")
        digest.update(struct.pack(">I", len(value)) + value)
    return digest.hexdigest()


def stored(attributes: Attributes) -> str:
    """As JSON; bytes in base 64. Empty where there are none."""
    if not attributes:
        return ""
    return orjson.dumps(attributes, default=_encoded).decode()


def selected(text: str, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Those of the stored attributes that `names` asks for: `All`, `.*`, `prefix.*` or a name."""
    if not text:
        return {}
    attributes: dict[str, dict[str, Any]] = orjson.loads(text)
    names = set(names)
    if not names & {"All", ".*"}:
        prefixes = tuple(name[:-2] for name in names if name.endswith(".*"))
        attributes = {
            name: attribute
            for name, attribute in attributes.items()
            if name in names or (prefixes and name.startswith(prefixes))
        }
    for attribute in attributes.values():
        if "BinaryValue" in attribute:
            attribute["BinaryValue"] = base64.b64decode(attribute["BinaryValue"])
    return attributes


def _check_name(name: str) -> None:
    lower = name.lower()
    if (
        not _NAME.fullmatch(name)
        or lower.startswith(("aws.", "amazon."))
        or name.startswith(".")
        or name.endswith(".")
        or ".." in name
    ):
        raise InvalidParameterValue(
            f"Message (user) attribute name '{name}' is invalid. Attribute name can contain"
            " A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters, must not start"
            " with AWS-reserved prefixes or a period."
        )


def _check_value(name: str, attribute: Mapping[str, Any]) -> None:
    data_type = attribute.get("DataType", "")
    if not data_type:
        raise InvalidParameterValue(
            f"The message attribute '{name}' must contain non-empty message attribute type."
        )
    kind = data_type.split(".", 1)[0]
    if kind not in ("String", "Number", "Binary"):
        raise InvalidParameterValue(
            f"The message attribute '{name}' has an invalid message attribute type, the set of"
            " supported type prefixes is Binary, Number, and String."
        )
    field = "BinaryValue" if kind == "Binary" else "StringValue"
    if not attribute.get(field):
        raise InvalidParameterValue(
            f"The message attribute '{name}' must contain non-empty message attribute value for"
            f" message attribute type '{kind}'."
        )
    if kind == "Number" and not _is_number(attribute["StringValue"]):
        raise InvalidParameterValue(
            f"Can't cast the value of message (user) attribute '{name}' to a number."
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _value(attribute: Mapping[str, Any]) -> bytes:
    if "BinaryValue" in attribute:
        value: bytes = attribute["BinaryValue"]
        return value
    return str(attribute.get("StringValue", "")).encode()


def _encoded(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))
