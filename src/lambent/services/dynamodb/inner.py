"""What other services ask of streams, and AWS keeps behind its doors."""

from lambent.platform import Context, Params, Reply
from lambent.services.dynamodb import stream_store
from lambent.services.dynamodb.stream_records import sequence_number
from lambent.storage.database import Tx


async def get_latest_sequence_number(context: Context, params: Params) -> Reply:
    """
    The last record of a stream, none where there is none: LATEST, in a form that can be kept.

    An iterator could, too, but only for fifteen minutes.
    """

    def read(tx: Tx) -> int:
        return stream_store.last_number(tx, stream_store.get_stream(tx, params["StreamArn"]).id)

    last = await context.db.read(read)
    return {"SequenceNumber": sequence_number(last)} if last else {}


OPERATIONS = {"GetLatestSequenceNumber": get_latest_sequence_number}
