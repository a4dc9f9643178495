"""What may be asked of a resource, and the statuses that it may answer."""

from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import changeable, changes, known, rules
from lambent.services.apigateway.errors import Conflict, PartNotFound
from lambent.services.apigateway.patches import patched
from lambent.storage.database import Tx


async def put_method(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html"""
    method = rules.new_method(params)

    def write(tx: Tx) -> None:
        resource = known.get_resource(tx, context, params)
        if method["httpMethod"] in resource.document.get("resourceMethods", {}):
            raise Conflict("Method already exists for this resource")
        changes.check_method(tx, resource.owner, method)
        changes.put_method(tx, resource, method)

    await context.db.write(write)
    return method


async def get_method(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetMethod.html"""
    return await context.db.read(lambda tx: _method(tx, context, params))


async def update_method(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethod.html"""
    owner = known.api_owner(context, params)

    def write(tx: Tx) -> Reply:
        def change(method: dict[str, Any]) -> Reply:
            changed = patched(method, params.get("patchOperations", ()), changeable.METHOD)
            changes.check_method(tx, owner, changed)
            return changed

        changes.change_method(tx, context, params, change)
        return _method(tx, context, params)

    return await context.db.write(write)


async def delete_method(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteMethod.html"""
    await context.db.write(lambda tx: changes.change_method(tx, context, params, lambda _: None))
    return {}


async def put_method_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethodResponse.html"""
    code = params["statusCode"]
    response = {
        "statusCode": code,
        **rules.picked(params, "responseParameters", "responseModels"),
    }

    def write(tx: Tx) -> None:
        rules.check_method_response(
            response, changes.models_of(tx, known.api_owner(context, params))
        )

        def change(method: dict[str, Any]) -> Reply:
            responses = method.get("methodResponses", {})
            if code in responses:
                raise Conflict("Response already exists for this resource")
            return {**method, "methodResponses": {**responses, code: response}}

        changes.change_method(tx, context, params, change)

    await context.db.write(write)
    return response


async def get_method_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetMethodResponse.html"""
    method = await context.db.read(lambda tx: _method(tx, context, params))
    return _response(method, params)


async def update_method_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethodResponse.html"""

    def write(tx: Tx) -> Reply:
        changed: dict[str, Any] = {}

        def change(method: dict[str, Any]) -> Reply:
            changed.update(
                patched(
                    _response(method, params),
                    params.get("patchOperations", ()),
                    changeable.METHOD_RESPONSE,
                )
            )
            models = changes.models_of(tx, known.api_owner(context, params))
            rules.check_method_response(changed, models)
            kept = _without(method["methodResponses"], params["statusCode"])
            return {**method, "methodResponses": {**kept, changed["statusCode"]: changed}}

        changes.change_method(tx, context, params, change)
        return changed

    return await context.db.write(write)


async def delete_method_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteMethodResponse.html"""

    def change(method: dict[str, Any]) -> Reply:
        _response(method, params)
        kept = _without(method["methodResponses"], params["statusCode"])
        left = _without(method, "methodResponses")
        return {**left, **({"methodResponses": kept} if kept else {})}

    await context.db.write(lambda tx: changes.change_method(tx, context, params, change))
    return {}


def _method(tx: Tx, context: Context, params: Params) -> dict[str, Any]:
    return known.method_of(known.get_resource(tx, context, params), params["httpMethod"])


def _response(method: Reply, params: Params) -> dict[str, Any]:
    response = method.get("methodResponses", {}).get(params["statusCode"])
    if response is None:
        raise PartNotFound("Invalid Response status code specified")
    return dict(response)


def _without(members: Reply, name: str) -> dict[str, Any]:
    return {known: value for known, value in members.items() if known != name}
