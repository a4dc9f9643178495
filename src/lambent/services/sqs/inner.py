"""What other services ask of SQS in no published operation."""

from lambent.platform import Context, Params, Reply
from lambent.services.sqs import message_store
from lambent.services.sqs.api.addresses import place_in


async def get_next_visible_time(context: Context, params: Params) -> Reply:
    """
    When a message of `QueueUrl` can be received if nothing changes; no `Time` where none can.

    Event sources wait for that moment instead of asking again and again.
    """
    place = place_in(context, params)
    time = await context.db.read(lambda tx: message_store.next_visible(tx, place.queue(tx)))
    return {} if time is None else {"Time": time}


OPERATIONS = {"GetNextVisibleTime": get_next_visible_time}
