"""The only SQL about provisioned concurrency."""

from dataclasses import asdict

from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.provisioned_records import ProvisionedConcurrency
from lambent.storage.database import Tx

_CONFIG = (
    "account, region, function_name, qualifier, requested, allocated, status, reason, last_modified"
)
_OF_FUNCTION = "account = :account AND region = :region AND function_name = :name"


def find_config(tx: Tx, name: FunctionName, qualifier: str) -> ProvisionedConcurrency | None:
    row = tx.one(
        f"SELECT {_CONFIG} FROM lambda_provisioned_concurrency"
        f" WHERE {_OF_FUNCTION} AND qualifier = :qualifier",
        qualifier=qualifier,
        **_key(name),
    )
    return None if row is None else ProvisionedConcurrency(**row)


def put_config(tx: Tx, config: ProvisionedConcurrency) -> None:
    tx.execute(
        f"INSERT INTO lambda_provisioned_concurrency ({_CONFIG}) VALUES (:account, :region,"
        " :function_name, :qualifier, :requested, :allocated, :status, :reason, :last_modified)"
        " ON CONFLICT (account, region, function_name, qualifier) DO UPDATE SET"
        " requested = excluded.requested, allocated = excluded.allocated,"
        " status = excluded.status, reason = excluded.reason,"
        " last_modified = excluded.last_modified",
        **asdict(config),
    )


def remove_config(tx: Tx, name: FunctionName, qualifier: str) -> bool:
    """False where there is none."""
    return bool(
        tx.execute(
            "DELETE FROM lambda_provisioned_concurrency"
            f" WHERE {_OF_FUNCTION} AND qualifier = :qualifier",
            qualifier=qualifier,
            **_key(name),
        )
    )


def remove_configs(tx: Tx, name: FunctionName) -> bool:
    return bool(
        tx.execute(f"DELETE FROM lambda_provisioned_concurrency WHERE {_OF_FUNCTION}", **_key(name))
    )


def list_configs(
    tx: Tx, name: FunctionName, after: str = "", limit: int = 1_000_000
) -> list[ProvisionedConcurrency]:
    """By qualifier."""
    rows = tx.all(
        f"SELECT {_CONFIG} FROM lambda_provisioned_concurrency"
        f" WHERE {_OF_FUNCTION} AND qualifier > :after ORDER BY qualifier LIMIT :limit",
        after=after,
        limit=limit,
        **_key(name),
    )
    return [ProvisionedConcurrency(**row) for row in rows]


def unreserved_total(tx: Tx, account: str, region: str) -> int:
    """What is provisioned for functions that have reserved nothing: the account's own."""
    row = tx.one(
        "SELECT SUM(config.requested) AS total FROM lambda_provisioned_concurrency AS config"
        " JOIN lambda_function ON lambda_function.account = config.account"
        " AND lambda_function.region = config.region"
        " AND lambda_function.name = config.function_name"
        " WHERE config.account = :account AND config.region = :region"
        " AND lambda_function.reserved_concurrency IS NULL",
        account=account,
        region=region,
    )
    return int(row["total"] or 0) if row else 0


def _key(name: FunctionName) -> dict[str, str]:
    return {"account": name.account, "region": name.region, "name": name.name}
