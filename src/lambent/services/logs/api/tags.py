"""Tags of log groups, in the API's old form (by name) and its new one (by ARN)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.logs import rules, store
from lambent.services.logs.api import asked
from lambent.storage.database import Tx

Tags = dict[str, str]


async def tag_log_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html"""
    return await _change(context, params["logGroupName"], _added(params["tags"]))


async def untag_log_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html"""
    return await _change(context, params["logGroupName"], _taken(params["tags"]))


async def list_tags_log_group(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html"""
    return await _tags(context, params["logGroupName"])


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html"""
    name = rules.group_name_in(params["resourceArn"])
    return await _change(context, name, _added(params["tags"]))


async def untag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html"""
    name = rules.group_name_in(params["resourceArn"])
    return await _change(context, name, _taken(params["tagKeys"]))


async def list_tags_for_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html"""
    return await _tags(context, rules.group_name_in(params["resourceArn"]))


def _added(more: Tags) -> Callable[[Tags], Tags]:
    return lambda tags: {**tags, **more}


def _taken(keys: list[str]) -> Callable[[Tags], Tags]:
    return lambda tags: {key: value for key, value in tags.items() if key not in keys}


async def _tags(context: Context, name: str) -> Reply:
    group = await context.db.read(partial(asked.get_group, context=context, name=name))
    return {"tags": group.tags}


async def _change(context: Context, name: str, change: Callable[[Tags], Tags]) -> Reply:
    def write(tx: Tx) -> None:
        group = asked.get_group(tx, context, name)
        tags = change(group.tags)
        rules.check_tags(tags)
        store.put_group(tx, replace(group, tags=tags))

    await context.db.write(write)
    return {}
