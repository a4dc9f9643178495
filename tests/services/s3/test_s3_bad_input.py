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
