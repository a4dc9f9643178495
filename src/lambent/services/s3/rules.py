"""Names, ranges, conditions, tags and what else S3 decides without looking anywhere; pure."""

import base64
import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_in
from lambent.services.s3.errors import (
    AccessDenied,
    EntityTooLarge,
    EntityTooSmall,
    IllegalLocationConstraint,
    InvalidArgument,
    InvalidBucketName,
    InvalidDigest,
    InvalidPart,
    InvalidPartOrder,
    InvalidRange,
    InvalidRequest,
    InvalidTag,
    KeyTooLong,
    MalformedPolicy,
    MalformedXml,
    NotModified,
    PreconditionFailed,
)
from lambent.services.s3.records import Content, Part, Version
from lambent.wire.aws_chunked import remaining_encoding

# A content that is no larger is kept in its row: one write, no file.
INLINE_BYTES = 32 * 1024
# AWS: 5 GiB was the limit of one PutObject; the whole object may have 50 TiB by now.
_MOST_IN_A_PAGE = 1_000
_MOST_BYTES_AT_ONCE = 5 * 1024**3
_LEAST_PART_BYTES = 5 * 1024**2
_MOST_TAGS = 10

_BUCKET_NAME = re.compile(r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")

# What an object keeps of the parameters that made it, and gives back in headers of the same name.
KEPT_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
    "StorageClass",
    "WebsiteRedirectLocation",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
)
UNKNOWN_ALGORITHMS = ("XXHASH64", "XXHASH3", "XXHASH128")
CHECKSUM_ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5")


def check_bucket_name(name: str) -> None:
    is_address = True
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        is_address = False
    if (
        is_address
        or not _BUCKET_NAME.fullmatch(name)
        or ".." in name
        or name.endswith(("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"))
    ):
        raise InvalidBucketName("The specified bucket is not valid.", members={"BucketName": name})


def bucket_region(params: Mapping[str, Any], region: str) -> str:
    """Where the bucket is to be; raises where the endpoint of `region` makes none there."""
    asked = (params.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    if asked == "EU":
        asked = "eu-west-1"
    if not asked:
        if region != "us-east-1":
            raise IllegalLocationConstraint(
                "The unspecified location constraint is incompatible for the region specific"
                " endpoint this request was sent to."
            )
        return region
    # AWS: the endpoint of us-east-1 makes buckets anywhere.
    if region not in (asked, "us-east-1"):
        raise IllegalLocationConstraint(
            f"The {asked} location constraint is incompatible for the region specific endpoint"
            " this request was sent to."
        )
    return str(asked)


def check_key(key: str) -> None:
    if len(key.encode()) > 1024:
        raise KeyTooLong("Your key is too long", members={"Size": len(key.encode())})


def owner_id(account: str) -> str:
    """The canonical user id of an account: 64 hex digits, always the same."""
    return hashlib.sha256(f"canonical user {account}".encode()).hexdigest()


def kept_headers(params: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: params[name] for name in KEPT_HEADERS if params.get(name) is not None}
    if "ContentEncoding" in kept:
        # How the request's body was framed is over when it has arrived.
        kept["ContentEncoding"] = remaining_encoding(kept["ContentEncoding"])
        if not kept["ContentEncoding"]:
            del kept["ContentEncoding"]
    kept.setdefault("ContentType", "binary/octet-stream")
    if "SSECustomerAlgorithm" not in kept:
        kept.setdefault("ServerSideEncryption", "AES256")
    if "Metadata" in kept:
        kept["Metadata"] = {name.lower(): value for name, value in kept["Metadata"].items()}
    return kept


def tags_in_query(text: str | None) -> dict[str, str]:
    """The tags of `x-amz-tagging: a=1&b=2`."""
    pairs = parse_qsl(text or "", keep_blank_values=True)
    if len({name for name, _ in pairs}) < len(pairs):
        raise InvalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query"
            " parameters without tag name duplicates."
        )
    return checked_tags(dict(pairs), _MOST_TAGS)


def tags_in_set(tagging: Mapping[str, Any], most: int = _MOST_TAGS) -> dict[str, str]:
    pairs = tagging["TagSet"]
    tags = {tag["Key"]: tag["Value"] for tag in pairs}
    if len(tags) < len(pairs):
        raise InvalidTag("Cannot provide multiple Tags with the same key")
    return checked_tags(tags, most)


