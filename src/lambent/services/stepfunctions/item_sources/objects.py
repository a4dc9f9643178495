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
class ObjectName:
    """Which object is to be read, as an ItemReader's Parameters say it."""

    bucket: str
    key: str
    version: str | None = None
    owner: str | None = None

    @property
    def uri(self) -> str:
        # AWS: `$$.Map.Item.Source` shows it so, in capitals.
        return f"S3://{self.bucket}/{self.key}"

    def params(self) -> dict[str, Any]:
        optional = {"VersionId": self.version, "ExpectedBucketOwner": self.owner}
        given = {name: value for name, value in optional.items() if value is not None}
        return {"Bucket": self.bucket, "Key": self.key, **given}


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object as it was when reading began; another content is refused."""

    name: ObjectName
    size: int
    etag: str

    def place(self) -> dict[str, Any]:
        return {"size": self.size, "etag": self.etag}


async def call(context: Context, operation: str, params: dict[str, Any]) -> Any:
    try:
        return await context.call("s3", operation, params)
    except AwsError as error:
        raise ReadingFailed(sdk_failure("s3", error, context.request_id).cause) from error


async def opened(context: Context, name: ObjectName, place: Any) -> S3Object:
    """The object as the place knows it, or as it is now."""
    if place is not None:
        return S3Object(name, place["size"], place["etag"])
    # Its body is not read here. HeadObject would not say what is wrong with a missing one.
    reply = await call(context, "GetObject", name.params())
    return S3Object(name, reply["ContentLength"], reply["ETag"])


async def piece(context: Context, source: S3Object, at: int, size: int) -> bytes:
    """At most `size` bytes from `at`; fewer only at the end."""
    end = min(at + size, source.size)
    if at >= end:
        return b""
    asked = {"Range": f"bytes={at}-{end - 1}", "IfMatch": source.etag}
    reply = await call(context, "GetObject", {**source.name.params(), **asked})
    return await whole_body(reply["Body"])


async def whole(context: Context, name: ObjectName) -> bytes:
    reply = await call(context, "GetObject", name.params())
    return await whole_body(reply["Body"])
