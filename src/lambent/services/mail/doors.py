"""The mailbox over HTTP, for the command line and the console."""

from dataclasses import asdict
from functools import partial

import orjson

from lambent.platform import Context
from lambent.services.mail import store
from lambent.wire.messages import HttpReply, HttpRequest

_MOST = 1_000


async def messages(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """`/_lambent/mail/messages`: the newest thousand; `…/messages/<id>`: one."""
    if rest:
        found: object = asdict(await context.db.read(partial(store.get_message, message_id=rest)))
    else:
        newest = await context.db.read(partial(store.list_messages, limit=_MOST))
        found = {"messages": [asdict(message) for message in newest]}
    return HttpReply(200, [("content-type", "application/json")], orjson.dumps(found))
