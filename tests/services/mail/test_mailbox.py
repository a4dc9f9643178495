"""The embedded mailbox: it keeps what was sent, and shows it."""

import orjson
import pytest

from lambent.platform import Context
from lambent.services.mail import doors, store
from lambent.services.mail.records import Message
from lambent.services.mail.store import NoSuchMessage
from lambent.storage.database import Database
from lambent.wire.messages import HttpRequest
from tests.conftest import World


async def send(world: World, subject: str, item_id: str = "one", **more: str) -> None:
    payload = {"to": ["ann@example.com"], "subject": subject, "body": "A body.", **more}
    context = world.context
    await context.db.write(lambda tx: context.enqueue(tx, item_id, "mail.deliver", payload))
    await world.settle()


async def shown(context: Context, rest: str = "") -> object:
    request = HttpRequest("GET", f"/_lambent/mail/messages/{rest}", "", {}, b"")
    reply = await doors.messages(context, request, rest)
    return orjson.loads(reply.body)  # type: ignore[arg-type]


async def test_without_a_relay_mail_is_kept(world: World, context: Context) -> None:
    await send(world, "First", sender="orders@example.com")

    assert await shown(context) == {
        "messages": [
            {
                "id": "one",
                "account": "000000000000",
                "region": "us-east-1",
                "sent_at": context.clock.now(),
                "sender": "orders@example.com",
                "recipients": ["ann@example.com"],
                "subject": "First",
                "body": "A body.",
                "status": "kept",
                "error": None,
            }
        ]
    }


async def test_the_newest_mail_comes_last(world: World, context: Context) -> None:
    for number in range(3):
        await send(world, f"Number {number}", f"item-{number}")
        await world.advance(1)

    newest = await context.db.read(lambda tx: store.list_messages(tx, 2))
    assert [message.subject for message in newest] == ["Number 1", "Number 2"]


async def test_the_same_work_again_is_one_mail(world: World, context: Context) -> None:
    await send(world, "First")
    await send(world, "First")

    assert len(await context.db.read(lambda tx: store.list_messages(tx, 9))) == 1


async def test_one_mail_is_shown_by_its_id(world: World, context: Context) -> None:
    await send(world, "First")
    found = await shown(context, "one")

    assert isinstance(found, dict)
    assert found["subject"] == "First"
    with pytest.raises(NoSuchMessage):
        await shown(context, "two")


async def test_what_is_kept_is_what_is_read(database: Database) -> None:
    message = Message("m", "0", "r", 5.0, "a@b.c", ("d@e.f", "g@h.i"), "s", "b", "queued")
    await database.write(lambda tx: store.add_message(tx, message))
    await database.write(lambda tx: store.put_status(tx, "m", "failed", "no such host"))

    found = await database.read(lambda tx: store.get_message(tx, "m"))
    assert (found.status, found.error) == ("failed", "no such host")
    assert found.recipients == message.recipients
