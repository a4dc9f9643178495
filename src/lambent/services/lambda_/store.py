"""The only SQL of Lambda."""

from dataclasses import asdict, replace
from typing import Any

import orjson

from lambent.services.lambda_ import setting_store, url_store
from lambent.services.lambda_.errors import ResourceNotFound
from lambent.services.lambda_.names import LATEST, FunctionName, is_version, position
from lambent.services.lambda_.records import (
    Alias,
    Code,
    Configuration,
    Function,
    LayerUse,
    Life,
    Policy,
    Runnable,
    Version,
)
from lambent.storage.database import Row, Tx

_FUNCTION = "account, region, name, created, tags, last_version, reserved_concurrency"
_VERSION = (
    "account, region, name, version, id, configuration, code_blob, code_size, life,"
    " revision_id, last_modified, last_invoked, previous"
)
_ALIAS = "account, region, function_name, name, version, description, weights, revision_id"
_OF_FUNCTION = "account = :account AND region = :region AND name = :name"
# No function has so many versions, and the databases no such numbers.
_MOST_DIGITS = 18
_OF_ALIASES = "account = :account AND region = :region AND function_name = :name"


def find_function(tx: Tx, name: FunctionName) -> Function | None:
    row = tx.one(f"SELECT {_FUNCTION} FROM lambda_function WHERE {_OF_FUNCTION}", **_key(name))
    return None if row is None else _function(row)


def get_function(tx: Tx, name: FunctionName) -> Function:
    function = find_function(tx, name)
    if function is None:
        raise ResourceNotFound(f"Function not found: {name.arn}")
    return function


def put_function(tx: Tx, function: Function) -> None:
    tx.execute(
        f"INSERT INTO lambda_function ({_FUNCTION}) VALUES (:account, :region, :name, :created,"
        " :tags, :last_version, :reserved_concurrency)"
        " ON CONFLICT (account, region, name) DO UPDATE SET tags = excluded.tags,"
        " last_version = excluded.last_version,"
        " reserved_concurrency = excluded.reserved_concurrency",
        **{**asdict(function), "tags": _text(function.tags)},
    )


def remove_function(tx: Tx, name: FunctionName) -> None:
    """With all that hangs on it."""
    key = _key(name)
    tx.execute(f"DELETE FROM lambda_function WHERE {_OF_FUNCTION}", **key)
    tx.execute(f"DELETE FROM lambda_version WHERE {_OF_FUNCTION}", **key)
    tx.execute(f"DELETE FROM lambda_alias WHERE {_OF_ALIASES}", **key)
    tx.execute(f"DELETE FROM lambda_policy WHERE {_OF_ALIASES}", **key)
    setting_store.remove_settings(tx, name)
    url_store.remove_urls(tx, name, all_qualifiers=True)


def count_functions(tx: Tx, account: str, region: str) -> int:
    row = tx.one(
        "SELECT COUNT(*) AS functions FROM lambda_function"
        " WHERE account = :account AND region = :region",
        account=account,
        region=region,
    )
    return int(row["functions"]) if row else 0


def total_code_size(tx: Tx, account: str, region: str) -> int:
    row = tx.one(
        "SELECT SUM(code_size) AS bytes FROM lambda_version"
        " WHERE account = :account AND region = :region",
        account=account,
        region=region,
    )
    return int(row["bytes"] or 0) if row else 0


def reserved_concurrency(tx: Tx, account: str, region: str, without: str = "") -> int:
    """What the functions of an account have reserved in all, but for the one named."""
    row = tx.one(
        "SELECT SUM(reserved_concurrency) AS reserved FROM lambda_function"
        " WHERE account = :account AND region = :region AND name <> :without",
        account=account,
        region=region,
        without=without,
    )
    return int(row["reserved"] or 0) if row else 0


def find_version(tx: Tx, name: FunctionName, version: str = LATEST) -> Version | None:
    if len(version) > _MOST_DIGITS:
        return None
    row = tx.one(
        f"SELECT {_VERSION} FROM lambda_version WHERE {_OF_FUNCTION} AND position = :position",
        position=_position(version),
        **_key(name),
    )
    return None if row is None else _version(row)


def get_version(tx: Tx, name: FunctionName, version: str = LATEST) -> Version:
    found = find_version(tx, name, version)
    if found is None:
        suffix = "" if version == LATEST else f":{version}"
        raise ResourceNotFound(f"Function not found: {name.arn}{suffix}")
    return found


