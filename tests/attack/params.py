"""
Params of any operation, made at random from its shape: most members usable, some hostile.

A share of the calls is all usable, so that there is something for the others to break.
"""

import math
import random
from collections.abc import Mapping
from typing import Any

from lambent.wire.model import Shape, operation
from tests.attack.values import NAMES, STRANGE, pertinent, usable

_INTEGERS = (0, 1, 2, 10, 60, 1_000, -1, 2**31 - 1, -(2**31), 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
_FLOATS = (0.0, 0.5, 1.0, -1.0, 1e308, 5e-324, math.inf, -math.inf, math.nan)
_TIMES = (0.0, 1.7e9, 4e9, -1.0, -1e13, 1e12, 253402300800.0, 1e18, 1e308, math.inf, math.nan)
_BLOBS = (b"", b"{}", b"null", b"x", b"PK\x03\x04broken", b"\xff\xfe\x00", b"[" * 100_000)
# Real waiting is bounded, so that an attack ends.
_WAITS = {"WaitTimeSeconds": (0, -1, 21), "MaxNumberOfMessages": (1, 10, 0, 11)}


class Attacker:
    def __init__(self, seed: object, heard: Mapping[str, list[str]] | None = None) -> None:
        self._random = random.Random(str(seed))
        self._hostility = 0.0
        self._optional = 0.3
        # What replies have said, by the member's name in small letters: ids, tokens, handles.
        self._heard: Mapping[str, list[str]] = heard or {}

    def params(self, service: str, name: str) -> dict[str, Any]:
        shape = operation(service, name).input_shape
        if shape is None:
            return {}
        roll = self._random.random()
        self._optional = self._random.choice([0.0, 0.1, 0.3, 0.6])
        self._hostility = 0.0 if roll < 0.35 else 0.1 if roll < 0.75 else 0.4
        params: dict[str, Any] = self._structure(shape, 0)
        if self._random.random() < 0.25:
            self._break_one(shape, params)
        return params

    def _value(self, shape: Shape, name: str, depth: int) -> Any:
        if shape.is_document:
            return self._random.choice([None, {}, [], 1, "x", {"a": [1, {"b": None}]}])
        match shape.type:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                return self._list(shape, name, depth)
            case "map":
                size = self._random.choice([0, 1, 1, 2])
                return {
                    self._value(shape.key, f"{name}#key", depth + 1): self._value(
                        shape.value, f"{name}#value", depth + 1
                    )
                    for _ in range(size)
                }
            case "string" | "character":
                return self._text(shape, name)
            case "boolean":
                return self._random.random() < 0.5
            case "integer" | "long" | "short" | "byte":
                return self._integer(shape, name)
            case "float" | "double":
                return self._random.choice(_FLOATS if self._hostile() else _FLOATS[:3])
            case "timestamp":
                return self._random.choice(_TIMES if self._hostile() else _TIMES[:3])
            case "blob":
                return self._random.choice(_BLOBS if self._hostile() else _BLOBS[:4])
        raise AssertionError(shape.type)

    def _hostile(self) -> bool:
        return self._random.random() < self._hostility

    def _structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        required = set(shape.required_members)
        share = self._optional if depth < 3 else self._optional / 3
        return {
            name: self._value(member, name, depth + 1)
            for name, member in shape.members.items()
            if (name in required and not (self._hostile() and self._random.random() < 0.2))
            or (depth < 7 and self._random.random() < share)
        }

    def _list(self, shape: Shape, name: str, depth: int) -> list[Any]:
        size = self._random.choice([1, 1, 2])
        if self._hostile():
            size = self._random.choice([0, 3, 11, 26, 101] if depth < 3 else [0, 3])
        items = [self._value(shape.member, name, depth + 1) for _ in range(size)]
        return items + items[:1] if self._hostile() else items

    def _text(self, shape: Shape, name: str) -> str:
        allowed: list[str] = shape.traits.get("enum") or []
        hostile = self._hostile()
        if allowed and not hostile:
            return self._random.choice(allowed)
        if hostile and self._random.random() < 0.6:
            return self._random.choice(STRANGE)
        heard = self._heard.get(name.lower())
        if heard and self._random.random() < 0.4:
            return self._random.choice(heard)
        if not hostile and self._random.random() < 0.85:
            return self._random.choice(usable(shape.service.name, name))
        return self._random.choice(pertinent(name) + NAMES[:2])

    def _integer(self, shape: Shape, name: str) -> int:
        if name in _WAITS:
            return self._random.choice(_WAITS[name])
        if self._hostile():
            value = self._random.choice(_INTEGERS)
            return value if shape.type == "long" else max(-(2**31), min(2**31 - 1, value))
        low = shape.traits.get("min") or 0
        high = shape.traits.get("max") or low + 100
        return self._random.choice([int(low), int(high), (int(low) + int(high)) // 2])

    def _break_one(self, shape: Shape, params: dict[str, Any]) -> None:
        """One member breaks the model: missing, null, of another type, too long."""
        if not shape.members:
            return
        name = self._random.choice(sorted(shape.members))
        member = shape.members[name]
        match self._random.randrange(5):
            case 0:
                params.pop(name, None)
            case 1:
                params.pop(name, None)
            case 2:
                params[name] = self._random.choice([[], {}, "x", 1, 1.5, True, b"x", [None]])
            case 3 if member.type == "string":
                params[name] = "x" * (int(member.traits.get("max") or 2_000) + 1)
            case 4 if member.type in {"integer", "long"}:
                params[name] = int(member.traits.get("max") or 2**31 - 2) + 1
            case _:
                params[name] = [{}] if member.type == "list" else {}
