"""Multipart uploads."""

import base64
import hashlib
import zlib
from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.s3 import part_checksums
from lambent.services.s3.records import Content
from lambent.wire.checksums import checksum_base64

PART = 5 * 1024 * 1024


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("s3", operation, {"Bucket": "one", "Key": "k", **params})


async def refused(context: Context, operation: str, **params: Any) -> str:
    with pytest.raises(AwsError) as refusal:
        await call(context, operation, **params)
    return refusal.value.code


async def begun(context: Context, **params: Any) -> str:
    await context.call("s3", "CreateBucket", {"Bucket": "one"})
    return str((await call(context, "CreateMultipartUpload", **params))["UploadId"])


async def part(context: Context, upload: str, number: int, body: bytes) -> dict[str, Any]:
    reply = await call(context, "UploadPart", UploadId=upload, PartNumber=number, Body=body)
    return {"PartNumber": number, **reply}


def listed(*parts: dict[str, Any]) -> dict[str, Any]:
    members = ("PartNumber", "ETag", "ChecksumCRC32")
    return {"Parts": [{name: one[name] for name in members if name in one} for one in parts]}


async def test_parts_make_an_object(context: Context) -> None:
    bodies = [b"a" * PART, b"b" * PART, b"end"]
    upload = await begun(context, Metadata={"m": "1"}, ChecksumAlgorithm="CRC32")
    parts = [await part(context, upload, n + 1, body) for n, body in enumerate(bodies)]
    shown = await call(context, "ListParts", UploadId=upload)
    done = await call(
        context, "CompleteMultipartUpload", UploadId=upload, MultipartUpload=listed(*parts)
    )
    got = await call(context, "GetObject")
    across = await call(context, "GetObject", Range=f"bytes={PART - 2}-{PART + 1}")
    second = await call(context, "HeadObject", PartNumber=2)

    digests = b"".join(hashlib.md5(body).digest() for body in bodies)
    crcs = b"".join(zlib.crc32(body).to_bytes(4, "big") for body in bodies)
    assert [one["Size"] for one in shown["Parts"]] == [PART, PART, 3]
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    assert done["ChecksumCRC32"] == checksum_base64("CRC32", crcs) + "-3"
    assert b"".join([piece async for piece in got["Body"]]) == b"".join(bodies)
    assert b"".join([piece async for piece in across["Body"]]) == b"aabb"
    assert got["Metadata"] == {"m": "1"}
    assert second["ContentLength"] == PART
    assert second["PartsCount"] == 3
    assert await refused(context, "ListParts", UploadId=upload) == "NoSuchUpload"


async def test_a_part_may_be_a_copy(context: Context) -> None:
    upload = await begun(context)
    await context.call("s3", "PutObject", {"Bucket": "one", "Key": "source", "Body": b"0123456789"})
    reply = await call(
        context,
        "UploadPartCopy",
        UploadId=upload,
        PartNumber=1,
        CopySource="one/source",
        CopySourceRange="bytes=2-4",
    )
    parts = {"Parts": [{"PartNumber": 1, "ETag": reply["CopyPartResult"]["ETag"]}]}
    await call(context, "CompleteMultipartUpload", UploadId=upload, MultipartUpload=parts)
    got = await call(context, "GetObject")

    assert b"".join([piece async for piece in got["Body"]]) == b"234"


async def test_parts_that_make_no_object_are_refused(context: Context) -> None:
    upload = await begun(context)
    one = await part(context, upload, 1, b"small")
    two = await part(context, upload, 2, b"small")

    async def completed(*parts: dict[str, Any]) -> str:
        return await refused(
            context, "CompleteMultipartUpload", UploadId=upload, MultipartUpload=listed(*parts)
        )

    assert await completed(one, two) == "EntityTooSmall"
    assert await completed(two, one) == "InvalidPartOrder"
    assert await completed({**one, "ETag": '"0"'}) == "InvalidPart"
    assert await completed({**one, "PartNumber": 3}) == "InvalidPart"
    assert await refused(context, "UploadPart", UploadId="none", PartNumber=1) == "NoSuchUpload"
    assert await refused(context, "UploadPart", UploadId=upload, PartNumber=0) == "InvalidArgument"


async def test_an_upload_can_be_given_up(context: Context) -> None:
    upload = await begun(context)
    await part(context, upload, 1, b"x")
    listed_uploads = await context.call("s3", "ListMultipartUploads", {"Bucket": "one"})
    assert [one["UploadId"] for one in listed_uploads["Uploads"]] == [upload]
    await call(context, "AbortMultipartUpload", UploadId=upload)

    assert "Uploads" not in await context.call("s3", "ListMultipartUploads", {"Bucket": "one"})
    assert await refused(context, "AbortMultipartUpload", UploadId=upload) == "NoSuchUpload"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
def test_the_checksum_of_the_whole_follows_from_the_parts(algorithm: str) -> None:
    bodies = [b"first" * 100, b"x", b"the third part" * 77]
    parts = [
        Content(len(body), "", checksums={algorithm: checksum_base64(algorithm, body)})
        for body in bodies
    ]

    assert part_checksums.of_parts(parts, algorithm, "FULL_OBJECT") == {
        algorithm: checksum_base64(algorithm, b"".join(bodies))
    }
    assert base64.b64decode(checksum_base64("CRC32", b"")) == b"\0\0\0\0"
