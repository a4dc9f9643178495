"""
Which API, stage and deployment a request is for; what is made of a deployment is kept in memory.

A deployment never changes, so what is kept is good for ever; which one a stage shows is read for
every request, as are the stage's own settings.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lambent.core.errors import Impossible
from lambent.platform import Context
from lambent.services.apigateway import kinds, store
from lambent.services.apigateway.live.asked import Site
from lambent.services.apigateway.live.routing import Node, tree
from lambent.services.apigateway.records import Document, Owner
from lambent.storage.database import Tx

_CACHE = "apigateway.deployed"
_MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Deployed:
    """An API as it was deployed, ready to answer."""

    api: Document
    root: Node
    models: Mapping[str, Document]
    validators: Mapping[str, Document]
    authorizers: Mapping[str, Document]
    gateway_responses: Mapping[str, Document]
    # Models that were needed, ready to check.
    schemas: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """`deployed` is None where the API has no such stage."""

    site: Site
    deployed: Deployed | None


async def find(context: Context, api_id: str, stage: str, chance: float) -> Found | None:
    """None for an API that is none of ours. `chance` says who meets a canary."""
    kept: OrderedDict[str, Deployed] = context.platform.caches.setdefault(_CACHE, OrderedDict())

    def read(tx: Tx) -> Found | None:
        owner = store.find_api_owner(tx, api_id)
        if owner is None:
            return None
        part = store.find_part(tx, owner, kinds.STAGE.name, stage)
        if part is None:
            return Found(_site(owner, "", {"stageName": stage}), None)
        document, deployment = _met(part.document, chance)
        deployed = kept.get(f"{api_id}/{deployment}")
        if deployed is None:
            snapshot = store.find_snapshot(tx, api_id, deployment)
            if snapshot is None:
                raise Impossible(f"the stage {api_id}/{stage} shows no deployment")
            deployed = compiled(snapshot)
        return Found(_site(owner, deployment, document, deployed), deployed)

    found = await context.db.read(read)
    if found is not None and found.deployed is not None:
        _keep(kept, f"{api_id}/{found.site.deployment_id}", found.deployed)
    return found


def compiled(snapshot: Document) -> Deployed:
    return Deployed(
        api=snapshot["api"],
        root=tree(snapshot[kinds.RESOURCE.name]),
        models={each["name"]: each for each in snapshot[kinds.MODEL.name]},
        validators={each["id"]: each for each in snapshot[kinds.REQUEST_VALIDATOR.name]},
        authorizers={each["id"]: each for each in snapshot[kinds.AUTHORIZER.name]},
        gateway_responses={
            each["responseType"]: each for each in snapshot[kinds.GATEWAY_RESPONSE.name]
        },
    )


def with_variables(site: Site, variables: Mapping[str, str]) -> Site:
    stage = {**site.stage, "variables": {**site.variables, **variables}}
    return replace(site, stage=stage)


def _met(stage: Document, chance: float) -> tuple[Document, str]:
    """The stage as this request sees it: a canary shows another deployment to some."""
    canary = stage.get("canarySettings")
    if not canary or chance * 100 >= float(canary.get("percentTraffic", 0)):
        return stage, stage["deploymentId"]
    variables = {**stage.get("variables", {}), **canary.get("stageVariableOverrides", {})}
    deployment = canary.get("deploymentId") or stage["deploymentId"]
    return {**stage, "variables": variables}, deployment


def _site(owner: Owner, deployment: str, stage: Document, deployed: Deployed | None = None) -> Site:
    api = {} if deployed is None else deployed.api
    return Site(owner.account, owner.region, owner.id, deployment, stage, api)


def _keep(kept: "OrderedDict[str, Deployed]", key: str, deployed: Deployed) -> None:
    kept[key] = deployed
    kept.move_to_end(key)
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
