"""Tags of state machines and activities."""

from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import errors, rules
from lambent.services.stepfunctions.store import activities, machines
from lambent.storage.database import Tx


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html"""
    arn = params["resourceArn"]

    def write(tx: Tx) -> None:
        _check_exists(tx, arn)
        known = machines.tags(tx, arn)
        if len(known.keys() | {tag["key"] for tag in params["tags"]}) > rules.MOST_TAGS:
            raise errors.TooManyTags("You have exceeded the allowed number of tags for a resource.")
        machines.put_tags(tx, arn, params["tags"])

    await context.db.write(write)
    return {}


async def untag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html"""
    arn = params["resourceArn"]

    def write(tx: Tx) -> None:
        _check_exists(tx, arn)
        machines.remove_tags(tx, arn, params["tagKeys"])

    await context.db.write(write)
    return {}


async def list_tags_for_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html"""
    arn = params["resourceArn"]

    def read(tx: Tx) -> Reply:
        _check_exists(tx, arn)
        return {
            "tags": [{"key": key, "value": value} for key, value in machines.tags(tx, arn).items()]
        }

    return await context.db.read(read)


def _check_exists(tx: Tx, arn: str) -> None:
    if ":activity:" in arn:
        rules.activity_arn(arn)
        found: object = activities.find_activity(tx, arn)
    else:
        found = machines.find_machine(tx, rules.machine_arn(arn))
    if found is None:
        raise errors.ResourceNotFound(f"Resource not found: '{arn}'")
