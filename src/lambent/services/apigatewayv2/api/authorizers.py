"""Authorizers: who may ask."""

from functools import partial

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import authorizer_cache, authorizer_rules
from lambent.services.apigatewayv2.api import parts
from lambent.services.apigatewayv2.records import Part


async def create_authorizer(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html"""
    settings = authorizer_rules.new_authorizer_settings(params)
    part = Part(params["ApiId"], "authorizer", new_short_id(6), settings)
    return await parts.create(context, part)


async def update_authorizer(context: Context, params: Params) -> Reply:
    updated = partial(authorizer_rules.updated_authorizer_settings, params=params)
    return await parts.update(context, params, "authorizer", updated)


async def get_authorizer(context: Context, params: Params) -> Reply:
    return await parts.get(context, params, "authorizer")


async def get_authorizers(context: Context, params: Params) -> Reply:
    return await parts.list_of(context, params, "authorizer")


async def delete_authorizer(context: Context, params: Params) -> Reply:
    return await parts.delete(context, params, "authorizer")


async def reset_authorizers_cache(context: Context, params: Params) -> Reply:
    """Have authorizers asked again, whatever they have said."""
    await parts.get(context, params, "stage")
    authorizer_cache.forget(context.platform, params["ApiId"], params["StageName"])
    return {}
