"""A bucket's policy, access list and tags. They are kept; nobody is refused for them yet."""

from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.s3 import changes, replies, rules, store
from lambent.services.s3.api import edge
from lambent.services.s3.records import Bucket
from lambent.storage.database import Tx

_MOST_TAGS = 50
_ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
_AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_CANNED: dict[str, list[tuple[str, str]]] = {
    "private": [],
    "public-read": [(_ALL_USERS, "READ")],
    "public-read-write": [(_ALL_USERS, "READ"), (_ALL_USERS, "WRITE")],
    "authenticated-read": [(_AUTHENTICATED, "READ")],
    "log-delivery-write": [(_LOG_DELIVERY, "WRITE"), (_LOG_DELIVERY, "READ_ACP")],
}


async def put_bucket_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html"""
    policy = params["Policy"]
    rules.check_policy(policy, params["Bucket"])
    return await edge.put(context, params, "policy", policy)


async def get_bucket_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html"""
    return {"Policy": await edge.get(context, params, "policy")}


async def get_bucket_policy_status(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html"""
    policy: str = await edge.get(context, params, "policy")
    return {"PolicyStatus": {"IsPublic": rules.is_public(policy)}}


async def delete_bucket_policy(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html"""
    return await edge.remove(context, params, "policy")


async def put_bucket_tagging(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html"""
    tags = rules.tags_in_set(params["Tagging"], _MOST_TAGS)
    return await edge.put(context, params, "tagging", {"TagSet": rules.tag_set(tags)})


async def get_bucket_tagging(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html"""
    found: Reply = await edge.get(context, params, "tagging")
    return found


async def delete_bucket_tagging(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html"""
    return await edge.remove(context, params, "tagging")


async def put_bucket_acl(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html"""

    def write(tx: Tx) -> None:
        bucket = changes.bucket_of(tx, params)
        asked = params.get("AccessControlPolicy") or {}
        acl = _canned(bucket, params.get("ACL", "private"))
        if asked.get("Grants"):
            acl = {**acl, "Grants": asked["Grants"]}
        store.put_configuration(tx, bucket.name, "acl", acl)

    await context.db.write(write)
    return {}


async def get_bucket_acl(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html"""

    def read(tx: Tx) -> Reply:
        bucket = changes.bucket_of(tx, params)
        found: Reply | None = store.find_configuration(tx, bucket.name, "acl")
        return found if found is not None else _canned(bucket, "private")

    return await context.db.read(read)


def _canned(bucket: Bucket, name: str) -> dict[str, Any]:
    owner = replies.owner(bucket.account)
    own = {"Grantee": {"Type": "CanonicalUser", **owner}, "Permission": "FULL_CONTROL"}
    others = [
        {"Grantee": {"Type": "Group", "URI": group}, "Permission": permission}
        for group, permission in _CANNED.get(name, [])
    ]
    return {"Owner": owner, "Grants": [own, *others]}
