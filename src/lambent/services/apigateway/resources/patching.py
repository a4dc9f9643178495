"""
Properties as patches: API Gateway's updates take operations on paths, and CloudFormation says all.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from lambent.languages.templates.resource_types import Asked, Source, at_path

Operation = dict[str, str]


def replace(path: str, value: Any) -> Operation:
    return {"op": "replace", "path": path, "value": text(value)}


def remove(path: str) -> Operation:
    return {"op": "remove", "path": path}


def text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def replacing(paths: Mapping[str, str], defaults: Mapping[str, str | None] | None = None) -> Source:
    """
    The patches that set what the properties say: path → property. One that is gone is set to its
    default; a default of None removes it.
    """
    fallbacks = defaults or {}

    def operations(asked: Asked) -> list[Operation] | None:
        found: list[Operation] = []
        for path, name in paths.items():
            value = at_path(asked.properties, name)
            if value is not None:
                found.append(replace(path, value))
            elif path in fallbacks:
                default = fallbacks[path]
                found.append(remove(path) if default is None else replace(path, default))
        return found or None

    return operations


def tagged_arn(path: str) -> Source:
    """The ARN by which a resource is tagged; `{id}` is its physical id."""

    def arn(asked: Asked) -> str:
        place = path.format(id=asked.physical_id, **asked.properties)
        return f"arn:aws:apigateway:{asked.region}::{place}"

    return arn
