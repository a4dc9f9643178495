"""
What only WebSocket APIs have: integration responses, models and route responses.

AWS: an HTTP API has none of them, and none can be made.
"""

from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import changes
from lambent.services.apigatewayv2.api import parts
from lambent.services.apigatewayv2.errors import BadRequest, NotFound


async def create_integration_response(context: Context, params: Params) -> Reply:
    await parts.get(context, params, "integration")
    raise _not_for_http("Integration responses")


async def get_integration_response(context: Context, params: Params) -> Reply:
    await parts.get(context, params, "integration")
    raise NotFound("Invalid Integration response identifier specified")


async def get_integration_responses(context: Context, params: Params) -> Reply:
    await parts.get(context, params, "integration")
    return {"Items": []}


async def create_model(context: Context, params: Params) -> Reply:
    await _check_api(context, params)
    raise _not_for_http("Models")


async def get_model(context: Context, params: Params) -> Reply:
    await _check_api(context, params)
    raise NotFound("Invalid Model identifier specified")


async def get_models(context: Context, params: Params) -> Reply:
    await _check_api(context, params)
    return {"Items": []}


async def create_route_response(context: Context, params: Params) -> Reply:
    await parts.get(context, params, "route")
    raise _not_for_http("Route responses")


async def get_route_response(context: Context, params: Params) -> Reply:
    await parts.get(context, params, "route")
    raise NotFound("Invalid Route response identifier specified")


async def get_route_responses(context: Context, params: Params) -> Reply:
    await parts.get(context, params, "route")
    return {"Items": []}


# What is not there can be neither changed nor deleted.
update_integration_response = delete_integration_response = get_integration_response
update_model = delete_model = get_model_template = get_model
update_route_response = delete_route_response = get_route_response


async def _check_api(context: Context, params: Params) -> None:
    await context.db.read(lambda tx: changes.get_api(tx, context, params["ApiId"]))


def _not_for_http(what: str) -> BadRequest:
    return BadRequest(f"{what} are not supported for HTTP protocol Apis")
