"""Changes of topics, subscriptions and messages, each with the work that follows from it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lambent.core.arn import Arn
from lambent.core.ids import new_uuid
from lambent.platform import Context
from lambent.services.sns import message_store, publishing_rules, store, subscription_rules
from lambent.services.sns.errors import AuthorizationError, InvalidParameter, NotFound
from lambent.services.sns.records import Message, Subscription, Topic
from lambent.storage.database import Tx


def get_topic(tx: Tx, arn: Arn) -> Topic:
    topic = store.find_topic(tx, arn.account, arn.region, arn.resource)
    if topic is None:
        raise NotFound("Topic does not exist")
    return topic


def subscribe(tx: Tx, context: Context, asked: Subscription) -> Subscription:
    """The subscription of the endpoint: the same again, or a new one that may have to confirm."""
    known = store.find_subscription_of(tx, asked.topic_arn, asked.protocol, asked.endpoint)
    if known is not None and known.status == "confirmed":
        subscription_rules.check_same(known, asked.attributes)
        return known
    if known is not None and known.status == "pending":
        # AWS: subscribing again sends another confirmation.
        asked = replace(
            known,
            token_until=asked.token_until,
            attributes={**known.attributes, **asked.attributes},
        )
    elif known is not None:
        store.remove_subscription(tx, known.arn)
    store.put_subscription(tx, asked)
    if asked.status == "pending":
        _ask_to_confirm(tx, context, asked, "SubscriptionConfirmation")
    return asked


def confirm(
    tx: Tx, topic: Topic, token: str, *, now: float, is_signed: bool, needs_authentication: bool
) -> Subscription:
    """The endpoint wants what it was asked for, or has its subscription back."""
    found = store.find_subscription_by_token(tx, topic.arn, token)
    if found is None:
        raise InvalidParameter("Token")
    if found.status == "confirmed":
        return found
    if found.token_until < now:
        raise InvalidParameter("Token")
    confirmed = replace(
        found,
        status="confirmed",
        was_authenticated=is_signed,
        needs_authentication=is_signed and needs_authentication,
    )
    store.put_subscription(tx, confirmed)
    return confirmed


def unsubscribe(tx: Tx, context: Context, arn: str, *, is_signed: bool) -> Subscription | None:
    """
    End a subscription; None where there was none, which is no error.

    AWS: whoever has the link can end it, so the endpoint is told and may take it back.
    """
    found = store.find_subscription(tx, arn)
    if found is None or found.status == "deleted":
        return None
    if is_signed or found.status == "pending":
        store.remove_subscription(tx, arn)
        return found
    if found.needs_authentication:
        raise AuthorizationError(f"Unsubscribing {arn} needs a signed request")
    until = context.clock.now() + subscription_rules.TOKEN_SECONDS
    deleted = replace(found, status="deleted", token=new_token(), token_until=until)
    store.put_subscription(tx, deleted)
    _ask_to_confirm(tx, context, deleted, "UnsubscribeConfirmation")
    return deleted


def publish(
    tx: Tx, context: Context, topic: Topic, recipients: Iterable[Subscription], message: Message
) -> Message:
    """Keep the message for those who get it, with a work row for each of them."""
    receiving = list(recipients)
    if topic.is_fifo:
        return _publish_in_order(tx, context, topic, receiving, message)
    if receiving:
        message_store.add_message(tx, message, len(receiving))
    place = context.at(topic.account, topic.region)
    # So that whoever gets it can tell a loop.
    header = context.request.get("x-amzn-trace-id")
    trace = {"trace": header} if header else {}
    for subscription in receiving:
        place.enqueue(
            tx,
            f"sns/{message.id}/{subscription.id}",
            "sns.deliver",
            {"message": message.id, "subscription": subscription.arn, **trace},
        )
    return message


def new_token() -> str:
    return (new_uuid() + new_uuid()).replace("-", "")


def _publish_in_order(
    tx: Tx, context: Context, topic: Topic, recipients: Sequence[Subscription], message: Message
) -> Message:
    now = context.clock.now()
    group = publishing_rules.deduplication_group(topic, message)
    duplicate = message_store.find_duplicate(
        tx, topic.arn, group, message.deduplication_id or "", now
    )
    if duplicate is not None:
        # AWS: taken, and delivered no second time.
        known_id, known_sequence = duplicate
        return replace(message, id=known_id, sequence=known_sequence)
    sequence = get_topic(tx, Arn.parse(topic.arn)).next_sequence
    store.put_next_sequence(tx, topic, sequence + 1)
    message = replace(message, sequence=sequence)
    until = now + publishing_rules.DEDUPLICATION_SECONDS
    message_store.remember_deduplication(tx, group, message, now=now, until=until)
    if recipients:
        message_store.add_message(tx, message, len(recipients))
    place = context.at(topic.account, topic.region)
    for subscription in recipients:
        message_store.add_to_backlog(tx, subscription.arn, message)
        place.enqueue(
            tx,
            f"sns/{subscription.id}/{message.group_id}",
            "sns.deliver_in_order",
            {"subscription": subscription.arn, "group": message.group_id},
        )
    return message


def _ask_to_confirm(tx: Tx, context: Context, subscription: Subscription, kind: str) -> None:
    topic = Arn.parse(subscription.topic_arn)
    place = context.at(topic.account, topic.region)
    message_id = new_uuid()
    place.enqueue(
        tx,
        f"sns/{subscription.id}/confirmation/{message_id}",
        "sns.ask_to_confirm",
        {"subscription": subscription.arn, "kind": kind, "message": message_id},
    )
    place.enqueue(
        tx,
        f"sns/{subscription.id}/expiry",
        "sns.expire",
        {"subscription": subscription.arn},
        subscription.token_until,
    )
