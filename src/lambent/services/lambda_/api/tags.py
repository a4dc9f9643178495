"""TagResource, UntagResource, ListTags."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import limits, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.capacity import store as providers
from lambent.services.lambda_.capacity.records import CapacityProvider
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.event_sources import store as mappings
from lambent.services.lambda_.event_sources.records import EventSourceMapping
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
    tagged = _tagged(params)
    return {"Tags": await context.db.read(lambda tx: tagged.read(tx, context, params))}


async def _change(context: Context, params: Params, change: Callable[[Tags], Tags]) -> None:
    tagged = _tagged(params)

    def write(tx: Tx) -> None:
        tags = change(tagged.read(tx, context, params))
        limits.check_tags(tags)
        tagged.write(tx, context, params, tags)

    await context.db.write(write)


@dataclass(frozen=True, slots=True)
class _Tagged:
    """How the tags of one type of resource are read and written."""

    read: Callable[[Tx, Context, Params], Tags]
    write: Callable[[Tx, Context, Params, Tags], None]


def _read_of_function(tx: Tx, context: Context, params: Params) -> Tags:
    return store.get_function(tx, _function(context, params)).tags


def _write_of_function(tx: Tx, context: Context, params: Params, tags: Tags) -> None:
    function = store.get_function(tx, _function(context, params))
    store.put_function(tx, replace(function, tags=tags))


def _function(context: Context, params: Params) -> FunctionName:
    name = asked.function_name(context, params, "Resource")
    if name.qualifier is not None:
        raise InvalidParameterValue(
            "Tags on function aliases and versions are not supported."
            " Please specify a function ARN."
        )
    return name


def _read_of_mapping(tx: Tx, context: Context, params: Params) -> Tags:
    return dict(_mapping(tx, context, params).tags)


def _write_of_mapping(tx: Tx, context: Context, params: Params, tags: Tags) -> None:
    mappings.put_mapping(tx, replace(_mapping(tx, context, params), tags=tags))


def _mapping(tx: Tx, context: Context, params: Params) -> EventSourceMapping:
    id = params["Resource"].rsplit(":", 1)[-1]
    return mappings.get_mapping(tx, context.account, context.region, id)


def _read_of_provider(tx: Tx, context: Context, params: Params) -> Tags:
    return _provider(tx, context, params).tags


def _write_of_provider(tx: Tx, context: Context, params: Params, tags: Tags) -> None:
    providers.put_provider(tx, replace(_provider(tx, context, params), tags=tags))


def _provider(tx: Tx, context: Context, params: Params) -> CapacityProvider:
    name = params["Resource"].rsplit(":", 1)[-1]
    return providers.get_provider(tx, context.account, context.region, name)


_FUNCTIONS = _Tagged(_read_of_function, _write_of_function)
# By the type in the resource's ARN; what is not here is a function.
_TAGGED = {
    "capacity-provider": _Tagged(_read_of_provider, _write_of_provider),
    "event-source-mapping": _Tagged(_read_of_mapping, _write_of_mapping),
}


def _tagged(params: Params) -> _Tagged:
    parts = params["Resource"].split(":")
    return _TAGGED.get(parts[5] if len(parts) > 6 else "", _FUNCTIONS)
