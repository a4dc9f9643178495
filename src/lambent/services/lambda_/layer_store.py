"""The SQL of layers."""

from dataclasses import asdict
from typing import Any

import orjson

from lambent.services.lambda_.errors import ResourceNotFound
from lambent.services.lambda_.layers import LayerName
from lambent.services.lambda_.records import Code, LayerVersion
from lambent.storage.database import Row, Tx

_COLUMNS = (
    "account, region, name, version, description, created, code_blob, code_size, unzipped_size,"
    " runtimes, architectures, license, statements, policy_revision, deleted"
)
_OF_LAYER = "account = :account AND region = :region AND name = :name"


def find_layer_version(tx: Tx, name: LayerName, version: int) -> LayerVersion | None:
    """None for one that is deleted, too."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM lambda_layer_version"
        f" WHERE {_OF_LAYER} AND version = :version AND deleted = 0",
        version=version,
        **asdict(name),
    )
    return None if row is None else _layer_version(row)


def get_layer_version(tx: Tx, name: LayerName, version: int) -> LayerVersion:
    found = find_layer_version(tx, name, version)
    if found is None:
        raise ResourceNotFound("The resource you requested does not exist.")
    return found


def put_layer_version(tx: Tx, layer: LayerVersion) -> None:
    tx.execute(
        f"INSERT INTO lambda_layer_version ({_COLUMNS}) VALUES (:account, :region, :name,"
        " :version, :description, :created, :code_blob, :code_size, :unzipped_size, :runtimes,"
        " :architectures, :license, :statements, :policy_revision, :deleted)"
        " ON CONFLICT (account, region, name, version) DO UPDATE SET"
        " statements = excluded.statements, policy_revision = excluded.policy_revision,"
        " deleted = excluded.deleted",
        **_values(layer),
    )


def last_layer_version(tx: Tx, name: LayerName) -> int:
    """The number of the newest version, also when it is deleted; 0 for a new layer."""
    row = tx.one(
        f"SELECT MAX(version) AS last FROM lambda_layer_version WHERE {_OF_LAYER}", **asdict(name)
    )
    return int(row["last"] or 0) if row else 0


def list_layer_versions(tx: Tx, name: LayerName, before: int, limit: int) -> list[LayerVersion]:
    """The newest first; `before` is a version."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_layer_version"
        f" WHERE {_OF_LAYER} AND version < :before AND deleted = 0"
        " ORDER BY version DESC LIMIT :limit",
        before=before,
        limit=limit,
        **asdict(name),
    )
    return [_layer_version(row) for row in rows]


def list_layer_names(tx: Tx, account: str, region: str, after: str, limit: int) -> list[LayerName]:
    rows = tx.all(
        "SELECT DISTINCT name FROM lambda_layer_version"
        " WHERE account = :account AND region = :region AND name > :after AND deleted = 0"
        " ORDER BY name LIMIT :limit",
        account=account,
        region=region,
        after=after,
        limit=limit,
    )
    return [LayerName(account, region, row["name"]) for row in rows]


def total_size(tx: Tx, account: str, region: str) -> int:
    row = tx.one(
        "SELECT SUM(code_size) AS bytes FROM lambda_layer_version"
        " WHERE account = :account AND region = :region AND deleted = 0",
        account=account,
        region=region,
    )
    return int(row["bytes"] or 0) if row else 0


def is_layer_code(tx: Tx, blob: str) -> bool:
    row = tx.one(
        "SELECT 1 AS is_code FROM lambda_layer_version WHERE code_blob = :blob LIMIT 1", blob=blob
    )
    return row is not None


def layer_is_in_use(tx: Tx, blob: str) -> bool:
    """
    Whether a version that can be invoked, or soon will be, has this layer.

    Layers stand inside the configurations; a look through all of them is good enough for what is
    asked only when a function with layers is changed or goes away.
    """
    row = tx.one(
        "SELECT 1 AS used FROM lambda_version WHERE previous LIKE :holds"
        " OR (configuration LIKE :holds"
        " AND (state NOT IN ('Inactive', 'Failed') OR previous IS NOT NULL)) LIMIT 1",
        holds=f'%"blob":"{blob}"%',
    )
    return row is not None


def has_layer(tx: Tx, blob: str) -> bool:
    """Whether a layer, or a version that goes on using a deleted one, has this package."""
    row = tx.one(
        "SELECT MIN(deleted) AS gone FROM lambda_layer_version WHERE code_blob = :blob",
        blob=blob,
    )
    if row is None or row["gone"] is None:
        return False
    return row["gone"] == 0 or _is_used(tx, blob)


def _is_used(tx: Tx, blob: str) -> bool:
    row = tx.one(
        "SELECT 1 AS used FROM lambda_version"
        " WHERE previous LIKE :holds OR configuration LIKE :holds LIMIT 1",
        holds=f'%"blob":"{blob}"%',
    )
    return row is not None


def _values(layer: LayerVersion) -> dict[str, Any]:
    values = asdict(layer)
    code = values.pop("code")
    return {
        **values,
        "code_blob": code["blob"],
        "code_size": code["size"],
        "deleted": int(layer.deleted),
        **{name: orjson.dumps(values[name]).decode() for name in _JSON},
    }


def _layer_version(row: Row) -> LayerVersion:
    code = Code(row.pop("code_blob"), row.pop("code_size"))
    for name in _JSON:
        row[name] = orjson.loads(row[name])
    row["deleted"] = bool(row["deleted"])
    return LayerVersion(code=code, **row)


_JSON = ("runtimes", "architectures", "statements")
