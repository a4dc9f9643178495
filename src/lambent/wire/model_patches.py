"""
What the newest models no longer say, and older clients still rely on.

SQS moved from the query protocol to JSON, and its model lost the names and error codes of the
former; the newest CLI and SDK send JSON, older ones still the query form. `queryName` here
means what it means in EC2's model: a name for the query protocol alone.
"""

from typing import Any

SQS_QUERY_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

_SQS_MEMBERS = {
    "AWSAccountIds": "AWSAccountId",
    "Actions": "ActionName",
    "AttributeNames": "AttributeName",
    "Attributes": "Attribute",
    "BinaryListValues": "BinaryListValue",
    "Failed": "BatchResultErrorEntry",
    "MessageAttributeNames": "MessageAttributeName",
    "MessageAttributes": "MessageAttribute",
    "MessageSystemAttributeNames": "MessageSystemAttributeName",
    "MessageSystemAttributes": "MessageSystemAttribute",
    "Messages": "Message",
    "QueueUrls": "QueueUrl",
    "StringListValues": "StringListValue",
    "TagKeys": "TagKey",
    "Tags": "Tag",
    "queueUrls": "QueueUrl",
    "tags": "Tag",
}
# The lists that were named after their entries' shape.
_SQS_NAMED_AFTER_ENTRIES = frozenset({"Entries", "Successful", "Results"})
_SQS_MAP_NAMES = {"TagMap": ("Key", "Value")}
_SQS_CODES = {
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "BatchRequestTooLong": "AWS.SimpleQueueService.BatchRequestTooLong",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
    "KmsAccessDenied": "KMS.AccessDeniedException",
    "KmsDisabled": "KMS.DisabledException",
    "KmsInvalidKeyUsage": "KMS.InvalidKeyUsageException",
    "KmsInvalidState": "KMS.InvalidStateException",
    "KmsNotFound": "KMS.NotFoundException",
    "KmsOptInRequired": "KMS.OptInRequired",
    "KmsThrottled": "KMS.ThrottlingException",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "PurgeQueueInProgress": "AWS.SimpleQueueService.PurgeQueueInProgress",
    "QueueDeletedRecently": "AWS.SimpleQueueService.QueueDeletedRecently",
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
}


def _accept_message_attributes(shapes: dict[str, Any]) -> None:
    """
    Let ReceiveMessage's AttributeNames name attributes of messages.

    AWS: they are what the member is for, though its shape lists only those of queues.
    """
    name = {**shapes["QueueAttributeName"]}
    name["enum"] = [*name["enum"], *shapes["MessageSystemAttributeName"]["enum"]]
    shapes["ReceivedAttributeName"] = name
    names = {**shapes["AttributeNameList"], "member": {"shape": "ReceivedAttributeName"}}
    shapes["ReceivedAttributeNameList"] = names
    member = shapes["ReceiveMessageRequest"]["members"]["AttributeNames"]
    member["shape"] = "ReceivedAttributeNameList"


def _patch_sqs(raw: dict[str, Any]) -> None:
    raw["metadata"].setdefault("xmlNamespace", SQS_QUERY_NAMESPACE)
    raw["metadata"]["protocols"] = [*raw["metadata"].get("protocols", ["json"]), "query"]
    shapes = raw["shapes"]
    _accept_message_attributes(shapes)
    for name, shape in shapes.items():
        for member_name, member in (shape.get("members") or {}).items():
            if member_name in _SQS_NAMED_AFTER_ENTRIES:
                target = shapes[member["shape"]]
                if target["type"] == "list":
                    member["queryName"] = target["member"]["shape"]
            elif member_name in _SQS_MEMBERS and "locationName" not in member:
                member["queryName"] = _SQS_MEMBERS[member_name]
        if shape["type"] == "map":
            key, value = _SQS_MAP_NAMES.get(name, ("Name", "Value"))
            shape["key"]["queryName"] = key
            shape["value"]["queryName"] = value
        if shape.get("exception") and "error" not in shape:
            code = _SQS_CODES.get(name, name)
            shape["error"] = {"code": code, "httpStatusCode": 400, "senderFault": True}


def _patch_s3(raw: dict[str, Any]) -> None:
    raw["metadata"].setdefault("xmlNamespace", S3_NAMESPACE)
    # AWS: both are read beyond their enums (`Prefix` as it is shown), and refused in own words.
    for name in ("Event", "FilterRuleName"):
        raw["shapes"][name].pop("enum", None)


# AWS: required by the service although the model says otherwise.
_REQUIRED = {
    "s3": {
        "PutBucketLifecycleConfigurationRequest": ["LifecycleConfiguration"],
        "PutObjectLockConfigurationRequest": ["ObjectLockConfiguration"],
        "CompletedPart": ["ETag", "PartNumber"],
    },
    "stepfunctions": {"Tag": ["key"]},
    "sts": {"PolicyDescriptorType": ["arn"]},
}

_PATCHES = {"sqs": _patch_sqs, "s3": _patch_s3}


def patch_model(service: str, raw: dict[str, Any]) -> None:
    patch = _PATCHES.get(service)
    if patch is not None:
        patch(raw)
    for name, members in _REQUIRED.get(service, {}).items():
        shape = raw["shapes"][name]
        shape["required"] = [*shape.get("required", ()), *members]
