"""Objects of S3, a piece at a time, read as the state machine's role."""

from dataclasses import dataclass
from typing import Any

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.stepfunctions.integrations.calls import whole_body
from lambent.services.stepfunctions.integrations.failures import sdk_failure
from lambent.services.stepfunctions.item_sources.pages import ReadingFailed

# Some thousand lines: few calls for many items, and little memory for many map runs.
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object as it was when reading began; another content is refused."""

    bucket: str
    key: str
    version: str | None
    size: int
    etag: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def place(self) -> dict[str, Any]:
        return {"size": self.size, "etag": self.etag}


async def call(context: Context, operation: str, params: dict[str, Any]) -> Any:
    try:
        return await context.call("s3", operation, params)
    except AwsError as error:
        raise ReadingFailed(sdk_failure("s3", error, context.request_id).cause) from error


async def opened(
    context: Context, bucket: str, key: str, version: str | None, place: Any
) -> S3Object:
    """The object as the place knows it, or as it is now."""
    if place is None:
        head = await call(context, "HeadObject", _named(bucket, key, version))
        return S3Object(bucket, key, version, head["ContentLength"], head["ETag"])
    return S3Object(bucket, key, version, place["size"], place["etag"])


async def piece(context: Context, source: S3Object, at: int, size: int) -> bytes:
    """At most `size` bytes from `at`; fewer only at the end."""
    end = min(at + size, source.size)
    if at >= end:
        return b""
    params = {
        **_named(source.bucket, source.key, source.version),
        "Range": f"bytes={at}-{end - 1}",
        "IfMatch": source.etag,
    }
    reply = await call(context, "GetObject", params)
    return await whole_body(reply["Body"])


async def whole(context: Context, bucket: str, key: str, version: str | None = None) -> bytes:
    reply = await call(context, "GetObject", _named(bucket, key, version))
    return await whole_body(reply["Body"])


def _named(bucket: str, key: str, version: str | None) -> dict[str, Any]:
    named = {"Bucket": bucket, "Key": key}
    return named if version is None else {**named, "VersionId": version}
