"""Items as text, and back: JSON, whose binaries are base64. Pure."""

import base64
from typing import Any

import orjson

from lambent.languages.dynamodb_expressions import AttributeValue, Item


def written(item: Item) -> str:
    return orjson.dumps(item, default=_base64).decode()


def read(text: str) -> Item:
    item: Item = orjson.loads(text)
    # Few items have binaries; those that have an attribute B are only looked at in vain.
    if '"B":' in text or '"BS":' in text:
        for value in item.values():
            _restore(value)
    return item


def _base64(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


def _restore(value: AttributeValue) -> None:
    """Put the bytes back into a value, in place."""
    [(kind, inner)] = value.items()
    match kind:
        case "B":
            value["B"] = base64.b64decode(inner)
        case "BS":
            value["BS"] = [base64.b64decode(one) for one in inner]
        case "L":
            for one in inner:
                _restore(one)
        case "M":
            for one in inner.values():
                _restore(one)
