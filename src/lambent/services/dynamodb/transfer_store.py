"""The SQL about exports and imports."""

from dataclasses import dataclass
from typing import Any

import orjson

from lambent.services.dynamodb.errors import ExportNotFound, ImportNotFound
from lambent.storage.database import Row, Tx

_TRANSFER = "account, region, kind, table_name, id, description"
_NOT_FOUND = {"export": ExportNotFound, "import": ImportNotFound}


@dataclass(frozen=True, slots=True)
class Transfer:
    """`description` is the API's ExportDescription or ImportTableDescription."""

    account: str
    region: str
    kind: str
    table_name: str
    id: str
    description: dict[str, Any]

    @property
    def arn(self) -> str:
        return (
            f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table_name}"
            f"/{self.kind}/{self.id}"
        )


def put_transfer(tx: Tx, transfer: Transfer) -> None:
    tx.execute(
        f"INSERT INTO dynamodb_transfer ({_TRANSFER}) VALUES (:account, :region, :kind,"
        " :table_name, :id, :description) ON CONFLICT (account, region, kind, table_name, id)"
        " DO UPDATE SET description = excluded.description",
        account=transfer.account,
        region=transfer.region,
        kind=transfer.kind,
        table_name=transfer.table_name,
        id=transfer.id,
        description=orjson.dumps(transfer.description).decode(),
    )


def get_transfer(tx: Tx, kind: str, arn: str) -> Transfer:
    parts = arn.split(":", 5)
    resource = parts[5].split("/") if len(parts) == 6 else []
    row = None
    if len(resource) == 4:
        row = tx.one(
            f"SELECT {_TRANSFER} FROM dynamodb_transfer WHERE account = :account"
            " AND region = :region AND kind = :kind AND table_name = :table_name AND id = :id",
            account=parts[4],
            region=parts[3],
            kind=kind,
            table_name=resource[1],
            id=resource[3],
        )
    if row is None:
        raise _NOT_FOUND[kind](f"{kind.capitalize()} not found: {arn}")
    return _transfer(row)


def list_transfers(
    tx: Tx, account: str, region: str, kind: str, *, table_name: str, after: str, limit: int
) -> list[Transfer]:
    """By id, which begins with the time; of all tables where no name is given."""
    rows = tx.all(
        f"SELECT {_TRANSFER} FROM dynamodb_transfer WHERE account = :account"
        " AND region = :region AND kind = :kind"
        " AND (:table_name = '' OR table_name = :table_name) AND id > :after"
        " ORDER BY id LIMIT :limit",
        account=account,
        region=region,
        kind=kind,
        table_name=table_name,
        after=after,
        limit=limit,
    )
    return [_transfer(row) for row in rows]


def _transfer(row: Row) -> Transfer:
    row["description"] = orjson.loads(row["description"])
    return Transfer(**row)
