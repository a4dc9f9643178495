"""What a topic may be, and how its attributes are shown; pure."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from lambent.core.errors import NotSupported
from lambent.services.sns import delivery_policies
from lambent.services.sns.errors import InvalidParameter
from lambent.services.sns.records import Topic
from lambent.services.sns.rules import tags_in

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo")
_MOST_DISPLAY_NAME = 100
_MOST_POLICY = 30 * 1024

_BOOLEANS = frozenset({"true", "false"})
_CHOICES: Mapping[str, frozenset[str]] = {
    "ContentBasedDeduplication": _BOOLEANS,
    "FifoThroughputScope": frozenset({"Topic", "MessageGroup"}),
    "FifoTopic": _BOOLEANS,
    "SignatureVersion": frozenset({"1", "2"}),
    "TracingConfig": frozenset({"PassThrough", "Active"}),
}
_OF_FIFO = frozenset({"ContentBasedDeduplication", "FifoThroughputScope"})
_OTHERS = frozenset(
    {"DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "MaximumMessageSize", "Policy"}
)
_DEFAULT_MESSAGE_SIZE = 256 * 1024
# AWS: not shown unless they were set.
_DEFAULTS: Mapping[str, str] = {
    "MaximumMessageSize": str(_DEFAULT_MESSAGE_SIZE),
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}
_MOST_MESSAGE_SIZE = 1024 * 1024
# Archives of FIFO topics, and the delivery status that is logged for roles of each protocol.
_NOT_SUPPORTED = re.compile(
    r"ArchivePolicy|BeginningArchiveTime|DataProtectionPolicy"
    r"|(HTTP|Firehose|Lambda|Application|SQS)"
    r"(Success|Failure)Feedback(RoleArn|SampleRate)"
)

# AWS: what the owner's account may do unless a policy is set.
_DEFAULT_ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)
_ACTIONS = frozenset({*_DEFAULT_ACTIONS, "Receive"})


def new_topic(params: Mapping[str, Any], *, account: str, region: str, now: float) -> Topic:
    """The topic that CreateTopic asks for, checked."""
    if params.get("DataProtectionPolicy"):
        raise NotSupported("Lambent does not have message data protection.")
    attributes = {
        name: checked_value(name, value, "Attributes Reason: ")
        for name, value in params.get("Attributes", {}).items()
    }
    _check_name(params["Name"], is_fifo=attributes.get("FifoTopic") == "true")
    if attributes.get("FifoTopic") == "false":
        # AWS: a topic is FIFO or has no such attribute.
        del attributes["FifoTopic"]
    topic = Topic(
        account=account,
        region=region,
        name=params["Name"],
        attributes=attributes,
        tags=tags_in(params.get("Tags", ())),
        created=now,
    )
    _check_fifo(topic)
    return topic


def check_same(known: Topic, asked: Topic, *, tags_given: bool) -> None:
    """CreateTopic again is refused where it asks for something else than what is there."""
    shown = {**_DEFAULTS, **shown_attributes(known, {})}
    for name, value in asked.attributes.items():
        if shown.get(name) != value and not _same_json(shown.get(name), value):
            raise InvalidParameter(
                "Attributes Reason: Topic already exists with different attributes"
            )
    if tags_given and dict(asked.tags) != dict(known.tags):
        raise InvalidParameter("Tags Reason: Topic already exists with different tags")


def with_attribute(topic: Topic, name: str, value: str) -> Topic:
    """SetTopicAttributes: an empty value takes the default back."""
    if name == "FifoTopic":
        raise InvalidParameter("AttributeName")
    attributes = dict(topic.attributes)
    if value == "" and name in _OTHERS:
        attributes.pop(name, None)
    else:
        attributes[name] = checked_value(name, value)
    changed = replace(topic, attributes=attributes)
    _check_fifo(changed)
    return changed


def checked_value(name: str, value: str, prefix: str = "") -> str:
    if _NOT_SUPPORTED.fullmatch(name):
        raise NotSupported(f"Lambent does not support the attribute {name} of a topic.")
    choices = _CHOICES.get(name)
    if choices is not None:
        if value not in choices:
            raise InvalidParameter(f"{prefix}{name}")
        return value
    if name not in _OTHERS:
        raise InvalidParameter(f"{prefix}AttributeName")
    if name == "DisplayName" and (len(value) > _MOST_DISPLAY_NAME or not value.isprintable()):
        raise InvalidParameter(f"{prefix}DisplayName")
    if name == "MaximumMessageSize" and not _is_message_size(value):
        raise InvalidParameter(f"{prefix}MaximumMessageSize")
    if name == "Policy":
        _check_policy(value)
    if name == "DeliveryPolicy":
        delivery_policies.topic_policy(value, prefix)
    return value


def shown_attributes(topic: Topic, counts: Mapping[str, int]) -> dict[str, str]:
    """What GetTopicAttributes answers; `counts` of subscriptions by their status."""
    shown = {
        "DisplayName": "",
        "Policy": json.dumps(default_policy(topic), separators=(",", ":")),
        **topic.attributes,
        "TopicArn": topic.arn,
        "Owner": topic.account,
        "SubscriptionsConfirmed": str(counts.get("confirmed", 0)),
        "SubscriptionsPending": str(counts.get("pending", 0)),
        "SubscriptionsDeleted": str(counts.get("deleted", 0)),
        "EffectiveDeliveryPolicy": delivery_policies.shown_topic_policy(
            topic.attributes.get("DeliveryPolicy")
        ),
    }
    if topic.is_fifo:
        shown.setdefault("ContentBasedDeduplication", "false")
        shown.setdefault("FifoThroughputScope", "Topic")
    return shown


def default_policy(topic: Topic) -> dict[str, Any]:
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in _DEFAULT_ACTIONS],
                "Resource": topic.arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": topic.account}},
            }
        ],
    }


def with_permission(
    topic: Topic, label: str, accounts: Iterable[str], actions: Iterable[str]
) -> Topic:
    """AddPermission: one more statement in the policy."""
    asked = list(actions)
    if not asked:
        raise InvalidParameter("Policy statement must contain actions!")
    if not set(asked) <= _ACTIONS:
        raise InvalidParameter("Policy statement action out of service scope!")
    policy = _policy(topic)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise InvalidParameter("Statement already exists")
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": [f"SNS:{action}" for action in asked] if len(asked) > 1 else f"SNS:{asked[0]}",
        "Resource": topic.arn,
    }
    return _with_policy(topic, {**policy, "Statement": [*policy["Statement"], statement]})


def without_permission(topic: Topic, label: str) -> Topic:
    """RemovePermission: AWS says nothing when there is no such statement."""
    policy = _policy(topic)
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
    return _with_policy(topic, {**policy, "Statement": kept})


def _same_json(one: str | None, other: str) -> bool:
    """Whether two documents say the same, however they are written."""
    if one is None or not one.startswith("{") or not other.startswith("{"):
        return False
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def _policy(topic: Topic) -> dict[str, Any]:
    text = topic.attributes.get("Policy")
    policy: dict[str, Any] = default_policy(topic) if text is None else json.loads(text)
    statements = policy.get("Statement", [])
    policy["Statement"] = statements if isinstance(statements, list) else [statements]
    return policy


def _with_policy(topic: Topic, policy: Mapping[str, Any]) -> Topic:
    text = json.dumps(policy, separators=(",", ":"))
    return replace(topic, attributes={**topic.attributes, "Policy": text})


def most_bytes(topic: Topic) -> int:
    """The size of the largest message that the topic takes."""
    return int(topic.attributes.get("MaximumMessageSize", _DEFAULT_MESSAGE_SIZE))


def takes_large_messages(topic: Topic) -> bool:
    """AWS: such a topic has subscriptions of queues and functions only."""
    return most_bytes(topic) > _DEFAULT_MESSAGE_SIZE


def _is_message_size(value: str) -> bool:
    return value.isdecimal() and 1024 <= int(value) <= _MOST_MESSAGE_SIZE


def _check_policy(text: str) -> None:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        # AWS: the reason is `null`, whatever is wrong with the document.
        raise InvalidParameter("Policy Error: null")
    statements = policy["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    if not all(isinstance(each, dict) for each in statements):
        raise InvalidParameter("Policy Error: null")
    if len(text.encode()) > _MOST_POLICY:
        raise InvalidParameter("Policy Error: policy is too long")


def _check_name(name: str, *, is_fifo: bool) -> None:
    if not is_fifo and not _NAME.fullmatch(name):
        raise InvalidParameter("Topic Name")
    if is_fifo and not _FIFO_NAME.fullmatch(name):
        raise InvalidParameter(
            "Fifo Topic names must end with .fifo and must be made up of only uppercase and"
            " lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1"
            " and 256 characters long."
        )


def _check_fifo(topic: Topic) -> None:
    if not topic.is_fifo and _OF_FIFO & set(topic.attributes):
        (name, *_) = sorted(_OF_FIFO & set(topic.attributes))
        raise InvalidParameter(f"{name} Reason: {name} attribute can only be set for FIFO topics")
