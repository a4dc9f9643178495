"""What no object needs any more gives its place on the disk back."""

from typing import Any

from lambent.platform import Context
from lambent.services.s3 import contents
from tests.conftest import World

LARGE = b"x" * 100_000


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("s3", operation, {"Bucket": "one", "Key": "k", **params})


def files(world: World) -> int:
    folder = world.platform.settings.data / "blobs" / "s3"
    return sum(path.is_file() for path in folder.rglob("*"))


async def a_bucket(context: Context) -> None:
    await context.call("s3", "CreateBucket", {"Bucket": "one"})


async def test_the_blob_of_a_deleted_object_is_removed_after_a_while(world: World) -> None:
    context = world.context
    await a_bucket(context)
    await call(context, "PutObject", Body=LARGE)
    await call(context, "DeleteObject")
    assert files(world) == 1

    await world.advance(3600)

    assert files(world) == 0


async def test_a_blob_stays_while_one_object_has_it(world: World) -> None:
    context = world.context
    await a_bucket(context)
    await call(context, "PutObject", Body=LARGE)
    await call(context, "CopyObject", Key="copy", CopySource="one/k")
    await call(context, "DeleteObject")
    await world.advance(7200)
    assert files(world) == 1

    await call(context, "DeleteObject", Key="copy")
    await world.advance(7200)
    assert files(world) == 0


async def test_what_is_overwritten_aborted_or_completed_leaves_nothing(world: World) -> None:
    context = world.context
    await a_bucket(context)
    await call(context, "PutObject", Body=LARGE)
    await call(context, "PutObject", Body=b"small")
    given_up = (await call(context, "CreateMultipartUpload"))["UploadId"]
    await call(context, "UploadPart", UploadId=given_up, PartNumber=1, Body=b"1" + LARGE)
    await call(context, "UploadPart", UploadId=given_up, PartNumber=1, Body=b"2" + LARGE)
    await call(context, "AbortMultipartUpload", UploadId=given_up)
    done = (await call(context, "CreateMultipartUpload"))["UploadId"]
    part = await call(context, "UploadPart", UploadId=done, PartNumber=1, Body=b"3" + LARGE)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    await call(context, "CompleteMultipartUpload", UploadId=done, MultipartUpload=parts)
    assert files(world) == 4

    await world.advance(7200)

    assert files(world) == 1
    got = await call(context, "GetObject")
    assert b"".join([piece async for piece in got["Body"]]) == b"3" + LARGE


async def test_what_is_just_written_again_is_not_removed(world: World) -> None:
    """
    A body that has arrived and has no row yet is safe from the sweep of its former self.
    """
    context = world.context
    await a_bucket(context)
    await call(context, "PutObject", Body=LARGE)
    await call(context, "DeleteObject")
    content = await contents.receive(context, {"Body": LARGE})
    await world.advance(3600)
    assert files(world) == 1

    contents.settled(context, content)
    await world.advance(3600)
    assert files(world) == 0
