"""Templates and their parts that lie in S3."""

from typing import Any
from urllib.parse import unquote, urlsplit

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.cloudformation.errors import ValidationError

_MAX_SIZE = 10_000_000


async def object_text(context: Context, url: str) -> str:
    """The text of the S3 object that a URL names, whichever host it is written with."""
    bucket, key, version = object_at(url)
    params = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
    try:
        reply = await context.call("s3", "GetObject", params)
    except AwsError as error:
        raise ValidationError(f"S3 error: {error.message}") from None
    return (await _whole(reply["Body"])).decode("utf-8", "replace")


async def _whole(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if hasattr(body, "__aiter__"):
        pieces = []
        size = 0
        async for piece in body:
            size += len(piece)
            if size > _MAX_SIZE:
                raise ValidationError("The object is too large.")
            pieces.append(piece)
        return b"".join(pieces)
    read: bytes = await body.read()
    return read


def object_at(url: str) -> tuple[str, str, str]:
    """
    Bucket, key and version of an S3 URL: path style on any host, or virtual-host style.

    >>> object_at("https://s3.amazonaws.com/bucket/a/key.json")
    ('bucket', 'a/key.json', '')
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValidationError("TemplateURL must be a supported URL.") from None
    path = unquote(parts.path).lstrip("/")
    host = parts.hostname or ""
    version = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair).get(
        "versionId", ""
    )
    first, *others = host.split(".")
    if parts.scheme == "s3":
        return host, path, version
    if others and (others[0] == "s3" or others[0].startswith("s3-")) and not first.startswith("s3"):
        return first, path, version
    bucket, _, key = path.partition("/")
    if parts.scheme not in ("http", "https") or not bucket or not key:
        raise ValidationError("TemplateURL must be a supported URL.")
    return bucket, key, version
