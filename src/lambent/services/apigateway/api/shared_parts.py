"""What the methods of an API share: models, validators, authorizers, the gateway's answers."""

from collections.abc import Callable
from typing import Any

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import changes, gateway_responses, kinds, known, rules, store
from lambent.services.apigateway.api.parts import Operation, deleting, listing, reading, updating
from lambent.services.apigateway.errors import BadRequest, Conflict, PartNotFound
from lambent.services.apigateway.kinds import Kind
from lambent.services.apigateway.patches import patched
from lambent.services.apigateway.records import Document, Part
from lambent.storage.database import Tx


def _creating(
    kind: Kind, new: Callable[[Params, str], dict[str, Any]], name: str, taken: str
) -> Operation:
    """`name` is the member that no other part of the API may have, too."""

    async def create(context: Context, params: Params) -> Reply:
        owner = known.api_owner(context, params)
        document = new(params, new_short_id(6))

        def write(tx: Tx) -> None:
            known.get_api(tx, owner)
            parts = store.list_parts(tx, owner, kind.name)
            if any(part.document.get(name) == document.get(name, "") for part in parts):
                raise Conflict(taken)
            id = document["name" if kind is kinds.MODEL else "id"]
            changes.put(tx, owner, kind, id, document, context.clock.now())

        await context.db.write(write)
        return document

    return create


def _new_model(params: Params, id: str) -> dict[str, Any]:
    rules.check_model_name(params["name"])
    rules.check_schema(params.get("schema", ""))
    return {"id": id, **rules.picked(params, "name", "description", "schema", "contentType")}


def _new_validator(params: Params, id: str) -> dict[str, Any]:
    return {
        "id": id,
        **rules.picked(params, "name"),
        "validateRequestBody": bool(params.get("validateRequestBody", False)),
        "validateRequestParameters": bool(params.get("validateRequestParameters", False)),
    }


def _checked_model(tx: Tx, context: Context, part: Part, document: Document) -> Document:
    rules.check_schema(document.get("schema", ""))
    return document


def _checked_authorizer(tx: Tx, context: Context, part: Part, document: Document) -> Document:
    rules.check_authorizer(document)
    return document


def _unused_model(tx: Tx, context: Context, part: Part) -> None:
    for path, name, method in _methods(tx, part):
        if part.id in method.get("requestModels", {}).values():
            raise Conflict(
                f"Cannot delete model '{part.id}', is referenced in method request: {path}/{name}"
            )


def _unused_authorizer(tx: Tx, context: Context, part: Part) -> None:
    for path, name, method in _methods(tx, part):
        if method.get("authorizerId") == part.id:
            raise Conflict(
                f"Cannot delete authorizer '{part.document['name']}', is referenced in method:"
                f" {path}/{name}"
            )


def _unused_validator(tx: Tx, context: Context, part: Part) -> None:
    for path, name, method in _methods(tx, part):
        if method.get("requestValidatorId") == part.id:
            raise Conflict(
                f"Cannot delete request validator '{part.document.get('name', part.id)}', is"
                f" referenced in method: {path}/{name}"
            )


def _methods(tx: Tx, part: Part) -> list[tuple[str, str, Document]]:
    return [
        (resource.document["path"], name, method)
        for resource in store.list_parts(tx, part.owner, kinds.RESOURCE.name)
        for name, method in resource.document.get("resourceMethods", {}).items()
    ]


create_model = _creating(
    kinds.MODEL, _new_model, "name", "Model name already exists for this REST API"
)
get_model = reading(kinds.MODEL)
get_models = listing(kinds.MODEL)
update_model = updating(kinds.MODEL, _checked_model)
delete_model = deleting(kinds.MODEL, _unused_model)

create_request_validator = _creating(
    kinds.REQUEST_VALIDATOR,
    _new_validator,
    "name",
    "Request Validator name already exists for this REST API",
)
get_request_validator = reading(kinds.REQUEST_VALIDATOR)
get_request_validators = listing(kinds.REQUEST_VALIDATOR)
update_request_validator = updating(kinds.REQUEST_VALIDATOR)
delete_request_validator = deleting(kinds.REQUEST_VALIDATOR, _unused_validator)

