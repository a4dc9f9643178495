"""Tags of APIs, stages and domain names, by their ARNs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import changes, domain_store, store
from lambent.services.apigatewayv2.errors import BadRequest
from lambent.services.apigatewayv2.rules import checked_tags
from lambent.storage.database import Tx

Tags = Mapping[str, str]
Change = Callable[[Tags], Tags]

_API = re.compile(r"/apis/([^/]+)(?:/stages/([^/]+))?")
_DOMAIN = re.compile(r"/domainnames/([^/]+)")


async def tag_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html"""
    added = params.get("Tags") or {}
    await context.db.write(
        lambda tx: _changed(
            tx, context, params["ResourceArn"], lambda tags: checked_tags({**tags, **added})
        )
    )
    return {}


async def untag_resource(context: Context, params: Params) -> Reply:
    removed = set(params["TagKeys"])
    await context.db.write(
        lambda tx: _changed(
            tx,
            context,
            params["ResourceArn"],
            lambda tags: {key: value for key, value in tags.items() if key not in removed},
        )
    )
    return {}


async def get_tags(context: Context, params: Params) -> Reply:
    tags = await context.db.read(lambda tx: _changed(tx, context, params["ResourceArn"], None))
    return {"Tags": tags}


def _changed(tx: Tx, context: Context, arn: str, change: Change | None) -> Tags:
    """The tags of a resource, once they are changed, if they are."""
    resource = _resource(arn)
    if match := _DOMAIN.fullmatch(resource):
        domain = domain_store.get_domain(tx, context.account, context.region, match[1])
        if change is not None:
            domain = replace(domain, tags=change(domain.tags))
            domain_store.put_domain(tx, domain)
        return domain.tags
    match = _API.fullmatch(resource)
    if match is None:
        raise BadRequest(f"Invalid resource identifier specified: {arn}")
    api = changes.get_api(tx, context, match[1])
    if match[2] is None:
        if change is not None:
            api = replace(api, tags=change(api.tags))
            store.put_api(tx, api)
        return api.tags
    stage = store.get_part(tx, api.id, "stage", match[2])
    tags: Tags = stage.settings.get("Tags") or {}
    if change is not None:
        tags = change(tags)
        store.put_part(tx, replace(stage, settings={**stage.settings, "Tags": tags}))
    return tags


def _resource(arn: str) -> str:
    try:
        return Arn.parse(arn).resource
    except ValidationFailed as error:
        raise BadRequest(f"Invalid ARN specified in the request: {arn}") from error
