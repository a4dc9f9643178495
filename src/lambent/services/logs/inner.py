"""What the platform itself asks of CloudWatch Logs in no published operation."""

from collections.abc import Sequence

from lambent.platform import Context, Params, Reply
from lambent.services.logs import changes
from lambent.storage.database import Tx


async def keep_lines(context: Context, params: Params) -> Reply:
    """
    Keep what a function has written: `Events` are pairs of a time in seconds and a message.

    Group and stream are made on the way. Nothing is checked: a function may write faster than
    events can be looked at one by one.
    """
    written: Sequence[tuple[float, str]] = params["Events"]
    now = int(context.clock.now() * 1000)
    events = [(int(at * 1000), message) for at, message in written]
    # Several pipes of one function may overtake each other.
    events.sort(key=lambda event: event[0])

    def write(tx: Tx) -> None:
        place = changes.made_stream(tx, context, params["LogGroup"], params["LogStream"], now)
        changes.add_events(tx, *place, tuple(events), now)

    await context.db.write(write)
    return {}


OPERATIONS = {"KeepLines": keep_lines}
