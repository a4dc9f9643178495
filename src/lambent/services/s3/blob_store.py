"""The only SQL of S3, the part about blobs: how often each is used."""

from lambent.services.s3.records import Content
from lambent.storage.database import Tx


def hold(tx: Tx, content: Content) -> None:
    """A version or a part has this content from now on."""
    for segment in content.segments:
        tx.execute(
            "INSERT INTO s3_blob (id, uses, free_since) VALUES (:id, 1, 0)"
            " ON CONFLICT (id) DO UPDATE SET uses = s3_blob.uses + 1",
            id=segment.blob,
        )


def release(tx: Tx, content: Content, now: float) -> None:
    """A version or a part with this content is gone."""
    for segment in content.segments:
        tx.execute(
            "UPDATE s3_blob SET uses = uses - 1, free_since = :now WHERE id = :id",
            id=segment.blob,
            now=now,
        )


def list_free(tx: Tx, before: float, limit: int) -> list[str]:
    """Blobs that nothing has used since before then."""
    rows = tx.all(
        "SELECT id FROM s3_blob WHERE uses = 0 AND free_since <= :before"
        " ORDER BY free_since LIMIT :limit",
        before=before,
        limit=limit,
    )
    return [row["id"] for row in rows]


def first_free(tx: Tx) -> float | None:
    """Since when the one that is free for longest is."""
    row = tx.one("SELECT MIN(free_since) AS since FROM s3_blob WHERE uses = 0")
    return None if row is None else row["since"]


def forget(tx: Tx, blob_id: str) -> None:
    tx.execute("DELETE FROM s3_blob WHERE id = :id", id=blob_id)
