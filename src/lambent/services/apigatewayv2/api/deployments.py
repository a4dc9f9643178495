"""Deployments: an API as it was, for stages to serve."""

from functools import partial

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import changes
from lambent.services.apigatewayv2.api import parts
from lambent.services.apigatewayv2.records import Part
from lambent.services.apigatewayv2.rules import chosen, patched
from lambent.storage.database import Tx


async def create_deployment(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html"""

    def write(tx: Tx) -> Part:
        api = changes.get_api(tx, context, params["ApiId"])
        made = changes.deploy(tx, api, context.clock.now(), fresh_id, params.get("Description"))
        if params.get("StageName"):
            changes.use_deployment(tx, api, params["StageName"], made.id)
        return made

    fresh_id = new_short_id(6)
    return parts.described(await context.db.write(write))


async def update_deployment(context: Context, params: Params) -> Reply:
    updated = partial(patched, changes=chosen(params, ("Description",)))
    return await parts.update(context, params, "deployment", updated)


async def get_deployment(context: Context, params: Params) -> Reply:
    return await parts.get(context, params, "deployment")


async def get_deployments(context: Context, params: Params) -> Reply:
    return await parts.list_of(context, params, "deployment")


async def delete_deployment(context: Context, params: Params) -> Reply:
    return await parts.delete(context, params, "deployment")
