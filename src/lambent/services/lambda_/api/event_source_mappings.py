"""
CreateEventSourceMapping, GetEventSourceMapping, ListEventSourceMappings,
UpdateEventSourceMapping, DeleteEventSourceMapping.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import limits, names, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import ResourceConflict
from lambent.services.lambda_.event_sources import memory, polling, rules
from lambent.services.lambda_.event_sources import store as mappings
from lambent.services.lambda_.event_sources.records import EventSourceMapping
from lambent.services.lambda_.event_sources.sources import get_source
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import Version
from lambent.storage.database import Tx

# AWS: a page has 100 at most, whatever MaxItems says.
_PAGE = 100


async def create_event_source_mapping(context: Context, params: Params) -> Reply:
    """
    Have a function invoked with what a queue or a stream has.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    """
    name = asked.function_name(context, params)
    source_arn = params.get("EventSourceArn", "")
    source = get_source(source_arn)
    tags = dict(params.get("Tags") or {})
    limits.check_tags(tags)
    settings = rules.chosen_settings(source.defaults, params)
    source.check_settings(source_arn, settings)
    mapping = EventSourceMapping(
        name.account,
        name.region,
        new_uuid(),
        source_arn,
        name.name,
        name.qualified_arn,
        "Creating",
        params.get("Enabled", True),
        settings,
        tags,
        context.clock.now(),
    )
    version = await context.db.read(partial(_check_is_new, name=name, mapping=mapping))
    await source.check_source(context, source_arn, version)

    def write(tx: Tx) -> None:
        _check_is_new(tx, name, mapping)
        mappings.put_mapping(tx, mapping)
        polling.enqueue_settling(tx, context, mapping)

    await context.db.write(write)
    return _shown(context, mapping)


async def get_event_source_mapping(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html"""
    return _shown(context, await context.db.read(partial(_get, context=context, params=params)))


async def list_event_source_mappings(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html"""
    (last,) = asked.after(params, [""])
    size = min(int(params.get("MaxItems", _PAGE)), _PAGE)
    function: Mapping[str, Any] = {}
    if params.get("FunctionName"):
        name = asked.function_name(context, params)
        function = {"function_arn": name.qualified_arn}
    found = await context.db.read(
        lambda tx: mappings.list_mappings(
            tx,
            context.account,
            context.region,
            source_arn=params.get("EventSourceArn") or "",
            after=str(last),
            limit=size + 1,
            **function,
        )
    )
    key = found[size - 1].id if len(found) > size else ""
    page, marker = asked.page(found, size, key)
    return {"EventSourceMappings": [_shown(context, one) for one in page], **marker}


async def update_event_source_mapping(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html"""
    before = await context.db.read(partial(_get, context=context, params=params))
    source = get_source(before.source_arn)
    name = names.parse(before.function_arn, context.account, context.region)
    if params.get("FunctionName"):
        name = asked.function_name(context, params)
    settings = rules.chosen_settings(before.settings, params)
    source.check_settings(before.source_arn, settings)
    version = await context.db.read(partial(store.get_qualified, name=name))
    await source.check_source(context, before.source_arn, version)
    now = context.clock.now()

    def write(tx: Tx) -> EventSourceMapping:
        current = _get(tx, context, params)
        named = replace(current, function_name=name.name, function_arn=name.qualified_arn)
        settings = rules.chosen_settings(current.settings, params)
        mapping = rules.updated(named, settings, params, now)
        mappings.put_mapping(tx, mapping)
        polling.enqueue_settling(tx, context, mapping)
        return mapping

    return _shown(context, await context.db.write(write))


async def delete_event_source_mapping(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html"""
    now = context.clock.now()

    def write(tx: Tx) -> EventSourceMapping:
        mapping = rules.deleted(_get(tx, context, params), now)
        mappings.put_mapping(tx, mapping)
        polling.enqueue_settling(tx, context, mapping)
        return mapping

    return _shown(context, await context.db.write(write))


def _shown(context: Context, mapping: EventSourceMapping) -> Reply:
    reply = rules.reply(mapping)
    if "StartingPosition" in mapping.settings:
        # AWS: of streams.
        reply["LastProcessingResult"] = memory.last_result(context, mapping)
    return reply


def _get(tx: Tx, context: Context, params: Params) -> EventSourceMapping:
    return mappings.get_mapping(tx, context.account, context.region, params["UUID"])


def _check_is_new(tx: Tx, name: FunctionName, mapping: EventSourceMapping) -> Version:
    """The version that the function's name means."""
    version = store.get_qualified(tx, name)
    same = mappings.list_mappings(
        tx,
        mapping.account,
        mapping.region,
        source_arn=mapping.source_arn,
        function_arn=mapping.function_arn,
        limit=1,
    )
    if same:
        raise ResourceConflict(rules.already_exists(same[0]))
    return version
