"""Makes an API what a document says, inside a transaction."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lambent.core.ids import new_short_id
from lambent.services.apigateway import changes, gateway_responses, kinds, known, rules, store
from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.openapi.reading import Imported
from lambent.services.apigateway.records import Owner, Part
from lambent.storage.database import Tx

Json = dict[str, Any]


def import_into(
    tx: Tx, owner: Owner, imported: Imported, now: float, *, overwrite: bool
) -> Mapping[str, Any]:
    """The API's document afterwards. Without `overwrite`, what the document is silent of stays."""
    api = known.get_api(tx, owner)
    api = _with_settings(tx, api, imported.settings)
    if overwrite:
        _clear(tx, owner, str(api.document["rootResourceId"]), now)
    for name, schema in imported.models.items():
        _put_model(tx, owner, name, schema, now)
    validators = _put_named(tx, owner, kinds.REQUEST_VALIDATOR, imported.validators, now)
    authorizers = _put_named(tx, owner, kinds.AUTHORIZER, imported.authorizers, now)
    for kind, response in imported.gateway_responses.items():
        if kind not in gateway_responses.TYPES:
            raise BadRequest(f"Invalid gateway response type: {kind}")
        document = {"responseType": kind, **response, "defaultResponse": False}
        gateway_responses.check(document)
        changes.put(tx, owner, kinds.GATEWAY_RESPONSE, kind, document, now)
    tree = {part.document["path"]: part for part in _resources(tx, owner)}
    for path, methods in imported.methods.items():
        resource = _resource_at(tx, owner, tree, path, now)
        made = {
            name: _method(tx, owner, resource.id, method, validators, authorizers)
            for name, method in methods.items()
        }
        kept = resource.document.get("resourceMethods", {})
        changes.put_methods(tx, resource, {**kept, **made})
    return api.document


def _with_settings(tx: Tx, api: Part, settings: Json) -> Part:
    given = {name: value for name, value in settings.items() if value not in ("", None)}
    document = {**api.document, **given}
    rules.check_rest_api(document)
    api = replace(api, document=document)
    store.put_part(tx, api)
    return api


def _clear(tx: Tx, owner: Owner, root: str, now: float) -> None:
    for kind in kinds.DEPLOYED:
        store.remove_parts(tx, owner, kind.name)
    changes.put(tx, owner, kinds.RESOURCE, root, rules.root_resource(root), now)
    for name, schema in (("Empty", changes.EMPTY_MODEL), ("Error", changes.ERROR_MODEL)):
        _put_model(tx, owner, name, schema, now)


def _put_model(tx: Tx, owner: Owner, name: str, schema: str, now: float) -> None:
    part = store.find_part(tx, owner, kinds.MODEL.name, name)
    id = new_short_id(6) if part is None else part.document["id"]
    document = {"id": id, "name": name, "schema": schema, "contentType": "application/json"}
    changes.put(tx, owner, kinds.MODEL, name, document, now)


def _put_named(
    tx: Tx, owner: Owner, kind: kinds.Kind, wanted: Mapping[str, Json], now: float
) -> dict[str, str]:
    """Name → id of all there are then."""
    ids = {
        str(part.document.get("name")): part.id for part in store.list_parts(tx, owner, kind.name)
    }
    for name, params in wanted.items():
        id = ids.setdefault(name, new_short_id(6))
        document = (
            rules.new_authorizer(params, id)
            if kind is kinds.AUTHORIZER
            else {"id": id, "name": name, **params}
        )
        changes.put(tx, owner, kind, id, document, now)
    return ids


def _resources(tx: Tx, owner: Owner) -> list[Part]:
    return store.list_parts(tx, owner, kinds.RESOURCE.name)


def _resource_at(tx: Tx, owner: Owner, tree: dict[str, Part], path: str, now: float) -> Part:
    at = "/"
    for name in (part for part in path.split("/") if part):
        below = rules.path_below(at, name)
        if below not in tree:
            siblings = [
                part.document
                for part in tree.values()
                if part.document.get("parentId") == tree[at].id
            ]
            rules.check_path_part(name, tree[at].document, siblings)
            document = {
                "id": new_short_id(6),
                "parentId": tree[at].id,
                "pathPart": name,
                "path": below,
            }
            tree[below] = changes.put(tx, owner, kinds.RESOURCE, document["id"], document, now)
        at = below
    return tree[at]


def _method(
    tx: Tx,
    owner: Owner,
    resource_id: str,
    given: Json,
    validators: Mapping[str, str],
    authorizers: Mapping[str, str],
) -> Json:
    asked = dict(given)
    integration = asked.pop("integration", None)
    integration_responses = asked.pop("integrationResponses", {})
    responses = asked.pop("methodResponses", {})
    if "validator" in asked:
        name = asked.pop("validator")
        if name not in validators:
            raise BadRequest(f"Invalid OpenAPI input. There is no request validator {name}.")
        asked["requestValidatorId"] = validators[name]
    if "authorizer" in asked:
        asked["authorizerId"] = authorizers[asked.pop("authorizer")]
    method = rules.new_method(asked)
    changes.check_method(tx, owner, method)
    if responses:
        method["methodResponses"] = responses
    if integration is not None:
        made = rules.new_integration(integration, resource_id)
        for response in integration_responses.values():
            rules.check_integration_response(response)
        if integration_responses:
            made["integrationResponses"] = integration_responses
        method["methodIntegration"] = made
    return method
