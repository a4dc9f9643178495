"""What DynamoDB remembers: tables and their indexes, items where they stand, streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lambent.languages.dynamodb_expressions import Item


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of the attributes that are a key; a sort key is not in every one."""

    partition: str
    sort: str | None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.partition,) if self.sort is None else (self.partition, self.sort)


@dataclass(frozen=True, slots=True)
class Index:
    """
    `number` tells the entries of one index of a table from those of another; it is not given twice.

    `settings` are the throughputs as the API has them; `status` and `backfilling` are of global
    indexes.
    """

    number: int
    name: str
    is_global: bool
    keys: Keys
    projection: str
    non_key_attributes: tuple[str, ...]
    settings: Mapping[str, Any]
    status: str = "ACTIVE"
    backfilling: bool = False


@dataclass(frozen=True, slots=True)
class TableStream:
    """The latest stream of a table; `enabled` while changes are written to it."""

    id: int
    label: str
    view_type: str
    enabled: bool


# Not slotted, for what is worked out once; a table that was read is remembered.
@dataclass(frozen=True)
class Table:
    """`settings` are members of the API that change nothing here, or not by themselves."""

    id: int
    account: str
    region: str
    name: str
    uid: str
    status: str
    created_at: float
    revision: int
    types: Mapping[str, str]
    keys: Keys
    indexes: tuple[Index, ...]
    last_index: int
    stream: TableStream | None
    ttl_attribute: str
    settings: Mapping[str, Any]

    @property
    def arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.name}"

    @cached_property
    def key_names(self) -> frozenset[str]:
        return frozenset(self.keys.names)

    @cached_property
    def has_local_indexes(self) -> bool:
        return any(not index.is_global for index in self.indexes)

    @property
    def pays_per_request(self) -> bool:
        return self.settings.get("BillingMode") == "PAY_PER_REQUEST"

    @property
    def recovers(self) -> bool:
        """Whether it can be had as it was before."""
        return "PointInTimeRecovery" in self.settings

    @property
    def has_stream(self) -> bool:
        return self.stream is not None and self.stream.enabled


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in its table."""

    partition: bytes
    sort: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """An item as the store has it."""

    place: Place
    item: Item
    size: int


@dataclass(frozen=True, slots=True)
class Stream:
    id: int
    account: str
    region: str
    table_name: str
    label: str
    view_type: str
    keys: Keys
    created_at: float
    ended_at: float | None

    @property
    def arn(self) -> str:
        return (
            f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table_name}"
            f"/stream/{self.label}"
        )
