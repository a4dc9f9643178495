"""AWS::SNS::* for CloudFormation, as tables."""

from typing import Any

from lambent.languages.templates.resource_types import Asked, Call, Part, ResourceType

_TOPIC_SETTINGS = (
    "DisplayName",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    "ContentBasedDeduplication",
    "FifoThroughputScope",
    "ArchivePolicy",
)


def _attribute(property_name: str, operation: str, arn_param: str) -> Part:
    """A setting that the service keeps as an attribute of the same name."""
    return Part(
        property_name,
        put=Call(
            operation,
            {
                arn_param: "@id",
                "AttributeName": f"={property_name}",
                "AttributeValue": "@item",
            },
        ),
        remove=Call(
            operation,
            {arn_param: "@id", "AttributeName": f"={property_name}", "AttributeValue": "="},
        ),
        created=True,
    )


def _fifo_suffix(properties: Any) -> str:
    return ".fifo" if str(properties.get("FifoTopic", "")).lower() == "true" else ""


TOPIC = ResourceType(
    name="AWS::SNS::Topic",
    service="sns",
    named_by="TopicName",
    name_limit=256,
    name_suffix=_fifo_suffix,
    create=Call(
        "CreateTopic",
        {
            "Name": "@name",
            "Tags": "Tags",
            "Attributes.FifoTopic": "FifoTopic",
            "Attributes.DisplayName": "DisplayName",
            "Attributes.KmsMasterKeyId": "KmsMasterKeyId",
            "Attributes.ContentBasedDeduplication": "ContentBasedDeduplication",
            "Attributes.SignatureVersion": "SignatureVersion",
            "Attributes.TracingConfig": "TracingConfig",
            "Attributes.FifoThroughputScope": "FifoThroughputScope",
            "Attributes.ArchivePolicy": "ArchivePolicy",
            "DataProtectionPolicy": "DataProtectionPolicy",
        },
    ),
    existing=Call(
        "GetTopicAttributes",
        {"TopicArn": lambda asked: f"arn:aws:sns:{asked.region}:{asked.account}:{asked.name}"},
    ),
    identifier="TopicArn",
    attributes={
        "TopicArn": "@id",
        "TopicName": lambda asked: asked.physical_id.rsplit(":", 1)[-1],
    },
    parts=(
        Part(
            "Subscription",
            each=True,
            put=Call(
                "Subscribe",
                {
                    "TopicArn": "@id",
                    "Protocol": "@item.Protocol",
                    "Endpoint": "@item.Endpoint",
                },
            ),
        ),
        *(_attribute(name, "SetTopicAttributes", "TopicArn") for name in _TOPIC_SETTINGS),
    ),
    delete=Call("DeleteTopic", {"TopicArn": "@id"}),
    replaced_by=frozenset({"TopicName", "FifoTopic"}),
    taggable=True,
    tag=Call("TagResource", {"ResourceArn": "@id", "Tags": "@tags"}),
    untag=Call("UntagResource", {"ResourceArn": "@id", "TagKeys": "@tag_keys"}),
)

_SUBSCRIPTION_SETTINGS = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)


def _asking_for_the_arn(asked: Asked) -> bool:
    # Else the ARN of what waits for its confirmation is the words "pending confirmation".
    return True


SUBSCRIPTION = ResourceType(
    name="AWS::SNS::Subscription",
    service="sns",
    required=("Protocol", "TopicArn"),
    create=Call(
        "Subscribe",
        {
            "TopicArn": "TopicArn",
            "Protocol": "Protocol",
            "Endpoint": "Endpoint",
            "ReturnSubscriptionArn": _asking_for_the_arn,
            **{f"Attributes.{name}": name for name in _SUBSCRIPTION_SETTINGS},
        },
    ),
    identifier="SubscriptionArn",
    attributes={"Arn": "@id"},
    parts=tuple(
        _attribute(name, "SetSubscriptionAttributes", "SubscriptionArn")
        for name in _SUBSCRIPTION_SETTINGS
    ),
    delete=Call("Unsubscribe", {"SubscriptionArn": "@id"}),
    replaced_by=frozenset({"Endpoint", "Protocol", "TopicArn"}),
    # The topic's own region is where the call goes already.
    ignored=frozenset({"Region"}),
)

TOPIC_POLICY = ResourceType(
    name="AWS::SNS::TopicPolicy",
    service="sns",
    required=("PolicyDocument", "Topics"),
    create=None,
    attributes={"Id": "@id"},
    parts=(
        Part(
            "Topics",
            each=True,
            by=frozenset({"PolicyDocument"}),
            put=Call(
                "SetTopicAttributes",
                {
                    "TopicArn": "@item",
                    "AttributeName": "=Policy",
                    "AttributeValue": "PolicyDocument",
                },
            ),
        ),
    ),
)

RESOURCE_TYPES = (TOPIC, SUBSCRIPTION, TOPIC_POLICY)
