"""Stages: where a deployment is served, and how."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import changes, stage_rules, store
from lambent.services.apigatewayv2.api import parts
from lambent.services.apigatewayv2.errors import NotFound
from lambent.services.apigatewayv2.records import Part
from lambent.services.apigatewayv2.rules import checked_tags
from lambent.storage.database import Tx


async def create_stage(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html"""
    now = context.clock.now()
    settings = stage_rules.new_stage_settings(params, now)
    settings["Tags"] = checked_tags(params.get("Tags") or {})
    part = Part(params["ApiId"], "stage", params["StageName"], settings)

    def write(tx: Tx) -> Part:
        api = changes.get_api(tx, context, part.api_id)
        _check_deployment(tx, part)
        changes.add_part(tx, api, part, now, fresh_id)
        return store.get_part(tx, api.id, "stage", part.id)

    fresh_id = new_short_id(6)
    return parts.described(await context.db.write(write))


async def update_stage(context: Context, params: Params) -> Reply:
    updated = partial(stage_rules.updated_stage_settings, params=params, now=context.clock.now())

    def write(tx: Tx) -> Part:
        api = changes.get_api(tx, context, params["ApiId"])
        stage = store.get_part(tx, api.id, "stage", params["StageName"])
        changed = replace(stage, settings=updated(stage.settings))
        _check_deployment(tx, changed)
        began = changed.settings["AutoDeploy"] and not stage.settings["AutoDeploy"]
        if began:
            changes.change_part(tx, api, changed, context.clock.now(), fresh_id)
        else:
            store.put_part(tx, changed)
        return store.get_part(tx, api.id, "stage", stage.id)

    fresh_id = new_short_id(6)
    return parts.described(await context.db.write(write))


async def get_stage(context: Context, params: Params) -> Reply:
    return await parts.get(context, params, "stage")


async def get_stages(context: Context, params: Params) -> Reply:
    return await parts.list_of(context, params, "stage")


async def delete_stage(context: Context, params: Params) -> Reply:
    return await parts.delete(context, params, "stage")


async def delete_access_log_settings(context: Context, params: Params) -> Reply:
    """Write no access log any more."""

    def without(stage: dict[str, Any]) -> None:
        stage.pop("AccessLogSettings", None)

    await _change(context, params, without)
    return {}


async def delete_route_settings(context: Context, params: Params) -> Reply:
    """Have a route follow the settings of all."""
    key = params["RouteKey"]

    def without(stage: dict[str, Any]) -> None:
        if key not in stage["RouteSettings"]:
            raise NotFound("Invalid Route key specified")
        kept = {name: one for name, one in stage["RouteSettings"].items() if name != key}
        stage["RouteSettings"] = kept

    await _change(context, params, without)
    return {}


async def _change(
    context: Context, params: Params, change: Callable[[dict[str, Any]], None]
) -> None:
    def write(tx: Tx) -> None:
        api = changes.get_api(tx, context, params["ApiId"])
        stage = store.get_part(tx, api.id, "stage", params["StageName"])
        settings = dict(stage.settings)
        change(settings)
        store.put_part(tx, replace(stage, settings=settings))

    await context.db.write(write)


def _check_deployment(tx: Tx, stage: Part) -> None:
    deployment = stage.settings.get("DeploymentId")
    if deployment:
        store.get_part(tx, stage.api_id, "deployment", deployment)
