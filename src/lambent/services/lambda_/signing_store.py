"""The SQL of code signing configurations."""

from dataclasses import asdict

import orjson

from lambent.services.lambda_.records import CodeSigningConfig
from lambent.storage.database import Row, Tx

_COLUMNS = "account, region, id, description, publishers, untrusted, last_modified"
_OF_CONFIG = "account = :account AND region = :region AND id = :id"


def find_config(tx: Tx, account: str, region: str, config_id: str) -> CodeSigningConfig | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM lambda_code_signing_config WHERE {_OF_CONFIG}",
        account=account,
        region=region,
        id=config_id,
    )
    return None if row is None else _config(row)


def put_config(tx: Tx, config: CodeSigningConfig) -> None:
    tx.execute(
        f"INSERT INTO lambda_code_signing_config ({_COLUMNS}) VALUES (:account, :region, :id,"
        " :description, :publishers, :untrusted, :last_modified)"
        " ON CONFLICT (account, region, id) DO UPDATE SET description = excluded.description,"
        " publishers = excluded.publishers, untrusted = excluded.untrusted,"
        " last_modified = excluded.last_modified",
        **{**asdict(config), "publishers": orjson.dumps(config.publishers).decode()},
    )


def remove_config(tx: Tx, config: CodeSigningConfig) -> None:
    tx.execute(
        f"DELETE FROM lambda_code_signing_config WHERE {_OF_CONFIG}",
        account=config.account,
        region=config.region,
        id=config.id,
    )


def list_configs(
    tx: Tx, account: str, region: str, after: str, limit: int
) -> list[CodeSigningConfig]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_code_signing_config"
        " WHERE account = :account AND region = :region AND id > :after ORDER BY id LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [_config(row) for row in rows]


def _config(row: Row) -> CodeSigningConfig:
    row["publishers"] = orjson.loads(row["publishers"])
    return CodeSigningConfig(**row)
