"""Activities, and the workers that ask for their tasks."""

from typing import Any

from lambent.languages import asl
from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import changes, commands, errors, paging, rules
from lambent.services.stepfunctions.records import Activity, ActivityTask
from lambent.services.stepfunctions.seeds import new_seed
from lambent.services.stepfunctions.store import activities, machines
from lambent.storage.database import Tx


async def create_activity(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html"""
    rules.check_name(params["name"])
    rules.check_encryption(params.get("encryptionConfiguration"))
    if len(params.get("tags") or []) > rules.MOST_TAGS:
        raise errors.TooManyTags("You have exceeded the allowed number of tags for a resource.")
    activity = Activity(
        arn=context.arn("states", f"activity:{params['name']}"),
        account=context.account,
        region=context.region,
        name=params["name"],
        encryption=params.get("encryptionConfiguration") or {"type": "AWS_OWNED_KEY"},
        created_at=context.clock.now(),
    )

    def write(tx: Tx) -> Activity:
        known = activities.find_activity(tx, activity.arn)
        if known is None:
            activities.add_activity(tx, activity)
            machines.put_tags(tx, activity.arn, params.get("tags") or [])
            return activity
        if known.encryption != activity.encryption:
            raise errors.ActivityAlreadyExists(f"Activity Already Exists: '{activity.arn}'")
        return known

    created = await context.db.write(write)
    return {"activityArn": created.arn, "creationDate": created.created_at}


async def describe_activity(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html"""
    rules.activity_arn(params["activityArn"])
    activity = await context.db.read(lambda tx: activities.get_activity(tx, params["activityArn"]))
    return {**_listed(activity), "encryptionConfiguration": activity.encryption}


def _listed(activity: Activity) -> dict[str, Any]:
    return {
        "activityArn": activity.arn,
        "name": activity.name,
        "creationDate": activity.created_at,
    }


async def list_activities(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html"""
    size = rules.page_size(params.get("maxResults"))
    after = paging.text_in(params.get("nextToken"))
    found = await context.db.read(
        lambda tx: activities.list_activities(tx, context.account, context.region, after, size + 1)
    )
    last = found[size - 1].arn if len(found) > size else None
    return paging.page("activities", [_listed(activity) for activity in found[:size]], last)


async def delete_activity(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html"""
    rules.activity_arn(params["activityArn"])
    await context.db.write(lambda tx: activities.remove_activity(tx, params["activityArn"]))
    return {}


async def get_activity_task(context: Context, params: Params) -> Reply:
    """
    Give a worker the oldest task that waits, or wait for one for a minute.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html
    """
    arn = params["activityArn"]
    rules.activity_arn(arn)
    await context.db.read(lambda tx: activities.get_activity(tx, arn))
    until = context.clock.now() + rules.ACTIVITY_POLL_SECONDS
    while True:
        task = await _take(context, arn, params.get("workerName"))
        if task is not None:
            return {"taskToken": task.token, "input": task.input}
        left = until - context.clock.now()
        # Woken for nothing: another worker was faster, or the server ends. AWS: an empty answer.
        if left <= 0 or not await context.platform.signals.wait(commands.activity_topic(arn), left):
            return {}
        if not await context.db.read(lambda tx: activities.has_task(tx, arn)):
            return {}


async def _take(context: Context, arn: str, worker: str | None) -> ActivityTask | None:
    if not await context.db.read(lambda tx: activities.has_task(tx, arn)):
        return None
    seed = new_seed()
    now = context.clock.now()

    def write(tx: Tx) -> ActivityTask | None:
        while (task := activities.take_task(tx, arn)) is not None:
            told = asl.ActivityStarted(task.frame, task.event, worker)
            running = changes.resume(tx, context, task.execution_arn, told, seed)
            if running is None:
                # Its execution is over; the next one.
                continue
            for purpose, seconds in (
                ("task_timeout", task.timeout_seconds),
                ("heartbeat_timeout", task.heartbeat_seconds),
            ):
                if seconds is not None:
                    commands.start_limit(tx, running, task.frame, task.event, purpose, seconds, now)
            return task
        return None

    return await context.db.write(write)
