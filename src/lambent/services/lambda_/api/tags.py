"""TagResource, UntagResource, ListTags."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import limits, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.names import FunctionName
from lambent.storage.database import Tx

Tags = dict[str, str]


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html"""
    await _change(context, params, lambda tags: {**tags, **params["Tags"]})
    return {}


async def untag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html"""
    gone = frozenset(params["TagKeys"])
    await _change(
        context,
        params,
        lambda tags: {key: value for key, value in tags.items() if key not in gone},
    )
    return {}


async def list_tags(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html"""
    name = _function(context, params)
    function = await context.db.read(partial(store.get_function, name=name))
    return {"Tags": function.tags}


async def _change(context: Context, params: Params, change: Callable[[Tags], Tags]) -> None:
    name = _function(context, params)

    def write(tx: Tx) -> None:
        function = store.get_function(tx, name)
        tags = change(function.tags)
        limits.check_tags(tags)
        store.put_function(tx, replace(function, tags=tags))

    await context.db.write(write)


def _function(context: Context, params: Params) -> FunctionName:
    name = asked.function_name(context, params, "Resource")
    if name.qualifier is not None:
        raise InvalidParameterValue(
            "Tags on function aliases and versions are not supported."
            " Please specify a function ARN."
        )
    return name
