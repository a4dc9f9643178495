"""UpdateFunctionCode and UpdateFunctionConfiguration."""

from dataclasses import replace

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import (
    changes,
    code_signing,
    deployment_code,
    invokables,
    lifecycle,
    preparation,
    store,
    used_layers,
)
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.capacity import functions as capacity
from lambent.services.lambda_.configuration import changed_configuration, configuration_reply
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import Runnable, Version
from lambent.storage.database import Tx


async def update_function_code(context: Context, params: Params) -> Reply:
    """
    Give a function other code; until it is prepared, invokes run what was there before.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    name = asked.unqualified(context, params)
    before = await _get_changeable(context, name, params)
    capacity.check_publishing(before.configuration, params)
    await code_signing.check_deployment(context, name)
    code = await deployment_code.keep(
        context, params, "UpdateFunctionCode", dry_run=bool(params.get("DryRun"))
    )
    if not params.get("DryRun"):
        await used_layers.check_total_size(context, before.configuration.layers, code)
    chosen = changed_configuration(
        before.configuration,
        {"Architectures": params.get("Architectures")},
        name.name,
    )
    if params.get("DryRun"):
        return configuration_reply(
            replace(before, configuration=chosen, code=code, last_modified=context.clock.now())
        )

    kept = await deployment_code.snapshot(context, code) if params.get("Publish") else code

    def write(tx: Tx) -> Version:
        latest = store.get_version(tx, name)
        asked.check_revision(params, latest.revision_id)
        updated = changes.start_update(tx, context, latest, Runnable(chosen, code))
        if not params.get("Publish"):
            return updated
        if params.get("PublishTo"):
            return capacity.publish_latest(tx, context, updated, code=kept)
        function = store.get_function(tx, name)
        number = function.last_version + 1
        published = replace(
            updated,
            version=str(number),
            id=new_uuid(),
            code=kept,
            life=lifecycle.CREATED,
            previous=None,
        )
        store.put_function(tx, replace(function, last_version=number))
        changes.add_version(tx, context, published)
        return published

    updated = await context.db.write(write)
    invokables.forget(context)
    return configuration_reply(updated, None if updated.is_latest else updated.version)


async def update_function_configuration(context: Context, params: Params) -> Reply:
    """
    Change what is configured; until it is in effect, invokes run as before.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    """
    name = asked.unqualified(context, params)
    before = await _get_changeable(context, name, params)
    chosen = changed_configuration(before.configuration, params, name.name)
    if chosen.role != before.configuration.role:
        await preparation.check_role(context, chosen.role)
    if params.get("CapacityProviderConfig"):
        await capacity.check_provider(context, chosen)
    layers = None
    if params.get("Layers") is not None:
        layers = await used_layers.chosen_layers(context, params["Layers"])
        await used_layers.check_total_size(context, layers, before.code)

    def write(tx: Tx) -> Version:
        latest = store.get_version(tx, name)
        asked.check_revision(params, latest.revision_id)
        merged = changed_configuration(latest.configuration, params, name.name)
        if layers is not None:
            merged = replace(merged, layers=layers)
        return changes.start_update(tx, context, latest, Runnable(merged, latest.code))

    updated = await context.db.write(write)
    invokables.forget(context)
    return configuration_reply(updated)


async def _get_changeable(context: Context, name: FunctionName, params: Params) -> Version:
    """`$LATEST`, when it is in a state to be changed and of the revision that was asked for."""

    def read(tx: Tx) -> Version:
        latest = store.get_version(tx, name)
        asked.check_revision(params, latest.revision_id)
        lifecycle.check_can_change(latest.life, latest.arn)
        return latest

    return await context.db.read(read)
