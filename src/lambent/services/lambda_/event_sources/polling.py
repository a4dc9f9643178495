"""
The work of event source mappings: arriving in a state, looking at the source, looking again.

A mapping that is enabled has one work item that never ends. It is held until there is news of
the source, and timers wake it for what the source will have later.
"""

from functools import partial

from lambent.platform import Context
from lambent.services.lambda_.event_sources import memory, rules, store
from lambent.services.lambda_.event_sources.records import EventSourceMapping
from lambent.services.lambda_.event_sources.sources import get_source
from lambent.storage.database import Tx
from lambent.work import queue, signals
from lambent.work.queue import WorkItem

# What other nodes put into a source is found by looking.
_LOOK_AGAIN_SECONDS = 2.0
# A source that is ready when it has just been read will be read again, but not in a tight loop.
_SHORTEST_WAIT = 1.0


def enqueue_settling(tx: Tx, context: Context, mapping: EventSourceMapping) -> None:
    """The mapping is on its way to another state."""
    context.at(mapping.account, mapping.region).enqueue(
        tx,
        f"lambda/event-source/{mapping.id}/{mapping.revision}",
        "lambda.settle_event_source",
        {"mapping": mapping.id, "revision": mapping.revision},
    )


async def settle_event_source(context: Context, item: WorkItem) -> None:
    """Let a mapping arrive in the state that was asked for, and have its source read."""

    def write(tx: Tx) -> None:
        queue.finish(tx, item.id)
        mapping = _find(tx, context, item)
        if mapping is None or mapping.revision != item.payload["revision"]:
            return
        arrived = rules.arrived(mapping)
        if arrived is None:
            store.remove_mapping(tx, mapping)
        else:
            store.put_mapping(tx, arrived)
        if arrived is not None and arrived.enabled:
            # Nothing where the item is there; it hears the news.
            context.enqueue(
                tx,
                f"lambda/poll/{mapping.id}",
                "lambda.poll_event_source",
                {"mapping": mapping.id},
            )
        signals.announce(tx, get_source(mapping.source_arn).topic(mapping))

    await context.db.write(write)


async def poll_event_source(context: Context, item: WorkItem) -> None:
    """Hand over what the source has; then wait for news, and for what comes later."""
    mapping = await context.db.read(partial(_find, context=context, item=item))
    if mapping is None or not _is_read(mapping):
        await context.db.write(partial(_end, context=context, item=item))
        memory.forget(context, item.payload["mapping"])
        return
    source = get_source(mapping.source_arn)
    topic = source.topic(mapping)
    context.platform.signals.hold(topic, item)
    look_at = await source.poll(context, mapping)
    if context.settings.store:
        look_at = min(look_at or float("inf"), context.clock.now() + _LOOK_AGAIN_SECONDS)
    if look_at is not None:
        await _wake_at(context, mapping, topic, look_at)


async def wake_event_source(context: Context, item: WorkItem) -> None:
    """It is time to look at a source again."""

    def write(tx: Tx) -> None:
        signals.announce(tx, item.payload["topic"])
        queue.finish(tx, item.id)

    await context.db.write(write)


async def _wake_at(
    context: Context, mapping: EventSourceMapping, topic: str, look_at: float
) -> None:
    now = context.clock.now()
    look_at = max(look_at, now + _SHORTEST_WAIT) if look_at <= now else look_at
    remembered = memory.of(context, mapping)
    if now < remembered.timer_at <= look_at:
        # What it finds then sets the next timer.
        return
    item_id = f"lambda/wake/{mapping.id}/{look_at!r}"
    await context.db.write(
        lambda tx: context.enqueue(
            tx, item_id, "lambda.wake_event_source", {"topic": topic}, look_at
        )
    )
    remembered.timer_at = look_at


def _is_read(mapping: EventSourceMapping) -> bool:
    """While it is updated, it is read on with the settings that are to come."""
    return mapping.enabled and mapping.state in ("Enabled", "Updating")


def _find(tx: Tx, context: Context, item: WorkItem) -> EventSourceMapping | None:
    return store.find_mapping(tx, context.account, context.region, item.payload["mapping"])


def _end(tx: Tx, context: Context, item: WorkItem) -> None:
    """Unless the mapping has been enabled again in this moment."""
    mapping = _find(tx, context, item)
    if mapping is None or not _is_read(mapping):
        queue.finish(tx, item.id)
