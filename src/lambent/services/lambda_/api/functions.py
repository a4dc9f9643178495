"""CreateFunction, GetFunction, GetFunctionConfiguration, DeleteFunction, ListFunctions."""

from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import (
    changes,
    code_signing,
    deployment_code,
    invokables,
    lifecycle,
    limits,
    names,
    preparation,
    provisioning,
    setting_store,
    store,
    used_layers,
)
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.capacity import functions as capacity
from lambent.services.lambda_.configuration import configuration_reply, new_configuration
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceConflict
from lambent.services.lambda_.names import LATEST, LATEST_PUBLISHED, FunctionName
from lambent.services.lambda_.records import Function, Version
from lambent.storage.database import Tx


async def create_function(context: Context, params: Params) -> Reply:
    """
    Create a function; it is Pending until its code is prepared.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    """
    name = asked.unqualified(context, params)
    tags = dict(params.get("Tags") or {})
    limits.check_tags(tags)
    configuration = new_configuration(params, name.name)
    await context.db.read(partial(_check_is_new, name=name))
    await preparation.check_role(context, configuration.role)
    await capacity.check_provider(context, configuration)
    capacity.check_publishing(configuration, params)
    layers = await used_layers.chosen_layers(context, params.get("Layers") or ())
    configuration = replace(configuration, layers=layers)
    signing = params.get("CodeSigningConfigArn")
    if signing:
        await code_signing.check_deployment(context, name, signing)
    code = await deployment_code.keep(context, params["Code"], "CreateFunction")
    await used_layers.check_total_size(context, layers, code)
    now = context.clock.now()
    latest = Version(
        name.account,
        name.region,
        name.name,
        LATEST,
        new_uuid(),
        configuration,
        code,
        lifecycle.CREATED,
        new_uuid(),
        now,
        now,
    )
    number = LATEST_PUBLISHED if params.get("PublishTo") else "1"
    published = replace(latest, version=number, id=new_uuid(), revision_id=new_uuid())
    function = Function(name.account, name.region, name.name, now, tags)
    if params.get("Publish"):
        published = replace(published, code=await deployment_code.snapshot(context, code))
        function = replace(function, last_version=int(number == "1"))

    def write(tx: Tx) -> None:
        _check_is_new(tx, name)
        store.put_function(tx, function)
        if signing:
            setting_store.put_setting(tx, name, setting_store.SIGNING, signing, now)
        changes.add_version(tx, context, latest)
        if params.get("Publish"):
            changes.add_version(tx, context, published)

    await context.db.write(write)
    invokables.forget(context)
    if params.get("Publish"):
        return configuration_reply(published, number)
    return configuration_reply(latest)


async def get_function(context: Context, params: Params) -> Reply:
    """
    A version's configuration and where its code can be fetched.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
    """
    name = asked.function_name(context, params)

    def read(tx: Tx) -> tuple[Version, Function]:
        return store.get_qualified(tx, name), store.get_function(tx, name)

    version, function = await context.db.read(read)
    reply: dict[str, Any] = {
        "Configuration": configuration_reply(version, name.qualifier),
        "Code": {
            # AWS's word, wherever the code lies.
            "RepositoryType": "S3",
            "Location": deployment_code.location(context, version.code),
        },
    }
    if function.tags:
        reply["Tags"] = function.tags
    if function.reserved_concurrency is not None:
        reply["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved_concurrency}
    return reply


async def get_function_configuration(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html"""
    name = asked.function_name(context, params)
    version = await context.db.read(partial(store.get_qualified, name=name))
    return configuration_reply(version, name.qualifier)


async def delete_function(context: Context, params: Params) -> Reply:
    """
    Delete a function with its versions and aliases, or one version.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
    """
    name = asked.function_name(context, params)

    def write(tx: Tx) -> list[Version]:
        versions = _remove(tx, name)
        provisioning.remove(tx, name, name.qualifier)
        for version in versions:
            changes.enqueue_reclaim(tx, context, version)
        return versions

    gone = await context.db.write(write)
    invokables.forget(context)
    for version in gone:
        await context.platform.runtime.retire(invokables.environment_key(version, version.running))
    return {"StatusCode": 204}


async def list_functions(context: Context, params: Params) -> Reply:
    """
    The functions of the account, fifty a page; with FunctionVersion=ALL, all their versions.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    """
    name, position = asked.after(params, ["", -1])
    size = asked.page_size(params)
    every_version = params.get("FunctionVersion") == "ALL"
    found = await context.db.read(
        lambda tx: store.list_all_versions(
            tx,
            context.account,
            context.region,
            (str(name), int(str(position))),
            size + 1,
            latest_only=not every_version,
        )
    )
    last = found[size - 1] if len(found) > size else None
    key = (last.name, names.position(last.version)) if last else ()
    versions, marker = asked.page(found, size, *key)
    return {
        "Functions": [
            configuration_reply(version, version.version if every_version else None)
            for version in versions
        ],
        **marker,
    }


def _check_is_new(tx: Tx, name: FunctionName) -> None:
    if store.find_function(tx, name) is not None:
        raise ResourceConflict(f"Function already exist: {name.name}")


def _remove(tx: Tx, name: FunctionName) -> list[Version]:
    """The versions that are gone."""
    qualifier = name.qualifier
    store.get_function(tx, name)
    if qualifier is None:
        versions = store.list_versions(tx, name, -1, limit=1_000_000)
        store.remove_function(tx, name)
        return versions
    if qualifier == LATEST:
        raise InvalidParameterValue(
            "$LATEST version cannot be deleted without deleting the function."
        )
    if not names.is_version(qualifier):
        raise InvalidParameterValue("Deletion of aliases is not currently supported.")
    aliases = [
        alias.name
        for alias in store.list_aliases(tx, name, "", limit=1_000_000)
        if qualifier in (alias.version, *alias.weights)
    ]
    if aliases:
        raise ResourceConflict(
            "Unable to delete version because the following aliases reference it:"
            f" [{', '.join(aliases)}]"
        )
    version = store.find_version(tx, name, qualifier)
    store.remove_version(tx, name, qualifier)
    return [version] if version else []
