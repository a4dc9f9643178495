"""Sending: into the mailbox always, and on to the relay where there is one."""

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formatdate

from lambent.core.ids import uuid_from
from lambent.core.settings import MailSettings
from lambent.platform import Context
from lambent.services.mail import store
from lambent.services.mail.records import Message
from lambent.storage.database import Tx
from lambent.work import backoff, queue
from lambent.work.queue import WorkItem

# About a day of tries, as mail servers do.
_MOST_TRIES = 30
_TIMEOUT_SECONDS = 30.0
# Threads of their own: those of the loop unpack code and write objects, and a relay that does not
# answer would hold each of them for as long as the time-out.
_SESSIONS = 4
_CACHE = "mail"


async def deliver(context: Context, item: WorkItem) -> None:
    """Keep the message, relay it, and try a relay that is away again later."""
    settings = context.settings.mail
    message = _message(context, item, settings)
    await context.db.write(lambda tx: store.add_message(tx, message))
    if not settings.relay_host:
        await context.db.write(lambda tx: queue.finish(tx, item.id))
        return
    loop = asyncio.get_running_loop()
    error, final = await loop.run_in_executor(_threads(context), _relay, settings, message)
    final = final or item.attempt >= _MOST_TRIES
    now = context.clock.now()

    def write(tx: Tx) -> None:
        if error is None:
            store.put_status(tx, message.id, "relayed")
            queue.finish(tx, item.id)
        elif final:
            store.put_status(tx, message.id, "failed", error)
            queue.finish(tx, item.id)
        else:
            store.put_status(tx, message.id, "queued", error)
            wait = backoff.exponential(item.attempt, first=5.0, most=3_600.0)
            queue.postpone(tx, item.id, now + wait)

    await context.db.write(write)


def _threads(context: Context) -> ThreadPoolExecutor:
    threads: ThreadPoolExecutor | None = context.platform.caches.get(_CACHE)
    if threads is None:
        threads = ThreadPoolExecutor(_SESSIONS, thread_name_prefix=_CACHE)
        context.platform.caches[_CACHE] = threads
    return threads


def _message(context: Context, item: WorkItem, settings: MailSettings) -> Message:
    asked = item.payload
    return Message(
        id=item.id,
        account=item.account,
        region=item.region,
        sent_at=context.clock.now(),
        sender=asked.get("sender") or settings.sender,
        recipients=tuple(asked["to"]),
        subject=asked["subject"],
        body=asked["body"],
        status="queued" if settings.relay_host else "kept",
    )


def _relay(settings: MailSettings, message: Message) -> tuple[str | None, bool]:
    """Hand the message to the relay: the error if there is one, and whether it is final."""
    try:
        with _connected(settings) as relay:
            relay.send_message(_as_email(message))
    except smtplib.SMTPResponseException as error:
        return f"{error.smtp_code} {error.smtp_error!r}", error.smtp_code >= 500
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return f"recipients refused: {error.recipients}", min(codes) >= 500
    except (OSError, smtplib.SMTPException) as error:
        return str(error), False
    return None, True


def _connected(settings: MailSettings) -> smtplib.SMTP:
    """A session with the relay, encrypted and logged in as the settings say."""
    address = (settings.relay_host, settings.relay_port)
    if settings.encryption == "tls":
        relay: smtplib.SMTP = smtplib.SMTP_SSL(
            *address, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        relay = smtplib.SMTP(*address, timeout=_TIMEOUT_SECONDS)
    if settings.encryption == "starttls":
        relay.ehlo()
        # A relay without encryption is fine for mail, and is an error for a password.
        if settings.username or relay.has_extn("starttls"):
            relay.starttls(context=ssl.create_default_context())
    if settings.username:
        relay.login(settings.username, settings.password)
    return relay


def _as_email(message: Message) -> EmailMessage:
    email = EmailMessage()
    email["From"] = message.sender
    email["To"] = ", ".join(message.recipients)
    # A line break in a subject would end the header.
    email["Subject"] = " ".join(message.subject.split())
    email["Date"] = formatdate(message.sent_at)
    email["Message-ID"] = f"<{uuid_from(message.id)}@lambent.localhost>"
    email.set_content(message.body)
    return email
