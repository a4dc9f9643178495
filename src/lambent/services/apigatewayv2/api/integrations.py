"""Integrations: what answers a request."""

from functools import partial

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import integration_rules
from lambent.services.apigatewayv2.api import parts
from lambent.services.apigatewayv2.records import Part


async def create_integration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html"""
    settings = integration_rules.new_integration_settings(params)
    part = Part(params["ApiId"], "integration", new_short_id(7), settings)
    return await parts.create(context, part)


async def update_integration(context: Context, params: Params) -> Reply:
    updated = partial(integration_rules.updated_integration_settings, params=params)
    return await parts.update(context, params, "integration", updated)


async def get_integration(context: Context, params: Params) -> Reply:
    return await parts.get(context, params, "integration")


async def get_integrations(context: Context, params: Params) -> Reply:
    return await parts.list_of(context, params, "integration")


async def delete_integration(context: Context, params: Params) -> Reply:
    return await parts.delete(context, params, "integration")