def get_qualified(tx: Tx, name: FunctionName) -> Version:
    """The version that a name's qualifier means, be it a number or an alias."""
    qualifier = name.qualifier or LATEST
    if is_version(qualifier):
        found = find_version(tx, name, qualifier)
    else:
        alias = find_alias(tx, name, qualifier)
        found = None if alias is None else find_version(tx, name, alias.version)
    if found is None:
        raise ResourceNotFound(f"Function not found: {name.qualified_arn}")
    return found


def put_version(tx: Tx, version: Version) -> None:
    previous = version.previous
    tx.execute(
        "INSERT INTO lambda_version (account, region, name, version, position, id, configuration,"
        " code_blob, code_size, life, state, revision_id, last_modified, last_invoked, previous,"
        " previous_blob)"
        " VALUES (:account, :region, :name, :version, :position, :id, :configuration, :code_blob,"
        " :code_size, :life, :state, :revision_id, :last_modified, :last_invoked, :previous,"
        " :previous_blob)"
        " ON CONFLICT (account, region, name, position) DO UPDATE SET"
        " configuration = excluded.configuration, code_blob = excluded.code_blob,"
        " code_size = excluded.code_size, life = excluded.life, state = excluded.state,"
        " revision_id = excluded.revision_id, last_modified = excluded.last_modified,"
        " last_invoked = excluded.last_invoked, previous = excluded.previous,"
        " previous_blob = excluded.previous_blob",
        account=version.account,
        region=version.region,
        name=version.name,
        version=version.version,
        position=_position(version.version),
        id=version.id,
        configuration=_text(version.configuration),
        code_blob=version.code.blob,
        code_size=version.code.size,
        life=_text(version.life),
        state=version.life.state,
        revision_id=version.revision_id,
        last_modified=version.last_modified,
        last_invoked=version.last_invoked,
        previous=None if previous is None else _text(previous),
        previous_blob=None if previous is None else previous.code.blob,
    )


def note_invoked(tx: Tx, name: FunctionName, version: str, at: float) -> None:
    tx.execute(
        f"UPDATE lambda_version SET last_invoked = :at WHERE {_OF_FUNCTION}"
        " AND position = :position AND last_invoked < :at",
        at=at,
        position=_position(version),
        **_key(name),
    )


def remove_version(tx: Tx, name: FunctionName, version: str) -> None:
    tx.execute(
        f"DELETE FROM lambda_version WHERE {_OF_FUNCTION} AND position = :position",
        position=_position(version),
        **_key(name),
    )
    setting_store.remove_settings(tx, name, version)


def list_versions(tx: Tx, name: FunctionName, after: int, limit: int) -> list[Version]:
    """`after` is a position, -1 for the start: `$LATEST` is 0, version 1 is 1."""
    rows = tx.all(
        f"SELECT {_VERSION} FROM lambda_version WHERE {_OF_FUNCTION} AND position > :after"
        " ORDER BY position LIMIT :limit",
        after=after,
        limit=limit,
        **_key(name),
    )
    return [_version(row) for row in rows]


def list_all_versions(
    tx: Tx, account: str, region: str, after: tuple[str, int], limit: int, *, latest_only: bool
) -> list[Version]:
    """The versions of all functions, by name and then by number."""
    rows = tx.all(
        f"SELECT {_VERSION} FROM lambda_version"
        " WHERE account = :account AND region = :region"
        " AND (name > :name OR (name = :name AND position > :position))"
        " AND (position = 0 OR :latest_only = 0)"
        " ORDER BY name, position LIMIT :limit",
        account=account,
        region=region,
        name=after[0],
        position=after[1],
        latest_only=int(latest_only),
        limit=limit,
    )
    return [_version(row) for row in rows]


def code_is_in_use(tx: Tx, blob: str) -> bool:
    """Whether a version has this code that can be invoked, or soon will be."""
    row = tx.one(
        "SELECT 1 AS used FROM lambda_version WHERE previous_blob = :blob"
        " OR (code_blob = :blob"
        " AND (state NOT IN ('Inactive', 'Failed') OR previous_blob IS NOT NULL)) LIMIT 1",
        blob=blob,
    )
    return row is not None


def has_code(tx: Tx, blob: str) -> bool:
    """Whether a version, in whatever state, has this code or had it before its update."""
    row = tx.one(
        "SELECT 1 AS named FROM lambda_version WHERE code_blob = :blob OR previous_blob = :blob"
        " LIMIT 1",
        blob=blob,
    )
    return row is not None


