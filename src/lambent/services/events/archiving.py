"""
Archives keep what a bus gets, and replays put it on the bus again; within a transaction.

As on AWS, an archive is a rule of its bus that EventBridge manages itself; its target is the
archive.
"""

from dataclasses import replace
from typing import Any

from lambent.core.arn import Arn
from lambent.platform import Context
from lambent.services.events import archive_store, changes, event_records, matching, rules, store
from lambent.services.events.errors import (
    LimitExceeded,
    ResourceAlreadyExists,
    ResourceNotFound,
    is_not_valid,
)
from lambent.services.events.records import Archive, Replay, Rule
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem

_MANAGER = "prod.vhs.events.aws.internal"
_DAY = 86_400.0
_BATCH = 200
_EXPIRED_BATCH = 1_000
# What a replay put on the bus is not archived again.
_NOT_REPLAYED = {"replay-name": [{"exists": False}]}


def get_archive(tx: Tx, context: Context, name: str) -> Archive:
    found = archive_store.find_archive(tx, context.account, context.region, name)
    if found is None:
        raise ResourceNotFound(f"Archive {name} does not exist.")
    return found


def add_archive(tx: Tx, context: Context, archive: Archive, revision: str) -> None:
    place = (archive.account, archive.region)
    changes.get_bus(tx, context, archive.bus)
    if archive_store.find_archive(tx, *place, archive.name) is not None:
        raise ResourceAlreadyExists(f"Archive {archive.name} already exists.")
    known = archive_store.list_archives(
        tx, *place, prefix="", bus="", after="", limit=rules.MOST_ARCHIVES
    )
    if len(known) >= rules.MOST_ARCHIVES:
        raise LimitExceeded()
    put_archive(tx, context, archive, revision)


def put_archive(tx: Tx, context: Context, archive: Archive, revision: str) -> None:
    archive_store.put_archive(tx, archive)
    rule = _rule(archive, revision)
    changes.put_rule(tx, context, rule)
    store.put_target(tx, rule, {"Id": rule.name, "Arn": archive.arn})
    changes.changed(tx, context, changes.get_bus(tx, context, archive.bus), revision)


def remove_archive(tx: Tx, context: Context, archive: Archive, revision: str) -> None:
    archive_store.remove_archive(tx, archive)
    bus = changes.find_bus(tx, context, archive.bus)
    rule = None if bus is None else store.find_rule(tx, bus, _rule_name(archive))
    if bus is not None and rule is not None:
        changes.remove_rule(tx, context, bus, rule, revision)


def _rule_name(archive: Archive) -> str:
    return f"Events-Archive-{archive.name}"


def _rule(archive: Archive, revision: str) -> Rule:
    pattern = event_records.read_json(archive.pattern) if archive.pattern else {}
    return Rule(
        account=archive.account,
        region=archive.region,
        bus=archive.bus,
        name=_rule_name(archive),
        revision=revision,
        pattern=event_records.write_json({**pattern, **_NOT_REPLAYED}),
        expression="",
        state="ENABLED",
        managed_by=_MANAGER,
    )


def keep(tx: Tx, context: Context, item: WorkItem, arn: Arn) -> None:
    """A delivery to an archive: the event is kept, and the delivery done."""
    payload = item.payload
    name = arn.resource.partition("/")[2]
    archive = archive_store.find_archive(tx, arn.account, arn.region, name)
    if archive is not None:
        time = event_records.epoch(event_records.read_json(payload["event"])["time"])
        ingested = payload["ingested"]
        archive_store.add_event(tx, archive, payload["id"], time, ingested, payload["event"])
        if archive.retention_days:
            _expire_later(tx, context, archive, ingested)
    queue.finish(tx, item.id)


def _expire_later(tx: Tx, context: Context, archive: Archive, ingested: float) -> None:
    """One row of work for all that came on a day."""
    until = (ingested // _DAY + 1) * _DAY
    context.at(archive.account, archive.region).enqueue(
        tx,
        f"events/{archive.arn}/{archive.created}/expire/{until:.0f}",
        "events.expire",
        {"archive": archive.name, "before": until},
        until + archive.retention_days * _DAY,
    )


def expire(tx: Tx, context: Context, item: WorkItem) -> None:
    """Forget what has been in an archive for as long as it keeps events."""
    archive = archive_store.find_archive(
        tx, context.account, context.region, item.payload["archive"]
    )
    now = context.clock.now()
    if archive is None or not archive.retention_days:
        queue.finish(tx, item.id)
        return
    # The days may have become more since this was enqueued.
    before = min(item.payload["before"], now - archive.retention_days * _DAY)
    removed = archive_store.remove_events_before(tx, archive, before, _EXPIRED_BATCH)
    due = item.payload["before"] + archive.retention_days * _DAY
    if removed == _EXPIRED_BATCH or due > now:
        queue.postpone(tx, item.id, max(now, due))
    else:
        queue.finish(tx, item.id)


# Replays --------------------------------------------------------------------------------------


def get_replay(tx: Tx, context: Context, name: str) -> Replay:
    found = archive_store.find_replay(tx, context.account, context.region, name)
    if found is None:
        raise ResourceNotFound(f"Replay {name} does not exist.")
    return found


def add_replay(tx: Tx, context: Context, replay: Replay) -> None:
    archive = archive_store.find_archive(tx, replay.account, replay.region, replay.archive)
    if archive is None:
        raise is_not_valid("EventSourceArn", f"Archive {replay.archive} does not exist.")
    changes.get_bus(tx, context, replay.bus)
    if archive.bus != replay.bus:
        raise is_not_valid("Destination.Arn", "Cross event bus replay is not permitted.")
    if archive_store.find_replay(tx, replay.account, replay.region, replay.name) is not None:
        raise ResourceAlreadyExists(f"Replay {replay.name} already exists.")
    archive_store.put_replay(tx, replay)
    payload = {"replay": replay.name, "after": [replay.events_from - 1.0, 0]}
    context.enqueue(tx, f"events/{replay.arn}", "events.replay", payload)


def go_on(tx: Tx, context: Context, item: WorkItem) -> None:
    """Replay the next of the events, and finish the item after the last."""
    found = archive_store.find_replay(tx, context.account, context.region, item.payload["replay"])
    now = context.clock.now()
    if found is None or found.state not in ("STARTING", "RUNNING"):
        if found is not None and found.state == "CANCELLING":
            archive_store.put_replay(tx, replace(found, state="CANCELLED", ended=now))
        queue.finish(tx, item.id)
        return
    time, number = item.payload["after"]
    archived = archive_store.list_events(tx, found, (time, number), _BATCH)
    events = [event_records.replayed(text, found.name, now) for _, _, text in archived]
    only = frozenset(found.filter_arns) if found.filter_arns else None
    place = (found.account, found.region, found.bus)
    matches = matching.matches(tx, context.platform, place, events, only)
    changes.enqueue_deliveries(tx, context, matches)
    last: dict[str, Any] = {"last_replayed": archived[-1][1]} if archived else {}
    if len(archived) == _BATCH:
        archive_store.put_replay(tx, replace(found, state="RUNNING", **last))
        after = [archived[-1][1], archived[-1][0]]
        queue.postpone(tx, item.id, now, {**item.payload, "after": after})
    else:
        archive_store.put_replay(tx, replace(found, state="COMPLETED", ended=now, **last))
        queue.finish(tx, item.id)
