"""Multipart uploads. A part is a blob; the object is the list of them."""

from typing import Any

from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.s3 import (
    changes,
    contents,
    notifying,
    part_checksums,
    replies,
    rules,
    upload_store,
)
from lambent.services.s3.api.copies import source_of
from lambent.services.s3.api.lists import encoding
from lambent.services.s3.errors import BadDigest, InvalidArgument, InvalidRequest
from lambent.services.s3.records import Bucket, Content, Part, Segment, Upload, Version
from lambent.storage.database import Tx

_MOST = 1_000
_MOST_PARTS = 10_000


async def create_multipart_upload(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html"""
    rules.check_key(params["Key"])
    algorithm = params.get("ChecksumAlgorithm", "")
    checksum_type = params.get("ChecksumType") or part_checksums.default_type(algorithm)
    upload = Upload(
        id=new_unique_id("", 64),
        bucket=params["Bucket"],
        key=params["Key"],
        started_at=context.clock.now(),
        headers=rules.kept_headers(params),
        tags=rules.tags_in_query(params.get("Tagging")),
        checksum_algorithm=algorithm,
        checksum_type=checksum_type,
    )

    def write(tx: Tx) -> None:
        changes.bucket_of(tx, params)
        upload_store.add_upload(tx, upload)

    await context.db.write(write)
    reply: dict[str, Any] = {
        "Bucket": upload.bucket,
        "Key": upload.key,
        "UploadId": upload.id,
        **replies.encryption(upload.headers),
    }
    if algorithm:
        reply |= {"ChecksumAlgorithm": algorithm, "ChecksumType": checksum_type}
    return reply


async def upload_part(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html"""
    upload = await _upload(context, params)
    asked = dict(params)
    if upload.checksum_algorithm:
        asked.setdefault("ChecksumAlgorithm", upload.checksum_algorithm)
    content = await contents.receive(context, asked, inline=False)
    try:
        await _keep_part(context, params, content)
    finally:
        contents.settled(context, content)
    return {
        "ETag": content.etag,
        **{f"Checksum{name}": text for name, text in content.checksums.items()},
        **replies.encryption(upload.headers),
    }


async def upload_part_copy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html"""
    upload = await _upload(context, params)
    source_bucket, source = await source_of(context, params)
    rules.check_customer_key(source, params, "CopySource")
    rules.check_may_read(source, params, "CopySource")
    asked_range = params.get("CopySourceRange")
    bounds = rules.byte_range(asked_range, source.content.size)
    if asked_range is not None and bounds is None:
        raise InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first"
            " and last are the zero-based offsets of the first and last bytes to copy"
        )
    start, end = bounds or (0, source.content.size)
    content = await contents.extracted(context, source.content, start, end)
    try:
        part = await _keep_part(context, params, content)
    finally:
        if content is not source.content:
            contents.settled(context, content)
    reply: dict[str, Any] = {
        "CopyPartResult": {"ETag": content.etag, "LastModified": rules.last_modified(part)},
        **replies.encryption(upload.headers),
    }
    if source_bucket.versioning:
        reply["CopySourceVersionId"] = source.version_id
    return reply


async def complete_multipart_upload(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html"""
    key, upload_id = params["Key"], params["UploadId"]
    listed = (params.get("MultipartUpload") or {}).get("Parts", ())
    version_id = new_unique_id("", 32)
    now = context.clock.now()

    def write(tx: Tx) -> tuple[Bucket, Version]:
        bucket = changes.bucket_of(tx, params)
        upload = upload_store.get_upload(tx, bucket.name, key, upload_id)
        parts = rules.completed(upload_store.list_parts(tx, upload_id), listed)
        content = _whole(upload, parts)
        _check_whole(content, params)
        version = Version(
            number=0,
            bucket=bucket.name,
            key=key,
            version_id=version_id,
            is_latest=True,
            is_delete_marker=False,
            modified_at=now,
            content=content,
            headers=upload.headers,
            tags=upload.tags,
        )
        stored = changes.put_version(tx, bucket, version, params)
        notifying.tell(tx, context, bucket, "ObjectCreated:CompleteMultipartUpload", stored)
        upload_store.remove_upload(tx, upload_id, now)
        changes.sweep_later(tx, context)
        return bucket, stored

    bucket, version = await context.db.write(write)
    return {
        "Location": f"{context.settings.endpoint_url}/{bucket.name}/{key}",
        "Bucket": bucket.name,
        "Key": key,
        **replies.stored(bucket, version),
    }


async def abort_multipart_upload(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html"""

    def write(tx: Tx) -> None:
        bucket = changes.bucket_of(tx, params)
        upload = upload_store.get_upload(tx, bucket.name, params["Key"], params["UploadId"])
        upload_store.remove_upload(tx, upload.id, context.clock.now())
        changes.sweep_later(tx, context)

    await context.db.write(write)
    return {}


async def list_parts(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html"""
    after = int(params.get("PartNumberMarker") or 0)
    limit = rules.page_limit("max-parts", params.get("MaxParts"))

    def read(tx: Tx) -> tuple[Bucket, Upload, list[Part]]:
        bucket = changes.bucket_of(tx, params)
        upload = upload_store.get_upload(tx, bucket.name, params["Key"], params["UploadId"])
        parts = upload_store.list_parts(tx, upload.id, after=after, limit=limit + 1)
        return bucket, upload, parts

    bucket, upload, parts = await context.db.read(read)
    owner = replies.owner(bucket.account)
    reply: dict[str, Any] = {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "MaxParts": limit,
        "IsTruncated": len(parts) > limit,
        "NextPartNumberMarker": parts[:limit][-1].number if parts else 0,
        "Initiator": owner,
        "Owner": owner,
        "StorageClass": upload.headers.get("StorageClass", "STANDARD"),
        "Parts": [_listed_part(part) for part in parts[:limit]],
    }
    if upload.checksum_algorithm:
        reply["ChecksumAlgorithm"] = upload.checksum_algorithm
        reply["ChecksumType"] = upload.checksum_type
    return reply


async def list_multipart_uploads(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html"""
    key_marker, id_marker = params.get("KeyMarker", ""), params.get("UploadIdMarker", "")
    limit = rules.page_limit("max-uploads", params.get("MaxUploads"))
    prefix = params.get("Prefix", "")
    # AWS: a key marker alone stands for all uploads of its key.
    after = (key_marker, id_marker or "~" if key_marker else "")

    def read(tx: Tx) -> tuple[Bucket, list[Upload]]:
        bucket = changes.bucket_of(tx, params)
        return bucket, upload_store.list_uploads(tx, bucket.name, after=after, limit=10 * _MOST)

    bucket, found = await context.db.read(read)
    uploads = [upload for upload in found if upload.key.startswith(prefix)]
    encoded = encoding(params)
    owner = replies.owner(bucket.account)
    reply: dict[str, Any] = {
        "Bucket": bucket.name,
        "KeyMarker": encoded(key_marker),
        "UploadIdMarker": id_marker,
        "MaxUploads": limit,
        "IsTruncated": len(uploads) > limit,
        "Prefix": encoded(prefix),
    }
    if params.get("EncodingType"):
        reply["EncodingType"] = params["EncodingType"]
    if uploads[:limit]:
        reply["Uploads"] = [
            {
                "Key": encoded(upload.key),
                "UploadId": upload.id,
                "Initiated": upload.started_at,
                "StorageClass": upload.headers.get("StorageClass", "STANDARD"),
                "Initiator": owner,
                "Owner": owner,
            }
            for upload in uploads[:limit]
        ]
    if len(uploads) > limit:
        last = uploads[limit - 1]
        reply |= {"NextKeyMarker": encoded(last.key), "NextUploadIdMarker": last.id}
    return reply


async def _upload(context: Context, params: Params) -> Upload:
    if not 1 <= params["PartNumber"] <= _MOST_PARTS:
        raise InvalidArgument(
            f"Part number must be an integer between 1 and {_MOST_PARTS}, inclusive",
            members={"ArgumentName": "partNumber", "ArgumentValue": params["PartNumber"]},
        )

    def read(tx: Tx) -> Upload:
        bucket = changes.bucket_of(tx, params)
        return upload_store.get_upload(tx, bucket.name, params["Key"], params["UploadId"])

    return await context.db.read(read)


async def _keep_part(context: Context, params: Params, content: Content) -> Part:
    part = Part(params["UploadId"], params["PartNumber"], context.clock.now(), content)

    def write(tx: Tx) -> None:
        # It may have been completed or aborted while the part came in.
        upload_store.get_upload(tx, params["Bucket"], params["Key"], params["UploadId"])
        upload_store.put_part(tx, part)
        changes.sweep_later(tx, context)

    await context.db.write(write)
    return part


def _whole(upload: Upload, parts: list[Part]) -> Content:
    """The content that the parts make; each is one segment, so that it can be asked for again."""
    of_parts = [part.content for part in parts]
    checksums = part_checksums.of_parts(of_parts, upload.checksum_algorithm, upload.checksum_type)
    return Content(
        size=sum(content.size for content in of_parts),
        etag=rules.etag_of_parts(parts),
        segments=tuple(Segment(one.segments[0].blob, one.size) for one in of_parts),
        checksums=checksums,
        checksum_type=upload.checksum_type,
        part_count=len(parts),
    )


def _check_whole(content: Content, params: Params) -> None:
    size = params.get("MpuObjectSize")
    if size is not None and size != content.size:
        raise InvalidRequest(
            "The provided 'x-amz-mp-object-size' header value does not match what was computed."
        )
    for name, value in content.checksums.items():
        given = params.get(f"Checksum{name}")
        if given is not None and given not in (value, value.rpartition("-")[0]):
            raise BadDigest(f"The {name} you specified did not match the calculated checksum.")


def _listed_part(part: Part) -> dict[str, Any]:
    return {
        "PartNumber": part.number,
        "LastModified": rules.last_modified(part),
        "ETag": part.content.etag,
        "Size": part.content.size,
        **{f"Checksum{name}": text for name, text in part.content.checksums.items()},
    }
