"""The tables of custom domain names, and of what they lead to."""

from collections.abc import Mapping

import orjson

from lambent.services.apigatewayv2.errors import NotFound
from lambent.services.apigatewayv2.records import ApiMapping, DomainName
from lambent.storage.database import Row, Tx

_DOMAIN = "name, account, region, settings, tags"
_MAPPING = "domain, id, key, api_id, stage"


def find_domain(tx: Tx, name: str) -> DomainName | None:
    row = tx.one(f"SELECT {_DOMAIN} FROM apigatewayv2_domain_name WHERE name = :name", name=name)
    return None if row is None else _domain(row)


def get_domain(tx: Tx, account: str, region: str, name: str) -> DomainName:
    domain = find_domain(tx, name)
    if domain is None or (domain.account, domain.region) != (account, region):
        raise NotFound("Invalid domain name identifier specified")
    return domain


def list_domains(tx: Tx, account: str, region: str, *, after: str, limit: int) -> list[DomainName]:
    rows = tx.all(
        f"SELECT {_DOMAIN} FROM apigatewayv2_domain_name WHERE account = :account"
        " AND region = :region AND name > :after ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [_domain(row) for row in rows]


def put_domain(tx: Tx, domain: DomainName) -> None:
    tx.execute(
        f"INSERT INTO apigatewayv2_domain_name ({_DOMAIN})"
        " VALUES (:name, :account, :region, :settings, :tags)"
        " ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, tags = excluded.tags",
        name=domain.name,
        account=domain.account,
        region=domain.region,
        settings=_text(domain.settings),
        tags=_text(domain.tags),
    )


def remove_domain(tx: Tx, name: str) -> None:
    tx.execute("DELETE FROM apigatewayv2_domain_name WHERE name = :name", name=name)


def list_mappings(tx: Tx, domain: str) -> list[ApiMapping]:
    rows = tx.all(
        f"SELECT {_MAPPING} FROM apigatewayv2_api_mapping WHERE domain = :domain ORDER BY id",
        domain=domain,
    )
    return [ApiMapping(**row) for row in rows]


def get_mapping(tx: Tx, domain: str, mapping_id: str) -> ApiMapping:
    row = tx.one(
        f"SELECT {_MAPPING} FROM apigatewayv2_api_mapping WHERE domain = :domain AND id = :id",
        domain=domain,
        id=mapping_id,
    )
    if row is None:
        raise NotFound("Invalid base path mapping identifier specified")
    return ApiMapping(**row)


def is_mapped(tx: Tx, api_id: str, stage: str | None = None) -> bool:
    row = tx.one(
        "SELECT id FROM apigatewayv2_api_mapping"
        " WHERE api_id = :api_id AND (:any_stage = 1 OR stage = :stage)",
        api_id=api_id,
        any_stage=int(stage is None),
        stage=stage or "",
    )
    return row is not None


def put_mapping(tx: Tx, mapping: ApiMapping) -> None:
    tx.execute(
        f"INSERT INTO apigatewayv2_api_mapping ({_MAPPING})"
        " VALUES (:domain, :id, :key, :api_id, :stage) ON CONFLICT (domain, id)"
        " DO UPDATE SET key = excluded.key, api_id = excluded.api_id, stage = excluded.stage",
        domain=mapping.domain,
        id=mapping.id,
        key=mapping.key,
        api_id=mapping.api_id,
        stage=mapping.stage,
    )


def remove_mapping(tx: Tx, mapping: ApiMapping) -> None:
    tx.execute(
        "DELETE FROM apigatewayv2_api_mapping WHERE domain = :domain AND id = :id",
        domain=mapping.domain,
        id=mapping.id,
    )


def _text(value: Mapping[str, object]) -> str:
    return orjson.dumps(dict(value)).decode()


def _domain(row: Row) -> DomainName:
    return DomainName(
        **{**row, "settings": orjson.loads(row["settings"]), "tags": orjson.loads(row["tags"])}
    )
