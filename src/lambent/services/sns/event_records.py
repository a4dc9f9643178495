"""What subscribers are sent: envelopes, Lambda's records, mails, the text that is signed; pure."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import quote

import orjson

from lambent.services.sns.publishing_rules import sequence_number
from lambent.services.sns.records import Message, Subscription, Topic

_ATTRIBUTES = "MessageAttributes"
_SENDER = "AWS Notifications"

# AWS: these members, in this order, each with its value on a line.
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """The links of a platform that listens at `endpoint_url`."""

    endpoint_url: str

    def subscribe(self, topic_arn: str, token: str) -> str:
        return f"{self.endpoint_url}/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}"

    def unsubscribe(self, subscription_arn: str) -> str:
        return f"{self.endpoint_url}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"

    def confirmation_page(self, subscription: Subscription) -> str:
        return (
            f"{self.endpoint_url}/_lambent/sns/confirm/?TopicArn={subscription.topic_arn}"
            f"&Token={subscription.token}&Endpoint={quote(subscription.endpoint)}"
        )

    def unsubscribe_page(self, subscription_arn: str, endpoint: str) -> str:
        return (
            f"{self.endpoint_url}/_lambent/sns/unsubscribe/?SubscriptionArn={subscription_arn}"
            f"&Endpoint={quote(endpoint)}"
        )

    def certificate(self, name: str) -> str:
        return f"{self.endpoint_url}/_lambent/sns/certificate/{name}.pem"


def timestamp(at: float) -> str:
    """As SNS writes times: `2025-06-15T15:06:40.000Z`."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def notification(message: Message, protocol: str) -> dict[str, Any]:
    """The envelope, yet without its signature and links."""
    envelope: dict[str, Any] = {"Type": "Notification", "MessageId": message.id}
    number = sequence_number(message)
    if number is not None:
        envelope["SequenceNumber"] = number
    envelope["TopicArn"] = message.topic_arn
    if message.subject is not None:
        envelope["Subject"] = message.subject
    envelope["Message"] = message.text_for(protocol)
    envelope["Timestamp"] = timestamp(message.sent_at)
    return envelope


def confirmation(
    subscription: Subscription, addresses: Addresses, *, kind: str, message_id: str, at: float
) -> dict[str, Any]:
    """The envelope of a SubscriptionConfirmation or UnsubscribeConfirmation."""
    if kind == "SubscriptionConfirmation":
        words = (
            f"You have chosen to subscribe to the topic {subscription.topic_arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        )
    else:
        words = (
            f"You have chosen to deactivate subscription {subscription.arn}.\n"
            "To cancel this operation and restore the subscription, visit the SubscribeURL"
            " included in this message."
        )
    return {
        "Type": kind,
        "MessageId": message_id,
        "Token": subscription.token,
        "TopicArn": subscription.topic_arn,
        "Message": words,
        "SubscribeURL": addresses.subscribe(subscription.topic_arn, subscription.token),
        "Timestamp": timestamp(at),
    }


def signed_text(envelope: Mapping[str, Any]) -> str:
    return "".join(
        f"{name}\n{envelope[name]}\n" for name in _SIGNED[envelope["Type"]] if name in envelope
    )


def envelope_text(envelope: Mapping[str, Any]) -> str:
    """As AWS lays it out: a member a line, an attribute a line."""
    lines = [f'  "{name}" : {_json(envelope[name])}' for name in envelope if name != _ATTRIBUTES]
    attributes = envelope.get(_ATTRIBUTES)
    if attributes:
        inner = ",\n".join(
            f"    {_json(name)} : {_json(each)}" for name, each in attributes.items()
        )
        lines.append(f'  "{_ATTRIBUTES}" : {{\n{inner}\n  }}')
    return "{\n" + ",\n".join(lines) + "\n}"


def queue_attributes(message: Message) -> dict[str, dict[str, Any]]:
    """The attributes of a raw message, as SQS takes them."""
    return {
        name: {"DataType": each["Type"], "BinaryValue": base64.b64decode(each["Value"])}
        if each["Type"].startswith("Binary")
        else {"DataType": each["Type"], "StringValue": each["Value"]}
        for name, each in message.attributes.items()
    }


def lambda_event(envelope: Mapping[str, Any], subscription_arn: str) -> dict[str, Any]:
    """The event of a function: the envelope with Lambda's spelling of its links."""
    record = {
        "Type": envelope["Type"],
        "MessageId": envelope["MessageId"],
        "TopicArn": envelope["TopicArn"],
        "Subject": envelope.get("Subject"),
        "Message": envelope["Message"],
        "Timestamp": envelope["Timestamp"],
        "SignatureVersion": envelope.get("SignatureVersion"),
        "Signature": envelope.get("Signature"),
        "SigningCertUrl": envelope.get("SigningCertURL"),
        "UnsubscribeUrl": envelope.get("UnsubscribeURL"),
        "MessageAttributes": envelope.get("MessageAttributes", {}),
    }
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription_arn,
                "Sns": record,
            }
        ]
    }


