"""
The operations of EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
"""

from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core import pages
from lambent.core.arn import Arn
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.scheduler import changes, rules, store
from lambent.services.scheduler.errors import ServiceQuotaExceeded, ValidationFailed
from lambent.services.scheduler.records import Schedule, ScheduleGroup
from lambent.storage.database import Tx


async def create_schedule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    schedule = _asked(context, params)
    await context.db.write(partial(changes.add_schedule, context=context, schedule=schedule))
    return {"ScheduleArn": schedule.arn}


async def update_schedule(context: Context, params: Params) -> Reply:
    """
    Replace a schedule; what is not given takes its default.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
    """
    asked = _asked(context, params)
    await context.db.write(partial(changes.replace_schedule, context=context, asked=asked))
    return {"ScheduleArn": asked.arn}


async def get_schedule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html"""
    group = params.get("GroupName", rules.DEFAULT_GROUP)
    schedule = await context.db.read(
        partial(
            store.get_schedule,
            account=context.account,
            region=context.region,
            group_name=group,
            name=params["Name"],
        )
    )
    return _described(schedule)


async def delete_schedule(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html"""
    group = params.get("GroupName", rules.DEFAULT_GROUP)

    def delete(tx: Tx) -> None:
        known = store.get_schedule(tx, context.account, context.region, group, params["Name"])
        changes.remove_schedule(tx, known)

    await context.db.write(delete)
    return {}


async def list_schedules(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html"""
    limit = params.get("MaxResults", rules.MOST_RESULTS)
    after = _page_start(params, 2)
    group = params.get("GroupName")

    def read(tx: Tx) -> list[Schedule]:
        if group is not None:
            changes.get_group(tx, context, group)
        return store.list_schedules(
            tx,
            context.account,
            context.region,
            group_name=group,
            prefix=params.get("NamePrefix", ""),
            state=params.get("State"),
            after=(after[0], after[1]),
            limit=limit + 1,
        )

    found = await context.db.read(read)
    reply: dict[str, Any] = {"Schedules": [_summary(schedule) for schedule in found[:limit]]}
    if len(found) > limit:
        last = found[limit - 1]
        reply["NextToken"] = pages.token_after(last.group_name, last.name)
    return reply


async def create_schedule_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html"""
    now = context.clock.now()
    tags = _checked_tags({tag["Key"]: tag["Value"] for tag in params.get("Tags", ())})
    group = ScheduleGroup(
        account=context.account,
        region=context.region,
        name=params["Name"],
        created=now,
        modified=now,
        tags=tags,
        client_token=params.get("ClientToken", ""),
    )
    await context.db.write(partial(changes.add_group, group=group))
    return {"ScheduleGroupArn": group.arn}


async def get_schedule_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetScheduleGroup.html"""
    group = await context.db.read(partial(changes.get_group, context=context, name=params["Name"]))
    return _described_group(group)


async def delete_schedule_group(context: Context, params: Params) -> Reply:
    """
    Delete a group and the schedules in it.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html
    """
    if params["Name"] == rules.DEFAULT_GROUP:
        raise ValidationFailed("The default schedule group cannot be deleted.")

    def delete(tx: Tx) -> None:
        changes.remove_group(tx, changes.get_group(tx, context, params["Name"]))

    await context.db.write(delete)
    return {}


async def list_schedule_groups(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListScheduleGroups.html"""
    limit = params.get("MaxResults", rules.MOST_RESULTS)
    (after,) = _page_start(params, 1)
    prefix = params.get("NamePrefix", "")

    def read(tx: Tx) -> list[ScheduleGroup]:
        found = store.list_groups(
            tx, context.account, context.region, after=after, prefix=prefix, limit=limit + 1
        )
        default = changes.get_group(tx, context, rules.DEFAULT_GROUP)
        if default.name > after and default.name.startswith(prefix) and default not in found:
            found = sorted([*found, default], key=lambda group: group.name)
        return found

    found = await context.db.read(read)
    reply: dict[str, Any] = {"ScheduleGroups": [_described_group(group) for group in found[:limit]]}
    if len(found) > limit:
        reply["NextToken"] = pages.token_after(found[limit - 1].name)
    return reply


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_TagResource.html"""
    added = {tag["Key"]: tag["Value"] for tag in params["Tags"]}

    def write(tx: Tx) -> None:
        group = _tagged_group(tx, context, params["ResourceArn"])
        tags = _checked_tags({**group.tags, **added})
        store.put_group(tx, replace(group, tags=tags, modified=context.clock.now()))

    await context.db.write(write)
    return {}


async def untag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UntagResource.html"""
    removed = set(params["TagKeys"])

    def write(tx: Tx) -> None:
        group = _tagged_group(tx, context, params["ResourceArn"])
        tags = {key: value for key, value in group.tags.items() if key not in removed}
        store.put_group(tx, replace(group, tags=tags, modified=context.clock.now()))

    await context.db.write(write)
    return {}


async def list_tags_for_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListTagsForResource.html"""
    group = await context.db.read(lambda tx: _tagged_group(tx, context, params["ResourceArn"]))
    return {"Tags": [{"Key": key, "Value": value} for key, value in group.tags.items()]}


def _asked(context: Context, params: Params) -> Schedule:
    return rules.new_schedule(
        params,
        account=context.account,
        region=context.region,
        revision=new_uuid(),
        now=context.clock.now(),
    )


def _tagged_group(tx: Tx, context: Context, arn: str) -> ScheduleGroup:
    parsed = Arn.parse(arn)
    return changes.get_group(
        tx,
        context.at(parsed.account, parsed.region),
        parsed.resource.removeprefix("schedule-group/"),
    )


def _checked_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > rules.MOST_TAGS:
        raise ServiceQuotaExceeded(f"A resource can have at most {rules.MOST_TAGS} tags.")
    return tags


def _page_start(params: Params, length: int) -> list[str]:
    """The key of the last row of the page before."""
    if "NextToken" not in params:
        return [""] * length
    key = pages.key_in(params["NextToken"])
    if len(key) != length or not all(isinstance(part, str) for part in key):
        raise ValidationFailed("Invalid token")
    return [str(part) for part in key]


def _described(schedule: Schedule) -> dict[str, Any]:
    window: dict[str, Any] = {"Mode": "OFF"}
    if schedule.window_minutes:
        window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": schedule.window_minutes}
    described = {
        **_summary(schedule),
        "ActionAfterCompletion": schedule.after_completion,
        "FlexibleTimeWindow": window,
        "ScheduleExpression": schedule.expression,
        "ScheduleExpressionTimezone": schedule.timezone,
        "Target": schedule.target,
    }
    optional = {
        "Description": schedule.description or None,
        "EndDate": schedule.end_date,
        "KmsKeyArn": schedule.kms_key_arn or None,
        "StartDate": schedule.start_date,
    }
    return described | {name: value for name, value in optional.items() if value is not None}


def _summary(schedule: Schedule) -> dict[str, Any]:
    return {
        "Arn": schedule.arn,
        "CreationDate": schedule.created,
        "GroupName": schedule.group_name,
        "LastModificationDate": schedule.modified,
        "Name": schedule.name,
        "State": schedule.state,
        "Target": {"Arn": schedule.target["Arn"]},
    }


def _described_group(group: ScheduleGroup) -> dict[str, Any]:
    return {
        "Arn": group.arn,
        "CreationDate": group.created,
        "LastModificationDate": group.modified,
        "Name": group.name,
        "State": "ACTIVE",
    }
