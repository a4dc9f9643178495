"""What a bucket has without being told, and what AWS says where it has nothing; pure."""

from typing import Any

from lambent.services.s3.errors import NoSuchConfiguration

_DEFAULTS: dict[str, Any] = {
    "encryption": {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                "BucketKeyEnabled": False,
            }
        ]
    },
    # AWS: so for every bucket made since April 2023.
    "publicAccessBlock": {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    },
    "ownership": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "notification": {},
    "logging": {},
    "accelerate": {},
    "requestPayment": {"Payer": "BucketOwner"},
}
# Stands where a default was deleted.
DELETED = "deleted"
# Those whose default is gone for good when somebody deletes them.
DELETED_FOR_GOOD = frozenset({"publicAccessBlock", "ownership"})

_MISSING = {
    "policy": ("NoSuchBucketPolicy", "The bucket policy does not exist"),
    "cors": ("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    "lifecycle": (
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
    ),
    "website": (
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
    ),
    "tagging": ("NoSuchTagSet", "The TagSet does not exist"),
    "publicAccessBlock": (
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
    ),
    "ownership": (
        "OwnershipControlsNotFoundError",
        "The bucket ownership controls were not found",
    ),
    "replication": (
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    ),
    "objectLock": (
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    ),
}


def default_of(kind: str, bucket: str) -> Any:
    """What a bucket has of `kind` from the start; raises AWS's error where that is nothing."""
    if kind in _DEFAULTS:
        return _DEFAULTS[kind]
    raise missing(kind, bucket)


def missing(kind: str, bucket: str) -> NoSuchConfiguration:
    code, words = _MISSING.get(
        kind, ("NoSuchConfiguration", "The specified configuration does not exist.")
    )
    return NoSuchConfiguration(words, code=code, members={"BucketName": bucket})
