"""APIs from documents."""

from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import changes, importing, known
from lambent.services.apigateway.api.rest_apis import new_api
from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.openapi import document, reading
from lambent.services.apigateway.openapi.reading import Imported
from lambent.storage.database import Tx

_BASE_PATHS = ("ignore", "prepend", "split")


async def import_rest_api(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html"""
    given = document.parsed(await _body(params))
    options = {name.lower(): value for name, value in (params.get("parameters") or {}).items()}
    settings = _read(given, "", "ignore").settings
    types = options.get("endpointconfigurationtypes")
    if types:
        settings["endpointConfiguration"] = {"types": types.split(",")}
    owner, api, models = new_api(context, settings)
    imported = _read(given, owner.id, _base_path(options))

    def write(tx: Tx) -> Any:
        now = context.clock.now()
        changes.add_api(tx, owner, api, now, models)
        return importing.import_into(tx, owner, imported, now, overwrite=False)

    return await context.db.write(write)


async def put_rest_api(context: Context, params: Params) -> Reply:
    """
    Make an API what a document says; in the mode `merge` what it is silent of stays.

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
    """
    given = document.parsed(await _body(params))
    options = {name.lower(): value for name, value in (params.get("parameters") or {}).items()}
    owner = known.api_owner(context, params)
    imported = _read(given, owner.id, _base_path(options))
    overwrite = params.get("mode", "merge") == "overwrite"
    now = context.clock.now()
    return await context.db.write(
        lambda tx: importing.import_into(tx, owner, imported, now, overwrite=overwrite)
    )


def _read(given: dict[str, Any], api_id: str, base_path: str) -> Imported:
    try:
        return reading.read(given, api_id, base_path)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # Something in it is not of the form that the standard asks for.
        raise BadRequest("Invalid OpenAPI input. A member has a wrong type.") from error


def _base_path(options: dict[str, str]) -> str:
    base_path = options.get("basepath", "ignore")
    if base_path not in _BASE_PATHS:
        raise BadRequest(f"Invalid basepath. Valid values: {', '.join(_BASE_PATHS)}")
    return base_path


async def _body(params: Params) -> bytes:
    body = params["body"]
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    return b"".join([bytes(piece) async for piece in body])
