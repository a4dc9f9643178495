"""Deliveries and confirmations, as work."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lambent.core.arn import Arn
from lambent.platform import Context
from lambent.services.sns import (
    delivering,
    delivery_policies,
    event_records,
    message_store,
    metrics,
    store,
    subscription_rules,
)
from lambent.services.sns.delivering import Failure, Parcel
from lambent.services.sns.event_records import Addresses
from lambent.services.sns.records import Message, Subscription, Topic
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

_log = logging.getLogger(__name__)

_MAIL = frozenset({"email", "email-json"})


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What is to go where, as it is now."""

    topic: Topic
    subscription: Subscription
    message: Message


async def deliver(context: Context, item: WorkItem) -> None:
    """Give one message to one subscription, try again later, or give up."""
    message_id = item.payload["message"]
    if "trace" in item.payload:
        context = replace(context, request={"x-amzn-trace-id": item.payload["trace"]})
    delivery = await context.db.read(
        partial(_find_delivery, arn=item.payload["subscription"], message_id=message_id)
    )

    def ended(tx: Tx) -> None:
        message_store.finish_delivery(tx, message_id)
        queue.finish(tx, item.id)

    if delivery is None:
        await context.db.write(ended)
    elif delivery.subscription.protocol in _MAIL:
        mail = await _message_mail(context, delivery)
        await context.db.write(partial(_hand_on, context=context, item=item, mail=mail, end=ended))
        metrics.count(context, delivery.topic, "NumberOfNotificationsDelivered")
    else:
        parcel = await _pack(context, delivery)
        if await _tried(context, item, parcel, item.payload.get("failures", 0)):
            await context.db.write(ended)


async def deliver_in_order(context: Context, item: WorkItem) -> None:
    """Give a FIFO topic's messages of one group to one subscription, each after the one before."""
    arn, group = item.payload["subscription"], item.payload["group"]
    failures = item.payload.get("failures", 0)

    def ended(tx: Tx, sequence: int, message_id: str) -> None:
        message_store.remove_from_backlog(tx, arn, group, sequence)
        message_store.finish_delivery(tx, message_id)

    while True:
        following = await context.db.write(partial(_next_or_finish, item=item))
        if following is None:
            return
        sequence, message_id = following
        delivery = await context.db.read(partial(_find_delivery, arn=arn, message_id=message_id))
        if delivery is not None and not await _tried(
            context, item, await _pack(context, delivery), failures
        ):
            return
        failures = 0
        await context.db.write(partial(ended, sequence=sequence, message_id=message_id))


async def ask_to_confirm(context: Context, item: WorkItem) -> None:
    """Send the endpoint what it needs to confirm a subscription, or to have it back."""
    subscription, topic = await context.db.read(
        partial(_find_subscription, arn=item.payload["subscription"])
    )

    def ended(tx: Tx) -> None:
        queue.finish(tx, item.id)

    if subscription is None or topic is None or subscription.status == "confirmed":
        await context.db.write(ended)
        return
    kind = item.payload["kind"]
    envelope: dict[str, Any] = {}
    if subscription.protocol != "email":
        addresses = Addresses(context.settings.endpoint_url)
        envelope = event_records.confirmation(
            subscription,
            addresses,
            kind=kind,
            message_id=item.payload["message"],
            at=context.clock.now(),
        )
        envelope |= await delivering.signed(context, topic, envelope)
    if subscription.protocol in _MAIL:
        mail = _confirmation_mail(context, topic, subscription, kind, envelope)
        await context.db.write(partial(_hand_on, context=context, item=item, mail=mail, end=ended))
        return
    parcel = Parcel(subscription, topic, envelope)
    if await _tried(context, item, parcel, item.payload.get("failures", 0)):
        await context.db.write(ended)


async def expire(context: Context, item: WorkItem) -> None:
    """Forget a subscription that nobody confirmed in time, or wanted back."""
    now = context.clock.now()

    def write(tx: Tx) -> None:
        found = store.find_subscription(tx, item.payload["subscription"])
        if found is not None and found.status != "confirmed":
            if found.token_until > now:
                queue.postpone(tx, item.id, found.token_until)
                return
            store.remove_subscription(tx, found.arn)
        queue.finish(tx, item.id)

    await context.db.write(write)


