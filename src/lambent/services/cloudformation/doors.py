"""Where custom resources and wait conditions answer."""

from functools import partial

import orjson

from lambent.core.errors import NotFound, ValidationFailed
from lambent.platform import Context
from lambent.services.cloudformation import custom_resources, store
from lambent.storage.database import Tx
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.work import queue

# AWS: 4 KB for a custom resource's answer; room is left for what AWS would cut.
_MOST_BYTES = 65_536


class NoSuchRequest(NotFound):
    code = "NoSuchRequest"


async def response(context: Context, request: HttpRequest, rest: str) -> HttpReply:
    """Take the answer of a custom resource, or a signal for a wait condition."""
    token = rest.split("?", 1)[0]
    waiting = await context.db.read(partial(store.list_responses, token=token))
    if custom_resources.ITEM not in waiting:
        raise NoSuchRequest("Nothing waits for this answer.")
    body = bytes(request.body)
    if len(body) > _MOST_BYTES:
        raise ValidationFailed(f"The answer is longer than {_MOST_BYTES} bytes.")

    def write(tx: Tx) -> None:
        store.put_response(tx, token, _unique_id(body), body.decode("utf-8", "replace"))
        item = waiting[custom_resources.ITEM]
        if item:
            queue.postpone(tx, item, context.clock.now())

    await context.db.write(write)
    return HttpReply(200, [], b"")


def _unique_id(body: bytes) -> str:
    """What tells the signals of one wait condition apart."""
    try:
        told = orjson.loads(body)
    except ValueError:
        return "answer"
    return str(told.get("UniqueId", "answer")) if isinstance(told, dict) else "answer"
