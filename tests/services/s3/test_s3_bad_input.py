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
