"""
The operations that are the same for every kind of part, made from its row of the table of kinds:
to get one, to list them, to patch one and to delete one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from lambent.core import pages
from lambent.core.errors import ValidationFailed
from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import known, store
from lambent.services.apigateway.errors import BadRequest
from lambent.services.apigateway.kinds import Kind
from lambent.services.apigateway.patches import patched
from lambent.services.apigateway.records import Document, Owner, Part
from lambent.storage.database import Tx

Operation = Callable[[Context, Params], Awaitable[Reply]]

_PAGE = 25
_LARGEST_PAGE = 500

# What must hold of a part once it is patched; it may complete the document.
Check = Callable[[Tx, Context, Part, Document], Document]
# What forbids that a part goes, or goes with it.
Removal = Callable[[Tx, Context, Part], None]
Shown = Callable[[Part, Params], dict[str, Any]]


def whole(part: Part, params: Params) -> dict[str, Any]:
    return dict(part.document)


def reading(kind: Kind, shown: Shown = whole) -> Operation:
    async def get(context: Context, params: Params) -> Reply:
        owner = known.owner_of(kind, context, params)
        part = await context.db.read(
            lambda tx: known.get_part(tx, owner, kind, params[kind.id_param])
        )
        return shown(part, params)

    return get


def listing(kind: Kind, shown: Shown = whole) -> Operation:
    async def list_page(context: Context, params: Params) -> Reply:
        owner = known.owner_of(kind, context, params)
        return await page(context, params, owner, kind, shown)

    return list_page


async def page(
    context: Context, params: Params, owner: Owner, kind: Kind, shown: Shown = whole
) -> Reply:
    limit = page_size(params)
    created, id = after(params, [0.0, ""])

    def read(tx: Tx) -> list[Part]:
        if kind.of_api:
            known.get_api(tx, owner)
        return store.list_parts(tx, owner, kind.name, (created, id), limit + 1)

    found = await context.db.read(read)
    reply: dict[str, Any] = {"items": [shown(part, params) for part in found[:limit]]}
    if len(found) > limit:
        last = found[limit - 1]
        reply["position"] = pages.token_after(last.created, last.id)
    return reply


def updating(kind: Kind, check: Check | None = None, shown: Shown = whole) -> Operation:
    async def update(context: Context, params: Params) -> Reply:
        owner = known.owner_of(kind, context, params)

        def write(tx: Tx) -> Part:
            part = known.get_part(tx, owner, kind, params[kind.id_param])
            document = patched(part.document, params.get("patchOperations", ()), kind.places)
            if check is not None:
                document = check(tx, context, part, document)
            part = replace(part, document=document)
            store.put_part(tx, part)
            return part

        return shown(await context.db.write(write), params)

    return update


def deleting(kind: Kind, before: Removal | None = None) -> Operation:
    async def delete(context: Context, params: Params) -> Reply:
        owner = known.owner_of(kind, context, params)

        def write(tx: Tx) -> None:
            part = known.get_part(tx, owner, kind, params[kind.id_param])
            if before is not None:
                before(tx, context, part)
            store.remove_part(tx, owner, kind.name, part.id)

        await context.db.write(write)
        return {}

    return delete


def page_size(params: Params) -> int:
    return max(1, min(int(params.get("limit", _PAGE)), _LARGEST_PAGE))


def after(params: Params, start: list[Any]) -> list[Any]:
    """The key that `position` holds, or `start`."""
    try:
        return pages.key_or(params.get("position"), start)
    except ValidationFailed:
        raise BadRequest("Invalid position parameter") from None
