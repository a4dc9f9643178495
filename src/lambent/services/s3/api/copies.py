"""CopyObject: the same bytes under another name. Nothing is read or written but a row."""

from dataclasses import replace
from typing import Any

from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.s3 import changes, contents, notifying, replies, rules
from lambent.services.s3.errors import InvalidRequest, MethodNotAllowed
from lambent.services.s3.records import Bucket, Version
from lambent.storage.database import Tx

_CHANGES_SOMETHING = (
    "StorageClass",
    "WebsiteRedirectLocation",
    "ServerSideEncryption",
    "SSECustomerAlgorithm",
)


async def copy_object(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    key = params["Key"]
    rules.check_key(key)
    source_bucket, source = await source_of(context, params)
    rules.check_customer_key(source, params, "CopySource")
    rules.check_may_read(source, params, "CopySource")
    _check_changes_something(params, source)
    version = Version(
        number=0,
        bucket=params["Bucket"],
        key=key,
        version_id=new_unique_id("", 32),
        is_latest=True,
        is_delete_marker=False,
        modified_at=context.clock.now(),
        content=source.content,
        headers=_headers(params, source),
        tags=_tags(params, source),
    )
    if params.get("ChecksumAlgorithm") not in (None, *source.content.checksums):
        version = replace(version, content=await _with_checksum(context, params, source))

    def write(tx: Tx) -> tuple[Bucket, Version]:
        bucket = changes.bucket_of(tx, params)
        stored = changes.put_version(tx, bucket, version, params)
        notifying.tell(tx, context, bucket, "ObjectCreated:Copy", stored)
        changes.sweep_later(tx, context)
        return bucket, stored

    try:
        bucket, stored = await context.db.write(write)
    finally:
        if version.content is not source.content:
            contents.settled(context, version.content)
    reply: dict[str, Any] = {
        "CopyObjectResult": {
            "ETag": stored.etag,
            "LastModified": rules.last_modified(stored),
            **replies.checksums(stored.content),
        },
        **replies.encryption(stored.headers),
        **replies.version_id(bucket, stored),
    }
    if source_bucket.versioning:
        reply["CopySourceVersionId"] = source.version_id
    return reply


async def source_of(context: Context, params: Params) -> tuple[Bucket, Version]:
    """What `CopySource` names."""
    name, key, version_id = rules.copy_source(params["CopySource"])
    named: dict[str, Any] = {"Bucket": name}
    if "ExpectedSourceBucketOwner" in params:
        named["ExpectedBucketOwner"] = params["ExpectedSourceBucketOwner"]

    def read(tx: Tx) -> tuple[Bucket, Version]:
        bucket = changes.bucket_of(tx, named)
        return bucket, changes.get_version(tx, bucket, key, version_id)

    try:
        return await context.db.read(read)
    except MethodNotAllowed:
        raise InvalidRequest(
            "The source of a copy request may not specifically refer to a delete marker by version"
            " id."
        ) from None


async def _with_checksum(context: Context, params: Params, source: Version) -> Any:
    content = source.content
    body = contents.stream(contents.blobs_of(context), content, 0, content.size)
    asked = {"Body": body, "ChecksumAlgorithm": params["ChecksumAlgorithm"]}
    return await contents.receive(context, asked)


def _check_changes_something(params: Params, source: Version) -> None:
    is_itself = (source.bucket, source.key) == (params["Bucket"], params["Key"])
    if (
        is_itself
        and source.is_latest
        and params.get("MetadataDirective") != "REPLACE"
        and not any(name in params for name in _CHANGES_SOMETHING)
    ):
        raise InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without"
            " changing the object's metadata, storage class, website redirect location or"
            " encryption attributes."
        )


def _headers(params: Params, source: Version) -> dict[str, Any]:
    given = rules.kept_headers(params)
    if params.get("MetadataDirective") == "REPLACE":
        return given
    # AWS: what says how it is stored is the request's, what describes it the source's.
    kept = {name: value for name, value in source.headers.items() if name not in _STORED_AS_ASKED}
    return kept | {name: given[name] for name in _STORED_AS_ASKED if name in given}


def _tags(params: Params, source: Version) -> dict[str, str]:
    if params.get("TaggingDirective") == "REPLACE":
        return rules.tags_in_query(params.get("Tagging"))
    return dict(source.tags)


_STORED_AS_ASKED = (
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
    "StorageClass",
    "WebsiteRedirectLocation",
)
