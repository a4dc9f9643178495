"""Lists of objects and of their versions."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from lambent.core.pages import token_after
from lambent.platform import Context, Params, Reply
from lambent.services.s3 import changes, listing, object_store, replies, rules
from lambent.services.s3.errors import InvalidArgument
from lambent.services.s3.listing import Page
from lambent.services.s3.records import Bucket, Version
from lambent.storage.database import Tx

_MOST = 1_000
_Encoded = Callable[[str], str]


async def list_objects_v2(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html"""
    token = params.get("ContinuationToken")
    after = rules.key_of(token) if token is not None else params.get("StartAfter", "")
    bucket, page = await _page(context, params, after)
    encoded = encoding(params)
    reply = _described(params, encoded, page)
    reply["Name"] = bucket.name
    reply["KeyCount"] = page.count
    if params.get("FetchOwner"):
        for entry in reply.get("Contents", ()):
            entry["Owner"] = replies.owner(bucket.account)
    if token is not None:
        reply["ContinuationToken"] = token
    if "StartAfter" in params:
        reply["StartAfter"] = encoded(params["StartAfter"])
    if page.last is not None:
        reply["NextContinuationToken"] = token_after(page.last)
    return reply


async def list_objects(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html"""
    marker = params.get("Marker", "")
    bucket, page = await _page(context, params, marker)
    encoded = encoding(params)
    reply = _described(params, encoded, page)
    reply["Name"] = bucket.name
    reply["Marker"] = encoded(marker)
    for entry in reply.get("Contents", ()):
        entry["Owner"] = replies.owner(bucket.account)
    # AWS: without a delimiter the client takes the last key.
    if page.last is not None and params.get("Delimiter"):
        reply["NextMarker"] = encoded(page.last)
    return reply


async def list_object_versions(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html"""
    key_marker, version_marker = params.get("KeyMarker", ""), params.get("VersionIdMarker", "")
    if version_marker and not key_marker:
        raise InvalidArgument("A version-id marker cannot be specified without a key marker.")
    limit = rules.page_limit("maxKeys", params.get("MaxKeys"))

    def read(tx: Tx) -> tuple[Bucket, Page]:
        bucket = changes.bucket_of(tx, params)
        after_version = None
        if version_marker:
            after_version = object_store.find_version(tx, bucket.name, key_marker, version_marker)
        page = listing.list_versions_page(
            tx,
            bucket.name,
            prefix=params.get("Prefix", ""),
            delimiter=params.get("Delimiter", ""),
            after=key_marker,
            after_version=after_version,
            limit=limit,
        )
        return bucket, page

    bucket, page = await context.db.read(read)
    encoded = encoding(params)
    reply = _described(params, encoded, page, contents=False)
    reply |= {"Name": bucket.name, "KeyMarker": encoded(key_marker)}
    reply["VersionIdMarker"] = version_marker
    owner = replies.owner(bucket.account)
    versions = [_version(one, encoded, owner) for one in page.versions if not one.is_delete_marker]
    markers = [_marker(one, encoded, owner) for one in page.versions if one.is_delete_marker]
    if versions:
        reply["Versions"] = versions
    if markers:
        reply["DeleteMarkers"] = markers
    if page.last is not None:
        reply["NextKeyMarker"] = encoded(page.last)
        if page.last_version is not None:
            reply["NextVersionIdMarker"] = page.last_version.version_id
    return reply


def encoding(params: Params) -> _Encoded:
    """How keys are written: as they are, or as a URL has them."""
    match params.get("EncodingType"):
        case None:
            return str
        case "url":
            return _url_encoded
        case other:
            raise InvalidArgument(
                "Invalid Encoding Method specified in Request",
                members={"ArgumentName": "encoding-type", "ArgumentValue": other},
            )


def _url_encoded(text: str) -> str:
    return quote_plus(text, safe="/*")


async def _page(context: Context, params: Params, after: str) -> tuple[Bucket, Page]:
    limit = rules.page_limit("maxKeys", params.get("MaxKeys"))

    def read(tx: Tx) -> tuple[Bucket, Page]:
        bucket = changes.bucket_of(tx, params)
        page = listing.list_page(
            tx,
            bucket.name,
            prefix=params.get("Prefix", ""),
            delimiter=params.get("Delimiter", ""),
            after=after,
            limit=min(limit, _MOST),
        )
        return bucket, page

    return await context.db.read(read)


def _described(
    params: Params, encoded: _Encoded, page: Page, *, contents: bool = True
) -> dict[str, Any]:
    """What the three lists have in common."""
    reply: dict[str, Any] = {
        "IsTruncated": page.last is not None,
        "Prefix": encoded(params.get("Prefix", "")),
        "MaxKeys": params.get("MaxKeys", _MOST),
    }
    if params.get("Delimiter"):
        reply["Delimiter"] = encoded(params["Delimiter"])
    if params.get("EncodingType"):
        reply["EncodingType"] = params["EncodingType"]
    if contents and page.versions:
        reply["Contents"] = [replies.listed(version, encoded) for version in page.versions]
    if page.common_prefixes:
        reply["CommonPrefixes"] = [{"Prefix": encoded(text)} for text in page.common_prefixes]
    return reply


def _version(version: Version, encoded: _Encoded, owner: dict[str, str]) -> dict[str, Any]:
    return {
        **replies.listed(version, encoded),
        "VersionId": version.version_id,
        "IsLatest": version.is_latest,
        "Owner": owner,
    }


def _marker(version: Version, encoded: _Encoded, owner: dict[str, str]) -> dict[str, Any]:
    return {
        "Key": encoded(version.key),
        "VersionId": version.version_id,
        "IsLatest": version.is_latest,
        "LastModified": rules.last_modified(version),
        "Owner": owner,
    }
