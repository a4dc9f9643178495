"""The only SQL of S3, the part about objects and their versions. Lists are walks on an index."""

import orjson

from lambent.services.s3 import blob_store
from lambent.services.s3.records import Content, Segment, Version
from lambent.storage.database import Row, Tx

_WITHOUT_BODY = (
    "number, bucket, key, version_id, is_latest, is_delete_marker, size, etag, modified_at,"
    " headers, checksums, tags, part_count, segments"
)
_VERSION = f"{_WITHOUT_BODY}, body"


def find_latest(tx: Tx, bucket: str, key: str) -> Version | None:
    """The current version, which may be a delete marker."""
    row = tx.one(
        f"SELECT {_VERSION} FROM s3_object WHERE bucket = :bucket AND key = :key AND is_latest = 1",
        bucket=bucket,
        key=key,
    )
    return None if row is None else _version(row)


def find_version(tx: Tx, bucket: str, key: str, version_id: str) -> Version | None:
    row = tx.one(
        f"SELECT {_VERSION} FROM s3_object WHERE bucket = :bucket AND key = :key"
        " AND version_id = :version_id",
        bucket=bucket,
        key=key,
        version_id=version_id,
    )
    return None if row is None else _version(row)


def add_version(tx: Tx, version: Version) -> None:
    """The new version is the latest; whichever was is not any more."""
    content = version.content
    blob_store.hold(tx, content)
    tx.execute(
        "UPDATE s3_object SET is_latest = 0 WHERE bucket = :bucket AND key = :key"
        " AND is_latest = 1",
        bucket=version.bucket,
        key=version.key,
    )
    tx.execute(
        "INSERT INTO s3_object (bucket, key, version_id, is_latest, is_delete_marker, size, etag,"
        " modified_at, headers, checksums, tags, part_count, segments, body)"
        " VALUES (:bucket, :key, :version_id, 1, :is_delete_marker, :size, :etag, :modified_at,"
        " :headers, :checksums, :tags, :part_count, :segments, :body)",
        bucket=version.bucket,
        key=version.key,
        version_id=version.version_id,
        is_delete_marker=int(version.is_delete_marker),
        size=content.size,
        etag=content.etag,
        modified_at=version.modified_at,
        headers=orjson.dumps(version.headers).decode(),
        checksums=checksums_text(content),
        tags=orjson.dumps(version.tags).decode(),
        part_count=content.part_count,
        segments=segments_text(content),
        body=content.body,
    )


def put_tags(tx: Tx, version: Version, tags: dict[str, str]) -> None:
    tx.execute(
        "UPDATE s3_object SET tags = :tags WHERE number = :number",
        number=version.number,
        tags=orjson.dumps(tags).decode(),
    )


def remove_version(tx: Tx, version: Version, now: float) -> None:
    """Forget it; if it was the latest, the newest of the others is."""
    blob_store.release(tx, version.content, now)
    tx.execute("DELETE FROM s3_object WHERE number = :number", number=version.number)
    if version.is_latest:
        tx.execute(
            "UPDATE s3_object SET is_latest = 1 WHERE number = (SELECT MAX(number) FROM s3_object"
            " WHERE bucket = :bucket AND key = :key)",
            bucket=version.bucket,
            key=version.key,
        )


def next_happening(tx: Tx) -> int:
    """A number above all that were given before."""
    row = tx.one("INSERT INTO s3_happening (counted) VALUES (1) RETURNING number")
    assert row is not None
    tx.execute("DELETE FROM s3_happening WHERE number = :number", number=row["number"])
    return int(row["number"])


def has_objects(tx: Tx, bucket: str) -> bool:
    row = tx.one("SELECT 1 AS found FROM s3_object WHERE bucket = :bucket LIMIT 1", bucket=bucket)
    return row is not None


def list_latest(
    tx: Tx, bucket: str, *, start: str, is_after: bool, end: str | None, limit: int
) -> list[Version]:
    """Current objects in the order of their keys: from `start`, or after it, to before `end`."""
    comparison = ">" if is_after else ">="
    bound = "" if end is None else " AND key < :end"
    values = {"bucket": bucket, "start": start, "limit": limit}
    if end is not None:
        values["end"] = end
    rows = tx.all(
        f"SELECT {_WITHOUT_BODY} FROM s3_object WHERE bucket = :bucket AND is_latest = 1"
        f" AND is_delete_marker = 0 AND key {comparison} :start{bound} ORDER BY key LIMIT :limit",
        **values,
    )
    return [_version(row) for row in rows]


def list_versions(
    tx: Tx,
    bucket: str,
    *,
    start: str,
    below_number: int | None,
    is_after: bool,
    end: str | None,
    limit: int,
) -> list[Version]:
    """
    Every version, by key and from the newest to the oldest.

    `below_number` continues within the key `start`; otherwise as `list_latest`.
    """
    comparison = ">" if is_after or below_number is not None else ">="
    values: dict[str, object] = {"bucket": bucket, "start": start, "limit": limit}
    bound = ""
    if end is not None:
        bound = " AND key < :end"
        values["end"] = end
    found: list[Row] = []
    if below_number is not None:
        found = tx.all(
            f"SELECT {_WITHOUT_BODY} FROM s3_object WHERE bucket = :bucket AND key = :start"
            " AND number < :below ORDER BY number DESC LIMIT :limit",
            bucket=bucket,
            start=start,
            below=below_number,
            limit=limit,
        )
    if len(found) < limit:
        values["limit"] = limit - len(found)
        found += tx.all(
            f"SELECT {_WITHOUT_BODY} FROM s3_object WHERE bucket = :bucket"
            f" AND key {comparison} :start{bound} ORDER BY key, number DESC LIMIT :limit",
            **values,
        )
    return [_version(row) for row in found]


def checksums_text(content: Content) -> str:
    return orjson.dumps([content.checksum_type, content.checksums]).decode()


def segments_text(content: Content) -> str:
    return orjson.dumps([[segment.blob, segment.size] for segment in content.segments]).decode()


def content_of(row: Row) -> Content:
    """The content that a row of an object or a part describes."""
    checksum_type, checksums = orjson.loads(row["checksums"])
    return Content(
        size=row["size"],
        etag=row["etag"],
        body=row.get("body"),
        segments=tuple(Segment(blob, size) for blob, size in orjson.loads(row["segments"])),
        checksums=checksums,
        checksum_type=checksum_type,
        part_count=row.get("part_count", 0),
    )


def _version(row: Row) -> Version:
    return Version(
        number=row["number"],
        bucket=row["bucket"],
        key=row["key"],
        version_id=row["version_id"],
        is_latest=bool(row["is_latest"]),
        is_delete_marker=bool(row["is_delete_marker"]),
        modified_at=row["modified_at"],
        content=content_of(row),
        headers=orjson.loads(row["headers"]),
        tags=orjson.loads(row["tags"]),
    )
