"""`{{resolve:service:reference}}` in evaluated values: find them, put their results in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.languages.templates.errors import TemplateInvalid

_REFERENCE = re.compile(r"\{\{resolve:([a-z-]+):([^{}]*)\}\}")
_SSM_NAME = re.compile(r"([a-zA-Z0-9_.\-/]+)(?::(\d+))?\Z")


@dataclass(frozen=True, slots=True)
class DynamicReference:
    """`{{resolve:service:…}}`; `name` and the rest are what must be looked up."""

    written: str
    service: str
    name: str
    version: str = ""
    stage: str = ""
    # The key in a secret's JSON; empty for the whole secret.
    key: str = ""


def dynamic_references(value: Any) -> Iterator[DynamicReference]:
    """Every dynamic reference in an evaluated value."""
    if isinstance(value, str):
        for match in _REFERENCE.finditer(value):
            yield _parsed(match[0], match[1], match[2])
    elif isinstance(value, dict):
        for child in value.values():
            yield from dynamic_references(child)
    elif isinstance(value, list):
        for child in value:
            yield from dynamic_references(child)


def _parsed(written: str, service: str, reference: str) -> DynamicReference:
    match service:
        case "ssm" | "ssm-secure":
            found = _SSM_NAME.match(reference)
            if found:
                return DynamicReference(written, service, found[1], version=found[2] or "")
        case "secretsmanager":
            # A secret's ARN has six colons of its own.
            own = 7 if reference.startswith("arn:") else 1
            parts = reference.split(":")
            name = ":".join(parts[:own])
            kind, key, stage, version = [*parts[own:], "", "", "", ""][:4]
            if name and kind in ("", "SecretString"):
                return DynamicReference(written, service, name, version, stage, key)
    raise TemplateInvalid(
        "Incorrect format is used in the following SSM reference: [" + reference + "]"
        if service.startswith("ssm")
        else f"Dynamic reference {written} is not supported"
    )


def with_references(value: Any, found: Mapping[str, str]) -> Any:
    """The value with each reference (as written) replaced by what was found for it."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: found[match[0]], value)
    if isinstance(value, dict):
        return {name: with_references(child, found) for name, child in value.items()}
    if isinstance(value, list):
        return [with_references(child, found) for child in value]
    return value
