"""
One try to deliver: to a queue, a function or a web address.

Mail is not here: it is handed on in the same write that ends its delivery.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from lambent import web
from lambent.core.arn import Arn
from lambent.core.errors import AwsError, Conflict, NotSupported, Throttled
from lambent.platform import Context
from lambent.services.sns import delivery_policies, event_records, signing
from lambent.services.sns.event_records import Addresses
from lambent.services.sns.records import Message, Subscription, Topic
from lambent.targets import delivery_call, queue_url
from lambent.web import WebFailure, WebRequest

_PRINCIPAL = "sns.amazonaws.com"
# AWS: an endpoint has fifteen seconds to answer.
_TIMEOUT_SECONDS = 15.0
_USER_AGENT = "Amazon Simple Notification Service Agent"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery failed, and whether the same may succeed later."""

    reason: str
    may_succeed_later: bool


@dataclass(frozen=True, slots=True)
class Parcel:
    """
    What goes to a subscription: its envelope, and the message if it is one (not a confirmation).
    """

    subscription: Subscription
    topic: Topic
    envelope: Mapping[str, Any]
    message: Message | None = None

    @property
    def is_raw(self) -> bool:
        return self.subscription.is_raw and self.message is not None


async def pack(
    context: Context, topic: Topic, subscription: Subscription, message: Message
) -> Parcel:
    """The message in its envelope, signed."""
    envelope = event_records.notification(message, subscription.protocol)
    if not subscription.is_raw:
        # AWS: a FIFO topic's messages are not signed.
        if not topic.is_fifo:
            envelope |= await signed(context, topic, envelope)
        addresses = Addresses(context.settings.endpoint_url)
        envelope["UnsubscribeURL"] = addresses.unsubscribe(subscription.arn)
        if message.attributes:
            envelope["MessageAttributes"] = dict(message.attributes)
    return Parcel(subscription, topic, envelope, message)


async def signed(context: Context, topic: Topic, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an envelope that say who wrote it."""
    key = await signing.signing_key(context)
    version = topic.attributes.get("SignatureVersion", "1")
    addresses = Addresses(context.settings.endpoint_url)
    return {
        "SignatureVersion": version,
        "Signature": signing.signature(key, event_records.signed_text(envelope), version),
        "SigningCertURL": addresses.certificate(key.name),
    }


async def send(context: Context, parcel: Parcel) -> Failure | None:
    """Try once; what went wrong, if anything did."""
    return await _SEND[parcel.subscription.protocol](context, parcel)


def policy_of(parcel: Parcel) -> delivery_policies.DeliveryPolicy:
    if parcel.subscription.protocol in ("http", "https"):
        return delivery_policies.effective_policy(
            parcel.topic.attributes.get("DeliveryPolicy"),
            parcel.subscription.attributes.get("DeliveryPolicy"),
        )
    return delivery_policies.AWS_ENDPOINTS


async def send_to_queue(context: Context, parcel: Parcel, queue: Arn) -> Failure | None:
    """To the subscription's queue, or to the one for its dead letters."""
    params: dict[str, Any] = {"QueueUrl": queue_url(queue), "MessageBody": _text(parcel)}
    message = parcel.message
    if message is not None:
        if parcel.is_raw and message.attributes:
            params["MessageAttributes"] = event_records.queue_attributes(message)
        if message.group_id is not None:
            params["MessageGroupId"] = message.group_id
        if message.deduplication_id is not None and queue.resource.endswith(".fifo"):
            params["MessageDeduplicationId"] = message.deduplication_id
    return await _call(context, queue, "sqs", "SendMessage", params)


def _text(parcel: Parcel) -> str:
    if parcel.is_raw:
        return str(parcel.envelope["Message"])
    return event_records.envelope_text(parcel.envelope)


async def _to_queue(context: Context, parcel: Parcel) -> Failure | None:
    return await send_to_queue(context, parcel, Arn.parse(parcel.subscription.endpoint))


async def _to_function(context: Context, parcel: Parcel) -> Failure | None:
    function = Arn.parse(parcel.subscription.endpoint)
    event = event_records.lambda_event(parcel.envelope, parcel.subscription.arn)
    call = delivery_call(function, orjson.dumps(event))
    return await _call(context, function, call.service, call.operation, call.params)


async def _call(
    context: Context, target: Arn, service: str, operation: str, params: Mapping[str, Any]
) -> Failure | None:
    caller = context.acting_as(_PRINCIPAL).at(context.account, target.region)
    try:
        await caller.call(service, operation, params)
    except AwsError as error:
        return Failure(f"{error.code}: {error.message}", _may_succeed_later(error))
    return None


def _may_succeed_later(error: AwsError) -> bool:
    """AWS: faults of the service are retried; what is gone or forbidden stays so."""
    if isinstance(error, NotSupported):
        return False
    return isinstance(error, Throttled | Conflict) or error.status >= 500


async def _to_web(context: Context, parcel: Parcel) -> Failure | None:
    request = WebRequest(
        "POST", parcel.subscription.endpoint, _headers(parcel), _text(parcel).encode()
    )
    try:
        reply = await web.send(request, seconds=_TIMEOUT_SECONDS, most_bytes=0)
    except WebFailure as failure:
        return Failure(str(failure), True)
    if 200 <= reply.status < 300:
        return None
    # AWS: of the client's errors only "too many requests" is tried again.
    return Failure(
        f"the endpoint answered {reply.status}", reply.status >= 500 or reply.status == 429
    )


def _headers(parcel: Parcel) -> dict[str, str]:
    kind = parcel.envelope["Type"]
    content_type = "text/plain; charset=UTF-8"
    if kind == "Notification":
        content_type = policy_of(parcel).content_type
    headers = {
        "User-Agent": _USER_AGENT,
        "Content-Type": content_type,
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": parcel.envelope["MessageId"],
        "x-amz-sns-topic-arn": parcel.topic.arn,
    }
    if kind != "SubscriptionConfirmation":
        headers["x-amz-sns-subscription-arn"] = parcel.subscription.arn
    if parcel.is_raw:
        headers["x-amz-sns-rawdelivery"] = "true"
    return headers


_SEND: Mapping[str, Callable[[Context, Parcel], Awaitable[Failure | None]]] = {
    "sqs": _to_queue,
    "lambda": _to_function,
    "http": _to_web,
    "https": _to_web,
}
