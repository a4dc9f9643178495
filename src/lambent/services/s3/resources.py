"""AWS::S3::* for CloudFormation, as tables."""

from typing import Any

from lambent.languages.templates.resource_types import Asked, Call, Part, ResourceType, Update


def _location(asked: Asked) -> dict[str, str] | None:
    # AWS: in us-east-1 a bucket has no location constraint.
    if asked.region == "us-east-1":
        return None
    return {"LocationConstraint": asked.region}


def _part(
    property_name: str,
    param: str,
    put: str,
    remove: str = "",
    value: Any = "@item",
    implied: bool = False,
) -> Part:
    """A property of the bucket that has an operation of its own."""
    return Part(
        property_name,
        put=Call(put, {"Bucket": "@id", param: value}),
        remove=Call(remove, {"Bucket": "@id"}) if remove else None,
        implied=implied,
    )


def _encryption(asked: Asked) -> dict[str, Any]:
    rules = asked.item.get("ServerSideEncryptionConfiguration", [])
    return {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": rule.get(
                    "ServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"}
                ),
                **(
                    {"BucketKeyEnabled": rule["BucketKeyEnabled"]}
                    if "BucketKeyEnabled" in rule
                    else {}
                ),
            }
            for rule in rules
        ]
    }


_RULE_NAMES = {"Id": "ID", "MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders"}


def _cors(asked: Asked) -> dict[str, Any]:
    return {
        "CORSRules": [
            {_RULE_NAMES.get(name, name): value for name, value in rule.items()}
            for rule in asked.item.get("CorsRules", [])
        ]
    }


def _lifecycle(asked: Asked) -> dict[str, Any]:
    """The template's rules, as the operation spells them."""
    rules = []
    for written in asked.item.get("Rules", []):
        rule = dict(written)
        fit: dict[str, Any] = {"Status": rule.pop("Status")}
        if "Id" in rule:
            fit["ID"] = rule.pop("Id")
        expiration = {
            name: rule.pop(source)
            for name, source in (
                ("Days", "ExpirationInDays"),
                ("Date", "ExpirationDate"),
                ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
            )
            if source in rule
        }
        if expiration:
            fit["Expiration"] = expiration
        if "NoncurrentVersionExpirationInDays" in rule:
            fit["NoncurrentVersionExpiration"] = {
                "NoncurrentDays": rule.pop("NoncurrentVersionExpirationInDays")
            }
        tags = rule.pop("TagFilters", None)
        prefix = rule.pop("Prefix", "")
        if tags and (len(tags) > 1 or prefix):
            fit["Filter"] = {"And": {"Prefix": prefix, "Tags": tags}}
        else:
            fit["Filter"] = {"Tag": tags[0]} if tags else {"Prefix": prefix}
        rules.append({**fit, **rule})
    return {"Rules": rules}


_TARGETS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
    "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
}


