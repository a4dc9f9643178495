"""Objects: what goes in comes out, whole or in part, under AWS's conditions."""

import base64
import hashlib
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context

MEBIBYTE = 1 << 20


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("s3", operation, {"Bucket": "one", **params})


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, int]:
    with pytest.raises(AwsError) as refusal:
        await call(context, operation, **params)
    return refusal.value.code, refusal.value.status


async def whole(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"".join([piece async for piece in body])


@pytest.fixture
def bucket(context: Context, runner: Any) -> Context:
    runner.run(call(context, "CreateBucket"))
    return context


async def content(context: Context, key: str = "k", **params: Any) -> bytes:
    return await whole((await call(context, "GetObject", Key=key, **params))["Body"])


@pytest.mark.parametrize("size", [0, 1, 32 * 1024, 32 * 1024 + 1, 3 * MEBIBYTE + 7])
async def test_what_goes_in_comes_out(bucket: Context, size: int) -> None:
    body = bytes(index % 251 for index in range(size))
    put = await call(
        bucket, "PutObject", Key="k", Body=body, ContentType="text/plain", Metadata={"Who": "me"}
    )
    got = await call(bucket, "GetObject", Key="k")

    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert await whole(got["Body"]) == body
    assert got["ContentLength"] == size
    assert got["ContentType"] == "text/plain"
    assert got["Metadata"] == {"who": "me"}
    assert got["ServerSideEncryption"] == "AES256"
    assert "VersionId" not in got


async def test_a_body_may_come_in_pieces(bucket: Context) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * 50_000

    await call(bucket, "PutObject", Key="k", Body=pieces())

    assert await content(bucket) == b"x" * 2_500_000


@pytest.mark.parametrize("size", [100, 100_000])
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=90-", 90, None), ("bytes=-5", -5, None), ("bytes=5-5", 5, 6)],
)
async def test_a_range_is_a_part(
    bucket: Context, size: int, asked: str, start: int, end: int | None
) -> None:
    body = bytes(index % 251 for index in range(size))
    await call(bucket, "PutObject", Key="k", Body=body)
    got = await call(bucket, "GetObject", Key="k", Range=asked)

    expected = body[start:end]
    assert await whole(got["Body"]) == expected
    assert got["ContentLength"] == len(expected)
    first = start if start >= 0 else size + start
    assert got["ContentRange"] == f"bytes {first}-{first + len(expected) - 1}/{size}"


async def test_a_range_beyond_the_end_is_refused(bucket: Context) -> None:
    await call(bucket, "PutObject", Key="k", Body=b"short")

    assert await refused(bucket, "GetObject", Key="k", Range="bytes=5-9") == ("InvalidRange", 416)


async def test_a_missing_key_has_its_code(bucket: Context) -> None:
    assert await refused(bucket, "GetObject", Key="none") == ("NoSuchKey", 404)
    assert await refused(bucket, "HeadObject", Key="none") == ("NoSuchKey", 404)
    await call(bucket, "DeleteObject", Key="none")


async def test_conditions_are_kept(bucket: Context) -> None:
    etag = (await call(bucket, "PutObject", Key="k", Body=b"x"))["ETag"]
    now = bucket.clock.now()

    assert await refused(bucket, "GetObject", Key="k", IfNoneMatch=etag) == ("NotModified", 304)
    assert await refused(bucket, "GetObject", Key="k", IfMatch='"other"') == (
        "PreconditionFailed",
        412,
    )
    assert (await refused(bucket, "HeadObject", Key="k", IfModifiedSince=now))[1] == 304
    assert (await refused(bucket, "HeadObject", Key="k", IfUnmodifiedSince=now - 60))[1] == 412
    assert await content(bucket, IfMatch=etag, IfUnmodifiedSince=now - 60) == b"x"


async def test_a_write_may_ask_for_what_is_there(bucket: Context) -> None:
    put = {"Key": "k", "Body": b"x"}
    etag = (await call(bucket, "PutObject", **put, IfNoneMatch="*"))["ETag"]

    assert (await refused(bucket, "PutObject", **put, IfNoneMatch="*"))[1] == 412
    assert (await refused(bucket, "PutObject", **put, IfMatch='"0"'))[1] == 412
    await call(bucket, "PutObject", **put, IfMatch=etag)
    assert await refused(bucket, "PutObject", Key="new", Body=b"", IfMatch=etag) == (
        "NoSuchKey",
        404,
    )


