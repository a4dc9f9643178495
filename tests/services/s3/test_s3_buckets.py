"""Buckets and their configurations."""

import json
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("s3", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, int]:
    with pytest.raises(AwsError) as refusal:
        await context.call("s3", operation, params)
    return refusal.value.code, refusal.value.status


async def test_a_bucket_is_made_found_listed_and_deleted(context: Context) -> None:
    await call(context, "CreateBucket", Bucket="one")
    await call(context, "CreateBucket", Bucket="two")

    head = await call(context, "HeadBucket", Bucket="one")
    listed = await call(context, "ListBuckets")

    assert head["BucketRegion"] == "us-east-1"
    assert [bucket["Name"] for bucket in listed["Buckets"]] == ["one", "two"]
    await call(context, "DeleteBucket", Bucket="one")
    assert await refused(context, "HeadBucket", Bucket="one") == ("NoSuchBucket", 404)


async def test_a_name_belongs_to_one_account(context: Context) -> None:
    await call(context, "CreateBucket", Bucket="one")
    other = context.at("111111111111", "us-east-1")

    assert await refused(other, "CreateBucket", Bucket="one") == ("BucketAlreadyExists", 409)
    # Making it again is no error in us-east-1.
    await call(context, "CreateBucket", Bucket="one")
    assert (await call(other, "ListBuckets"))["Buckets"] == []


async def test_elsewhere_a_bucket_needs_its_location(context: Context) -> None:
    there = context.at(context.account, "eu-central-1")
    location = {"LocationConstraint": "eu-central-1"}

    assert (await refused(there, "CreateBucket", Bucket="one"))[0] == (
        "IllegalLocationConstraintException"
    )
    await call(there, "CreateBucket", Bucket="one", CreateBucketConfiguration=location)
    assert await call(there, "GetBucketLocation", Bucket="one") == location
    assert (await refused(there, "CreateBucket", Bucket="one", CreateBucketConfiguration=location))[
        0
    ] == "BucketAlreadyOwnedByYou"


@pytest.mark.parametrize("name", ["ab", "Upper", "a_b", "a..b", "192.168.0.1", "-ab", "x" * 64])
async def test_a_name_that_is_none_is_refused(context: Context, name: str) -> None:
    assert await refused(context, "CreateBucket", Bucket=name) == ("InvalidBucketName", 400)


async def test_a_bucket_with_objects_stays(context: Context) -> None:
    await call(context, "CreateBucket", Bucket="one")
    await call(context, "PutObject", Bucket="one", Key="k", Body=b"x")

    assert await refused(context, "DeleteBucket", Bucket="one") == ("BucketNotEmpty", 409)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("GetBucketPolicy", "NoSuchBucketPolicy"),
        ("GetBucketCors", "NoSuchCORSConfiguration"),
        ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"),
        ("GetBucketWebsite", "NoSuchWebsiteConfiguration"),
        ("GetBucketTagging", "NoSuchTagSet"),
        ("GetBucketReplication", "ReplicationConfigurationNotFoundError"),
        ("GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
    ],
)
async def test_what_a_bucket_does_not_have_has_a_code_of_its_own(
    context: Context, operation: str, code: str
) -> None:
    await call(context, "CreateBucket", Bucket="one")

    assert await refused(context, operation, Bucket="one") == (code, 404)
    assert await refused(context, operation, Bucket="none") == ("NoSuchBucket", 404)


async def test_a_bucket_has_what_aws_gives_every_bucket(context: Context) -> None:
    await call(context, "CreateBucket", Bucket="one")
    encryption = await call(context, "GetBucketEncryption", Bucket="one")
    rules = encryption["ServerSideEncryptionConfiguration"]["Rules"]

    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert await call(context, "GetBucketVersioning", Bucket="one") == {}
    assert await call(context, "GetBucketNotificationConfiguration", Bucket="one") == {}
    assert await call(context, "GetBucketRequestPayment", Bucket="one") == {"Payer": "BucketOwner"}
    acl = await call(context, "GetBucketAcl", Bucket="one")
    assert acl["Grants"][0]["Permission"] == "FULL_CONTROL"


CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
LIFECYCLE = {
    "Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
}
BLOCK = {"BlockPublicAcls": False}
TAGS = {"TagSet": [{"Key": "a", "Value": "1"}]}


@pytest.mark.parametrize(
    ("noun", "delete", "member", "document", "shown"),
    [
        ("BucketCors", "DeleteBucketCors", "CORSConfiguration", CORS, CORS),
        (
            "BucketLifecycleConfiguration",
            "DeleteBucketLifecycle",
            "LifecycleConfiguration",
            LIFECYCLE,
            LIFECYCLE,
        ),
        ("BucketTagging", "DeleteBucketTagging", "Tagging", TAGS, TAGS),
        (
            "PublicAccessBlock",
            "DeletePublicAccessBlock",
            "PublicAccessBlockConfiguration",
            BLOCK,
            {"PublicAccessBlockConfiguration": BLOCK},
        ),
    ],
)
async def test_a_configuration_is_kept_and_taken_away(
    context: Context, noun: str, delete: str, member: str, document: Any, shown: Any
) -> None:
    await call(context, "CreateBucket", Bucket="one")
    await call(context, f"Put{noun}", Bucket="one", **{member: document})

    assert await call(context, f"Get{noun}", Bucket="one") == shown
    await call(context, delete, Bucket="one")
    assert (await refused(context, f"Get{noun}", Bucket="one"))[1] == 404


async def test_a_policy_speaks_of_its_bucket(context: Context) -> None:
    await call(context, "CreateBucket", Bucket="one")

    def policy(bucket: str) -> str:
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    await call(context, "PutBucketPolicy", Bucket="one", Policy=policy("one"))
    assert await call(context, "GetBucketPolicy", Bucket="one") == {"Policy": policy("one")}
    assert (await refused(context, "PutBucketPolicy", Bucket="one", Policy=policy("two")))[0] == (
        "MalformedPolicy"
    )
    assert (await refused(context, "PutBucketPolicy", Bucket="one", Policy="{"))[0] == (
        "MalformedPolicy"
    )
