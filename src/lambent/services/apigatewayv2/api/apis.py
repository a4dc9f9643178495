"""The APIs themselves."""

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import (
    changes,
    domain_store,
    integration_rules,
    route_rules,
    rules,
    stage_rules,
    store,
)
from lambent.services.apigatewayv2.api.paging import page, page_start
from lambent.services.apigatewayv2.errors import BadRequest, NotFound
from lambent.services.apigatewayv2.records import Api, Kind, Part
from lambent.storage.database import Tx


async def create_api(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html"""
    now = context.clock.now()
    api = Api(
        id=new_short_id(10),
        account=context.account,
        region=context.region,
        created=now,
        settings=rules.new_api_settings(params),
        tags=rules.checked_tags(params.get("Tags") or {}),
    )
    quick = _quick_parts(api, params, now)
    fresh_id = new_short_id(6)

    def write(tx: Tx) -> None:
        store.put_api(tx, api)
        for part in quick:
            changes.add_part(tx, api, part, now, fresh_id)

    await context.db.write(write)
    return described(context, api)


async def update_api(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html"""
    now, fresh_id = context.clock.now(), new_short_id(6)

    def write(tx: Tx) -> Api:
        api = changes.get_api(tx, context, params["ApiId"])
        settings = rules.updated_api_settings(api.settings, params)
        api = replace(api, settings=settings)
        for part in _updated_quick_parts(tx, api, params):
            if part.kind == "route":
                changes.check_route(tx, part)
            store.put_part(tx, part)
        changes.change_api(tx, api, now, fresh_id)
        return api

    return described(context, await context.db.write(write))


async def get_api(context: Context, params: Params) -> Reply:
    api = await context.db.read(partial(changes.get_api, context=context, api_id=params["ApiId"]))
    return described(context, api)


async def get_apis(context: Context, params: Params) -> Reply:
    found = await context.db.read(
        partial(
            store.list_apis,
            account=context.account,
            region=context.region,
            after=page_start(params),
            limit=rules.page_size(params) + 1,
        )
    )
    return page(params, found, partial(described, context), lambda api: api.id)


async def delete_api(context: Context, params: Params) -> Reply:
    def write(tx: Tx) -> None:
        api = changes.get_api(tx, context, params["ApiId"])
        if domain_store.is_mapped(tx, api.id):
            raise BadRequest(
                "Deleting API failed. Please remove all API mappings related to the API from your"
                " domains before deleting it."
            )
        store.remove_api(tx, api.id)

    await context.db.write(write)
    return {}


async def delete_cors_configuration(context: Context, params: Params) -> Reply:
    now, fresh_id = context.clock.now(), new_short_id(6)

    def write(tx: Tx) -> None:
        api = changes.get_api(tx, context, params["ApiId"])
        settings = {
            name: value for name, value in api.settings.items() if name != "CorsConfiguration"
        }
        changes.change_api(tx, replace(api, settings=settings), now, fresh_id)

    await context.db.write(write)
    return {}


def described(context: Context, api: Api) -> dict[str, Any]:
    return {
        **api.settings,
        "ApiId": api.id,
        "ApiEndpoint": endpoint(context, api),
        "CreatedDate": api.created,
        "Tags": api.tags,
    }


def endpoint(context: Context, api: Api) -> str:
    """Where the API answers: at the port where the client has found us."""
    host = context.request.get("host", "")
    port = host.partition(":")[2] or urlsplit(context.settings.endpoint_url).port
    return f"http://{api.id}.execute-api.{api.region}.localhost:{port}"


def _quick_parts(api: Api, params: Params, now: float) -> list[Part]:
    """The integration, route and stage of an API that is made for one target."""
    if not params.get("Target"):
        if params.get("RouteKey") or params.get("CredentialsArn"):
            raise BadRequest("Target is required for the quick creation of an API")
        return []
    integration = Part(
        api.id,
        "integration",
        new_short_id(7),
        integration_rules.quick_integration(params["Target"], params.get("CredentialsArn")),
    )
    route = route_rules.new_route_settings(
        {
            "RouteKey": params.get("RouteKey") or rules.DEFAULT_ROUTE,
            "Target": f"integrations/{integration.id}",
        }
    )
    stage = stage_rules.new_stage_settings(
        {"StageName": rules.DEFAULT_STAGE, "AutoDeploy": True}, now
    )
    managed = {"ApiGatewayManaged": True}
    return [
        integration,
        Part(api.id, "route", new_short_id(7), {**route, **managed}),
        Part(api.id, "stage", rules.DEFAULT_STAGE, {**stage, **managed}),
    ]


def _updated_quick_parts(tx: Tx, api: Api, params: Params) -> list[Part]:
    updated = []
    if params.get("Target"):
        part = _managed(tx, api, "integration")
        settings = integration_rules.quick_integration(
            params["Target"], params.get("CredentialsArn") or part.settings.get("CredentialsArn")
        )
        updated.append(replace(part, settings=settings))
    if params.get("RouteKey"):
        part = _managed(tx, api, "route")
        settings = route_rules.updated_route_settings(
            part.settings, {"RouteKey": params["RouteKey"]}
        )
        updated.append(replace(part, settings=settings))
    return updated


def _managed(tx: Tx, api: Api, kind: Kind) -> Part:
    for part in store.list_parts(tx, api.id, kind):
        if part.settings.get("ApiGatewayManaged"):
            return part
    raise NotFound(f"The API has no {kind} that was made by its quick creation.")