def message_mail(
    message: Message, subscription: Subscription, topic: Topic, addresses: Addresses, sender: str
) -> dict[str, Any]:
    """The mail of an `email` subscription."""
    link = addresses.unsubscribe_page(subscription.arn, subscription.endpoint)
    body = (
        f"{message.text_for('email')}\n\n--\nIf you wish to stop receiving notifications from this"
        f" topic, please click or visit the link below to unsubscribe:\n{link}\n\nPlease do not"
        " reply directly to this email."
    )
    subject = message.subject or "AWS Notification Message"
    return {**_mail_to(subscription, topic, sender), "subject": subject, "body": body}


def json_mail(
    envelope: Mapping[str, Any], subscription: Subscription, topic: Topic, sender: str
) -> dict[str, Any]:
    """The mail of an `email-json` subscription: the envelope and nothing else."""
    subject = envelope.get("Subject") or _SUBJECTS[envelope["Type"]]
    body = json.dumps(envelope, ensure_ascii=False)
    return {**_mail_to(subscription, topic, sender), "subject": subject, "body": body}


def confirmation_mail(
    subscription: Subscription, addresses: Addresses, *, kind: str, sender: str
) -> dict[str, Any]:
    """The mail that asks to confirm, or that says the subscription is gone and may come back."""
    link = addresses.confirmation_page(subscription)
    if kind == "SubscriptionConfirmation":
        body = (
            f"You have chosen to subscribe to the topic:\n{subscription.topic_arn}\n\nTo confirm"
            " this subscription, click or visit the link below (If this was in error no action is"
            f" necessary):\n{link}\n\nPlease do not reply directly to this email."
        )
    else:
        body = (
            f"Your subscription to the topic below has been deleted:\n{subscription.topic_arn}\n\n"
            "If this was in error or you wish to resubscribe, click or visit the link below:\n"
            f"{link}\n\nPlease do not reply directly to this email."
        )
    # AWS: the topic's display name is for its messages only.
    to = {"to": [subscription.endpoint], "sender": _address(_SENDER, parseaddr(sender)[1])}
    return {**to, "subject": _SUBJECTS[kind], "body": body}


_SUBJECTS = {
    "Notification": "AWS Notification Message",
    "SubscriptionConfirmation": "AWS Notification - Subscription Confirmation",
    "UnsubscribeConfirmation": "AWS Notification - Unsubscribe Confirmation",
}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _mail_to(subscription: Subscription, topic: Topic, sender: str) -> dict[str, Any]:
    own_name, address = parseaddr(sender)
    name = topic.attributes.get("DisplayName") or own_name or _SENDER
    return {"to": [subscription.endpoint], "sender": _address(name, address)}


def _address(name: str, address: str) -> str:
    """For people to read; the mail itself encodes what is beyond ASCII."""
    if name.isascii():
        return formataddr((name, address))
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'
