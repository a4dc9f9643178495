"""APIs from OpenAPI, and APIs as OpenAPI."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import changes, definitions, exports, route_rules, rules, store
from lambent.services.apigatewayv2.api.apis import described, endpoint
from lambent.services.apigatewayv2.definitions import Definition
from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.records import Api, Part
from lambent.storage.database import Tx


async def import_api(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html#ImportApi"""
    definition = _asked(params)
    now = context.clock.now()
    api = Api(
        new_short_id(10),
        context.account,
        context.region,
        now,
        rules.new_api_settings(definition.params),
        definition.tags,
    )
    parts, fresh_id = _parts(api.id, definition), new_short_id(6)
    await context.db.write(lambda tx: _put(tx, api, parts, now, fresh_id))
    return _reply(context, api, definition)


async def reimport_api(context: Context, params: Params) -> Reply:
    """
    Have an API be what a definition says; its stages stay.

    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html#ReimportApi
    """
    definition = _asked(params)
    now, fresh_id = context.clock.now(), new_short_id(6)
    parts = _parts(params["ApiId"], definition)

    def write(tx: Tx) -> Api:
        known = changes.get_api(tx, context, params["ApiId"])
        api = replace(
            known,
            settings=rules.new_api_settings(definition.params),
            tags={**known.tags, **definition.tags},
        )
        for kind in ("route", "integration", "authorizer"):
            for part in store.list_parts(tx, api.id, kind):
                store.remove_part(tx, part)
        _put(tx, api, parts, now, fresh_id)
        return api

    return _reply(context, await context.db.write(write), definition)


async def export_api(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-exports-specification.html"""
    if params["Specification"] != "OAS30":
        raise BadRequest("Invalid specification: it must be OAS30")
    if params["OutputType"] not in ("JSON", "YAML"):
        raise BadRequest("Invalid output type: it must be JSON or YAML")
    if params.get("ExportVersion", "1.0") != "1.0":
        raise BadRequest("Invalid export version: it must be 1.0")
    stage = params.get("StageName", "")

    def read(tx: Tx) -> tuple[Api, Mapping[str, Any]]:
        api = changes.get_api(tx, context, params["ApiId"])
        if not stage:
            return api, changes.content_of(tx, api)
        part = store.get_part(tx, api.id, "stage", stage)
        return api, store.get_snapshot(tx, api.id, part.settings.get("DeploymentId", ""))

    api, content = await context.db.read(read)
    extensions = params.get("IncludeExtensions", True)
    document = exports.exported(api, content, endpoint(context, api), stage, extensions=extensions)
    if params["OutputType"] == "JSON":
        return {"body": orjson.dumps(document, option=orjson.OPT_INDENT_2)}
    return {"body": _as_yaml(document)}


def _asked(params: Params) -> Definition:
    base_path = str(params.get("Basepath") or "ignore").lower()
    definition = definitions.read_definition(params["Body"], base_path)
    if params.get("FailOnWarnings") and definition.warnings:
        raise BadRequest(f"Warnings found during import: {' '.join(definition.warnings)}")
    return definition


def _parts(api_id: str, definition: Definition) -> list[Part]:
    """Every part under an id of its own, named by it where another part names it."""
    integrations = {
        name: Part(api_id, "integration", new_short_id(7), settings)
        for name, settings in definition.integrations.items()
    }
    authorizers = {
        name: Part(api_id, "authorizer", new_short_id(6), settings)
        for name, settings in definition.authorizers.items()
    }
    routes = []
    for route in definition.routes:
        params = dict(route.params)
        if route.integration:
            params["Target"] = f"integrations/{integrations[route.integration].id}"
        if route.authorizer:
            params["AuthorizerId"] = authorizers[route.authorizer].id
        settings = route_rules.new_route_settings(params)
        routes.append(Part(api_id, "route", new_short_id(7), settings))
    return [*integrations.values(), *authorizers.values(), *routes]


def _put(tx: Tx, api: Api, parts: list[Part], now: float, fresh_id: str) -> None:
    changes.check_rooms(parts)
    for part in parts:
        store.put_part(tx, part)
    changes.change_api(tx, api, now, fresh_id)


def _reply(context: Context, api: Api, definition: Definition) -> dict[str, Any]:
    reply = described(context, api)
    return {**reply, "Warnings": list(definition.warnings)} if definition.warnings else reply


def _as_yaml(document: Mapping[str, Any]) -> bytes:
    import yaml

    text: str = yaml.safe_dump(document, sort_keys=False)
    return text.encode()
