"""The only SQL of S3, the part about multipart uploads."""

import orjson

from lambent.services.s3 import blob_store
from lambent.services.s3.errors import NoSuchUpload
from lambent.services.s3.object_store import checksums_text, content_of, segments_text
from lambent.services.s3.records import Part, Upload
from lambent.storage.database import Row, Tx

_UPLOAD = "id, bucket, key, started_at, headers, tags, checksum_algorithm, checksum_type"
_PART = "upload_id, number, size, etag, modified_at, checksums, segments"


def add_upload(tx: Tx, upload: Upload) -> None:
    tx.execute(
        f"INSERT INTO s3_upload ({_UPLOAD}) VALUES (:id, :bucket, :key, :started_at, :headers,"
        " :tags, :checksum_algorithm, :checksum_type)",
        id=upload.id,
        bucket=upload.bucket,
        key=upload.key,
        started_at=upload.started_at,
        headers=orjson.dumps(upload.headers).decode(),
        tags=orjson.dumps(upload.tags).decode(),
        checksum_algorithm=upload.checksum_algorithm,
        checksum_type=upload.checksum_type,
    )


def get_upload(tx: Tx, bucket: str, key: str, upload_id: str) -> Upload:
    row = tx.one(
        f"SELECT {_UPLOAD} FROM s3_upload WHERE id = :id AND bucket = :bucket AND key = :key",
        id=upload_id,
        bucket=bucket,
        key=key,
    )
    if row is None:
        raise NoSuchUpload(upload_id)
    return _upload(row)


def list_uploads(tx: Tx, bucket: str, *, after: tuple[str, str], limit: int) -> list[Upload]:
    """By key and id, after the given ones."""
    key, upload_id = after
    rows = tx.all(
        f"SELECT {_UPLOAD} FROM s3_upload WHERE bucket = :bucket"
        " AND (key > :key OR (key = :key AND id > :id)) ORDER BY key, id LIMIT :limit",
        bucket=bucket,
        key=key,
        id=upload_id,
        limit=limit,
    )
    return [_upload(row) for row in rows]


def remove_upload(tx: Tx, upload_id: str, now: float) -> None:
    for part in list_parts(tx, upload_id):
        blob_store.release(tx, part.content, now)
    tx.execute("DELETE FROM s3_upload WHERE id = :id", id=upload_id)
    tx.execute("DELETE FROM s3_part WHERE upload_id = :id", id=upload_id)


def remove_uploads_of(tx: Tx, bucket: str, now: float) -> None:
    for row in tx.all("SELECT id FROM s3_upload WHERE bucket = :bucket", bucket=bucket):
        remove_upload(tx, row["id"], now)


def put_part(tx: Tx, part: Part) -> None:
    blob_store.hold(tx, part.content)
    for earlier in list_parts(tx, part.upload_id, after=part.number - 1, limit=1):
        if earlier.number == part.number:
            blob_store.release(tx, earlier.content, part.modified_at)
    tx.execute(
        f"INSERT INTO s3_part ({_PART})"
        " VALUES (:upload_id, :number, :size, :etag, :modified_at, :checksums, :segments)"
        " ON CONFLICT (upload_id, number) DO UPDATE SET size = excluded.size,"
        " etag = excluded.etag, modified_at = excluded.modified_at,"
        " checksums = excluded.checksums, segments = excluded.segments",
        upload_id=part.upload_id,
        number=part.number,
        size=part.content.size,
        etag=part.content.etag,
        modified_at=part.modified_at,
        checksums=checksums_text(part.content),
        segments=segments_text(part.content),
    )


def list_parts(tx: Tx, upload_id: str, *, after: int = 0, limit: int = 10_000) -> list[Part]:
    rows = tx.all(
        f"SELECT {_PART} FROM s3_part WHERE upload_id = :id AND number > :after"
        " ORDER BY number LIMIT :limit",
        id=upload_id,
        after=after,
        limit=limit,
    )
    return [
        Part(row["upload_id"], row["number"], row["modified_at"], content_of(row)) for row in rows
    ]


def _upload(row: Row) -> Upload:
    row["headers"] = orjson.loads(row["headers"])
    row["tags"] = orjson.loads(row["tags"])
    return Upload(**row)