def checked_tags(tags: dict[str, str], most: int) -> dict[str, str]:
    if len(tags) > most:
        raise InvalidTag(f"Object tags cannot be greater than {most}")
    for name, value in tags.items():
        if not 1 <= len(name) <= 128:
            raise InvalidTag("The TagKey you have provided is invalid")
        if len(value) > 256:
            raise InvalidTag("The TagValue you have provided is invalid")
        if name.startswith("aws:"):
            raise InvalidTag("System tags cannot be added/updated by requester")
    return tags


def tag_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def check_policy(text: str, bucket: str) -> None:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPolicy(
            "Policies must be valid JSON and the first byte must be '{'"
        ) from None
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicy("Missing required field Statement")
    for statement in statements:
        if not isinstance(statement, dict):
            raise MalformedPolicy("Policy statement must be an object")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise MalformedPolicy("Invalid effect")
        for one, other in (
            ("Principal", "NotPrincipal"),
            ("Action", "NotAction"),
            ("Resource", "NotResource"),
        ):
            if one not in statement and other not in statement:
                raise MalformedPolicy(f"Missing required field {one}")
        resources = statement.get("Resource", statement.get("NotResource"))
        for resource in resources if isinstance(resources, list) else [resources]:
            if not isinstance(resource, str):
                raise MalformedPolicy("Policy has invalid resource")
            name = resource.removeprefix("arn:aws:s3:::").split("/", 1)[0]
            if not resource.startswith("arn:aws:s3:::") or not _may_mean(name, bucket):
                raise MalformedPolicy("Policy has invalid resource")


