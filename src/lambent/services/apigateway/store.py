"""API Gateway's tables."""

from typing import Any

import orjson

from lambent.services.apigateway.records import Document, Owner, Part, Usage
from lambent.storage.database import Row, Tx

_PART = "account, region, owner, kind, id, created, document"
_OWNED = "account = :account AND region = :region AND owner = :owner"


def find_part(tx: Tx, owner: Owner, kind: str, id: str) -> Part | None:
    row = tx.one(
        f"SELECT {_PART} FROM apigateway_part WHERE {_OWNED} AND kind = :kind AND id = :id",
        kind=kind,
        id=id,
        **_key(owner),
    )
    return None if row is None else _part(row)


def list_parts(
    tx: Tx, owner: Owner, kind: str, after: tuple[float, str] = (-1.0, ""), limit: int = 10_000
) -> list[Part]:
    """In the order in which they were made."""
    rows = tx.all(
        f"SELECT {_PART} FROM apigateway_part WHERE {_OWNED} AND kind = :kind"
        " AND (created > :created OR (created = :created AND id > :id))"
        " ORDER BY created, id LIMIT :limit",
        kind=kind,
        created=after[0],
        id=after[1],
        limit=limit,
        **_key(owner),
    )
    return [_part(row) for row in rows]


def list_all_parts(tx: Tx, owner: Owner) -> list[Part]:
    rows = tx.all(
        f"SELECT {_PART} FROM apigateway_part WHERE {_OWNED} ORDER BY created, id", **_key(owner)
    )
    return [_part(row) for row in rows]


def put_part(tx: Tx, part: Part) -> None:
    tx.execute(
        f"INSERT INTO apigateway_part ({_PART})"
        " VALUES (:account, :region, :owner, :kind, :id, :created, :document)"
        " ON CONFLICT (account, region, owner, kind, id)"
        " DO UPDATE SET document = excluded.document",
        kind=part.kind,
        id=part.id,
        created=part.created,
        document=_text(part.document),
        **_key(part.owner),
    )


def remove_part(tx: Tx, owner: Owner, kind: str, id: str) -> None:
    tx.execute(
        f"DELETE FROM apigateway_part WHERE {_OWNED} AND kind = :kind AND id = :id",
        kind=kind,
        id=id,
        **_key(owner),
    )


def remove_parts(tx: Tx, owner: Owner, kind: str = "") -> None:
    """All of one kind, or all that the owner has."""
    tx.execute(
        f"DELETE FROM apigateway_part WHERE {_OWNED} AND (:kind = '' OR kind = :kind)",
        kind=kind,
        **_key(owner),
    )


def find_api_owner(tx: Tx, api_id: str) -> Owner | None:
    """Where an API is, as the owner of its parts."""
    row = tx.one("SELECT account, region FROM apigateway_rest_api WHERE id = :id", id=api_id)
    return None if row is None else Owner(row["account"], row["region"], api_id)


def find_domain_owner(tx: Tx, name: str) -> Owner | None:
    """Where a domain name is, as the owner of its mappings."""
    row = tx.one(
        "SELECT account, region FROM apigateway_part WHERE kind = 'domain_name' AND id = :name",
        name=name,
    )
    return None if row is None else Owner(row["account"], row["region"], name)


def add_api(tx: Tx, owner: Owner) -> None:
    tx.execute(
        "INSERT INTO apigateway_rest_api (id, account, region) VALUES (:id, :account, :region)",
        id=owner.id,
        account=owner.account,
        region=owner.region,
    )


def remove_api(tx: Tx, api_id: str) -> None:
    tx.execute("DELETE FROM apigateway_rest_api WHERE id = :id", id=api_id)
    tx.execute("DELETE FROM apigateway_snapshot WHERE api_id = :id", id=api_id)


