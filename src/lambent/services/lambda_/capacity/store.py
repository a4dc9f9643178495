"""The SQL of capacity providers, and of the versions that use them."""

from dataclasses import asdict

import orjson

from lambent.services.lambda_ import setting_store
from lambent.services.lambda_.capacity.records import (
    DEFAULT_SCALING,
    CapacityProvider,
    Scaling,
    arn_of,
)
from lambent.services.lambda_.errors import ResourceNotFound
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import Version
from lambent.storage.database import Row, Tx

_PROVIDER = "account, region, name, state, settings, tags, last_modified"
# The kinds of settings: which provider a version uses, and how it scales.
_USES = "capacity-provider"
_KEY = "account = :account AND region = :region AND name = :name"


def find_provider(tx: Tx, account: str, region: str, name: str) -> CapacityProvider | None:
    row = tx.one(
        f"SELECT {_PROVIDER} FROM lambda_capacity_provider WHERE {_KEY}",
        account=account,
        region=region,
        name=name,
    )
    return None if row is None else _provider(row)


def get_provider(tx: Tx, account: str, region: str, name: str) -> CapacityProvider:
    provider = find_provider(tx, account, region, name)
    if provider is None:
        raise ResourceNotFound(f"Capacity provider not found: {arn_of(account, region, name)}")
    return provider


def put_provider(tx: Tx, provider: CapacityProvider) -> None:
    tx.execute(
        f"INSERT INTO lambda_capacity_provider ({_PROVIDER})"
        " VALUES (:account, :region, :name, :state, :settings, :tags, :last_modified)"
        " ON CONFLICT (account, region, name) DO UPDATE SET state = excluded.state,"
        " settings = excluded.settings, tags = excluded.tags,"
        " last_modified = excluded.last_modified",
        **{
            **asdict(provider),
            "settings": orjson.dumps(provider.settings).decode(),
            "tags": orjson.dumps(provider.tags).decode(),
        },
    )


def remove_provider(tx: Tx, provider: CapacityProvider) -> None:
    tx.execute(
        f"DELETE FROM lambda_capacity_provider WHERE {_KEY}",
        account=provider.account,
        region=provider.region,
        name=provider.name,
    )


def list_providers(
    tx: Tx, account: str, region: str, state: str, after: str, limit: int
) -> list[CapacityProvider]:
    """By name; `state` may be empty for all."""
    rows = tx.all(
        f"SELECT {_PROVIDER} FROM lambda_capacity_provider"
        " WHERE account = :account AND region = :region AND name > :after"
        " AND (state = :state OR :state = '') ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        state=state,
        after=after,
        limit=limit,
    )
    return [_provider(row) for row in rows]


def note_use(tx: Tx, version: Version, now: float) -> None:
    """Remember which provider a version runs on, if on one; its settings go when it goes."""
    chosen = version.configuration.capacity_provider
    if chosen is not None:
        name = FunctionName(version.account, version.region, version.name)
        arn = chosen["CapacityProviderArn"]
        setting_store.put_setting(tx, name, _USES, arn, now, version.version)


def list_used_by(
    tx: Tx, provider: CapacityProvider, after: tuple[str, str], limit: int
) -> list[tuple[str, str]]:
    """Function and version, of those that run on a provider."""
    rows = tx.all(
        "SELECT function_name, qualifier FROM lambda_setting"
        " WHERE kind = :kind AND value = :value AND account = :account AND region = :region"
        " AND (function_name > :name OR (function_name = :name AND qualifier > :qualifier))"
        " ORDER BY function_name, qualifier LIMIT :limit",
        kind=_USES,
        value=provider.arn,
        account=provider.account,
        region=provider.region,
        name=after[0],
        qualifier=after[1],
        limit=limit,
    )
    return [(row["function_name"], row["qualifier"]) for row in rows]


def list_versions(tx: Tx, name: FunctionName) -> list[str]:
    """The versions of a function that run on a provider; `$LATEST` is one of them."""
    used = setting_store.list_settings(tx, name, _USES, "", 1_000_000)
    return [setting.qualifier for setting in used]


def find_scaling(tx: Tx, name: FunctionName, version: str) -> Scaling | None:
    setting = setting_store.find_setting(tx, name, setting_store.SCALING, version)
    return None if setting is None else Scaling(**orjson.loads(setting.value))


def scaling(tx: Tx, name: FunctionName, version: str) -> Scaling:
    return find_scaling(tx, name, version) or DEFAULT_SCALING


def put_scaling(tx: Tx, name: FunctionName, version: str, chosen: Scaling, now: float) -> None:
    value = orjson.dumps(chosen).decode()
    setting_store.put_setting(tx, name, setting_store.SCALING, value, now, version)


def _provider(row: Row) -> CapacityProvider:
    row["settings"] = orjson.loads(row["settings"])
    row["tags"] = orjson.loads(row["tags"])
    return CapacityProvider(**row)
