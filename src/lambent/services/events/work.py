"""What EventBridge does later: deliveries, and schedules whose time has come."""

from dataclasses import replace
from functools import partial

from lambent.platform import Context
from lambent.services.events import archiving, authorizing, changes, connection_store, store
from lambent.services.events.delivering import deliver
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

__all__ = ["authorize", "deliver", "expire", "fire", "replay"]


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


async def authorize(context: Context, item: WorkItem) -> None:
    """Get the first token of a connection; without one it is not authorized."""
    name, revision = item.payload["name"], item.payload["revision"]
    connection = await context.db.read(
        partial(
            connection_store.find_connection,
            account=context.account,
            region=context.region,
            name=name,
        )
    )
    reason = ""
    if connection is not None and connection.revision == revision:
        try:
            await authorizing.with_token(context, connection)
        except authorizing.NoToken as error:
            reason = error.message

    def write(tx: Tx) -> None:
        latest = connection_store.find_connection(tx, context.account, context.region, name)
        if reason and latest is not None and latest.revision == revision:
            refused = replace(latest, state="DEAUTHORIZED", state_reason=reason[:512])
            connection_store.put_connection(tx, refused)
        queue.finish(tx, item.id)

    await context.db.write(write)


async def replay(context: Context, item: WorkItem) -> None:
    """Put archived events on their bus again, some at a time."""
    await context.db.write(partial(archiving.go_on, context=context, item=item))


async def expire(context: Context, item: WorkItem) -> None:
    """Archived events that are old enough are forgotten."""
    await context.db.write(partial(archiving.expire, context=context, item=item))