def is_public(policy: str) -> bool:
    """Whether a policy lets everybody do something, no condition asked."""
    statements = json.loads(policy)["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        everybody = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        if statement["Effect"] == "Allow" and everybody and not statement.get("Condition"):
            return True
    return False


def content_md5(text: str | None) -> bytes | None:
    """The digest of `Content-MD5`."""
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 16:
        raise InvalidDigest("The Content-MD5 you specified was invalid.")
    return digest


def check_size(size: int) -> None:
    if size > _MOST_BYTES_AT_ONCE:
        raise EntityTooLarge(
            "Your proposed upload exceeds the maximum allowed size",
            members={"ProposedSize": size, "MaxSizeAllowed": _MOST_BYTES_AT_ONCE},
        )


def check_customer_key(version: Version, params: Mapping[str, Any], prefix: str = "") -> None:
    """An object with a key of the customer's own is shown to whoever has the key."""
    stored = version.headers.get("SSECustomerKeyMD5")
    given = params.get(f"{prefix}SSECustomerKeyMD5")
    if stored is None and given is not None:
        raise InvalidRequest("The encryption parameters are not applicable to this object.")
    if stored is not None and given is None:
        raise InvalidRequest(
            "The object was stored using a form of Server Side Encryption. The correct parameters"
            " must be provided to retrieve the object."
        )
    if stored != given:
        raise AccessDenied("Access Denied")


def last_modified(what: Version | Part) -> float:
    """AWS: whole seconds, in lists as in headers."""
    return float(int(what.modified_at))


def check_may_read(version: Version, conditions: Mapping[str, Any], prefix: str = "") -> None:
    """Raise where If-Match and its kin do not hold; for a copy's source they have a prefix."""
    etag, modified = version.etag, last_modified(version)
    if_match = conditions.get(f"{prefix}IfMatch")
    if_none_match = conditions.get(f"{prefix}IfNoneMatch")
    unmodified_since = conditions.get(f"{prefix}IfUnmodifiedSince")
    modified_since = conditions.get(f"{prefix}IfModifiedSince")
    if if_match is not None:
        if not _matches(if_match, etag):
            raise PreconditionFailed("If-Match")
    elif unmodified_since is not None and modified > unmodified_since:
        raise PreconditionFailed("If-Unmodified-Since")
    if if_none_match is not None:
        failed, name = _matches(if_none_match, etag), "If-None-Match"
    else:
        failed = modified_since is not None and modified <= modified_since
        name = "If-Modified-Since"
    if failed:
        # AWS: a copy has no "not modified" to answer with.
        raise PreconditionFailed(name) if prefix else NotModified("Not Modified")


def check_may_write(existing: Version | None, conditions: Mapping[str, Any]) -> None:
    """Raise where If-Match or If-None-Match of a write does not hold."""
    if conditions.get("IfNoneMatch") is not None and existing is not None:
        raise PreconditionFailed("If-None-Match")
    if_match = conditions.get("IfMatch")
    if if_match is not None and existing is not None and not _matches(if_match, existing.etag):
        raise PreconditionFailed("If-Match")


def byte_range(text: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole, as for a range that is none."""
    found = _RANGE.fullmatch(text.strip()) if text else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= size or start >= end:
        raise InvalidRange(
            "The requested range is not satisfiable",
            members={"RangeRequested": text, "ActualObjectSize": size},
        )
    return start, end


def part_range(content: Content, number: int) -> tuple[int, int]:
    """Where part `number` of an object is."""
    if content.part_count == 0:
        if number != 1:
            raise _no_such_part()
        return 0, content.size
    if not 1 <= number <= content.part_count:
        raise _no_such_part()
    start = sum(segment.size for segment in content.segments[: number - 1])
    return start, start + content.segments[number - 1].size


def page_limit(name: str, asked: int | None) -> int:
    """How many a page may have: `asked` by the parameter `name`, and never more than AWS gives."""
    limit = _MOST_IN_A_PAGE if asked is None else asked
    if limit < 0:
        raise InvalidArgument(f"Argument {name} must be an integer between 0 and 2147483647")
    return min(limit, _MOST_IN_A_PAGE)


def key_of(token: str) -> str:
    """Where the page after a continuation token begins."""
    try:
        return str(key_in(token)[0])
    except ValidationFailed:
        raise InvalidArgument(
            "The continuation token provided is incorrect",
            members={"ArgumentName": "continuation-token"},
        ) from None


def copy_source(text: str) -> tuple[str, str, str | None]:
    """Bucket, key and version of `x-amz-copy-source`."""
    path, _, query = text.partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise InvalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        )
    return bucket, key, query or None


def completed(parts: Sequence[Part], listed: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The parts that CompleteMultipartUpload lists; raises where they make no object."""
    if not listed:
        raise MalformedXml()
    numbers = [entry["PartNumber"] for entry in listed]
    if numbers != sorted(set(numbers)):
        raise InvalidPartOrder()
    known = {part.number: part for part in parts}
    chosen: list[Part] = []
    for entry in listed:
        part = known.get(entry["PartNumber"])
        if part is None or part.content.etag.strip('"') != str(entry.get("ETag", "")).strip('"'):
            raise InvalidPart()
        for algorithm, value in part.content.checksums.items():
            given = entry.get(f"Checksum{algorithm}")
            if given is not None and given != value:
                raise InvalidPart()
        chosen.append(part)
    for part in chosen[:-1]:
        if part.content.size < _LEAST_PART_BYTES:
            raise EntityTooSmall(
                "Your proposed upload is smaller than the minimum allowed size",
                members={
                    "ProposedSize": part.content.size,
                    "MinSizeAllowed": _LEAST_PART_BYTES,
                    "PartNumber": part.number,
                    "ETag": part.content.etag.strip('"'),
                },
            )
    return chosen


def etag_of_parts(parts: Sequence[Part]) -> str:
    digests = b"".join(bytes.fromhex(part.content.etag.strip('"')) for part in parts)
    return f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"'


def same_etag(one: str, other: str) -> bool:
    return one.strip('"') == other.strip('"')


def _matches(condition: str, etag: str) -> bool:
    given = [text.strip() for text in condition.split(",")]
    return "*" in given or any(same_etag(text.removeprefix("W/"), etag) for text in given)


def _may_mean(pattern: str, bucket: str) -> bool:
    """Whether a name with `*` and `?` can be the bucket's."""
    words = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(words, bucket) is not None


def _no_such_part() -> InvalidRange:
    return InvalidRange("The requested partnumber is not satisfiable", code="InvalidPartNumber")