async def test_a_checksum_that_does_not_match_is_refused(bucket: Context) -> None:
    crc = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
    md5 = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    put = await call(bucket, "PutObject", Key="k", Body=b"hello", ChecksumCRC32=crc, ContentMD5=md5)
    head = await call(bucket, "HeadObject", Key="k", ChecksumMode="ENABLED")

    assert put["ChecksumCRC32"] == head["ChecksumCRC32"] == crc
    assert (await refused(bucket, "PutObject", Key="k", Body=b"other", ChecksumCRC32=crc))[0] == (
        "BadDigest"
    )
    assert (await refused(bucket, "PutObject", Key="k", Body=b"other", ContentMD5=md5))[0] == (
        "BadDigest"
    )
    assert (await refused(bucket, "PutObject", Key="k", Body=b"x", ContentMD5="x"))[0] == (
        "InvalidDigest"
    )
    assert await content(bucket) == b"hello"


async def test_a_checksum_may_stand_in_the_trailer(bucket: Context) -> None:
    class Body:
        trailers: Mapping[str, str] = MappingProxyType({"x-amz-checksum-crc32": "AAAAAA=="})

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"hello"

    request = {"x-amz-trailer": "x-amz-checksum-crc32"}
    assert (await refused(replace(bucket, request=request), "PutObject", Key="k", Body=Body()))[
        0
    ] == "BadDigest"


async def test_a_copy_has_the_bytes_and_what_describes_them(bucket: Context) -> None:
    await call(
        bucket,
        "PutObject",
        Key="a b",
        Body=b"x" * 100_000,
        Metadata={"m": "1"},
        Tagging="t=1",
    )
    await call(bucket, "CopyObject", Key="copy", CopySource="one/a%20b")
    await call(
        bucket,
        "CopyObject",
        Key="other",
        CopySource="/one/copy",
        MetadataDirective="REPLACE",
        Metadata={"m": "2"},
    )

    copy = await call(bucket, "HeadObject", Key="copy")
    other = await call(bucket, "HeadObject", Key="other")

    assert await content(bucket, "copy") == b"x" * 100_000
    assert copy["Metadata"] == {"m": "1"}
    assert copy["TagCount"] == 1
    assert other["Metadata"] == {"m": "2"}
    assert (await refused(bucket, "CopyObject", Key="copy", CopySource="one/copy"))[0] == (
        "InvalidRequest"
    )
    assert (await refused(bucket, "CopyObject", Key="x", CopySource="one/none"))[0] == "NoSuchKey"


async def test_tags_are_put_got_and_deleted(bucket: Context) -> None:
    await call(bucket, "PutObject", Key="k", Body=b"", Tagging="a=1&b=2")
    tags = await call(bucket, "GetObjectTagging", Key="k")
    assert tags["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]

    new = {"TagSet": [{"Key": "c", "Value": "3"}]}
    await call(bucket, "PutObjectTagging", Key="k", Tagging=new)
    assert await call(bucket, "GetObjectTagging", Key="k") == new
    await call(bucket, "DeleteObjectTagging", Key="k")
    assert await call(bucket, "GetObjectTagging", Key="k") == {"TagSet": []}


async def test_several_objects_are_deleted_at_once(bucket: Context) -> None:
    for key in "abc":
        await call(bucket, "PutObject", Key=key, Body=b"")
    asked = {"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "none"}]}
    reply = await call(bucket, "DeleteObjects", Delete=asked)

    assert [entry["Key"] for entry in reply["Deleted"]] == ["a", "b", "none"]
    listed = await call(bucket, "ListObjectsV2")
    assert [entry["Key"] for entry in listed["Contents"]] == ["c"]
    quiet = {"Objects": [{"Key": "c"}], "Quiet": True}
    assert await call(bucket, "DeleteObjects", Delete=quiet) == {}


async def test_a_reply_may_have_other_headers(bucket: Context) -> None:
    await call(bucket, "PutObject", Key="k", Body=b"")
    got = await call(
        bucket, "GetObject", Key="k", ResponseContentType="text/css", ResponseCacheControl="no"
    )

    assert (got["ContentType"], got["CacheControl"]) == ("text/css", "no")


async def test_a_customers_key_is_asked_for_again(bucket: Context) -> None:
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32, "SSECustomerKeyMD5": "md5"}
    await call(bucket, "PutObject", Key="k", Body=b"x", **key)

    assert await content(bucket, **key) == b"x"
    assert (await refused(bucket, "GetObject", Key="k"))[0] == "InvalidRequest"
    other = {**key, "SSECustomerKeyMD5": "other"}
    assert (await refused(bucket, "HeadObject", Key="k", **other))[0] == "AccessDenied"


async def test_a_checksum_that_lambent_does_not_have_is_said_plainly(bucket: Context) -> None:
    assert await refused(
        bucket, "PutObject", Key="k", Body=b"", ChecksumXXHASH64="AAAAAAAAAAA="
    ) == (
        "NotSupportedByLambent",
        501,
    )
