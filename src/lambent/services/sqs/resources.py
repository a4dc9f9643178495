"""AWS::SQS::* for CloudFormation, as tables."""

from typing import Any

from lambent.languages.templates.resource_types import Asked, Call, Part, ResourceType, Update

# Each setting, and what it is when the template does not say.
_DEFAULTS: dict[str, Any] = {
    "DelaySeconds": 0,
    "MaximumMessageSize": 262_144,
    "MessageRetentionPeriod": 345_600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "VisibilityTimeout": 30,
    "RedrivePolicy": "",
    "RedriveAllowPolicy": "",
    "KmsMasterKeyId": "",
}
_WITHOUT_DEFAULT = (
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
)
_SETTINGS = (*_DEFAULTS, *_WITHOUT_DEFAULT)


def _or_default(name: str) -> Any:
    def source(asked: Asked) -> Any:
        return asked.properties.get(name, _DEFAULTS[name])

    return source


def _fifo_suffix(properties: Any) -> str:
    return ".fifo" if str(properties.get("FifoQueue", "")).lower() == "true" else ""


QUEUE = ResourceType(
    name="AWS::SQS::Queue",
    service="sqs",
    named_by="QueueName",
    name_limit=80,
    name_suffix=_fifo_suffix,
    create=Call(
        "CreateQueue",
        {
            "QueueName": "@name",
            "tags": "Tags",
            "Attributes.FifoQueue": "FifoQueue",
            **{f"Attributes.{name}": name for name in _SETTINGS},
        },
    ),
    existing=Call("GetQueueUrl", {"QueueName": "@name"}),
    identifier="QueueUrl",
    attributes={
        "QueueUrl": "@id",
        "QueueName": lambda asked: asked.physical_id.rsplit("/", 1)[-1],
        "Arn": lambda asked: (
            f"arn:aws:sqs:{asked.region}:{asked.account}:{asked.physical_id.rsplit('/', 1)[-1]}"
        ),
    },
    updates=(
        Update(
            Call(
                "SetQueueAttributes",
                {
                    "QueueUrl": "@id",
                    **{f"Attributes.{name}": _or_default(name) for name in _DEFAULTS},
                    **{f"Attributes.{name}": name for name in _WITHOUT_DEFAULT},
                },
            ),
            by=frozenset(_SETTINGS),
        ),
    ),
    delete=Call("DeleteQueue", {"QueueUrl": "@id"}),
    replaced_by=frozenset({"QueueName", "FifoQueue"}),
    taggable=True,
    tag=Call("TagQueue", {"QueueUrl": "@id", "Tags": "@tags"}),
    untag=Call("UntagQueue", {"QueueUrl": "@id", "TagKeys": "@tag_keys"}),
)

_POLICY = {"QueueUrl": "@item", "Attributes.Policy": "PolicyDocument"}

QUEUE_POLICY = ResourceType(
    name="AWS::SQS::QueuePolicy",
    service="sqs",
    required=("PolicyDocument", "Queues"),
    create=None,
    attributes={"Id": "@id"},
    parts=(
        Part(
            "Queues",
            each=True,
            by=frozenset({"PolicyDocument"}),
            put=Call("SetQueueAttributes", _POLICY),
            remove=Call("SetQueueAttributes", {"QueueUrl": "@item", "Attributes.Policy": "="}),
        ),
    ),
)

RESOURCE_TYPES = (QUEUE, QUEUE_POLICY)
