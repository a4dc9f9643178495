"""
What reads and writes cost in capacity units, and how replies say it. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_READ_UNIT = 4_096
_WRITE_UNIT = 1_024


@dataclass(slots=True)
class Consumed:
    """
    Units of one table, as they add up; those of an index by the index's name.

    AWS: the table is called as the request called it, by its name or its ARN.
    """

    table_name: str
    table: float = 0.0
    local: dict[str, float] = field(default_factory=dict)
    secondary: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return self.table + sum(self.local.values()) + sum(self.secondary.values())

    def add_index(self, name: str, units: float, *, is_global: bool) -> None:
        of = self.secondary if is_global else self.local
        of[name] = of.get(name, 0.0) + units

    def add(self, other: "Consumed") -> None:
        self.table += other.table
        for name, units in other.local.items():
            self.add_index(name, units, is_global=False)
        for name, units in other.secondary.items():
            self.add_index(name, units, is_global=True)


def read_units(size: int, *, consistent: bool) -> float:
    """Of one item, or of a page; nothing still costs the least."""
    units = float(max(1, -(-size // _READ_UNIT)))
    return units if consistent else units / 2


def write_units(size: int) -> float:
    return float(max(1, -(-size // _WRITE_UNIT)))


def reply_of(consumed: Consumed, asked: str | None, kind: str = "") -> dict[str, Any] | None:
    """
    ConsumedCapacity, where `asked` (ReturnConsumedCapacity) wants one.

    AWS: transactions say beside it which `kind` of unit it is, Read or Write.
    """
    if asked not in ("TOTAL", "INDEXES"):
        return None
    reply: dict[str, Any] = {"TableName": consumed.table_name, **_units(consumed.total, kind)}
    if asked == "INDEXES":
        reply["Table"] = _units(consumed.table, kind)
        for member, indexes in (
            ("LocalSecondaryIndexes", consumed.local),
            ("GlobalSecondaryIndexes", consumed.secondary),
        ):
            if indexes:
                reply[member] = {name: _units(units, kind) for name, units in indexes.items()}
    return reply


def with_capacity(
    reply: dict[str, Any], consumed: Consumed, params: Mapping[str, Any]
) -> dict[str, Any]:
    said = reply_of(consumed, params.get("ReturnConsumedCapacity"))
    if said is not None:
        reply["ConsumedCapacity"] = said
    return reply


def _units(units: float, kind: str) -> dict[str, float]:
    if not kind:
        return {"CapacityUnits": units}
    return {"CapacityUnits": units, f"{kind}CapacityUnits": units}
