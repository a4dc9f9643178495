"""
Subscriptions: asked for, confirmed, changed and ended.

https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from lambent.core.arn import Arn
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.sns import changes, rules, store, subscription_rules
from lambent.services.sns.api.paging import page_of, page_start
from lambent.services.sns.errors import InvalidParameter
from lambent.services.sns.records import Subscription, Topic
from lambent.storage.database import Tx


async def subscribe(context: Context, params: Params) -> Reply:
    """
    Subscribe an endpoint; what belongs to somebody else has to confirm it first.

    https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    """
    arn = rules.topic_arn_in(params["TopicArn"])
    topic = await context.db.read(partial(changes.get_topic, arn=arn))
    asked = _asked(context, topic, params)
    subscription = await context.db.write(partial(changes.subscribe, context=context, asked=asked))
    if subscription.status == "pending" and not params.get("ReturnSubscriptionArn"):
        return {"SubscriptionArn": "pending confirmation"}
    return {"SubscriptionArn": subscription.arn}


async def confirm_subscription(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html"""
    arn = rules.topic_arn_in(params["TopicArn"])
    now = context.clock.now()

    def write(tx: Tx) -> Subscription:
        return changes.confirm(
            tx,
            changes.get_topic(tx, arn),
            params["Token"],
            now=now,
            is_signed=_is_signed(context),
            needs_authentication=params.get("AuthenticateOnUnsubscribe", "").lower() == "true",
        )

    return {"SubscriptionArn": (await context.db.write(write)).arn}


async def unsubscribe(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html"""
    arn = params["SubscriptionArn"]
    rules.subscription_arn_in(arn)
    await context.db.write(
        partial(changes.unsubscribe, context=context, arn=arn, is_signed=_is_signed(context))
    )
    return {}


async def list_subscriptions(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html"""
    found = await context.db.read(
        partial(
            store.list_subscriptions_of_account,
            account=context.account,
            region=context.region,
            after=page_start(params),
            limit=rules.PAGE + 1,
        )
    )
    return _page(found)


async def list_subscriptions_by_topic(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html"""
    arn = rules.topic_arn_in(params["TopicArn"])
    after = page_start(params)

    def read(tx: Tx) -> list[Subscription]:
        topic = changes.get_topic(tx, arn)
        return store.list_subscriptions_of_topic(tx, topic.arn, after=after, limit=rules.PAGE + 1)

    return _page(await context.db.read(read))


async def get_subscription_attributes(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html"""
    arn = params["SubscriptionArn"]
    rules.subscription_arn_in(arn)

    def read(tx: Tx) -> dict[str, str]:
        subscription = store.get_subscription(tx, arn)
        topic = changes.get_topic(tx, Arn.parse(subscription.topic_arn))
        return subscription_rules.shown_attributes(subscription, topic)

    return {"Attributes": await context.db.read(read)}


async def set_subscription_attributes(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html"""
    arn = params["SubscriptionArn"]
    rules.subscription_arn_in(arn)
    name, value = params["AttributeName"], params.get("AttributeValue", "")

    def write(tx: Tx) -> None:
        subscription = store.get_subscription(tx, arn)
        attributes = subscription_rules.with_attribute(subscription, name, value)
        store.put_subscription(tx, replace(subscription, attributes=attributes))

    await context.db.write(write)
    return {}


def _asked(context: Context, topic: Topic, params: Params) -> Subscription:
    protocol = params["Protocol"]
    endpoint = params.get("Endpoint")
    if endpoint is None:
        raise InvalidParameter("Endpoint")
    subscription_rules.checked_endpoint(topic, protocol, endpoint)
    now = context.clock.now()
    is_own = subscription_rules.owner_of(protocol, endpoint) == context.account
    return Subscription(
        arn=f"{topic.arn}:{new_uuid()}",
        topic_arn=topic.arn,
        account=context.account,
        region=context.region,
        principal=context.principal.arn,
        protocol=protocol,
        endpoint=endpoint,
        attributes=subscription_rules.checked_attributes(protocol, params.get("Attributes") or {}),
        status="confirmed" if is_own else "pending",
        token=changes.new_token(),
        token_until=now + subscription_rules.TOKEN_SECONDS,
        created=now,
        was_authenticated=is_own,
    )


def _is_signed(context: Context) -> bool:
    """Whether it is a request of somebody known; a bare link from a mail is not."""
    return not context.request or "authorization" in context.request


def _page(found: Sequence[Subscription]) -> Reply:
    shown = [
        {
            "SubscriptionArn": "PendingConfirmation" if each.status == "pending" else each.arn,
            "Owner": each.account,
            "Protocol": each.protocol,
            "Endpoint": each.endpoint,
            "TopicArn": each.topic_arn,
        }
        for each in found
    ]
    return page_of("Subscriptions", shown, [each.arn for each in found])
