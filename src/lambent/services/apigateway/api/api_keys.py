"""API keys."""

from typing import Any

from lambent.core import pages
from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import kinds, known, rules, store, usage_rules
from lambent.services.apigateway.api import usage_plans
from lambent.services.apigateway.api.parts import after, deleting, page_size, reading, updating
from lambent.services.apigateway.errors import BadRequest, Conflict
from lambent.services.apigateway.records import Document, Owner, Part
from lambent.storage.database import Tx


async def create_api_key(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html"""
    owner = known.account_owner(context)
    now = context.clock.now()
    value = params.get("value") or new_short_id(40)
    usage_rules.check_key_value(value)
    document = {
        "id": new_short_id(10),
        "value": value,
        **rules.picked(params, "name", "customerId", "description"),
        "enabled": bool(params.get("enabled", False)),
        "createdDate": int(now),
        "lastUpdatedDate": int(now),
        "stageKeys": [
            f"{key.get('restApiId', '')}/{key.get('stageName', '')}"
            for key in params.get("stageKeys", ())
        ],
        **rules.picked(params, "tags"),
    }
    await context.db.write(lambda tx: _add(tx, owner, document, now))
    return document


def _add(tx: Tx, owner: Owner, document: Document, now: float) -> None:
    if store.find_key_of_value(tx, owner.account, owner.region, document["value"]):
        raise Conflict("API Key already exists")
    store.put_part(tx, Part(owner, kinds.API_KEY.name, document["id"], now, document))
    store.add_key_value(tx, owner, document["value"], document["id"])


async def get_api_keys(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKeys.html"""
    owner = known.account_owner(context)
    created, id = after(params, [0.0, ""])
    limit = page_size(params)
    prefix, customer = params.get("nameQuery", ""), params.get("customerId")
    parts = await context.db.read(
        lambda tx: store.list_parts(tx, owner, kinds.API_KEY.name, (created, id))
    )
    found = [
        part
        for part in parts
        if part.document.get("name", "").startswith(prefix)
        and customer in (None, part.document.get("customerId"))
    ]
    shown = {"includeValue": params.get("includeValues", False)}
    reply: dict[str, Any] = {"items": [_shown(part, shown) for part in found[:limit]]}
    if len(found) > limit:
        reply["position"] = pages.token_after(found[limit - 1].created, found[limit - 1].id)
    return reply


async def import_api_keys(context: Context, params: Params) -> Reply:
    """
    Make a key of each line of a table.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html
    """
    if params["format"] != "csv":
        raise BadRequest("Invalid format specified. Valid formats: csv")
    owner = known.account_owner(context)
    now = context.clock.now()
    rows = usage_rules.key_rows(bytes(params["body"]))
    keys: list[tuple[Document, list[str]]] = [
        (
            {
                "id": new_short_id(10),
                "value": row.value,
                "name": row.name,
                **({"description": row.description} if row.description else {}),
                "enabled": row.enabled,
                "createdDate": int(now),
                "lastUpdatedDate": int(now),
                "stageKeys": [],
            },
            row.plans,
        )
        for row in rows
    ]

    def write(tx: Tx) -> None:
        for document, plans in keys:
            _add(tx, owner, document, now)
            for plan in plans:
                usage_plans.add_key(tx, owner, plan, document["id"], now)

    await context.db.write(write)
    return {"ids": [document["id"] for document, _ in keys], "warnings": []}


def _shown(part: Part, params: Params) -> dict[str, Any]:
    if params.get("includeValue"):
        return dict(part.document)
    return {name: value for name, value in part.document.items() if name != "value"}


def _renewed(tx: Tx, context: Context, part: Part, document: Document) -> Document:
    return {"stageKeys": [], **document, "lastUpdatedDate": int(context.clock.now())}


def _forgotten(tx: Tx, context: Context, part: Part) -> None:
    store.remove_key_value(tx, part.owner, part.id)
    for plan in store.list_plans_of_key(tx, part.owner.account, part.owner.region, part.id):
        owner = Owner(part.owner.account, part.owner.region, plan)
        store.remove_part(tx, owner, kinds.USAGE_PLAN_KEY.name, part.id)
        store.remove_usage(tx, plan, part.id)


get_api_key = reading(kinds.API_KEY, _shown)
update_api_key = updating(kinds.API_KEY, _renewed, _shown)
delete_api_key = deleting(kinds.API_KEY, _forgotten)
