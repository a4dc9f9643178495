"""What is there, inside a transaction; raises in AWS's words where something is not."""

from typing import Any

from lambent.platform import Context, Params
from lambent.services.apigateway import kinds, store
from lambent.services.apigateway.errors import PartNotFound
from lambent.services.apigateway.kinds import Kind
from lambent.services.apigateway.records import Owner, Part
from lambent.storage.database import Tx


def account_owner(context: Context) -> Owner:
    return Owner(context.account, context.region)


def api_owner(context: Context, params: Params) -> Owner:
    return Owner(context.account, context.region, params["restApiId"])


def owner_of(kind: Kind, context: Context, params: Params) -> Owner:
    return api_owner(context, params) if kind.of_api else account_owner(context)


def get_part(tx: Tx, owner: Owner, kind: Kind, id: str) -> Part:
    if kind.of_api:
        get_api(tx, owner)
    part = store.find_part(tx, owner, kind.name, id)
    if part is None:
        raise missing(kind, owner, id)
    return part


def get_api(tx: Tx, owner: Owner) -> Part:
    """The API that owns parts."""
    part = store.find_part(tx, Owner(owner.account, owner.region), kinds.REST_API.name, owner.id)
    if part is None:
        raise missing(kinds.REST_API, owner, owner.id)
    return part


def get_resource(tx: Tx, context: Context, params: Params) -> Part:
    return get_part(tx, api_owner(context, params), kinds.RESOURCE, params["resourceId"])


def method_of(resource: Part, http_method: str) -> dict[str, Any]:
    method = resource.document.get("resourceMethods", {}).get(http_method)
    if method is None:
        raise PartNotFound("Invalid Method identifier specified")
    return dict(method)


def integration_of(method: dict[str, Any]) -> dict[str, Any]:
    integration = method.get("methodIntegration")
    if integration is None:
        raise PartNotFound("Invalid Integration identifier specified")
    return dict(integration)


def missing(kind: Kind, owner: Owner, id: str) -> PartNotFound:
    return PartNotFound(kind.missing.format(id=id, account=owner.account))
