"""The tables of HTTP APIs."""

from collections.abc import Mapping
from typing import Any

import orjson

from lambent.services.apigatewayv2.errors import NotFound
from lambent.services.apigatewayv2.records import Api, Kind, Live, Part
from lambent.storage.database import Row, Tx

_API = "id, account, region, created, settings, tags"
_PART = "api_id, kind, id, settings"
# AWS: the words of its errors.
_NAMES: Mapping[Kind, str] = {
    "authorizer": "Authorizer",
    "deployment": "Deployment",
    "integration": "Integration",
    "route": "Route",
    "stage": "stage",
}


def get_api(tx: Tx, account: str, region: str, api_id: str) -> Api:
    row = tx.one(
        f"SELECT {_API} FROM apigatewayv2_api"
        " WHERE id = :id AND account = :account AND region = :region",
        id=api_id,
        account=account,
        region=region,
    )
    if row is None:
        raise NotFound(f"Invalid API identifier specified {account}:{api_id}")
    return _api(row)


def list_apis(tx: Tx, account: str, region: str, *, after: str, limit: int) -> list[Api]:
    rows = tx.all(
        f"SELECT {_API} FROM apigatewayv2_api"
        " WHERE account = :account AND region = :region AND id > :after ORDER BY id LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [_api(row) for row in rows]


def put_api(tx: Tx, api: Api) -> None:
    tx.execute(
        f"INSERT INTO apigatewayv2_api ({_API})"
        " VALUES (:id, :account, :region, :created, :settings, :tags)"
        " ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, tags = excluded.tags",
        id=api.id,
        account=api.account,
        region=api.region,
        created=api.created,
        settings=_text(api.settings),
        tags=_text(api.tags),
    )


def remove_api(tx: Tx, api_id: str) -> None:
    """The API and all that is of it."""
    tx.execute("DELETE FROM apigatewayv2_snapshot WHERE api_id = :id", id=api_id)
    tx.execute("DELETE FROM apigatewayv2_part WHERE api_id = :id", id=api_id)
    tx.execute("DELETE FROM apigatewayv2_api WHERE id = :id", id=api_id)


def find_live(tx: Tx, api_id: str, names: tuple[str, str]) -> Live | None:
    """
    The stage of the first of these names that the API has. None where there is no such API; the
    stage's name is empty where the API has neither.
    """
    # Two statements take half as long as one that joins.
    row = tx.one(f"SELECT {_API} FROM apigatewayv2_api WHERE id = :id", id=api_id)
    if row is None:
        return None
    stages = tx.all(
        "SELECT id, settings FROM apigatewayv2_part"
        " WHERE api_id = :api_id AND kind = 'stage' AND id IN (:first, :second)",
        api_id=api_id,
        first=names[0],
        second=names[1],
    )
    found = {stage["id"]: stage["settings"] for stage in stages}
    name = next((name for name in names if name in found), "")
    return Live(_api(row), name, orjson.loads(found[name]) if name else {})


def find_part(tx: Tx, api_id: str, kind: Kind, part_id: str) -> Part | None:
    row = tx.one(
        f"SELECT {_PART} FROM apigatewayv2_part"
        " WHERE api_id = :api_id AND kind = :kind AND id = :id",
        api_id=api_id,
        kind=kind,
        id=part_id,
    )
    return None if row is None else _part(row)


def get_part(tx: Tx, api_id: str, kind: Kind, part_id: str) -> Part:
    part = find_part(tx, api_id, kind, part_id)
    if part is None:
        raise NotFound(f"Invalid {_NAMES[kind]} identifier specified")
    return part


def list_parts(
    tx: Tx, api_id: str, kind: Kind, *, after: str = "", limit: int = 1_000_000
) -> list[Part]:
    rows = tx.all(
        f"SELECT {_PART} FROM apigatewayv2_part"
        " WHERE api_id = :api_id AND kind = :kind AND id > :after ORDER BY id LIMIT :limit",
        api_id=api_id,
        kind=kind,
        after=after,
        limit=limit,
    )
    return [_part(row) for row in rows]


def put_part(tx: Tx, part: Part) -> None:
    tx.execute(
        f"INSERT INTO apigatewayv2_part ({_PART}) VALUES (:api_id, :kind, :id, :settings)"
        " ON CONFLICT (api_id, kind, id) DO UPDATE SET settings = excluded.settings",
        api_id=part.api_id,
        kind=part.kind,
        id=part.id,
        settings=_text(part.settings),
    )


def remove_part(tx: Tx, part: Part) -> None:
    tx.execute(
        "DELETE FROM apigatewayv2_part WHERE api_id = :api_id AND kind = :kind AND id = :id",
        api_id=part.api_id,
        kind=part.kind,
        id=part.id,
    )


def get_snapshot(tx: Tx, api_id: str, deployment_id: str) -> dict[str, Any]:
    row = tx.one(
        "SELECT content FROM apigatewayv2_snapshot"
        " WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )
    if row is None:
        raise NotFound(f"Invalid {_NAMES['deployment']} identifier specified")
    content: dict[str, Any] = orjson.loads(row["content"])
    return content


def put_snapshot(tx: Tx, api_id: str, deployment_id: str, content: Mapping[str, Any]) -> None:
    tx.execute(
        "INSERT INTO apigatewayv2_snapshot (api_id, deployment_id, content)"
        " VALUES (:api_id, :deployment_id, :content)",
        api_id=api_id,
        deployment_id=deployment_id,
        content=_text(content),
    )


def remove_snapshot(tx: Tx, api_id: str, deployment_id: str) -> None:
    tx.execute(
        "DELETE FROM apigatewayv2_snapshot"
        " WHERE api_id = :api_id AND deployment_id = :deployment_id",
        api_id=api_id,
        deployment_id=deployment_id,
    )


def _text(value: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(value)).decode()


def _api(row: Row) -> Api:
    return Api(
        **{**row, "settings": orjson.loads(row["settings"]), "tags": orjson.loads(row["tags"])}
    )


def _part(row: Row) -> Part:
    return Part(**{**row, "settings": orjson.loads(row["settings"])})
