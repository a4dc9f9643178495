"""What operations and imports do to APIs, inside a transaction."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lambent.platform import Context
from lambent.services.apigateway import kinds, known, rules, store
from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.kinds import Kind
from lambent.services.apigateway.records import Document, Owner, Part
from lambent.storage.database import Tx

EMPTY_MODEL = (
    '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n'
    '  "type" : "object"\n}'
)
ERROR_MODEL = (
    '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n'
    '  "type" : "object",\n  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}'
)


def add_api(
    tx: Tx, owner: Owner, document: Document, now: float, models: Mapping[str, str]
) -> Part:
    """An API with its root; `models` are the ids of the two models that every API begins with."""
    part = Part(Owner(owner.account, owner.region), kinds.REST_API.name, owner.id, now, document)
    store.put_part(tx, part)
    store.add_api(tx, owner)
    root = document["rootResourceId"]
    put(tx, owner, kinds.RESOURCE, root, rules.root_resource(root), now)
    for name, schema in (("Empty", EMPTY_MODEL), ("Error", ERROR_MODEL)):
        model = {
            "id": models[name],
            "name": name,
            "description": f"This is a default {name.lower()} schema model",
            "schema": schema,
            "contentType": "application/json",
        }
        put(tx, owner, kinds.MODEL, name, model, now)
    return part


def clone(tx: Tx, source: Owner, owner: Owner, now: float) -> None:
    """Everything that is configured of one API, for another that has nothing but its root yet."""
    api, copied = known.get_api(tx, owner), known.get_api(tx, source)
    root, other = copied.document["rootResourceId"], api.document["rootResourceId"]
    for kind in kinds.DEPLOYED:
        for part in store.list_parts(tx, source, kind.name):
            document = dict(part.document)
            for member in ("id", "parentId"):
                if document.get(member) == root:
                    document[member] = other
            id = other if part.id == root else part.id
            put(tx, owner, kind, id, document, now)


def put(tx: Tx, owner: Owner, kind: Kind, id: str, document: Document, now: float) -> Part:
    part = Part(owner, kind.name, id, now, document)
    store.put_part(tx, part)
    return part


def remove_api(tx: Tx, owner: Owner) -> None:
    store.remove_parts(tx, owner)
    store.remove_api(tx, owner.id)


def put_method(tx: Tx, resource: Part, method: Mapping[str, Any]) -> None:
    methods = {**resource.document.get("resourceMethods", {}), method["httpMethod"]: dict(method)}
    put_methods(tx, resource, methods)


def put_methods(tx: Tx, resource: Part, methods: Mapping[str, Any]) -> None:
    document = {
        name: value for name, value in resource.document.items() if name != "resourceMethods"
    }
    if methods:
        document["resourceMethods"] = dict(methods)
    store.put_part(tx, replace(resource, document=document))


def change_method(
    tx: Tx,
    context: Context,
    params: Mapping[str, Any],
    change: Callable[[dict[str, Any]], Mapping[str, Any] | None],
) -> None:
    """Give a method that is there to `change`, and keep what comes back; None: it goes."""
    resource = known.get_resource(tx, context, params)
    method = known.method_of(resource, params["httpMethod"])
    changed = change(method)
    methods = dict(resource.document["resourceMethods"])
    if changed is None:
        del methods[params["httpMethod"]]
    else:
        methods[params["httpMethod"]] = dict(changed)
    put_methods(tx, resource, methods)


def check_method(tx: Tx, owner: Owner, method: Document) -> None:
    """The method against what else the API has."""
    rules.check_method(
        method,
        authorizers=_ids(tx, owner, kinds.AUTHORIZER),
        validators=_ids(tx, owner, kinds.REQUEST_VALIDATOR),
        models=models_of(tx, owner),
    )


def models_of(tx: Tx, owner: Owner) -> set[str]:
    return _ids(tx, owner, kinds.MODEL)


def _ids(tx: Tx, owner: Owner, kind: Kind) -> set[str]:
    return {part.id for part in store.list_parts(tx, owner, kind.name)}


def below(resources: list[Part], id: str) -> Iterator[Part]:
    """The resource's children, theirs, and so on."""
    for part in resources:
        if part.document.get("parentId") == id:
            yield part
            yield from below(resources, part.id)


def move(tx: Tx, resource: Part, document: Document) -> Document:
    """A resource with another name or parent: its path and the paths below follow."""
    resources = store.list_parts(tx, resource.owner, kinds.RESOURCE.name)
    parent = next((part for part in resources if part.id == document.get("parentId")), None)
    if parent is None:
        raise BadRequest("Invalid Resource identifier specified")
    siblings = [
        part.document
        for part in resources
        if part.document.get("parentId") == parent.id and part.id != resource.id
    ]
    rules.check_path_part(document["pathPart"], parent.document, siblings)
    moved = {**document, "path": rules.path_below(parent.document["path"], document["pathPart"])}
    old, new = f"{resource.document['path']}/", f"{moved['path']}/"
    for part in below(resources, resource.id):
        path = new + part.document["path"].removeprefix(old)
        store.put_part(tx, replace(part, document={**part.document, "path": path}))
    return moved


def snapshot(tx: Tx, owner: Owner, *, deployable: bool = True) -> dict[str, Any]:
    """All of an API that a deployment makes live; `deployable`: refused where it could not be."""
    api = known.get_api(tx, owner)
    parts: dict[str, list[Document]] = {kind.name: [] for kind in kinds.DEPLOYED}
    for part in store.list_all_parts(tx, owner):
        if part.kind in parts:
            parts[part.kind].append(part.document)
    if deployable:
        rules.check_deployable(parts[kinds.RESOURCE.name])
    return {"api": api.document, **parts}
