"""Pages for people who follow the links of a mail, and the certificate of the signatures."""

from functools import partial
from html import escape
from urllib.parse import parse_qs

from lambent.platform import Context
from lambent.services.sns import changes, rules, signing
from lambent.services.sns.errors import AuthorizationError, InvalidParameter, NotFound
from lambent.services.sns.event_records import Addresses
from lambent.services.sns.records import Subscription
from lambent.storage.database import Tx
from lambent.wire.messages import HttpReply, HttpRequest

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Simple Notification Service</title>
<style>body {{ font: 16px/1.5 sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em }}
h1 {{ font-size: 1.5em }} code {{ overflow-wrap: anywhere }}</style></head>
<body><h1>{title}</h1>{text}</body>
</html>
"""
_Refused = (AuthorizationError, InvalidParameter, NotFound)


async def confirm(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """`/_lambent/sns/confirm/?TopicArn=…&Token=…`: the link of a confirmation mail."""
    query = parse_qs(request.query)

    def write(tx: Tx) -> Subscription:
        arn = rules.topic_arn_in(query.get("TopicArn", [""])[0])
        return changes.confirm(
            tx,
            changes.get_topic(tx, arn),
            query.get("Token", [""])[0],
            now=context.clock.now(),
            is_signed=False,
            needs_authentication=False,
        )

    try:
        subscription = await context.db.write(write)
    except _Refused as error:
        return _page("The subscription cannot be confirmed", escape(error.message), 400)
    addresses = Addresses(context.settings.endpoint_url)
    link = addresses.unsubscribe_page(subscription.arn, subscription.endpoint)
    return _page(
        "Subscription confirmed!",
        f"<p>You have successfully subscribed <b>{escape(subscription.endpoint)}</b> to the topic"
        f" <code>{escape(subscription.topic_arn)}</code>.</p><p>Your subscription's id is:<br>"
        f"<code>{escape(subscription.arn)}</code></p><p>If it was not your intention to subscribe,"
        f' <a href="{escape(link)}">click here to unsubscribe</a>.</p>',
    )


async def unsubscribe(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """`/_lambent/sns/unsubscribe/?SubscriptionArn=…`: the link below every message."""
    arn = parse_qs(request.query).get("SubscriptionArn", [""])[0]
    try:
        rules.subscription_arn_in(arn)
        deleted = await context.db.write(
            partial(changes.unsubscribe, context=context, arn=arn, is_signed=False)
        )
    except _Refused as error:
        return _page("The subscription cannot be removed", escape(error.message), 400)
    if deleted is None:
        return _page("Nothing to remove", "<p>There is no such subscription.</p>")
    addresses = Addresses(context.settings.endpoint_url)
    link = addresses.confirmation_page(deleted)
    return _page(
        "Subscription removed!",
        f"<p>Your subscription to the topic <code>{escape(deleted.topic_arn)}</code> has been"
        f" removed.</p><p>If it was not your intention to unsubscribe,"
        f' <a href="{escape(link)}">click here to resubscribe</a>.</p>',
    )


async def certificate(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """`/_lambent/sns/certificate/<name>.pem`: the SigningCertURL of the messages."""
    key = await signing.signing_key(context)
    if rest != f"{key.name}.pem":
        raise NotFound("There is no such certificate.")
    headers = [("content-type", "application/x-pem-file")]
    return HttpReply(200, headers, key.certificate.encode())


def _page(title: str, text: str, status: int = 200) -> HttpReply:
    body = _PAGE.format(title=escape(title), text=text)
    return HttpReply(status, [("content-type", "text/html; charset=utf-8")], body.encode())
