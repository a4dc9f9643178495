"""Changes of schedules and groups, each with the work that follows from it."""

from dataclasses import replace
from typing import Any

from lambent.platform import Context
from lambent.services.scheduler import rules, store
from lambent.services.scheduler.errors import AlreadyExists, ResourceNotFound, ServiceQuotaExceeded
from lambent.services.scheduler.records import Schedule, ScheduleGroup
from lambent.storage.database import Tx
from lambent.work import queue


def get_group(tx: Tx, context: Context, name: str) -> ScheduleGroup:
    """The group; the default one exists before anybody has changed it."""
    group = store.find_group(tx, context.account, context.region, name)
    if group is None:
        if name != rules.DEFAULT_GROUP:
            raise ResourceNotFound(f"Schedule group {name} does not exist.")
        now = context.clock.now()
        group = ScheduleGroup(context.account, context.region, name, now, now, {})
    return group


def add_group(tx: Tx, group: ScheduleGroup) -> None:
    known = store.find_group(tx, group.account, group.region, group.name)
    if known is not None or group.name == rules.DEFAULT_GROUP:
        if known is not None and group.client_token and known.client_token == group.client_token:
            return
        raise AlreadyExists(f"Schedule group {group.name} already exists.")
    if store.count_groups(tx, group.account, group.region) >= rules.MOST_GROUPS:
        raise ServiceQuotaExceeded(
            f"The maximum number of schedule groups, {rules.MOST_GROUPS}, has been reached."
        )
    store.put_group(tx, group)


def remove_group(tx: Tx, group: ScheduleGroup) -> None:
    """The group and every schedule in it."""
    while schedules := store.list_schedules(
        tx, group.account, group.region, group_name=group.name, limit=1_000
    ):
        for schedule in schedules:
            remove_schedule(tx, schedule)
    store.remove_group(tx, group)


def add_schedule(tx: Tx, context: Context, schedule: Schedule) -> None:
    get_group(tx, context, schedule.group_name)
    known = store.find_schedule(
        tx, schedule.account, schedule.region, schedule.group_name, schedule.name
    )
    if known is not None:
        # AWS: the same request again, as SDKs send it when an answer was lost, is one request.
        if schedule.client_token and known.client_token == schedule.client_token:
            return
        raise AlreadyExists(f"Schedule {schedule.name} already exists.")
    _put(tx, context, schedule)


def replace_schedule(tx: Tx, context: Context, asked: Schedule) -> None:
    known = store.get_schedule(tx, asked.account, asked.region, asked.group_name, asked.name)
    _forget_firing(tx, known)
    _put(tx, context, rules.updated(known, asked))


def remove_schedule(tx: Tx, schedule: Schedule) -> None:
    _forget_firing(tx, schedule)
    store.remove_schedule(tx, schedule)


def fire(tx: Tx, context: Context, schedule: Schedule, scheduled: float) -> None:
    """Have the target called for this time, and the schedule fire at its next."""
    now = context.clock.now()
    following = rules.following_time(schedule, scheduled, now)
    firing = rules.firing(schedule, scheduled)
    context.enqueue(
        tx,
        f"{_item_id(schedule, scheduled)}/delivery",
        "scheduler.deliver",
        {**_cause(schedule, scheduled), "is_last": following is None},
        firing.due,
    )
    store.put_next_time(tx, schedule, following)
    _enqueue_firing(tx, context, replace(schedule, next_time=following))


def complete(tx: Tx, schedule: Schedule) -> None:
    """The target was called, or given up, for the last time."""
    if schedule.after_completion == "DELETE":
        remove_schedule(tx, schedule)


def _put(tx: Tx, context: Context, schedule: Schedule) -> None:
    store.put_schedule(tx, schedule)
    _enqueue_firing(tx, context, schedule)


def _enqueue_firing(tx: Tx, context: Context, schedule: Schedule) -> None:
    if schedule.next_time is not None:
        context.enqueue(
            tx,
            _item_id(schedule, schedule.next_time),
            "scheduler.fire",
            _cause(schedule, schedule.next_time),
            schedule.next_time,
        )


def _forget_firing(tx: Tx, schedule: Schedule) -> None:
    if schedule.next_time is not None:
        queue.finish(tx, _item_id(schedule, schedule.next_time))


def _item_id(schedule: Schedule, scheduled: float) -> str:
    return f"scheduler/{schedule.arn}/{schedule.revision}/{scheduled}"


def _cause(schedule: Schedule, scheduled: float) -> dict[str, Any]:
    return {
        "group": schedule.group_name,
        "name": schedule.name,
        "revision": schedule.revision,
        "scheduled": scheduled,
    }
