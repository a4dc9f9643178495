"""The SQL that all nouns share of which an account has one by each name in a region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import orjson

from lambent.storage.database import Row, Tx


class Named(Protocol):
    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def name(self) -> str: ...


Record = TypeVar("Record", bound=Named)

_OF_REGION = "account = :account AND region = :region"


@dataclass(frozen=True, slots=True)
class NamedRows(Generic[Record]):
    """
    A table with the primary key (account, region, name).

    `columns` are the record's fields, those in `as_json` kept as JSON; `changing` are the columns
    that a record which is put again has anew.
    """

    table: str
    columns: Sequence[str]
    changing: Sequence[str]
    record: Callable[[Row], Record]
    as_json: Sequence[str] = ()

    def find(self, tx: Tx, account: str, region: str, name: str) -> Record | None:
        row = tx.one(
            f"SELECT {', '.join(self.columns)} FROM {self.table}"
            f" WHERE {_OF_REGION} AND name = :name",
            account=account,
            region=region,
            name=name,
        )
        return None if row is None else self._read(row)

    def list(
        self,
        tx: Tx,
        account: str,
        region: str,
        *,
        prefix: str,
        after: str,
        limit: int,
        **equal: str,
    ) -> list[Record]:
        """In the order of names. `equal` are columns and what they have to be, empty for any."""
        conditions = "".join(f" AND (:{name} = '' OR {name} = :{name})" for name in equal)
        rows = tx.all(
            f"SELECT {', '.join(self.columns)} FROM {self.table}"
            f" WHERE {_OF_REGION} AND name > :after"
            f" AND substr(name, 1, :length) = :prefix{conditions} ORDER BY name LIMIT :limit",
            account=account,
            region=region,
            after=after,
            length=len(prefix),
            prefix=prefix,
            limit=limit,
            **equal,
        )
        return [self._read(row) for row in rows]

    def put(self, tx: Tx, record: Record) -> None:
        values: dict[str, Any] = {name: getattr(record, name) for name in self.columns}
        values |= {name: orjson.dumps(values[name]).decode() for name in self.as_json}
        tx.execute(
            f"INSERT INTO {self.table} ({', '.join(self.columns)})"
            f" VALUES ({', '.join(f':{name}' for name in self.columns)})"
            " ON CONFLICT (account, region, name) DO UPDATE SET "
            + ", ".join(f"{name} = excluded.{name}" for name in self.changing),
            **values,
        )

    def remove(self, tx: Tx, record: Record) -> None:
        tx.execute(
            f"DELETE FROM {self.table} WHERE {_OF_REGION} AND name = :name",
            account=record.account,
            region=record.region,
            name=record.name,
        )

    def _read(self, row: Row) -> Record:
        return self.record({**row, **{name: orjson.loads(row[name]) for name in self.as_json}})
