"""What S3 does in a transaction: put, delete and find versions of objects."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.platform import Context
from lambent.services.s3 import blob_store, object_store, rules, store
from lambent.services.s3.errors import (
    AccessDenied,
    MethodNotAllowed,
    NoSuchKey,
    NoSuchVersion,
)
from lambent.services.s3.records import Bucket, Content, Version
from lambent.storage.database import Tx

NULL_VERSION = "null"
_NO_CONTENT = Content(0, "")
# A read that has begun, or a copy, may still need a blob that nothing names any more.
KEPT_FREE_SECONDS = 3_600.0


def bucket_of(tx: Tx, params: Mapping[str, Any]) -> Bucket:
    """The bucket that `params` name, if its owner is the expected one."""
    bucket = store.get_bucket(tx, params["Bucket"])
    expected = params.get("ExpectedBucketOwner")
    if expected is not None and expected != bucket.account:
        raise AccessDenied("Access Denied")
    return bucket


def sweep_later(tx: Tx, context: Context) -> None:
    """Have the blobs removed that nothing uses any more, if there are some."""
    since = blob_store.first_free(tx)
    if since is not None:
        context.enqueue(tx, "s3/sweep", "s3.sweep", {}, since + KEPT_FREE_SECONDS)


def put_version(
    tx: Tx,
    bucket: Bucket,
    version: Version,
    conditions: Mapping[str, Any],
) -> Version:
    """Keep `version`, whose `version_id` is the one it gets if the bucket has versions."""
    latest = object_store.find_latest(tx, bucket.name, version.key)
    existing = None if latest is None or latest.is_delete_marker else latest
    if conditions.get("IfMatch") is not None and existing is None:
        raise NoSuchKey(version.key)
    rules.check_may_write(existing, conditions)
    if bucket.versioning != "Enabled":
        version = replace(version, version_id=NULL_VERSION)
        _remove_null_version(tx, bucket, version.key, version.modified_at)
    object_store.add_version(tx, version)
    return version


def get_version(tx: Tx, bucket: Bucket, key: str, version_id: str | None) -> Version:
    """An object's version, the current one unless another is named."""
    if version_id is None:
        version = object_store.find_latest(tx, bucket.name, key)
        if version is None:
            raise NoSuchKey(key)
        if version.is_delete_marker:
            raise NoSuchKey(key, marker=version.version_id)
        return version
    version = object_store.find_version(tx, bucket.name, key, version_id)
    if version is None:
        raise NoSuchVersion(key, version_id)
    if version.is_delete_marker:
        raise MethodNotAllowed(version_id, version.modified_at)
    return version


def delete_version(tx: Tx, bucket: Bucket, key: str, version_id: str, now: float) -> Version | None:
    """Remove one version for ever; None where it is not there."""
    version = object_store.find_version(tx, bucket.name, key, version_id)
    if version is not None:
        object_store.remove_version(tx, version, now)
    return version


def delete_object(tx: Tx, bucket: Bucket, key: str, marker_id: str, now: float) -> Version | None:
    """
    Remove an object, or mark it as deleted where the bucket has versions.

    The marker, or what was removed; None where there was nothing.
    """
    if not bucket.versioning:
        return _remove_null_version(tx, bucket, key, now)
    if bucket.versioning == "Suspended":
        _remove_null_version(tx, bucket, key, now)
        marker_id = NULL_VERSION
    marker = Version(
        number=0,
        bucket=bucket.name,
        key=key,
        version_id=marker_id,
        is_latest=True,
        is_delete_marker=True,
        modified_at=now,
        content=_NO_CONTENT,
        headers={},
        tags={},
    )
    object_store.add_version(tx, marker)
    return marker


def _remove_null_version(tx: Tx, bucket: Bucket, key: str, now: float) -> Version | None:
    version = object_store.find_version(tx, bucket.name, key, NULL_VERSION)
    if version is not None:
        object_store.remove_version(tx, version, now)
    return version
