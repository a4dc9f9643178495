"""What S3's records look like in replies; pure."""

from collections.abc import Mapping
from typing import Any

from lambent.services.s3 import rules
from lambent.services.s3.records import Bucket, Content, Version

_RESPONSE_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}
_ENCRYPTION = (
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
)


def owner(account: str) -> dict[str, str]:
    return {"ID": rules.owner_id(account)}


def encryption(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: headers[name] for name in _ENCRYPTION if name in headers}


def checksums(content: Content) -> dict[str, Any]:
    if not content.checksums:
        return {}
    shown: dict[str, Any] = {f"Checksum{name}": text for name, text in content.checksums.items()}
    shown["ChecksumType"] = content.checksum_type
    return shown


def version_id(bucket: Bucket, version: Version) -> dict[str, str]:
    """Nothing, where the bucket never had versions."""
    return {"VersionId": version.version_id} if bucket.versioning else {}


def stored(bucket: Bucket, version: Version) -> dict[str, Any]:
    """The reply to a write of an object."""
    return {
        "ETag": version.etag,
        **encryption(version.headers),
        **checksums(version.content),
        **version_id(bucket, version),
    }


def described(bucket: Bucket, version: Version, params: Mapping[str, Any]) -> dict[str, Any]:
    """All that GetObject and HeadObject tell, but for the body and its length."""
    shown: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "LastModified": rules.last_modified(version),
        "ETag": version.etag,
        **version.headers,
        **version_id(bucket, version),
    }
    if shown.get("StorageClass") == "STANDARD":
        # AWS: said of every other class only.
        del shown["StorageClass"]
    shown.setdefault("Metadata", {})
    if version.tags:
        shown["TagCount"] = len(version.tags)
    if params.get("ChecksumMode") == "ENABLED" and "Range" not in params:
        shown |= checksums(version.content)
    for asked, header in _RESPONSE_OVERRIDES.items():
        if asked in params:
            shown[header] = params[asked]
    return shown


def listed(version: Version, encoded: Any) -> dict[str, Any]:
    """An entry of a list of objects."""
    shown: dict[str, Any] = {
        "Key": encoded(version.key),
        "LastModified": rules.last_modified(version),
        "ETag": version.etag,
        "Size": version.content.size,
        "StorageClass": version.headers.get("StorageClass", "STANDARD"),
    }
    if version.content.checksums:
        shown["ChecksumAlgorithm"] = list(version.content.checksums)
        shown["ChecksumType"] = version.content.checksum_type
    return shown
