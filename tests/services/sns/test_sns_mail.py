"""E-mail subscriptions: asked by mail, confirmed by a link, ended by a link."""

import json

from lambent.platform import Context
from tests.conftest import World
from tests.services.sns.messages import (
    call,
    follow,
    link_in,
    mails,
    make_topic,
    query_of,
    refused,
)

DAY = 86_400.0


async def subscribe(context: Context, topic: str, protocol: str = "email") -> str:
    reply = await call(
        context, "Subscribe", TopicArn=topic, Protocol=protocol, Endpoint="ann@example.com"
    )
    return str(reply["SubscriptionArn"])


async def confirmed(world: World, topic: str) -> str:
    """A subscription whose link was followed; its ARN."""
    await subscribe(world.context, topic)
    await world.settle()
    await follow(world.context, link_in((await mails(world.context))[-1], "confirm"))
    listed = await call(world.context, "ListSubscriptionsByTopic", TopicArn=topic)
    return str(listed["Subscriptions"][0]["SubscriptionArn"])


async def publish(world: World, topic: str, message: str, **more: str) -> None:
    """Send a message a second later: mails of one moment have no order."""
    await world.advance(1)
    await call(world.context, "Publish", TopicArn=topic, Message=message, **more)
    await world.settle()


async def test_a_mail_asks_and_its_link_confirms(world: World, context: Context) -> None:
    topic = await make_topic(context, DisplayName="The orders")
    assert await subscribe(context, topic) == "pending confirmation"
    await call(context, "Publish", TopicArn=topic, Message="too early")
    await world.settle()

    (asked,) = await mails(context)
    assert asked.subject == "AWS Notification - Subscription Confirmation"
    assert asked.recipients == ("ann@example.com",)
    assert asked.sender == "AWS Notifications <no-reply@sns.amazonaws.com>"
    assert topic in asked.body
    listed = await call(context, "ListSubscriptionsByTopic", TopicArn=topic)
    assert listed["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"

    page = await follow(context, link_in(asked, "onfirm"))
    assert page.status == 200
    assert b"Subscription confirmed!" in bytes(page.body)  # type: ignore[arg-type]

    await publish(world, topic, "A shoe.\nRed.", Subject="Order 1")
    (_, report) = await mails(context)
    assert report.subject == "Order 1"
    assert report.sender == "The orders <no-reply@sns.amazonaws.com>"
    assert report.body.startswith("A shoe.\nRed.\n\n--\nIf you wish to stop receiving")
    assert "onfirm" not in report.body


async def test_a_message_without_subject_has_awss(world: World, context: Context) -> None:
    topic = await make_topic(context)
    await confirmed(world, topic)
    await publish(world, topic, "x")

    assert (await mails(context))[-1].subject == "AWS Notification Message"


async def test_the_link_below_a_message_ends_the_subscription(
    world: World, context: Context
) -> None:
    """
    Whoever has the link can use it, so the subscriber is told and can take the subscription back.
    """
    topic = await make_topic(context)
    arn = await confirmed(world, topic)
    await publish(world, topic, "x")

    await world.advance(1)
    page = await follow(context, link_in((await mails(context))[-1], "unsubscribe"))
    assert b"Subscription removed!" in bytes(page.body)  # type: ignore[arg-type]
    await world.settle()
    assert (await call(context, "ListSubscriptions"))["Subscriptions"] == []
    attributes = await call(context, "GetTopicAttributes", TopicArn=topic)
    assert attributes["Attributes"]["SubscriptionsDeleted"] == "1"
    told = (await mails(context))[-1]
    assert told.subject == "AWS Notification - Unsubscribe Confirmation"

    await follow(context, link_in(told, "confirm"))
    (back,) = (await call(context, "ListSubscriptions"))["Subscriptions"]
    assert back["SubscriptionArn"] == arn


async def test_a_subscription_may_ask_for_its_arn_at_once(context: Context) -> None:
    topic = await make_topic(context)
    reply = await call(
        context,
        "Subscribe",
        TopicArn=topic,
        Protocol="email",
        Endpoint="ann@example.com",
        ReturnSubscriptionArn=True,
    )

    found = await call(
        context, "GetSubscriptionAttributes", SubscriptionArn=reply["SubscriptionArn"]
    )
    assert found["Attributes"]["PendingConfirmation"] == "true"


async def test_asking_again_sends_the_mail_again(world: World, context: Context) -> None:
    topic = await make_topic(context)
    await subscribe(context, topic)
    await subscribe(context, topic)
    await world.settle()

    assert len(await mails(context)) == 2
    assert len((await call(context, "ListSubscriptions"))["Subscriptions"]) == 1


async def test_what_is_not_confirmed_in_two_days_is_forgotten(
    world: World, context: Context
) -> None:
    topic = await make_topic(context)
    await subscribe(context, topic)
    await world.advance(DAY)
    await subscribe(context, topic)
    await world.advance(1.5 * DAY)
    assert len((await call(context, "ListSubscriptions"))["Subscriptions"]) == 1

    link = link_in((await mails(context))[0], "confirm")
    await world.advance(DAY)
    assert (await call(context, "ListSubscriptions"))["Subscriptions"] == []
    page = await follow(context, link)
    assert page.status == 400


async def test_a_wrong_token_is_refused(context: Context) -> None:
    topic = await make_topic(context)

    assert await refused(context, "ConfirmSubscription", TopicArn=topic, Token="x") == (
        "InvalidParameter",
        "Invalid parameter: Token",
    )


async def test_a_subscription_that_asks_for_signatures_is_not_ended_by_a_link(
    world: World, context: Context
) -> None:
    topic = await make_topic(context)
    await subscribe(context, topic)
    await world.settle()
    token = query_of(link_in((await mails(context))[0], "confirm"))["Token"]
    reply = await call(
        context,
        "ConfirmSubscription",
        TopicArn=topic,
        Token=token,
        AuthenticateOnUnsubscribe="true",
    )
    arn = reply["SubscriptionArn"]
    assert (await call(context, "ConfirmSubscription", TopicArn=topic, Token=token))[
        "SubscriptionArn"
    ] == arn
    await publish(world, topic, "x")

    page = await follow(context, link_in((await mails(context))[-1], "unsubscribe"))
    assert page.status == 400
    found = await call(context, "GetSubscriptionAttributes", SubscriptionArn=arn)
    assert found["Attributes"]["ConfirmationWasAuthenticated"] == "true"

    await call(context, "Unsubscribe", SubscriptionArn=arn)
    assert await refused(context, "GetSubscriptionAttributes", SubscriptionArn=arn) == (
        "NotFound",
        "Subscription does not exist",
    )


async def test_email_json_gets_the_envelope(world: World, context: Context) -> None:
    topic = await make_topic(context)
    await subscribe(context, topic, "email-json")
    await world.settle()
    asked = json.loads((await mails(context))[0].body)
    assert asked["Type"] == "SubscriptionConfirmation"
    await call(context, "ConfirmSubscription", TopicArn=topic, Token=asked["Token"])

    texts = json.dumps({"default": "for others", "email-json": "for this"})
    await publish(world, topic, texts, MessageStructure="json")
    envelope = json.loads((await mails(context))[-1].body)
    assert (envelope["Type"], envelope["Message"]) == ("Notification", "for this")


async def test_messages_leave_nothing_behind(world: World, context: Context) -> None:
    topic = await make_topic(context)
    await confirmed(world, topic)
    await publish(world, topic, "x")

    left = await context.db.read(lambda tx: tx.all("SELECT id FROM sns_message"))
    assert left == []


async def test_a_deleted_topic_takes_its_subscriptions_along(
    world: World, context: Context
) -> None:
    topic = await make_topic(context)
    await confirmed(world, topic)
    await call(context, "Publish", TopicArn=topic, Message="x")
    await call(context, "DeleteTopic", TopicArn=topic)
    await world.settle()

    assert (await call(context, "ListSubscriptions"))["Subscriptions"] == []
    assert await context.db.read(lambda tx: tx.all("SELECT id FROM sns_message")) == []
    assert await refused(context, "Publish", TopicArn=topic, Message="x") == (
        "NotFound",
        "Topic does not exist",
    )
