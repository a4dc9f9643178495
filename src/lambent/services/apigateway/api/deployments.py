"""Deployments, which keep an API as it is, and the stages that show one of them."""

from dataclasses import replace
from typing import Any

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import changes, kinds, known, rules, store
from lambent.services.apigateway.api.parts import deleting, listing, reading, updating
from lambent.services.apigateway.errors import BadRequest, Conflict
from lambent.services.apigateway.records import Document, Owner, Part
from lambent.storage.database import Tx


async def create_deployment(context: Context, params: Params) -> Reply:
    """
    Keep the API as it is, and show it at a stage if one is named.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html
    """
    owner = known.api_owner(context, params)
    id, now = new_short_id(6), context.clock.now()
    document = {
        "id": id,
        **rules.picked(params, "description"),
        "createdDate": int(now),
    }

    def write(tx: Tx) -> None:
        store.add_snapshot(tx, owner.id, id, changes.snapshot(tx, owner))
        changes.put(tx, owner, kinds.DEPLOYMENT, id, document, now)
        name = params.get("stageName")
        if name:
            _show(tx, owner, name, id, params, now)

    await context.db.write(write)
    return document


def _show(tx: Tx, owner: Owner, name: str, id: str, params: Params, now: float) -> None:
    stage = store.find_part(tx, owner, kinds.STAGE.name, name)
    settings = {
        **rules.picked(
            params, "cacheClusterEnabled", "cacheClusterSize", "variables", "tracingEnabled"
        ),
        **({"description": d} if (d := params.get("stageDescription")) else {}),
    }
    canary = params.get("canarySettings")
    if stage is None:
        asked = {**settings, "stageName": name, "deploymentId": id}
        changes.put(tx, owner, kinds.STAGE, name, rules.new_stage(asked, now), now)
        return
    document = {**stage.document, **settings, "lastUpdatedDate": int(now)}
    if canary is not None:
        document["canarySettings"] = {
            "percentTraffic": 0.0,
            "useStageCache": False,
            **canary,
            "deploymentId": id,
        }
    else:
        document["deploymentId"] = id
    store.put_part(tx, replace(stage, document=rules.checked_stage(document)))


async def get_deployment(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployment.html"""
    owner = known.api_owner(context, params)

    def read(tx: Tx) -> Document:
        part = known.get_part(tx, owner, kinds.DEPLOYMENT, params["deploymentId"])
        if "apisummary" not in params.get("embed", ()):
            return part.document
        kept = store.find_snapshot(tx, owner.id, part.id) or {}
        return {**part.document, "apiSummary": _summary(kept)}

    return await context.db.read(read)


def _summary(kept: Document) -> dict[str, Any]:
    return {
        resource["path"]: {
            name: {
                "authorizationType": method["authorizationType"],
                "apiKeyRequired": method["apiKeyRequired"],
            }
            for name, method in resource["resourceMethods"].items()
        }
        for resource in kept.get("resource", ())
        if resource.get("resourceMethods")
    }


def _undeployed(tx: Tx, context: Context, part: Part) -> None:
    stages = store.list_parts(tx, part.owner, kinds.STAGE.name)
    if any(part.id in _deployments_of(stage.document) for stage in stages):
        raise BadRequest("Active stages pointing to this deployment must be moved or deleted")
    store.remove_snapshot(tx, part.owner.id, part.id)


def _deployments_of(stage: Document) -> tuple[str | None, ...]:
    return stage["deploymentId"], stage.get("canarySettings", {}).get("deploymentId")


get_deployments = listing(kinds.DEPLOYMENT)
update_deployment = updating(kinds.DEPLOYMENT)
delete_deployment = deleting(kinds.DEPLOYMENT, _undeployed)


async def create_stage(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html"""
    owner = known.api_owner(context, params)
    now = context.clock.now()
    document = rules.new_stage(params, now)

    def write(tx: Tx) -> None:
        known.get_api(tx, owner)
        _check_deployments(tx, owner, document)
        if store.find_part(tx, owner, kinds.STAGE.name, document["stageName"]) is not None:
            raise Conflict("Stage already exists")
        changes.put(tx, owner, kinds.STAGE, document["stageName"], document, now)

    await context.db.write(write)
    return document


def _check_deployments(tx: Tx, owner: Owner, stage: Document) -> None:
    for id in _deployments_of(stage):
        if id is not None and store.find_part(tx, owner, kinds.DEPLOYMENT.name, id) is None:
            raise BadRequest("Deployment id does not exist")


def _checked_stage(tx: Tx, context: Context, part: Part, document: Document) -> Document:
    _check_deployments(tx, part.owner, document)
    # What is taken away and always shown.
    changed = {"methodSettings": {}, **document}
    return rules.checked_stage({**changed, "lastUpdatedDate": int(context.clock.now())})


async def get_stages(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetStages.html"""
    owner = known.api_owner(context, params)

    def read(tx: Tx) -> list[Part]:
        known.get_api(tx, owner)
        return store.list_parts(tx, owner, kinds.STAGE.name)

    wanted = params.get("deploymentId")
    found = [_stage(part, params) for part in await context.db.read(read)]
    return {"item": [each for each in found if wanted in (None, each["deploymentId"])]}


def _stage(part: Part, params: Params) -> dict[str, Any]:
    return {name: value for name, value in part.document.items() if name != rules.FLUSHED}


get_stage = reading(kinds.STAGE, _stage)
update_stage = updating(kinds.STAGE, _checked_stage, _stage)
delete_stage = deleting(kinds.STAGE)


async def flush_stage_cache(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_FlushStageCache.html"""
    await get_stage(context, params)
    return {}


async def flush_stage_authorizers_cache(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_FlushStageAuthorizersCache.html"""
    owner = known.api_owner(context, params)
    now = context.clock.now()

    def write(tx: Tx) -> None:
        part = known.get_part(tx, owner, kinds.STAGE, params["stageName"])
        document = {**part.document, rules.FLUSHED: now}
        store.put_part(tx, replace(part, document=document))

    await context.db.write(write)
    return {}
