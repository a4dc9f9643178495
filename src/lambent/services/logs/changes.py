"""The changes that operations and work share; each happens inside one transaction."""

from dataclasses import replace

from lambent.platform import Context
from lambent.services.logs import store
from lambent.services.logs.records import Chunk, LogGroup, LogStream
from lambent.services.logs.rules import DAY
from lambent.storage.database import Tx
from lambent.work import queue, signals

# AWS removes what has expired within three days; it is hidden from the moment on.
_LOOK_SECONDS = 86_400.0


def create_group(tx: Tx, context: Context, group: LogGroup) -> LogGroup:
    created = replace(group, id=store.put_group(tx, group))
    if group.retention_days is not None:
        enqueue_expiry(tx, context, created)
    return created


def made_stream(
    tx: Tx, context: Context, group_name: str, name: str, now: int
) -> tuple[LogGroup, LogStream]:
    """A stream and its group, made where they are not there."""
    group = store.find_group(tx, context.account, context.region, group_name)
    if group is None:
        place = context.account, context.region, group_name
        group = create_group(tx, context, LogGroup(*place, now, "STANDARD", "", {}, False))
    stream = store.find_stream(tx, group, name)
    if stream is None:
        stream = LogStream(group.id, name, now)
        stream = replace(stream, id=store.add_stream(tx, stream))
    return group, stream


def enqueue_expiry(tx: Tx, context: Context, group: LogGroup) -> None:
    """Have what has expired removed, from now on every day."""
    context.enqueue(tx, expiry_id(group), "logs.expire", {"group": group.id}, next_look(context))


def stop_expiry(tx: Tx, group: LogGroup) -> None:
    queue.finish(tx, expiry_id(group))


def expiry_id(group: LogGroup) -> str:
    return f"logs/expire/{group.id}"


def next_look(context: Context) -> float:
    return context.clock.now() + _LOOK_SECONDS


def add_events(
    tx: Tx, group: LogGroup, stream: LogStream, events: tuple[tuple[int, str], ...], now: int
) -> int:
    """Keep a batch and tell whoever waits for news of the group; the last chunk's id."""
    chunk_id = 0
    for part in _within_a_day(events):
        chunk_id = store.add_chunk(tx, stream, Chunk(stream.id, now, part))
    signals.announce(tx, topic(group))
    return chunk_id


def topic(group: LogGroup) -> str:
    """What is announced when a group has new events."""
    return f"logs/{group.account}/{group.region}/{group.name}"


def _within_a_day(
    events: tuple[tuple[int, str], ...],
) -> list[tuple[tuple[int, str], ...]]:
    """Reading relies on chunks that span no more than a day; ours may, when the clock jumps."""
    if events[-1][0] - events[0][0] <= DAY:
        return [events]
    middle = len(events) // 2
    return [*_within_a_day(events[:middle]), *_within_a_day(events[middle:])]
