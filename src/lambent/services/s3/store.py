"""The only SQL of S3: buckets and their configurations. Objects are in `object_store`."""

from typing import Any

import orjson

from lambent.services.s3.errors import NoSuchBucket
from lambent.services.s3.records import Bucket
from lambent.storage.database import Row, Tx

_BUCKET = "name, account, region, created_at, versioning, object_lock"
# Read with the bucket, because every change of an object asks.
_NOTIFICATION = (
    "COALESCE((SELECT document FROM s3_configuration WHERE bucket = s3_bucket.name"
    " AND kind = 'notification' AND id = ''), '') AS notification"
)


def find_bucket(tx: Tx, name: str) -> Bucket | None:
    row = tx.one(f"SELECT {_BUCKET}, {_NOTIFICATION} FROM s3_bucket WHERE name = :name", name=name)
    return None if row is None else _bucket(row)


def get_bucket(tx: Tx, name: str) -> Bucket:
    bucket = find_bucket(tx, name)
    if bucket is None:
        raise NoSuchBucket(name)
    return bucket


def list_buckets(
    tx: Tx, account: str, *, prefix: str, region: str, after: str, limit: int
) -> list[Bucket]:
    rows = tx.all(
        f"SELECT {_BUCKET} FROM s3_bucket WHERE account = :account AND name > :after"
        " AND substr(name, 1, :length) = :prefix AND (:region = '' OR region = :region)"
        " ORDER BY name LIMIT :limit",
        account=account,
        after=after,
        prefix=prefix,
        length=len(prefix),
        region=region,
        limit=limit,
    )
    return [_bucket(row) for row in rows]


def add_bucket(tx: Tx, bucket: Bucket) -> None:
    tx.execute(
        f"INSERT INTO s3_bucket ({_BUCKET})"
        " VALUES (:name, :account, :region, :created_at, :versioning, :object_lock)",
        name=bucket.name,
        account=bucket.account,
        region=bucket.region,
        created_at=bucket.created_at,
        versioning=bucket.versioning,
        object_lock=int(bucket.object_lock),
    )


def put_versioning(tx: Tx, bucket: Bucket, versioning: str) -> None:
    tx.execute(
        "UPDATE s3_bucket SET versioning = :versioning WHERE name = :name",
        name=bucket.name,
        versioning=versioning,
    )


def remove_bucket(tx: Tx, bucket: Bucket) -> None:
    tx.execute("DELETE FROM s3_bucket WHERE name = :name", name=bucket.name)
    tx.execute("DELETE FROM s3_configuration WHERE bucket = :name", name=bucket.name)


def find_configuration(tx: Tx, bucket: str, kind: str, id: str = "") -> Any:
    """What was given; None where nothing was."""
    row = tx.one(
        "SELECT document FROM s3_configuration"
        " WHERE bucket = :bucket AND kind = :kind AND id = :id",
        bucket=bucket,
        kind=kind,
        id=id,
    )
    return None if row is None else orjson.loads(row["document"])


def list_configurations(tx: Tx, bucket: str, kind: str) -> list[Any]:
    rows = tx.all(
        "SELECT document FROM s3_configuration WHERE bucket = :bucket AND kind = :kind ORDER BY id",
        bucket=bucket,
        kind=kind,
    )
    return [orjson.loads(row["document"]) for row in rows]


def put_configuration(tx: Tx, bucket: str, kind: str, document: Any, id: str = "") -> None:
    tx.execute(
        "INSERT INTO s3_configuration (bucket, kind, id, document)"
        " VALUES (:bucket, :kind, :id, :document)"
        " ON CONFLICT (bucket, kind, id) DO UPDATE SET document = excluded.document",
        bucket=bucket,
        kind=kind,
        id=id,
        document=orjson.dumps(document).decode(),
    )


def remove_configuration(tx: Tx, bucket: str, kind: str, id: str = "") -> None:
    tx.execute(
        "DELETE FROM s3_configuration WHERE bucket = :bucket AND kind = :kind AND id = :id",
        bucket=bucket,
        kind=kind,
        id=id,
    )


def _bucket(row: Row) -> Bucket:
    row["object_lock"] = bool(row["object_lock"])
    return Bucket(**row)
