"""Requests of S3 that lack what they are about."""

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


@pytest.mark.parametrize(
    "operation", ["PutBucketLifecycleConfiguration", "PutObjectLockConfiguration"]
)
async def test_a_configuration_must_be_given(context: Context, operation: str) -> None:
    await context.call("s3", "CreateBucket", {"Bucket": "bucket"})
    with pytest.raises(AwsError) as refusal:
        await context.call("s3", operation, {"Bucket": "bucket"})

    assert (refusal.value.code, refusal.value.message) == (
        "MissingRequestBodyError",
        "Request Body is empty",
    )


@pytest.mark.parametrize("digest", ["ÿ", "", "AAAA", "!!!!"])
async def test_a_digest_that_is_none_is_invalid(context: Context, digest: str) -> None:
    await context.call("s3", "CreateBucket", {"Bucket": "bucket"})
    with pytest.raises(AwsError) as refusal:
        await context.call(
            "s3", "PutObject", {"Bucket": "bucket", "Key": "k", "Body": b"x", "ContentMD5": digest}
        )

    assert refusal.value.code == "InvalidDigest"


@pytest.mark.parametrize("token", ["abc", "W10", "e30"])
@pytest.mark.parametrize("operation", ["ListBuckets", "ListObjectsV2"])
async def test_a_continuation_token_of_nobodys_is_refused(
    context: Context, operation: str, token: str
) -> None:
    await context.call("s3", "CreateBucket", {"Bucket": "bucket"})
    with pytest.raises(AwsError) as refusal:
        await context.call("s3", operation, {"Bucket": "bucket", "ContinuationToken": token})

    assert refusal.value.code == "InvalidArgument"
    assert refusal.value.message == "The continuation token provided is incorrect"


@pytest.mark.parametrize(
    "policy",
    [
        *("", "{", "null", "[]", '{"Statement": 1}', '{"Statement": [[]]}', '{"Statement": [1]}'),
        '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": 1}}',
        '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": [[]]}}',
        '{"Statement": {"Effect": [], "Principal": "*", "Action": "*", "Resource": "*"}}',
    ],
)
async def test_a_policy_that_is_none_is_malformed(context: Context, policy: str) -> None:
    await context.call("s3", "CreateBucket", {"Bucket": "bucket"})
    with pytest.raises(AwsError) as refusal:
        await context.call("s3", "PutBucketPolicy", {"Bucket": "bucket", "Policy": policy})

    assert refusal.value.code == "MalformedPolicy"


@pytest.mark.parametrize(
    ("operation", "member", "name"),
    [
        ("ListObjectsV2", "MaxKeys", "maxKeys"),
        ("ListObjectVersions", "MaxKeys", "maxKeys"),
        ("ListMultipartUploads", "MaxUploads", "max-uploads"),
    ],
)
async def test_a_page_cannot_be_smaller_than_nothing(
    context: Context, operation: str, member: str, name: str
) -> None:
    await context.call("s3", "CreateBucket", {"Bucket": "bucket"})
    with pytest.raises(AwsError) as refusal:
        await context.call("s3", operation, {"Bucket": "bucket", member: -1})

    assert (refusal.value.code, refusal.value.message) == (
        "InvalidArgument",
        f"Argument {name} must be an integer between 0 and 2147483647",
    )