def find_snapshot(tx: Tx, api_id: str, deployment_id: str) -> Document | None:
    row = tx.one(
        "SELECT document FROM apigateway_snapshot"
        " WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )
    return None if row is None else orjson.loads(row["document"])


def add_snapshot(tx: Tx, api_id: str, deployment_id: str, document: Document) -> None:
    tx.execute(
        "INSERT INTO apigateway_snapshot (api_id, deployment_id, document)"
        " VALUES (:api_id, :deployment_id, :document)",
        api_id=api_id,
        deployment_id=deployment_id,
        document=_text(document),
    )


def remove_snapshot(tx: Tx, api_id: str, deployment_id: str) -> None:
    tx.execute(
        "DELETE FROM apigateway_snapshot WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )


def find_key_of_value(tx: Tx, account: str, region: str, value: str) -> str | None:
    row = tx.one(
        "SELECT key_id FROM apigateway_key_value"
        " WHERE account = :account AND region = :region AND value = :value",
        account=account,
        region=region,
        value=value,
    )
    return None if row is None else row["key_id"]


def add_key_value(tx: Tx, owner: Owner, value: str, key_id: str) -> None:
    tx.execute(
        "INSERT INTO apigateway_key_value (account, region, value, key_id)"
        " VALUES (:account, :region, :value, :key_id)",
        account=owner.account,
        region=owner.region,
        value=value,
        key_id=key_id,
    )


def remove_key_value(tx: Tx, owner: Owner, key_id: str) -> None:
    tx.execute(
        "DELETE FROM apigateway_key_value"
        " WHERE account = :account AND region = :region AND key_id = :key_id",
        account=owner.account,
        region=owner.region,
        key_id=key_id,
    )


def list_plans_of_key(tx: Tx, account: str, region: str, key_id: str) -> list[str]:
    """The ids of the usage plans that a key belongs to."""
    rows = tx.all(
        "SELECT owner FROM apigateway_part WHERE account = :account AND region = :region"
        " AND kind = 'usage_plan_key' AND id = :id ORDER BY owner",
        account=account,
        region=region,
        id=key_id,
    )
    return [row["owner"] for row in rows]


def list_usage(tx: Tx, plan_id: str, key_id: str, first: str, last: str) -> list[Usage]:
    """By key and day; of one key, or of every one."""
    rows = tx.all(
        "SELECT key_id, day, used, added FROM apigateway_usage WHERE plan_id = :plan_id"
        " AND (:key_id = '' OR key_id = :key_id) AND day >= :first AND day <= :last"
        " ORDER BY key_id, day",
        plan_id=plan_id,
        key_id=key_id,
        first=first,
        last=last,
    )
    return [Usage(**row) for row in rows]


def find_first_day(tx: Tx, plan_id: str, key_id: str) -> str | None:
    """The day on which a key was first used under a plan."""
    row = tx.one(
        "SELECT min(day) AS day FROM apigateway_usage"
        " WHERE plan_id = :plan_id AND key_id = :key_id",
        plan_id=plan_id,
        key_id=key_id,
    )
    return None if row is None else row["day"]


def add_usage(tx: Tx, plan_id: str, usage: Usage) -> None:
    """Count what was used, and what was added, to what the day has already."""
    tx.execute(
        "INSERT INTO apigateway_usage (plan_id, key_id, day, used, added)"
        " VALUES (:plan_id, :key_id, :day, :used, :added)"
        " ON CONFLICT (plan_id, key_id, day) DO UPDATE SET"
        " used = apigateway_usage.used + excluded.used,"
        " added = apigateway_usage.added + excluded.added",
        plan_id=plan_id,
        key_id=usage.key_id,
        day=usage.day,
        used=usage.used,
        added=usage.added,
    )


def remove_usage(tx: Tx, plan_id: str, key_id: str = "") -> None:
    tx.execute(
        "DELETE FROM apigateway_usage WHERE plan_id = :plan_id"
        " AND (:key_id = '' OR key_id = :key_id)",
        plan_id=plan_id,
        key_id=key_id,
    )


def _key(owner: Owner) -> dict[str, str]:
    return {"account": owner.account, "region": owner.region, "owner": owner.id}


def _part(row: Row) -> Part:
    return Part(
        Owner(row["account"], row["region"], row["owner"]),
        row["kind"],
        row["id"],
        row["created"],
        orjson.loads(row["document"]),
    )


def _text(document: Any) -> str:
    return orjson.dumps(document).decode()
