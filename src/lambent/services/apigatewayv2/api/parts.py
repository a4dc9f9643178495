"""What the operations of routes, integrations, authorizers, deployments and stages share."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params
from lambent.services.apigatewayv2 import changes, store
from lambent.services.apigatewayv2.api.paging import page, page_start
from lambent.services.apigatewayv2.records import Api, Kind, Part, Settings
from lambent.services.apigatewayv2.rules import page_size
from lambent.storage.database import Tx

# The member that a part is named by, of each kind.
ID_MEMBERS: Mapping[Kind, str] = {
    "authorizer": "AuthorizerId",
    "deployment": "DeploymentId",
    "integration": "IntegrationId",
    "route": "RouteId",
    "stage": "StageName",
}


def described(part: Part) -> dict[str, Any]:
    return {**part.settings, ID_MEMBERS[part.kind]: part.id}


async def create(context: Context, part: Part) -> dict[str, Any]:
    def write(tx: Tx) -> Part:
        api = changes.get_api(tx, context, part.api_id)
        changes.add_part(tx, api, part, context.clock.now(), fresh_id)
        return store.get_part(tx, api.id, part.kind, part.id)

    fresh_id = new_short_id(6)
    return described(await context.db.write(write))


async def update(
    context: Context, params: Params, kind: Kind, updated: Callable[[Settings], Settings]
) -> dict[str, Any]:
    def write(tx: Tx) -> Part:
        api, part = _api_and_part(tx, context, params, kind)
        part = replace(part, settings=updated(part.settings))
        changes.change_part(tx, api, part, context.clock.now(), fresh_id)
        return store.get_part(tx, api.id, kind, part.id)

    fresh_id = new_short_id(6)
    return described(await context.db.write(write))


async def delete(context: Context, params: Params, kind: Kind) -> dict[str, Any]:
    def write(tx: Tx) -> None:
        api, part = _api_and_part(tx, context, params, kind)
        changes.remove_part(tx, api, part, context.clock.now(), fresh_id)

    fresh_id = new_short_id(6)
    await context.db.write(write)
    return {}


async def get(context: Context, params: Params, kind: Kind) -> dict[str, Any]:
    _, part = await context.db.read(
        partial(_api_and_part, context=context, params=params, kind=kind)
    )
    return described(part)


async def list_of(context: Context, params: Params, kind: Kind) -> dict[str, Any]:
    size, after = page_size(params), page_start(params)

    def read(tx: Tx) -> list[Part]:
        api = changes.get_api(tx, context, params["ApiId"])
        return store.list_parts(tx, api.id, kind, after=after, limit=size + 1)

    return page(params, await context.db.read(read), described, lambda part: part.id)


def _api_and_part(tx: Tx, context: Context, params: Params, kind: Kind) -> tuple[Api, Part]:
    api = changes.get_api(tx, context, params["ApiId"])
    return api, store.get_part(tx, api.id, kind, params[ID_MEMBERS[kind]])
