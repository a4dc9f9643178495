"""Buckets."""

from typing import Any

from lambent.core.pages import token_after
from lambent.platform import Context, Params, Reply
from lambent.services.s3 import changes, object_store, replies, rules, store, upload_store
from lambent.services.s3.errors import (
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    InvalidBucketState,
)
from lambent.services.s3.records import Bucket
from lambent.storage.database import Tx

_PAGE = 10_000


async def create_bucket(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""
    name = params["Bucket"]
    rules.check_bucket_name(name)
    has_lock = bool(params.get("ObjectLockEnabledForBucket"))
    bucket = Bucket(
        name=name,
        account=context.account,
        region=rules.bucket_region(params, context.region),
        created_at=context.clock.now(),
        versioning="Enabled" if has_lock else "",
        object_lock=has_lock,
    )
    ownership = params.get("ObjectOwnership")
    tags = (params.get("CreateBucketConfiguration") or {}).get("Tags")

    def write(tx: Tx) -> None:
        existing = store.find_bucket(tx, name)
        if existing is not None:
            _check_may_exist(existing, context)
            return
        store.add_bucket(tx, bucket)
        if ownership is not None:
            controls = {"Rules": [{"ObjectOwnership": ownership}]}
            store.put_configuration(tx, name, "ownership", controls)
        if tags:
            store.put_configuration(tx, name, "tagging", {"TagSet": tags})

    await context.db.write(write)
    return {"Location": f"/{name}", "BucketArn": f"arn:aws:s3:::{name}"}


async def head_bucket(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html"""
    bucket = await context.db.read(lambda tx: changes.bucket_of(tx, params))
    return {
        "BucketArn": f"arn:aws:s3:::{bucket.name}",
        "BucketRegion": bucket.region,
        "AccessPointAlias": False,
    }


async def get_bucket_location(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html"""
    bucket = await context.db.read(lambda tx: changes.bucket_of(tx, params))
    # AWS: us-east-1 is the one that is not named.
    return {} if bucket.region == "us-east-1" else {"LocationConstraint": bucket.region}


async def list_buckets(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html"""
    limit = params.get("MaxBuckets", _PAGE)
    token = params.get("ContinuationToken")
    buckets = await context.db.read(
        lambda tx: store.list_buckets(
            tx,
            context.account,
            prefix=params.get("Prefix", ""),
            region=params.get("BucketRegion", ""),
            after=rules.key_of(token) if token else "",
            limit=limit + 1,
        )
    )
    is_paged = "MaxBuckets" in params or token is not None
    reply: dict[str, Any] = {
        "Buckets": [_listed(bucket, is_paged) for bucket in buckets[:limit]],
        "Owner": replies.owner(context.account),
    }
    if "Prefix" in params:
        reply["Prefix"] = params["Prefix"]
    if len(buckets) > limit:
        reply["ContinuationToken"] = token_after(buckets[limit - 1].name)
    return reply


async def delete_bucket(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html"""

    def write(tx: Tx) -> None:
        bucket = changes.bucket_of(tx, params)
        if object_store.has_objects(tx, bucket.name):
            words = "The bucket you tried to delete is not empty"
            if bucket.versioning:
                words += ". You must delete all versions in the bucket."
            raise BucketNotEmpty(words, members={"BucketName": bucket.name})
        upload_store.remove_uploads_of(tx, bucket.name, context.clock.now())
        changes.sweep_later(tx, context)
        store.remove_bucket(tx, bucket)

    await context.db.write(write)
    return {}


async def put_bucket_versioning(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html"""
    status = params["VersioningConfiguration"].get("Status", "")

    def write(tx: Tx) -> None:
        bucket = changes.bucket_of(tx, params)
        if bucket.object_lock and status == "Suspended":
            raise InvalidBucketState(
                "An Object Lock configuration is present on this bucket, so the versioning state"
                " cannot be changed."
            )
        if status:
            store.put_versioning(tx, bucket, status)

    await context.db.write(write)
    return {}


async def get_bucket_versioning(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html"""
    bucket = await context.db.read(lambda tx: changes.bucket_of(tx, params))
    return {"Status": bucket.versioning} if bucket.versioning else {}


def _check_may_exist(existing: Bucket, context: Context) -> None:
    members = {"BucketName": existing.name}
    if existing.account != context.account:
        raise BucketAlreadyExists(
            "The requested bucket name is not available. The bucket namespace is shared by all"
            " users of the system. Please select a different name and try again.",
            members=members,
        )
    # AWS: in us-east-1 making one's own bucket again is no error.
    if not existing.region == context.region == "us-east-1":
        raise BucketAlreadyOwnedByYou(
            "Your previous request to create the named bucket succeeded and you already own it.",
            members=members,
        )


def _listed(bucket: Bucket, is_paged: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Name": bucket.name,
        "CreationDate": bucket.created_at,
        "BucketArn": f"arn:aws:s3:::{bucket.name}",
    }
    if is_paged:
        shown["BucketRegion"] = bucket.region
    return shown