def _notifications(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for source, (name, target, arn) in _TARGETS.items():
        listed = [
            {
                arn: one[target],
                "Events": [one["Event"]],
                **(
                    {"Filter": {"Key": {"FilterRules": one["Filter"]["S3Key"]["Rules"]}}}
                    if "Filter" in one
                    else {}
                ),
            }
            for one in asked.item.get(source, [])
        ]
        if listed:
            found[name] = listed
    bridge = asked.item.get("EventBridgeConfiguration")
    if bridge is not None and str(bridge.get("EventBridgeEnabled", "true")).lower() == "true":
        found["EventBridgeConfiguration"] = {}
    return found


def _website(asked: Asked) -> dict[str, Any]:
    fit = dict(asked.item)
    for name, member in (("IndexDocument", "Suffix"), ("ErrorDocument", "Key")):
        if name in fit:
            fit[name] = {member: fit[name]}
    return fit


_ACLS = {
    "Private": "private",
    "PublicRead": "public-read",
    "PublicReadWrite": "public-read-write",
    "AuthenticatedRead": "authenticated-read",
    "BucketOwnerFullControl": "bucket-owner-full-control",
    "LogDeliveryWrite": "log-delivery-write",
}

BUCKET = ResourceType(
    name="AWS::S3::Bucket",
    service="s3",
    named_by="BucketName",
    name_limit=63,
    name_lowercase=True,
    create=Call(
        "CreateBucket",
        {
            "Bucket": "@name",
            "ACL": lambda asked: _ACLS.get(asked.properties.get("AccessControl", "")),
            "CreateBucketConfiguration": _location,
            "ObjectLockEnabledForBucket": "ObjectLockEnabled",
        },
    ),
    existing=Call("HeadBucket", {"Bucket": "@name"}),
    attributes={
        "Arn": lambda asked: f"arn:aws:s3:::{asked.physical_id}",
        "DomainName": lambda asked: f"{asked.physical_id}.s3.amazonaws.com",
        "DualStackDomainName": lambda asked: (
            f"{asked.physical_id}.s3.dualstack.{asked.region}.amazonaws.com"
        ),
        "RegionalDomainName": lambda asked: f"{asked.physical_id}.s3.{asked.region}.amazonaws.com",
        "WebsiteURL": lambda asked: (
            f"http://{asked.physical_id}.s3-website-{asked.region}.amazonaws.com"
        ),
    },
    delete=Call("DeleteBucket", {"Bucket": "@id"}),
    parts=(
        _part("VersioningConfiguration", "VersioningConfiguration", "PutBucketVersioning"),
        _part(
            "BucketEncryption",
            "ServerSideEncryptionConfiguration",
            "PutBucketEncryption",
            "DeleteBucketEncryption",
            _encryption,
            # Objects lie in the data folder either way; where encryption is one's own is the disk.
            implied=True,
        ),
        _part(
            "PublicAccessBlockConfiguration",
            "PublicAccessBlockConfiguration",
            "PutPublicAccessBlock",
            "DeletePublicAccessBlock",
            # Nothing is public that no policy makes so.
            implied=True,
        ),
        _part(
            "OwnershipControls",
            "OwnershipControls",
            "PutBucketOwnershipControls",
            "DeleteBucketOwnershipControls",
            # Every object belongs to the bucket's owner.
            implied=True,
        ),
        _part("CorsConfiguration", "CORSConfiguration", "PutBucketCors", "DeleteBucketCors", _cors),
        _part(
            "LifecycleConfiguration",
            "LifecycleConfiguration",
            "PutBucketLifecycleConfiguration",
            "DeleteBucketLifecycle",
            _lifecycle,
        ),
        Part(
            "NotificationConfiguration",
            put=Call(
                "PutBucketNotificationConfiguration",
                {"Bucket": "@id", "NotificationConfiguration": _notifications},
            ),
            remove=Call(
                "PutBucketNotificationConfiguration",
                {"Bucket": "@id", "NotificationConfiguration": lambda _: {}},
            ),
        ),
        _part(
            "WebsiteConfiguration",
            "WebsiteConfiguration",
            "PutBucketWebsite",
            "DeleteBucketWebsite",
            _website,
        ),
        _part("LoggingConfiguration", "BucketLoggingStatus.LoggingEnabled", "PutBucketLogging"),
        Part(
            "Tags",
            put=Call("PutBucketTagging", {"Bucket": "@id", "Tagging.TagSet": "Tags"}),
            remove=Call("DeleteBucketTagging", {"Bucket": "@id"}),
        ),
    ),
    replaced_by=frozenset({"BucketName", "ObjectLockEnabled"}),
    ignored=frozenset({"AccessControl"}),
    taggable=True,
)

BUCKET_POLICY = ResourceType(
    name="AWS::S3::BucketPolicy",
    service="s3",
    required=("Bucket", "PolicyDocument"),
    create=Call("PutBucketPolicy", {"Bucket": "Bucket", "Policy": "PolicyDocument"}),
    identifier=lambda asked: str(asked.properties["Bucket"]),
    updates=(Update(Call("PutBucketPolicy", {"Bucket": "@id", "Policy": "PolicyDocument"})),),
    delete=Call("DeleteBucketPolicy", {"Bucket": "@id"}),
    replaced_by=frozenset({"Bucket"}),
)

RESOURCE_TYPES = (BUCKET, BUCKET_POLICY)
