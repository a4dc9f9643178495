"""
Changes of an API and its parts; a stage that deploys by itself serves them at once.

Each change is given a `fresh_id`, which names the deployment that may follow from it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lambent.platform import Context
from lambent.services.apigatewayv2 import domain_store, route_rules, stage_rules, store
from lambent.services.apigatewayv2.errors import BadRequest, Conflict, NotFound
from lambent.services.apigatewayv2.records import Api, Kind, Part
from lambent.services.apigatewayv2.rules import (
    MOST_AUTHORIZERS,
    MOST_INTEGRATIONS,
    MOST_ROUTES,
    MOST_STAGES,
)
from lambent.storage.database import Tx

_MOST: Mapping[str, int] = {
    "authorizer": MOST_AUTHORIZERS,
    "integration": MOST_INTEGRATIONS,
    "route": MOST_ROUTES,
    "stage": MOST_STAGES,
}
_NO_ROUTES = "Unable to deploy API because no valid routes exist in this API"
_SERVED: tuple[Kind, ...] = ("authorizer", "integration", "route")


def get_api(tx: Tx, context: Context, api_id: str) -> Api:
    return store.get_api(tx, context.account, context.region, api_id)


def add_part(tx: Tx, api: Api, part: Part, now: float, fresh_id: str) -> None:
    _check_room(tx, part)
    change_part(tx, api, part, now, fresh_id)


def change_part(tx: Tx, api: Api, part: Part, now: float, fresh_id: str) -> None:
    """Keep a part as it is now, and have it served where stages deploy by themselves."""
    if part.kind == "route":
        check_route(tx, part)
    store.put_part(tx, part)
    if part.kind in _SERVED or part.kind == "stage":
        deploy_by_itself(tx, api, now, fresh_id)


def remove_part(tx: Tx, api: Api, part: Part, now: float, fresh_id: str) -> None:
    match part.kind:
        case "integration":
            _check_unused(tx, part, "Target", f"integrations/{part.id}")
        case "authorizer":
            _check_unused(tx, part, "AuthorizerId", part.id)
        case "deployment":
            _check_not_live(tx, part)
            store.remove_snapshot(tx, api.id, part.id)
        case "stage":
            if domain_store.is_mapped(tx, api.id, part.id):
                raise BadRequest(
                    "Deleting stage failed. Please remove all API mappings related to the stage"
                    " from your domains before deleting it."
                )
    store.remove_part(tx, part)
    if part.kind in _SERVED:
        deploy_by_itself(tx, api, now, fresh_id)
    elif part.kind == "stage" and part.settings.get("AutoDeploy"):
        _forget_unused(tx, api.id, part.settings.get("DeploymentId"))


def change_api(tx: Tx, api: Api, now: float, fresh_id: str) -> None:
    store.put_api(tx, api)
    deploy_by_itself(tx, api, now, fresh_id)


def deploy(tx: Tx, api: Api, now: float, fresh_id: str, description: str | None) -> Part:
    """Take the API as it is now into a deployment."""
    if not _has_routes(tx, api):
        raise BadRequest(_NO_ROUTES)
    settings: dict[str, Any] = {"AutoDeployed": False}
    if description is not None:
        settings["Description"] = description
    return _add_deployment(tx, api, fresh_id, {**settings, "CreatedDate": now})


def deploy_by_itself(tx: Tx, api: Api, now: float, fresh_id: str) -> None:
    """
    Serve the API as it is now at every stage that wants it.

    What such a deployment takes the place of goes, unless another stage serves it: there is one
    for every change.
    """
    every = store.list_parts(tx, api.id, "stage")
    stages = [stage for stage in every if stage.settings.get("AutoDeploy")]
    if not stages:
        return
    if not _has_routes(tx, api):
        for stage in stages:
            _tell_stage(tx, stage, f"Deployment attempt failed: {_NO_ROUTES}")
        return
    settings = {
        "AutoDeployed": True,
        "CreatedDate": now,
        "Description": "Automatic deployment triggered by changes to the Api configuration",
    }
    _add_deployment(tx, api, fresh_id, settings)
    for stage in stages:
        message = f"Successfully deployed stage with deployment ID '{fresh_id}'"
        _tell_stage(tx, stage, message, DeploymentId=fresh_id)
    for stage in stages:
        _forget_unused(tx, api.id, stage.settings.get("DeploymentId"))


def content_of(tx: Tx, api: Api) -> dict[str, Any]:
    """What a deployment of the API as it is now serves."""
    content: dict[str, Any] = {
        kind: {part.id: part.settings for part in store.list_parts(tx, api.id, kind)}
        for kind in _SERVED
    }
    content["cors"] = api.settings.get("CorsConfiguration")
    return content


def check_rooms(parts: Sequence[Part]) -> None:
    """Whether an API may have so many parts, and no route twice."""
    keys: set[str] = set()
    numbers: Counter[str] = Counter(part.kind for part in parts)
    for kind, number in numbers.items():
        if number > _MOST[kind]:
            raise _no_room(kind)
    for part in parts:
        if part.kind == "route":
            if part.settings["RouteKey"] in keys:
                raise _route_exists(part.settings["RouteKey"])
            keys.add(part.settings["RouteKey"])


def check_route(tx: Tx, route: Part) -> None:
    """What it names is there, and its key is nobody else's."""
    key = route.settings["RouteKey"]
    for known in store.list_parts(tx, route.api_id, "route"):
        if known.id != route.id and known.settings["RouteKey"] == key:
            raise _route_exists(key)
    target = route_rules.target_id(route.settings)
    if target and store.find_part(tx, route.api_id, "integration", target) is None:
        raise NotFound("Invalid Integration identifier specified")
    authorizer_id = route.settings.get("AuthorizerId")
    if authorizer_id:
        authorizer = store.find_part(tx, route.api_id, "authorizer", authorizer_id)
        if authorizer is None:
            raise BadRequest("Invalid authorizer ID specified.")
        route_rules.check_authorizer(route.settings, authorizer.settings)


