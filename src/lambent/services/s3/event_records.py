"""
What S3 says when something happens to an object; pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from lambent.services.s3 import rules
from lambent.services.s3.records import Bucket, Version
from lambent.wire.error_replies import s3_host_id

_REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject"}
_DETAIL_TYPES = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
}
_DELETION_TYPES = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}
# AWS: a delete marker has the ETag of nothing.
_ETAG_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"


@dataclass(frozen=True, slots=True)
class Cause:
    """Who asked for it, from where."""

    # As the record's userIdentity has it, and EventBridge's requester.
    principal: str
    requester: str
    source_ip: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Happening:
    """`event` is `ObjectCreated:Put` and the like; `version` what was made, removed or tagged."""

    event: str
    bucket: Bucket
    version: Version
    at: float
    cause: Cause
    # Greater than that of whatever happened before.
    number: int

    @property
    def family(self) -> str:
        return self.event.partition(":")[0]

    @property
    def etag(self) -> str:
        if self.version.is_delete_marker:
            return _ETAG_OF_NOTHING
        return self.version.etag.strip('"')

    @property
    def sequencer(self) -> str:
        return f"{self.number:018X}"


def record(what: Happening, configuration_id: str) -> dict[str, Any]:
    """The record that functions, queues and topics get."""
    bucket, key = what.bucket, what.version.key
    return {
        "eventVersion": "2.3" if what.family == "ObjectTagging" else "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": _iso_time(what.at),
        "eventName": what.event,
        "userIdentity": {"principalId": what.cause.principal},
        "requestParameters": {"sourceIPAddress": what.cause.source_ip},
        "responseElements": {
            "x-amz-request-id": what.cause.request_id,
            "x-amz-id-2": s3_host_id(what.cause.request_id),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": rules.owner_id(bucket.account)},
                "arn": bucket_arn(bucket.name),
            },
            "object": _object(what, quote_plus(key, safe="/*"), "eTag", "versionId"),
        },
    }


def entry(what: Happening) -> dict[str, Any]:
    """The entry that EventBridge's default bus gets."""
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": what.bucket.name},
        "object": _object(what, what.version.key, "etag", "version-id"),
        "request-id": what.cause.request_id,
        "requester": what.cause.requester,
        "source-ip-address": what.cause.source_ip,
    }
    if what.family == "ObjectCreated":
        action = what.event.partition(":")[2]
        detail["reason"] = _REASONS.get(action, action)
    elif what.event in _DELETION_TYPES:
        detail |= {"reason": "DeleteObject", "deletion-type": _DELETION_TYPES[what.event]}
    return {
        "Source": "aws.s3",
        "DetailType": _DETAIL_TYPES.get(what.event) or _DETAIL_TYPES[what.family],
        "Time": what.at,
        "Resources": [bucket_arn(what.bucket.name)],
        "Detail": json.dumps(detail, ensure_ascii=False),
    }


def test_event(bucket: str, request_id: str, now: float) -> dict[str, str]:
    """What a queue or a topic gets when it is configured."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _iso_time(now),
        "Bucket": bucket,
        "RequestId": request_id,
        "HostId": s3_host_id(request_id),
    }


def bucket_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


def _object(what: Happening, key: str, etag: str, version_id: str) -> dict[str, Any]:
    """What was made, removed or tagged; the names of its members differ."""
    shown: dict[str, Any] = {"key": key}
    if what.family == "ObjectCreated":
        shown["size"] = what.version.content.size
    # AWS: of what is gone for ever the key alone is told.
    if what.event != "ObjectRemoved:Delete":
        shown[etag] = what.etag
    if _has_version_id(what):
        shown[version_id] = what.version.version_id
    if what.family != "ObjectTagging":
        shown["sequencer"] = what.sequencer
    return shown


def _has_version_id(what: Happening) -> bool:
    return bool(what.bucket.versioning) and what.version.version_id != "null"


def _iso_time(at: float) -> str:
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
