"""What the scheduler's tables keep, on every store."""

from dataclasses import replace
from functools import partial

from lambent.services.scheduler import store
from lambent.services.scheduler.records import Schedule, ScheduleGroup
from lambent.storage.database import Database

HOURLY = Schedule(
    account="000000000000",
    region="us-east-1",
    group_name="default",
    name="hourly",
    revision="1",
    expression="rate(1 hour)",
    timezone="UTC",
    state="ENABLED",
    start_date=None,
    end_date=1.9e9,
    counts_from=1.7e9,
    window_minutes=0,
    description="",
    kms_key_arn="",
    target={"Arn": "arn:aws:sqs:us-east-1:000000000000:orders", "Input": "é"},
    after_completion="NONE",
    created=1.7e9,
    modified=1.7e9,
    next_time=1.7e9 + 0.25,
    client_token="token",
)


async def test_a_schedule_is_kept_and_replaced(database: Database) -> None:
    find = partial(
        store.find_schedule,
        account="000000000000",
        region="us-east-1",
        group_name="default",
        name="hourly",
    )
    changed = replace(HOURLY, revision="2", state="DISABLED", target={"Arn": "a"}, end_date=None)

    await database.write(partial(store.put_schedule, schedule=HOURLY))
    assert await database.read(find) == HOURLY
    await database.write(partial(store.put_schedule, schedule=changed))
    assert await database.read(find) == changed
    await database.write(partial(store.put_next_time, schedule=changed, next_time=None))
    assert await database.read(find) == replace(changed, next_time=None)
    await database.write(partial(store.remove_schedule, schedule=changed))
    assert await database.read(find) is None


async def test_schedules_are_found_by_prefix_state_and_place(database: Database) -> None:
    for group in ("default", "night"):
        for name in ("a", "ab", "b"):
            schedule = replace(HOURLY, group_name=group, name=name)
            await database.write(partial(store.put_schedule, schedule=schedule))
    listed = partial(store.list_schedules, account="000000000000", region="us-east-1", limit=10)

    async def names(**more: object) -> list[tuple[str, str]]:
        found = await database.read(partial(listed, **more))  # type: ignore[arg-type]
        return [(schedule.group_name, schedule.name) for schedule in found]

    assert await names(prefix="a", group_name="night") == [("night", "a"), ("night", "ab")]
    assert await names(after=("default", "ab"), limit=2) == [("default", "b"), ("night", "a")]
    assert await names(state="DISABLED") == []


async def test_a_group_is_kept_with_its_tags(database: Database) -> None:
    group = ScheduleGroup("000000000000", "us-east-1", "night", 1.0, 2.0, {"a": "b"}, "token")
    find = partial(store.find_group, account=group.account, region=group.region, name="night")

    await database.write(partial(store.put_group, group=group))
    await database.write(partial(store.put_group, group=replace(group, tags={})))

    assert await database.read(find) == replace(group, tags={})
    count = partial(store.count_groups, account=group.account, region=group.region)
    assert await database.read(count) == 1
    await database.write(partial(store.remove_group, group=group))
    assert await database.read(find) is None
