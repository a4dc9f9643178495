"""What S3 remembers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Bucket:
    """`versioning` is empty, `Enabled` or `Suspended`."""

    name: str
    account: str
    region: str
    created_at: float
    versioning: str = ""
    object_lock: bool = False
    # The notification configuration as JSON, empty where there is none; lists do not have it.
    notification: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A blob, or the part of a content that it is."""

    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """
    The bytes of an object, or where they are: `body` for a small one, else the segments.

    `checksums` are in base64 by algorithm; `checksum_type` says of what they are.
    """

    size: int
    etag: str
    body: bytes | None = None
    segments: tuple[Segment, ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict)
    checksum_type: str = "FULL_OBJECT"
    # As many as it was uploaded in; 0 for one that was put.
    part_count: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or the marker that it was deleted."""

    number: int
    bucket: str
    key: str
    version_id: str
    is_latest: bool
    is_delete_marker: bool
    modified_at: float
    content: Content
    # Content type and the like, encryption, `Metadata`: by the parameters that gave them.
    headers: Mapping[str, Any]
    tags: Mapping[str, str]

    @property
    def etag(self) -> str:
        return self.content.etag


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload that goes on."""

    id: str
    bucket: str
    key: str
    started_at: float
    headers: Mapping[str, Any]
    tags: Mapping[str, str]
    checksum_algorithm: str
    checksum_type: str


@dataclass(frozen=True, slots=True)
class Part:
    upload_id: str
    number: int
    modified_at: float
    content: Content
