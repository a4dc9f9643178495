"""REST APIs themselves."""

from dataclasses import replace
from typing import Any

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import changes, kinds, known, rules, store
from lambent.services.apigateway.api.parts import listing, reading, updating
from lambent.services.apigateway.records import Document, Owner, Part
from lambent.storage.database import Tx


async def create_rest_api(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html"""
    owner, document, models = new_api(context, params)

    def write(tx: Tx) -> None:
        changes.add_api(tx, owner, document, context.clock.now(), models)
        if params.get("cloneFrom"):
            source = Owner(owner.account, owner.region, params["cloneFrom"])
            changes.clone(tx, source, owner, context.clock.now())

    await context.db.write(write)
    return document


def new_api(context: Context, params: Params) -> tuple[Owner, dict[str, Any], dict[str, str]]:
    """A new API's place, its document and the ids of its first models."""
    owner = Owner(context.account, context.region, new_short_id(10))
    document = rules.new_rest_api(params, owner.id, new_short_id(10), context.clock.now())
    return owner, document, {name: new_short_id(6) for name in ("Empty", "Error")}


async def delete_rest_api(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteRestApi.html"""
    owner = known.api_owner(context, params)

    def write(tx: Tx) -> None:
        api = known.get_api(tx, owner)
        changes.remove_api(tx, owner)
        store.remove_part(tx, api.owner, api.kind, api.id)

    await context.db.write(write)
    return {}


def _checked(tx: Tx, context: Context, part: Part, document: Document) -> Document:
    rules.check_rest_api(document)
    return document


get_rest_api = reading(kinds.REST_API)
get_rest_apis = listing(kinds.REST_API)
update_rest_api = updating(kinds.REST_API, _checked)


async def get_tags(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetTags.html"""
    part = await context.db.read(lambda tx: _tagged(tx, context, params["resourceArn"]))
    return {"tags": part.document.get("tags", {})}


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_TagResource.html"""

    def write(tx: Tx) -> None:
        part = _tagged(tx, context, params["resourceArn"])
        tags = {**part.document.get("tags", {}), **params["tags"]}
        rules.check_tags(tags)
        store.put_part(tx, replace(part, document={**part.document, "tags": tags}))

    await context.db.write(write)
    return {}


async def untag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UntagResource.html"""

    def write(tx: Tx) -> None:
        part = _tagged(tx, context, params["resourceArn"])
        tags = {
            key: value
            for key, value in part.document.get("tags", {}).items()
            if key not in params["tagKeys"]
        }
        store.put_part(tx, replace(part, document={**part.document, "tags": tags}))

    await context.db.write(write)
    return {}


def _tagged(tx: Tx, context: Context, arn: str) -> Part:
    region, *names = rules.tagged_names(arn)
    place = context.at(context.account, region)
    account = known.account_owner(place)
    match names:
        case ["restapis", id]:
            return known.get_part(tx, account, kinds.REST_API, id)
        case ["restapis", id, "stages", name]:
            return known.get_part(tx, replace(account, id=id), kinds.STAGE, name)
        case ["apikeys", id]:
            return known.get_part(tx, account, kinds.API_KEY, id)
        case ["usageplans", id]:
            return known.get_part(tx, account, kinds.USAGE_PLAN, id)
        case ["domainnames", name]:
            return known.get_part(tx, account, kinds.DOMAIN_NAME, name)
    raise rules.not_taggable(arn)
