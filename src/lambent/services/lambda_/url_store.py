"""The SQL of function URLs."""

from dataclasses import asdict

import orjson

from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import FunctionUrl
from lambent.storage.database import Row, Tx

_COLUMNS = (
    "id, account, region, function_name, qualifier, auth_type, invoke_mode, cors, created,"
    " last_modified"
)
_OF_FUNCTION = "account = :account AND region = :region AND function_name = :name"


def find_url(tx: Tx, url_id: str) -> FunctionUrl | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM lambda_url WHERE id = :id", id=url_id)
    return None if row is None else _url(row)


def find_url_of(tx: Tx, name: FunctionName) -> FunctionUrl | None:
    """That of the function, or of the alias that the name is qualified with."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM lambda_url WHERE {_OF_FUNCTION} AND qualifier = :qualifier",
        qualifier=name.qualifier or "",
        **_key(name),
    )
    return None if row is None else _url(row)


def put_url(tx: Tx, url: FunctionUrl) -> None:
    tx.execute(
        f"INSERT INTO lambda_url ({_COLUMNS}) VALUES (:id, :account, :region, :function_name,"
        " :qualifier, :auth_type, :invoke_mode, :cors, :created, :last_modified)"
        " ON CONFLICT (id) DO UPDATE SET auth_type = excluded.auth_type,"
        " invoke_mode = excluded.invoke_mode, cors = excluded.cors,"
        " last_modified = excluded.last_modified",
        **{**asdict(url), "cors": None if url.cors is None else orjson.dumps(url.cors).decode()},
    )


def remove_urls(tx: Tx, name: FunctionName, *, all_qualifiers: bool = False) -> None:
    tx.execute(
        f"DELETE FROM lambda_url WHERE {_OF_FUNCTION}"
        " AND (qualifier = :qualifier OR :everything = 1)",
        qualifier=name.qualifier or "",
        everything=int(all_qualifiers),
        **_key(name),
    )


def list_urls(tx: Tx, name: FunctionName, after: str, limit: int) -> list[FunctionUrl]:
    """By qualifier; the function's own comes first, after a blank that is no name."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_url WHERE {_OF_FUNCTION}"
        " AND (' ' || qualifier) > :after ORDER BY qualifier LIMIT :limit",
        after=after,
        limit=limit,
        **_key(name),
    )
    return [_url(row) for row in rows]


def _key(name: FunctionName) -> dict[str, str]:
    return {"account": name.account, "region": name.region, "name": name.name}


def _url(row: Row) -> FunctionUrl:
    row["cors"] = None if row["cors"] is None else orjson.loads(row["cors"])
    return FunctionUrl(**row)
