"""What a subscription may be, and how its attributes are shown; pure."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lambent.core import errors
from lambent.core.arn import Arn
from lambent.core.errors import NotSupported
from lambent.services.sns import delivery_policies, filters, topic_rules
from lambent.services.sns.errors import InvalidParameter
from lambent.services.sns.records import Subscription, Topic
from lambent.services.sns.rules import json_object_in

# AWS: a token is good for two days, and what was not confirmed by then is forgotten.
TOKEN_SECONDS = 2 * 86_400.0

_NOT_SUPPORTED = frozenset({"sms", "application", "firehose"})
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_TAKES_RAW = frozenset({"sqs", "http", "https"})
_TAKES_LARGE = frozenset({"sqs", "lambda"})
_HTTP = frozenset({"http", "https"})

_ATTRIBUTES = frozenset(
    {"DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"}
)
_NOT_SUPPORTED_ATTRIBUTES = frozenset({"ReplayPolicy", "ReplayStatus", "SubscriptionRoleArn"})


def checked_endpoint(topic: Topic, protocol: str, endpoint: str) -> str:
    """The endpoint, if the protocol can deliver to it."""
    if protocol in _NOT_SUPPORTED:
        raise NotSupported(f"Lambent does not deliver to subscriptions of the protocol {protocol}.")
    check = _ENDPOINTS.get(protocol)
    if check is None:
        raise InvalidParameter(f"Amazon SNS does not support this protocol string: {protocol}")
    if topic.is_fifo and protocol != "sqs":
        raise InvalidParameter(f"Invalid protocol type: {protocol}")
    if topic_rules.takes_large_messages(topic) and protocol not in _TAKES_LARGE:
        raise InvalidParameter(
            "Protocol Reason: a topic with messages above 256 KiB takes no subscription of"
            f" {protocol}"
        )
    check(endpoint)
    if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.is_fifo:
        # AWS: says it twice.
        raise InvalidParameter(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard"
            " SNS topics"
        )
    return endpoint


def owner_of(protocol: str, endpoint: str) -> str | None:
    """The account that a queue or function belongs to; None for what is outside."""
    return Arn.parse(endpoint).account if protocol in ("sqs", "lambda") else None


def checked_attributes(protocol: str, asked: Mapping[str, str]) -> dict[str, str]:
    """The attributes that Subscribe asks for."""
    prefix = "Attributes Reason: "
    scope = asked.get("FilterPolicyScope", filters.ATTRIBUTES)
    for name, value in asked.items():
        _check_name(name, f"{prefix}Unknown attribute: {name}")
        _check_attribute(name, value, protocol, scope, prefix)
    return {name: value for name, value in asked.items() if value}


def with_attribute(subscription: Subscription, name: str, value: str) -> dict[str, str]:
    """The attributes after SetSubscriptionAttributes; an empty value takes one away."""
    _check_name(name, "AttributeName")
    attributes = dict(subscription.attributes)
    if not value:
        attributes.pop(name, None)
        if name == "FilterPolicy":
            attributes.pop("FilterPolicyScope", None)
        return attributes
    scope = attributes.get("FilterPolicyScope", filters.ATTRIBUTES)
    _check_attribute(name, value, subscription.protocol, scope, "")
    policy = attributes.get("FilterPolicy")
    if name == "FilterPolicyScope" and policy is not None:
        filters.check_filter_policy(policy, value)
    return {**attributes, name: value}


def shown_attributes(subscription: Subscription, topic: Topic) -> dict[str, str]:
    """What GetSubscriptionAttributes answers."""
    shown = {
        "RawMessageDelivery": "false",
        **subscription.attributes,
        "SubscriptionArn": subscription.arn,
        "TopicArn": subscription.topic_arn,
        "Owner": subscription.account,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "ConfirmationWasAuthenticated": _flag(subscription.was_authenticated),
        "PendingConfirmation": _flag(subscription.status == "pending"),
        "SubscriptionPrincipal": subscription.principal,
    }
    if "FilterPolicy" in shown:
        shown.setdefault("FilterPolicyScope", filters.ATTRIBUTES)
    if subscription.protocol in _HTTP:
        shown["EffectiveDeliveryPolicy"] = delivery_policies.shown_subscription_policy(
            topic.attributes.get("DeliveryPolicy"), subscription.attributes.get("DeliveryPolicy")
        )
    return shown


def check_same(known: Subscription, asked: Mapping[str, str]) -> None:
    """Subscribe again is refused where it asks for other attributes."""
    defaults = {"RawMessageDelivery": "false", "FilterPolicyScope": filters.ATTRIBUTES}
    for name, value in asked.items():
        if _plain(known.attributes.get(name, defaults.get(name))) != _plain(value):
            raise InvalidParameter(
                "Attributes Reason: Subscription already exists with different attributes"
            )


def dead_letter_queue(subscription: Subscription) -> Arn | None:
    text = subscription.attributes.get("RedrivePolicy")
    return None if text is None else Arn.parse(json.loads(text)["deadLetterTargetArn"])


def _check_email(endpoint: str) -> None:
    if not _EMAIL.fullmatch(endpoint):
        raise InvalidParameter("Email address")


def _check_queue(endpoint: str) -> None:
    if not _is_arn_of(endpoint, "sqs"):
        raise InvalidParameter("SQS endpoint ARN")


def _check_function(endpoint: str) -> None:
    if not _is_arn_of(endpoint, "lambda"):
        raise InvalidParameter("Lambda endpoint ARN")


def _check_url(scheme: str, endpoint: str) -> None:
    if not endpoint.lower().startswith(f"{scheme}://"):
        raise InvalidParameter("Endpoint must match the specified protocol")
    try:
        host = urlsplit(endpoint).hostname
    except ValueError:
        host = None
    if not host or any(character.isspace() for character in endpoint):
        raise InvalidParameter("Endpoint")


_ENDPOINTS: Mapping[str, Callable[[str], None]] = {
    "email": _check_email,
    "email-json": _check_email,
    "sqs": _check_queue,
    "lambda": _check_function,
    "http": lambda endpoint: _check_url("http", endpoint),
    "https": lambda endpoint: _check_url("https", endpoint),
}


def _is_arn_of(text: str, service: str) -> bool:
    try:
        arn = Arn.parse(text)
    except errors.ValidationFailed:
        return False
    return arn.service == service and bool(arn.region and arn.account and arn.resource)


def _check_name(name: str, wrong: str) -> None:
    if name in _NOT_SUPPORTED_ATTRIBUTES:
        raise NotSupported(f"Lambent does not support the attribute {name} of a subscription.")
    if name not in _ATTRIBUTES:
        raise InvalidParameter(wrong)


def _check_attribute(name: str, value: str, protocol: str, scope: str, prefix: str) -> None:
    if not value:
        return
    match name:
        case "RawMessageDelivery":
            _check_raw(value, protocol, prefix)
        case "FilterPolicyScope":
            if value not in (filters.ATTRIBUTES, filters.BODY):
                raise InvalidParameter(
                    f"{prefix}FilterPolicyScope: Invalid value [{value}]."
                    " Please use either MessageBody or MessageAttributes"
                )
        case "FilterPolicy":
            filters.check_filter_policy(value, scope, prefix)
        case "DeliveryPolicy":
            if protocol not in _HTTP:
                raise InvalidParameter(
                    f"{prefix}Delivery protocol [{protocol}] does not support delivery policy."
                )
            delivery_policies.subscription_policy(value, prefix)
        case _:
            _check_redrive(value, prefix)


def _check_raw(value: str, protocol: str, prefix: str) -> None:
    if value.lower() not in ("true", "false"):
        raise InvalidParameter(
            f"{prefix}RawMessageDelivery: Invalid value [{value}]. Must be true or false."
        )
    if protocol not in _TAKES_RAW and value.lower() == "true":
        raise InvalidParameter(
            f"{prefix}RawMessageDelivery: Delivery protocol [{protocol}] does not support raw"
            " message delivery."
        )


def _check_redrive(value: str, prefix: str) -> None:
    target = json_object_in(value, f"{prefix}RedrivePolicy").get("deadLetterTargetArn")
    if not isinstance(target, str) or not _is_arn_of(target, "sqs"):
        raise InvalidParameter(f"{prefix}RedrivePolicy: deadLetterTargetArn is an invalid arn")


def _plain(text: str | None) -> Any:
    """JSON texts are the same when what they say is."""
    try:
        return json.loads(text or "null")
    except (ValueError, RecursionError):
        return text


def _flag(value: bool) -> str:
    return "true" if value else "false"
