"""Routes: which requests go where."""

from functools import partial

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import route_rules
from lambent.services.apigatewayv2.api import parts
from lambent.services.apigatewayv2.errors import NotFound
from lambent.services.apigatewayv2.records import Part


async def create_route(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html"""
    settings = route_rules.new_route_settings(params)
    return await parts.create(context, Part(params["ApiId"], "route", new_short_id(7), settings))


async def update_route(context: Context, params: Params) -> Reply:
    updated = partial(route_rules.updated_route_settings, params=params)
    return await parts.update(context, params, "route", updated)


async def get_route(context: Context, params: Params) -> Reply:
    return await parts.get(context, params, "route")


async def get_routes(context: Context, params: Params) -> Reply:
    return await parts.list_of(context, params, "route")


async def delete_route(context: Context, params: Params) -> Reply:
    return await parts.delete(context, params, "route")


async def delete_route_request_parameter(context: Context, params: Params) -> Reply:
    """AWS: only routes of WebSocket APIs have request parameters."""
    await parts.get(context, params, "route")
    raise NotFound("Invalid request parameter key specified")
