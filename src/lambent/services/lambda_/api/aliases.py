"""CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import invokables, provisioning, routing, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import ResourceConflict, ResourceNotFound
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import Alias
from lambent.storage.database import Tx


async def create_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html"""
    name = asked.unqualified(context, params)
    alias = Alias(
        name.account,
        name.region,
        name.name,
        params["Name"],
        params["FunctionVersion"],
        params.get("Description", ""),
        _weights(params),
        new_uuid(),
    )
    routing.check_weights(alias.version, alias.weights)

    def write(tx: Tx) -> None:
        store.get_function(tx, name)
        if store.find_alias(tx, name, alias.name) is not None:
            raise ResourceConflict(f"Alias already exists: {alias.arn}")
        _check_versions(tx, name, alias)
        store.put_alias(tx, alias)

    await context.db.write(write)
    invokables.forget(context)
    return _reply(alias)


async def get_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html"""
    name = asked.unqualified(context, params)
    alias = await context.db.read(partial(store.find_alias, name=name, alias=params["Name"]))
    if alias is None:
        raise ResourceNotFound(f"Cannot find alias arn: {name.arn}:{params['Name']}")
    return _reply(alias)


async def update_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html"""
    name = asked.unqualified(context, params)
    revision_id = new_uuid()
    now = context.clock.now()

    def write(tx: Tx) -> Alias:
        before = store.find_alias(tx, name, params["Name"])
        if before is None:
            raise ResourceNotFound(f"Alias not found: {name.arn}:{params['Name']}")
        asked.check_revision(params, before.revision_id)
        after = replace(
            before,
            version=params.get("FunctionVersion", before.version),
            description=params.get("Description", before.description),
            weights=_weights(params) if "RoutingConfig" in params else before.weights,
            revision_id=revision_id,
        )
        routing.check_weights(after.version, after.weights)
        _check_versions(tx, name, after)
        store.put_alias(tx, after)
        if (after.version, after.weights) != (before.version, before.weights):
            provisioning.follow_alias(tx, after, name, now)
        return after

    alias = await context.db.write(write)
    invokables.forget(context)
    return _reply(alias)


async def delete_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html"""
    name = asked.unqualified(context, params)

    def write(tx: Tx) -> None:
        # AWS: an alias that is not there is deleted without a word.
        store.remove_alias(tx, name, params["Name"])
        provisioning.remove(tx, name, params["Name"])

    await context.db.write(write)
    invokables.forget(context)
    return {}


async def list_aliases(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html"""
    name = asked.unqualified(context, params)
    (last,) = asked.after(params, [""])
    size = asked.page_size(params)

    def read(tx: Tx) -> list[Alias]:
        store.get_function(tx, name)
        return store.list_aliases(tx, name, str(last), size + 1)

    found = await context.db.read(read)
    key = found[size - 1].name if len(found) > size else ""
    aliases, marker = asked.page(found, size, key)
    version = params.get("FunctionVersion")
    return {
        "Aliases": [
            _reply(alias)
            for alias in aliases
            if version is None or version in (alias.version, *alias.weights)
        ],
        **marker,
    }


def _weights(params: Params) -> dict[str, float]:
    asked_for: Mapping[str, Any] = params.get("RoutingConfig") or {}
    return dict(asked_for.get("AdditionalVersionWeights") or {})


def _check_versions(tx: Tx, name: FunctionName, alias: Alias) -> None:
    for version in (alias.version, *alias.weights):
        if store.find_version(tx, name, version) is None:
            raise ResourceNotFound(f"Function not found: {name.arn}:{version}")


def _reply(alias: Alias) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "AliasArn": alias.arn,
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision_id,
    }
    if alias.weights:
        reply["RoutingConfig"] = {"AdditionalVersionWeights": alias.weights}
    return reply
