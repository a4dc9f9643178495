"""What EventBridge does later: deliveries, and schedules whose time has come."""

from functools import partial

from lambent.platform import Context
from lambent.services.events import changes, store
from lambent.services.events.delivering import deliver
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

__all__ = ["deliver", "fire"]


async def fire(context: Context, item: WorkItem) -> None:
    """The time of a rule has come."""
    await context.db.write(partial(_fire, context=context, item=item))


def _fire(tx: Tx, context: Context, item: WorkItem) -> None:
    payload = item.payload
    bus = changes.find_bus(tx, context, payload["bus"])
    rule = None if bus is None else store.find_rule(tx, bus, payload["rule"])
    # Only the latest version of a rule fires.
    if rule is not None and rule.revision == payload["revision"]:
        changes.fire(tx, context, rule, payload["scheduled"])
    queue.finish(tx, item.id)
