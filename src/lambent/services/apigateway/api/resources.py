"""The resources of an API: its paths."""

from typing import Any

from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import changes, kinds, known, rules, store
from lambent.services.apigateway.api.parts import deleting, listing, reading, updating
from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.records import Document, Part
from lambent.storage.database import Tx


async def create_resource(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html"""
    owner = known.api_owner(context, params)
    id = new_short_id(6)

    def write(tx: Tx) -> Document:
        parent = known.get_part(tx, owner, kinds.RESOURCE, params["parentId"])
        siblings = [
            part.document
            for part in store.list_parts(tx, owner, kinds.RESOURCE.name)
            if part.document.get("parentId") == parent.id
        ]
        rules.check_path_part(params["pathPart"], parent.document, siblings)
        document = {
            "id": id,
            "parentId": parent.id,
            "pathPart": params["pathPart"],
            "path": rules.path_below(parent.document["path"], params["pathPart"]),
        }
        changes.put(tx, owner, kinds.RESOURCE, id, document, context.clock.now())
        return document

    return await context.db.write(write)


def _shown(part: Part, params: Params) -> dict[str, Any]:
    methods = part.document.get("resourceMethods", {})
    if not methods or "methods" in params.get("embed", ()):
        return dict(part.document)
    return {**part.document, "resourceMethods": {name: {} for name in methods}}


def _moved(tx: Tx, context: Context, part: Part, document: Document) -> Document:
    if "parentId" not in part.document:
        raise BadRequest("Root resource cannot be updated")
    return changes.move(tx, part, document)


def _with_all_below(tx: Tx, context: Context, part: Part) -> None:
    if "parentId" not in part.document:
        raise BadRequest("Root resource cannot be deleted")
    resources = store.list_parts(tx, part.owner, kinds.RESOURCE.name)
    for child in changes.below(resources, part.id):
        store.remove_part(tx, part.owner, kinds.RESOURCE.name, child.id)


get_resource = reading(kinds.RESOURCE, _shown)
get_resources = listing(kinds.RESOURCE, _shown)
update_resource = updating(kinds.RESOURCE, _moved, _shown)
delete_resource = deleting(kinds.RESOURCE, _with_all_below)
