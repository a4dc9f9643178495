"""Objects: put, get, head, delete, and what describes them."""

from typing import Any

from lambent.core.errors import AwsError
from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.s3 import changes, contents, notifying, object_store, replies, rules
from lambent.services.s3.errors import MalformedXml
from lambent.services.s3.records import Bucket, Version
from lambent.storage.database import Tx

_MOST_DELETED = 1_000


async def put_object(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
    key = params["Key"]
    rules.check_key(key)
    headers = rules.kept_headers(params)
    event = "ObjectCreated:Post" if "aws:form" in context.request else "ObjectCreated:Put"
    tags = rules.tags_in_query(params.get("Tagging"))
    # Before the body is read: a bucket that is not there should not cost gigabytes.
    await context.db.read(lambda tx: changes.bucket_of(tx, params))
    content = await contents.receive(context, params)
    version = Version(
        number=0,
        bucket=params["Bucket"],
        key=key,
        version_id=new_unique_id("", 32),
        is_latest=True,
        is_delete_marker=False,
        modified_at=context.clock.now(),
        content=content,
        headers=headers,
        tags=tags,
    )

    def write(tx: Tx) -> tuple[Bucket, Version]:
        bucket = changes.bucket_of(tx, params)
        stored = changes.put_version(tx, bucket, version, params)
        notifying.tell(tx, context, bucket, event, stored)
        changes.sweep_later(tx, context)
        return bucket, stored

    try:
        return replies.stored(*await context.db.write(write))
    finally:
        contents.settled(context, content)


async def get_object(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    reply, version, start, end = await _found(context, params)
    body = contents.stream(contents.blobs_of(context), version.content, start, end)
    return {**reply, "Body": body}


async def head_object(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"""
    reply, _, _, _ = await _found(context, params)
    return reply


async def get_object_attributes(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html"""
    bucket, version = await _read(context, params)
    asked = set(params["ObjectAttributes"])
    content = version.content
    known: dict[str, Any] = {
        "ETag": version.etag.strip('"'),
        "StorageClass": version.headers.get("StorageClass", "STANDARD"),
        "ObjectSize": content.size,
    }
    if content.checksums:
        known["Checksum"] = replies.checksums(content)
    if content.part_count:
        known["ObjectParts"] = {"TotalPartsCount": content.part_count}
    shown = {name: value for name, value in known.items() if name in asked}
    return {
        **shown,
        "LastModified": rules.last_modified(version),
        **replies.version_id(bucket, version),
    }


async def delete_object(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html"""
    marker_id = new_unique_id("", 32)
    now = context.clock.now()

    def write(tx: Tx) -> dict[str, Any]:
        bucket = changes.bucket_of(tx, params)
        if params.get("IfMatch") is not None:
            existing = changes.get_version(tx, bucket, params["Key"], params.get("VersionId"))
            rules.check_may_write(existing, params)
        outcome = _deleted(tx, context, bucket, params, marker_id, now)
        changes.sweep_later(tx, context)
        return outcome

    return await context.db.write(write)


async def delete_objects(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""
    asked = params["Delete"]["Objects"]
    if not 1 <= len(asked) <= _MOST_DELETED:
        raise MalformedXml()
    marker_ids = [new_unique_id("", 32) for _ in asked]
    now = context.clock.now()

    def write(tx: Tx) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        bucket = changes.bucket_of(tx, params)
        deleted: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for entry, marker_id in zip(asked, marker_ids, strict=True):
            try:
                outcome = _deleted(tx, context, bucket, entry, marker_id, now)
                deleted.append(_shown_deleted(entry, outcome))
            except AwsError as error:
                failed.append({**entry, "Code": error.code, "Message": error.message})
        changes.sweep_later(tx, context)
        return deleted, failed

    deleted, failed = await context.db.write(write)
    reply: dict[str, Any] = {}
    if deleted and not params["Delete"].get("Quiet"):
        reply["Deleted"] = deleted
    if failed:
        reply["Errors"] = failed
    return reply


async def put_object_tagging(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html"""
    tags = rules.tags_in_set(params["Tagging"])
    return await _tagged(context, params, tags, "ObjectTagging:Put")


async def delete_object_tagging(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html"""
    return await _tagged(context, params, {}, "ObjectTagging:Delete")


async def get_object_tagging(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html"""
    bucket, version = await _read(context, params)
    return {"TagSet": rules.tag_set(version.tags), **replies.version_id(bucket, version)}


async def get_object_acl(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html"""
    bucket, _ = await _read(context, params)
    owner = replies.owner(bucket.account)
    grantee = {"Type": "CanonicalUser", **owner}
    return {"Owner": owner, "Grants": [{"Grantee": grantee, "Permission": "FULL_CONTROL"}]}


async def _tagged(context: Context, params: Params, tags: dict[str, str], event: str) -> Reply:
    def write(tx: Tx) -> dict[str, str]:
        bucket = changes.bucket_of(tx, params)
        version = changes.get_version(tx, bucket, params["Key"], params.get("VersionId"))
        object_store.put_tags(tx, version, tags)
        notifying.tell(tx, context, bucket, event, version)
        return replies.version_id(bucket, version)

    return await context.db.write(write)


async def _read(context: Context, params: Params) -> tuple[Bucket, Version]:
    def read(tx: Tx) -> tuple[Bucket, Version]:
        bucket = changes.bucket_of(tx, params)
        return bucket, changes.get_version(tx, bucket, params["Key"], params.get("VersionId"))

    return await context.db.read(read)


async def _found(context: Context, params: Params) -> tuple[dict[str, Any], Version, int, int]:
    """The object's description for GET and HEAD, and which of its bytes are asked for."""
    bucket, version = await _read(context, params)
    rules.check_customer_key(version, params)
    rules.check_may_read(version, params)
    reply = replies.described(bucket, version, params)
    content = version.content
    bounds = rules.byte_range(params.get("Range"), content.size)
    if "PartNumber" in params:
        bounds = rules.part_range(content, params["PartNumber"])
        if content.part_count:
            reply["PartsCount"] = content.part_count
    start, end = bounds or (0, content.size)
    reply["ContentLength"] = end - start
    if bounds is not None and content.size:
        reply["ContentRange"] = f"bytes {start}-{end - 1}/{content.size}"
    return reply, version, start, end


def _deleted(
    tx: Tx, context: Context, bucket: Bucket, asked: Params, marker_id: str, now: float
) -> dict[str, Any]:
    """The reply to a deletion: which version is gone, or which marker is there."""
    key, version_id = asked["Key"], asked.get("VersionId")
    if version_id is not None:
        version = changes.delete_version(tx, bucket, key, version_id, now)
        if version is not None:
            notifying.tell(tx, context, bucket, "ObjectRemoved:Delete", version)
        shown: dict[str, Any] = {"VersionId": version_id} if bucket.versioning else {}
        if version is not None and version.is_delete_marker:
            shown["DeleteMarker"] = True
        return shown
    version = changes.delete_object(tx, bucket, key, marker_id, now)
    if version is None:
        return {}
    if not version.is_delete_marker:
        notifying.tell(tx, context, bucket, "ObjectRemoved:Delete", version)
        return {}
    notifying.tell(tx, context, bucket, "ObjectRemoved:DeleteMarkerCreated", version)
    return {"DeleteMarker": True, "VersionId": version.version_id}


def _shown_deleted(entry: Params, outcome: dict[str, Any]) -> dict[str, Any]:
    """As DeleteObjects tells it: the version that was named is not the marker's."""
    shown: dict[str, Any] = {"Key": entry["Key"]}
    if "VersionId" in entry:
        shown["VersionId"] = entry["VersionId"]
    if outcome.get("DeleteMarker"):
        shown["DeleteMarker"] = True
        shown["DeleteMarkerVersionId"] = outcome["VersionId"]
    return shown
