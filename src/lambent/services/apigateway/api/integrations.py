"""What is behind a method, and what becomes of its answers."""

from collections.abc import Callable
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import changeable, changes, known, rules
from lambent.services.apigateway.errors import PartNotFound
from lambent.services.apigateway.patches import patched
from lambent.storage.database import Tx

Json = dict[str, Any]


async def put_integration(context: Context, params: Params) -> Reply:
    """
    Set what is behind a method. Responses of one that was there are gone with it.

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
    """
    integration = rules.new_integration(params, params["resourceId"])

    def change(method: Json) -> Json:
        return {**method, "methodIntegration": integration}

    await context.db.write(lambda tx: changes.change_method(tx, context, params, change))
    return integration


async def get_integration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetIntegration.html"""
    return await context.db.read(lambda tx: _integration(tx, context, params))


async def update_integration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegration.html"""

    def change(integration: Json) -> Json:
        changed = patched(integration, params.get("patchOperations", ()), changeable.INTEGRATION)
        rules.check_integration(changed)
        return {"cacheKeyParameters": [], **changed}

    return await _changed(context, params, change)


async def delete_integration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteIntegration.html"""

    def change(method: Json) -> Json:
        known.integration_of(method)
        return {name: value for name, value in method.items() if name != "methodIntegration"}

    await context.db.write(lambda tx: changes.change_method(tx, context, params, change))
    return {}


async def put_integration_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html"""
    response = {
        "statusCode": params["statusCode"],
        **rules.picked(
            params, "selectionPattern", "responseParameters", "responseTemplates", "contentHandling"
        ),
    }
    rules.check_integration_response(response)

    def change(integration: Json) -> Json:
        responses = integration.get("integrationResponses", {})
        return {
            **integration,
            "integrationResponses": {**responses, params["statusCode"]: response},
        }

    await _changed(context, params, change)
    return response


async def get_integration_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetIntegrationResponse.html"""
    integration = await context.db.read(lambda tx: _integration(tx, context, params))
    return _response(integration, params)


async def update_integration_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegrationResponse.html"""
    operations = params.get("patchOperations", ())

    def change(integration: Json) -> Json:
        changed = patched(
            _response(integration, params), operations, changeable.INTEGRATION_RESPONSE
        )
        rules.check_integration_response(changed)
        kept = _others(integration, params)
        return {**integration, "integrationResponses": {**kept, changed["statusCode"]: changed}}

    integration = await _changed(context, params, change)
    code = next(
        (each["value"] for each in operations if each.get("path") == "/statusCode"),
        params["statusCode"],
    )
    return dict(integration["integrationResponses"][code])


async def delete_integration_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteIntegrationResponse.html"""

    def change(integration: Json) -> Json:
        _response(integration, params)
        return {**integration, "integrationResponses": _others(integration, params)}

    await _changed(context, params, change)
    return {}


async def _changed(
    context: Context, params: Params, change: Callable[[Json], Json]
) -> dict[str, Any]:
    """The integration after `change`."""

    def write(tx: Tx) -> Json:
        changed: Json = {}

        def change_method(method: Json) -> Json:
            changed.update(change(known.integration_of(method)))
            return {**method, "methodIntegration": changed}

        changes.change_method(tx, context, params, change_method)
        return changed

    return await context.db.write(write)


def _integration(tx: Tx, context: Context, params: Params) -> Json:
    resource = known.get_resource(tx, context, params)
    return known.integration_of(known.method_of(resource, params["httpMethod"]))


def _response(integration: Json, params: Params) -> Json:
    response = integration.get("integrationResponses", {}).get(params["statusCode"])
    if response is None:
        raise PartNotFound("Invalid Response status code specified")
    return dict(response)


def _others(integration: Json, params: Params) -> Json:
    responses = integration.get("integrationResponses", {})
    return {code: each for code, each in responses.items() if code != params["statusCode"]}
