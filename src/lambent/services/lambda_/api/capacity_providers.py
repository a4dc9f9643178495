"""
CreateCapacityProvider, GetCapacityProvider, ListCapacityProviders, UpdateCapacityProvider,
DeleteCapacityProvider, ListFunctionVersionsByCapacityProvider.
"""

from dataclasses import replace
from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import limits, preparation
from lambent.services.lambda_ import store as functions
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.capacity import rules, store
from lambent.services.lambda_.capacity.records import CapacityProvider
from lambent.services.lambda_.capacity.work import enqueue_settling
from lambent.services.lambda_.configuration import shown_state
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceConflict
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import Version
from lambent.storage.database import Tx


async def create_capacity_provider(context: Context, params: Params) -> Reply:
    """
    Create a capacity provider; it is Pending for a moment.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateCapacityProvider.html
    """
    name = _name(params)
    tags = dict(params.get("Tags") or {})
    limits.check_tags(tags)
    settings = rules.new_settings(params)
    role = settings["PermissionsConfig"]["CapacityProviderOperatorRoleArn"]
    if not await preparation.role_is_assumable(context, role):
        raise InvalidParameterValue(
            "The operator role defined for the capacity provider cannot be assumed by Lambda."
        )
    now = context.clock.now()
    provider = CapacityProvider(
        context.account, context.region, name, "Pending", settings, tags, now
    )

    def write(tx: Tx) -> None:
        if store.find_provider(tx, context.account, context.region, name) is not None:
            raise ResourceConflict(f"Capacity provider already exists: {provider.arn}")
        store.put_provider(tx, provider)
        enqueue_settling(tx, context, provider)

    await context.db.write(write)
    return {"CapacityProvider": rules.reply(provider)}


async def get_capacity_provider(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetCapacityProvider.html"""
    provider = await context.db.read(partial(_get, context=context, params=params))
    return {"CapacityProvider": rules.reply(provider)}


async def list_capacity_providers(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListCapacityProviders.html"""
    (last,) = asked.after(params, [""])
    size = asked.page_size(params)
    found = await context.db.read(
        lambda tx: store.list_providers(
            tx, context.account, context.region, params.get("State", ""), str(last), size + 1
        )
    )
    key = found[size - 1].name if len(found) > size else ""
    providers, marker = asked.page(found, size, key)
    return {"CapacityProviders": [rules.reply(one) for one in providers], **marker}


async def update_capacity_provider(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCapacityProvider.html"""
    now = context.clock.now()

    def write(tx: Tx) -> CapacityProvider:
        provider = _get(tx, context, params)
        _check_is_active(provider)
        settings = rules.changed_settings(provider.settings, params)
        updated = replace(provider, settings=settings, last_modified=now)
        store.put_provider(tx, updated)
        return updated

    return {"CapacityProvider": rules.reply(await context.db.write(write))}


async def delete_capacity_provider(context: Context, params: Params) -> Reply:
    """
    Delete a capacity provider that no function version uses.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCapacityProvider.html
    """
    now = context.clock.now()

    def write(tx: Tx) -> CapacityProvider:
        provider = _get(tx, context, params)
        if provider.state == "Deleting":
            return provider
        if store.list_used_by(tx, provider, ("", ""), 1):
            raise ResourceConflict(
                f"The capacity provider {provider.arn} cannot be deleted while function versions"
                " use it."
            )
        going = replace(provider, state="Deleting", last_modified=now)
        store.put_provider(tx, going)
        enqueue_settling(tx, context, going)
        return going

    return {"CapacityProvider": rules.reply(await context.db.write(write))}


async def list_function_versions_by_capacity_provider(context: Context, params: Params) -> Reply:
    """
    The function versions that run on a capacity provider.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionVersionsByCapacityProvider.html
    """
    name, qualifier = asked.after(params, ["", ""])
    size = asked.page_size(params)

    def read(tx: Tx) -> Reply:
        provider = _get(tx, context, params)
        found = store.list_used_by(tx, provider, (str(name), str(qualifier)), size + 1)
        used, marker = asked.page(found, size, *(found[size - 1] if len(found) > size else ()))
        return {
            "CapacityProviderArn": provider.arn,
            "FunctionVersions": [
                {"FunctionArn": f"{version.arn}:{version.version}", "State": shown_state(version)}
                for one in used
                if (version := _find_version(tx, context, *one)) is not None
            ],
            **marker,
        }

    return await context.db.read(read)


def _find_version(tx: Tx, context: Context, name: str, version: str) -> Version | None:
    return functions.find_version(tx, FunctionName(context.account, context.region, name), version)


def _name(params: Params) -> str:
    """Of a name or an ARN."""
    return str(params["CapacityProviderName"]).rsplit(":", 1)[-1]


def _get(tx: Tx, context: Context, params: Params) -> CapacityProvider:
    return store.get_provider(tx, context.account, context.region, _name(params))


def _check_is_active(provider: CapacityProvider) -> None:
    if provider.state != "Active":
        raise ResourceConflict(
            f"The capacity provider {provider.arn} is in the state {provider.state}."
        )
