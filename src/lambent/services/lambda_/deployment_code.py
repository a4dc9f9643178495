"""
Deployment packages: taken from the request or from S3, checked, kept, and given back by URL.
"""

import asyncio
from collections.abc import AsyncIterable, Mapping
from pathlib import Path
from typing import Any

from lambent.core.errors import AwsError, NotSupported
from lambent.platform import Context
from lambent.services.lambda_ import hot_reload, kept_packages, limits, packages
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.records import Code


async def keep(
    context: Context, asked: Mapping[str, Any], operation: str, *, dry_run: bool = False
) -> Code:
    """Check the package that `asked` (FunctionCode, or UpdateFunctionCode's params) brings."""
    if asked.get("ImageUri"):
        raise NotSupported("Lambent does not support functions from container images yet.")
    if hot_reload.is_asked(asked):
        return await hot_reload.linked(context, asked["S3Key"])
    package = asked.get("ZipFile")
    if package is None:
        package = await _from_bucket(context, asked)
    else:
        limits.check_zipped_size(len(package), operation)
    await asyncio.to_thread(packages.check_package, package)
    if dry_run:
        return packages.code_of(package)
    return await _kept(context, package)


async def snapshot(context: Context, code: Code) -> Code:
    """The code as a version is to have it: a folder that may change is packed as it is now."""
    if code.folder is None:
        return code
    package = await hot_reload.package(context, code.folder)
    await asyncio.to_thread(packages.check_package, package)
    return await _kept(context, package)


async def _kept(context: Context, package: bytes) -> Code:
    blob = await kept_packages.keep(context, package)
    return Code(blob.id, blob.size)


def location(context: Context, code: Code) -> str:
    """A URL under which the package can be fetched; the door is in `doors`."""
    if code.folder is not None:
        return Path(code.folder).as_uri()
    host = context.request.get("host", "")
    # A client that resolves AWS's own names to us could not fetch from them without TLS.
    at_hand = host and not host.endswith(".amazonaws.com")
    base = f"http://{host}" if at_hand else context.settings.endpoint_url
    return f"{base}/_lambent/lambda/code/{code.blob}"


async def _from_bucket(context: Context, asked: Mapping[str, Any]) -> bytes:
    if not asked.get("S3Bucket") or not asked.get("S3Key"):
        raise InvalidParameterValue("Please provide a source for function code.")
    params = {"Bucket": asked["S3Bucket"], "Key": asked["S3Key"]}
    if asked.get("S3ObjectVersion"):
        params["VersionId"] = asked["S3ObjectVersion"]
    try:
        reply = await context.call("s3", "GetObject", params)
    except AwsError as error:
        raise InvalidParameterValue(
            f"Error occurred while GetObject. S3 Error Code: {error.code}."
            f" S3 Error Message: {error.message}"
        ) from error
    return await _whole(reply["Body"])


async def _whole(body: bytes | AsyncIterable[bytes]) -> bytes:
    if isinstance(body, bytes):
        return body
    pieces: list[bytes] = []
    size = 0
    async for piece in body:
        size += len(piece)
        if size > limits.CODE_SIZE_UNZIPPED:
            raise InvalidParameterValue(
                f"Unzipped size must be smaller than {limits.CODE_SIZE_UNZIPPED} bytes"
            )
        pieces.append(piece)
    return b"".join(pieces)