def is_code(tx: Tx, blob: str) -> bool:
    row = tx.one("SELECT 1 AS is_code FROM lambda_version WHERE code_blob = :blob", blob=blob)
    return row is not None


def find_alias(tx: Tx, name: FunctionName, alias: str) -> Alias | None:
    row = tx.one(
        f"SELECT {_ALIAS} FROM lambda_alias WHERE {_OF_ALIASES} AND name = :alias",
        alias=alias,
        **_key(name),
    )
    return None if row is None else _alias(row)


def put_alias(tx: Tx, alias: Alias) -> None:
    tx.execute(
        f"INSERT INTO lambda_alias ({_ALIAS}) VALUES (:account, :region, :function_name, :name,"
        " :version, :description, :weights, :revision_id)"
        " ON CONFLICT (account, region, function_name, name) DO UPDATE SET"
        " version = excluded.version, description = excluded.description,"
        " weights = excluded.weights, revision_id = excluded.revision_id",
        **{**asdict(alias), "weights": _text(alias.weights)},
    )


def remove_alias(tx: Tx, name: FunctionName, alias: str) -> None:
    tx.execute(
        f"DELETE FROM lambda_alias WHERE {_OF_ALIASES} AND name = :alias",
        alias=alias,
        **_key(name),
    )
    remove_policy(tx, name, alias)
    setting_store.remove_settings(tx, name, alias)
    url_store.remove_urls(tx, replace(name, qualifier=alias))


def list_aliases(tx: Tx, name: FunctionName, after: str, limit: int) -> list[Alias]:
    rows = tx.all(
        f"SELECT {_ALIAS} FROM lambda_alias WHERE {_OF_ALIASES} AND name > :after"
        " ORDER BY name LIMIT :limit",
        after=after,
        limit=limit,
        **_key(name),
    )
    return [_alias(row) for row in rows]


def find_policy(tx: Tx, name: FunctionName, qualifier: str) -> Policy | None:
    row = tx.one(
        "SELECT statements, revision_id FROM lambda_policy"
        f" WHERE {_OF_ALIASES} AND qualifier = :qualifier",
        qualifier=qualifier,
        **_key(name),
    )
    if row is None:
        return None
    statements = orjson.loads(row["statements"])
    return Policy(name.account, name.region, name.name, qualifier, statements, row["revision_id"])


def put_policy(tx: Tx, policy: Policy) -> None:
    tx.execute(
        "INSERT INTO lambda_policy"
        " (account, region, function_name, qualifier, statements, revision_id)"
        " VALUES (:account, :region, :function_name, :qualifier, :statements, :revision_id)"
        " ON CONFLICT (account, region, function_name, qualifier) DO UPDATE SET"
        " statements = excluded.statements, revision_id = excluded.revision_id",
        **{**asdict(policy), "statements": _text(policy.statements)},
    )


def remove_policy(tx: Tx, name: FunctionName, qualifier: str) -> None:
    tx.execute(
        f"DELETE FROM lambda_policy WHERE {_OF_ALIASES} AND qualifier = :qualifier",
        qualifier=qualifier,
        **_key(name),
    )


def _key(name: FunctionName) -> dict[str, str]:
    return {"account": name.account, "region": name.region, "name": name.name}


def _position(version: str) -> int:
    return position(version)


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


def _function(row: Row) -> Function:
    row["tags"] = orjson.loads(row["tags"])
    return Function(**row)


def _version(row: Row) -> Version:
    code = Code(row.pop("code_blob"), row.pop("code_size"))
    configuration = _configuration(orjson.loads(row.pop("configuration")))
    life = Life(**orjson.loads(row.pop("life")))
    previous = _runnable(row.pop("previous"))
    return Version(code=code, configuration=configuration, life=life, previous=previous, **row)


def _configuration(parts: dict[str, Any]) -> Configuration:
    layers = tuple(LayerUse(**layer) for layer in parts.pop("layers", ()))
    return Configuration(**parts, layers=layers)


def _runnable(text: str | None) -> Runnable | None:
    if text is None:
        return None
    parts: dict[str, Any] = orjson.loads(text)
    return Runnable(_configuration(parts["configuration"]), Code(**parts["code"]))


def _alias(row: Row) -> Alias:
    row["weights"] = orjson.loads(row["weights"])
    return Alias(**row)