def use_deployment(tx: Tx, api: Api, stage_name: str, deployment_id: str) -> None:
    """Have a stage serve a deployment."""
    stage = store.get_part(tx, api.id, "stage", stage_name)
    if stage.settings.get("AutoDeploy"):
        raise stage_rules.deployment_refused()
    store.put_part(tx, replace(stage, settings={**stage.settings, "DeploymentId": deployment_id}))


def _has_routes(tx: Tx, api: Api) -> bool:
    """AWS: only those that lead to an integration are valid."""
    routes = store.list_parts(tx, api.id, "route")
    return any(route_rules.target_id(route.settings) for route in routes)


def _tell_stage(tx: Tx, stage: Part, message: str, **settings: str) -> None:
    told = {**stage.settings, "LastDeploymentStatusMessage": message, **settings}
    store.put_part(tx, replace(stage, settings=told))


def _add_deployment(tx: Tx, api: Api, fresh_id: str, settings: Mapping[str, Any]) -> Part:
    part = Part(api.id, "deployment", fresh_id, {**settings, "DeploymentStatus": "DEPLOYED"})
    store.put_part(tx, part)
    store.put_snapshot(tx, api.id, fresh_id, content_of(tx, api))
    return part


def _forget_unused(tx: Tx, api_id: str, deployment_id: str | None) -> None:
    if not deployment_id:
        return
    part = store.find_part(tx, api_id, "deployment", deployment_id)
    if part is None or not part.settings.get("AutoDeployed") or _stages_of(tx, part):
        return
    store.remove_snapshot(tx, api_id, part.id)
    store.remove_part(tx, part)


def _stages_of(tx: Tx, deployment: Part) -> list[Part]:
    stages = store.list_parts(tx, deployment.api_id, "stage")
    return [stage for stage in stages if stage.settings.get("DeploymentId") == deployment.id]


def _check_room(tx: Tx, part: Part) -> None:
    most = _MOST.get(part.kind)
    if most is None:
        return
    known = store.list_parts(tx, part.api_id, part.kind)
    if part.kind == "stage" and any(one.id == part.id for one in known):
        raise Conflict("Stage already exists")
    if len(known) >= most:
        raise _no_room(part.kind)


def _check_unused(tx: Tx, part: Part, member: str, value: str) -> None:
    for route in store.list_parts(tx, part.api_id, "route"):
        if route.settings.get(member) == value:
            raise Conflict(
                f"Cannot delete {part.kind.capitalize()} '{part.id}', reference by Route"
                f" '{route.id}'."
            )


def _check_not_live(tx: Tx, deployment: Part) -> None:
    if _stages_of(tx, deployment):
        raise BadRequest("Active stages pointing to this deployment must be moved or deleted")


def _no_room(kind: str) -> BadRequest:
    name = f"{kind.capitalize()}s"
    return BadRequest(
        f"Maximum number of {name} for this API has been reached. Please contact AWS if you need"
        f" additional {name}."
    )


def _route_exists(key: str) -> Conflict:
    return Conflict(f"Route with key {key} already exists for this API")