async def _tried(context: Context, item: WorkItem, parcel: Parcel, failures: int) -> bool:
    """Try once; True when it is over, well or not, False when it comes again later."""
    failure = await delivering.send(context, parcel)
    if failure is None:
        if parcel.message is not None:
            metrics.count(context, parcel.topic, "NumberOfNotificationsDelivered")
        return True
    delay = None
    if failure.may_succeed_later:
        policy = delivering.policy_of(parcel)
        delay = delivery_policies.delay_before_retry(policy, failures + 1)
    if delay is None:
        await _bury(context, parcel, failure)
        return True
    run_at = context.clock.now() + delay
    payload = {**item.payload, "failures": failures + 1}
    await context.db.write(lambda tx: queue.postpone(tx, item.id, run_at, payload))
    return False


async def _bury(context: Context, parcel: Parcel, failure: Failure) -> None:
    """What could not be delivered goes to the subscription's dead-letter queue, if it has one."""
    _log.info("%s gave up: %s", parcel.subscription.arn, failure.reason)
    if parcel.message is None:
        return
    metrics.count(context, parcel.topic, "NumberOfNotificationsFailed")
    dead_letters = subscription_rules.dead_letter_queue(parcel.subscription)
    if dead_letters is None:
        return
    lost = await delivering.send_to_queue(context, parcel, dead_letters)
    redriven = "FailedToRedriveToDlq" if lost is not None else "RedrivenToDlq"
    metrics.count(context, parcel.topic, f"NumberOfNotifications{redriven}")
    if lost is not None:
        _log.warning("%s: dead letter lost: %s", parcel.subscription.arn, lost.reason)


async def _pack(context: Context, delivery: _Delivery) -> Parcel:
    return await delivering.pack(context, delivery.topic, delivery.subscription, delivery.message)


async def _message_mail(context: Context, delivery: _Delivery) -> dict[str, Any]:
    sender = context.settings.mail.sender
    if delivery.subscription.protocol == "email":
        return event_records.message_mail(
            delivery.message,
            delivery.subscription,
            delivery.topic,
            Addresses(context.settings.endpoint_url),
            sender,
        )
    parcel = await _pack(context, delivery)
    return event_records.json_mail(parcel.envelope, delivery.subscription, delivery.topic, sender)


def _confirmation_mail(
    context: Context,
    topic: Topic,
    subscription: Subscription,
    kind: str,
    envelope: Mapping[str, Any],
) -> dict[str, Any]:
    sender = context.settings.mail.sender
    if subscription.protocol == "email-json":
        return event_records.json_mail(envelope, subscription, topic, sender)
    addresses = Addresses(context.settings.endpoint_url)
    return event_records.confirmation_mail(subscription, addresses, kind=kind, sender=sender)


def _hand_on(
    tx: Tx, context: Context, item: WorkItem, mail: dict[str, Any], end: Callable[[Tx], None]
) -> None:
    """The mail is sent as work of its own, which begins when the delivery ends."""
    context.enqueue(tx, f"{item.id}/mail", "mail.deliver", mail)
    end(tx)


def _next_or_finish(tx: Tx, item: WorkItem) -> tuple[int, str] | None:
    following = message_store.find_next_in_backlog(
        tx, item.payload["subscription"], item.payload["group"]
    )
    if following is None:
        queue.finish(tx, item.id)
    return following


def _find_subscription(tx: Tx, arn: str) -> tuple[Subscription | None, Topic | None]:
    subscription = store.find_subscription(tx, arn)
    if subscription is None:
        return None, None
    topic = Arn.parse(subscription.topic_arn)
    return subscription, store.find_topic(tx, topic.account, topic.region, topic.resource)


def _find_delivery(tx: Tx, arn: str, message_id: str) -> _Delivery | None:
    """None when nobody wants the message any more."""
    subscription, topic = _find_subscription(tx, arn)
    message = message_store.find_message(tx, message_id)
    if subscription is None or topic is None or message is None:
        return None
    if subscription.status != "confirmed":
        return None
    return _Delivery(topic, subscription, message)