create_authorizer = _creating(
    kinds.AUTHORIZER,
    rules.new_authorizer,
    "name",
    "Authorizer name must be unique. Authorizer with the same name already exists in this RestApi.",
)
get_authorizer = reading(kinds.AUTHORIZER)
get_authorizers = listing(kinds.AUTHORIZER)
update_authorizer = updating(kinds.AUTHORIZER, _checked_authorizer)
delete_authorizer = deleting(kinds.AUTHORIZER, _unused_authorizer)


async def get_model_template(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetModelTemplate.html"""
    await get_model(context, params)
    return {"value": "{}"}


async def put_gateway_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutGatewayResponse.html"""
    owner = known.api_owner(context, params)
    kind = _response_type(params)
    document = {
        "responseType": kind,
        **rules.picked(params, "statusCode"),
        "responseParameters": params.get("responseParameters", {}),
        "responseTemplates": params.get("responseTemplates", {}),
        "defaultResponse": False,
    }
    gateway_responses.check(document)

    def write(tx: Tx) -> None:
        known.get_api(tx, owner)
        changes.put(tx, owner, kinds.GATEWAY_RESPONSE, kind, document, context.clock.now())

    await context.db.write(write)
    return _complete(document)


async def get_gateway_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetGatewayResponse.html"""
    return _complete(await context.db.read(lambda tx: _gateway_response(tx, context, params)))


async def get_gateway_responses(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetGatewayResponses.html"""
    owner = known.api_owner(context, params)

    def read(tx: Tx) -> list[Document]:
        known.get_api(tx, owner)
        own = {
            part.id: part.document
            for part in store.list_parts(tx, owner, kinds.GATEWAY_RESPONSE.name)
        }
        return [
            own.get(kind) or gateway_responses.default(kind) for kind in gateway_responses.TYPES
        ]

    return {"items": [_complete(document) for document in await context.db.read(read)]}


async def update_gateway_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateGatewayResponse.html"""
    owner = known.api_owner(context, params)

    def write(tx: Tx) -> Document:
        document = patched(
            _gateway_response(tx, context, params),
            params.get("patchOperations", ()),
            kinds.GATEWAY_RESPONSE.places,
        )
        document = {**document, "defaultResponse": False}
        gateway_responses.check(document)
        kind = document["responseType"]
        changes.put(tx, owner, kinds.GATEWAY_RESPONSE, kind, document, context.clock.now())
        return document

    return _complete(await context.db.write(write))


async def delete_gateway_response(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteGatewayResponse.html"""
    owner = known.api_owner(context, params)
    kind = _response_type(params)

    def write(tx: Tx) -> None:
        known.get_api(tx, owner)
        if store.find_part(tx, owner, kinds.GATEWAY_RESPONSE.name, kind) is None:
            raise PartNotFound("Gateway response type not defined on api")
        store.remove_part(tx, owner, kinds.GATEWAY_RESPONSE.name, kind)

    await context.db.write(write)
    return {}


def _gateway_response(tx: Tx, context: Context, params: Params) -> Document:
    owner = known.api_owner(context, params)
    known.get_api(tx, owner)
    kind = _response_type(params)
    part = store.find_part(tx, owner, kinds.GATEWAY_RESPONSE.name, kind)
    return gateway_responses.default(kind) if part is None else part.document


def _response_type(params: Params) -> str:
    kind: str = params["responseType"]
    if kind not in gateway_responses.TYPES:
        allowed = ", ".join(sorted(gateway_responses.TYPES))
        raise BadRequest(
            "1 validation error detected: Value '" + kind + "' at 'responseType' failed to satisfy"
            f" constraint: Member must satisfy enum value set: [{allowed}]"
        )
    return kind


def _complete(document: Document) -> dict[str, Any]:
    """AWS: what is not set is shown as it will be answered."""
    shown = {"responseParameters": {}, "responseTemplates": {}, **document}
    status = gateway_responses.TYPES[shown["responseType"]].status
    if "statusCode" not in shown and status:
        shown["statusCode"] = str(status)
    return shown
