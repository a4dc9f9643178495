"""
PutProvisionedConcurrencyConfig, GetProvisionedConcurrencyConfig,
DeleteProvisionedConcurrencyConfig, ListProvisionedConcurrencyConfigs.
"""

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import (
    invokables,
    names,
    provisioned_records,
    provisioned_store,
    provisioning,
    snap_start,
    store,
)
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.errors import (
    InvalidParameterValue,
    ProvisionedConcurrencyConfigNotFound,
    ResourceConflict,
    ResourceNotFound,
)
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.provisioned_records import ProvisionedConcurrency
from lambent.storage.database import Tx


async def put_provisioned_concurrency_config(context: Context, params: Params) -> Reply:
    """
    Keep environments of a version, or of what an alias points to, initialised.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
    """
    name, qualifier = _qualified(context, params)
    wanted = params["ProvisionedConcurrentExecutions"]
    account_limit = context.settings.functions.concurrent_executions
    config = ProvisionedConcurrency(
        name.account,
        name.region,
        name.name,
        qualifier,
        wanted,
        0,
        "IN_PROGRESS",
        "",
        context.clock.now(),
    )

    def write(tx: Tx) -> ProvisionedConcurrency:
        _check_version(tx, name, qualifier)
        _check_is_only(tx, name, qualifier)
        _check_fits(tx, config, account_limit)
        current = provisioned_store.find_config(tx, name, qualifier)
        if current is not None and (current.requested, current.status) == (wanted, "READY"):
            # There is nothing to do: what was asked for is there.
            return current
        provisioned_store.put_config(tx, config)
        provisioning.begin(tx, context, name)
        return config

    put = await context.db.write(write)
    invokables.forget(context)
    return provisioned_records.reply(put)


async def get_provisioned_concurrency_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html"""
    name, qualifier = _qualified(context, params)

    def read(tx: Tx) -> ProvisionedConcurrency | None:
        _check_version(tx, name, qualifier)
        return provisioned_store.find_config(tx, name, qualifier)

    config = await context.db.read(read)
    if config is None:
        raise ProvisionedConcurrencyConfigNotFound(
            "No Provisioned Concurrency Config found for this function"
        )
    return provisioned_records.reply(config)


async def delete_provisioned_concurrency_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html"""
    name, qualifier = _qualified(context, params)

    def write(tx: Tx) -> None:
        _check_version(tx, name, qualifier)
        # AWS: one that is not there is deleted without a word.
        provisioning.remove(tx, name, qualifier)

    await context.db.write(write)
    invokables.forget(context)
    return {}


async def list_provisioned_concurrency_configs(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html"""
    name = asked.unqualified(context, params)
    (last,) = asked.after(params, [""])
    size = asked.page_size(params)

    def read(tx: Tx) -> list[ProvisionedConcurrency]:
        store.get_function(tx, name)
        return provisioned_store.list_configs(tx, name, str(last), size + 1)

    found = await context.db.read(read)
    key = found[size - 1].qualifier if len(found) > size else ""
    configs, marker = asked.page(found, size, key)
    return {
        "ProvisionedConcurrencyConfigs": [
            {"FunctionArn": config.function_arn, **provisioned_records.reply(config)}
            for config in configs
        ],
        **marker,
    }


def _qualified(context: Context, params: Params) -> tuple[FunctionName, str]:
    """The function, and the version or alias that the params name."""
    name = asked.function_name(context, params)
    if not name.qualifier or name.qualifier == names.LATEST:
        raise InvalidParameterValue(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )
    return FunctionName(name.account, name.region, name.name), name.qualifier


def _check_version(tx: Tx, name: FunctionName, qualifier: str) -> None:
    if names.is_version(qualifier):
        version = store.get_version(tx, name, qualifier)
        if snap_start.is_on(version, version.configuration):
            raise InvalidParameterValue(
                "Provisioned Concurrency is not supported for SnapStart enabled functions."
            )
        return
    store.get_function(tx, name)
    alias = store.find_alias(tx, name, qualifier)
    if alias is None:
        raise ResourceNotFound(f"Cannot find alias arn: {name.arn}:{qualifier}")
    if alias.version == names.LATEST:
        raise InvalidParameterValue(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )


def _check_is_only(tx: Tx, name: FunctionName, qualifier: str) -> None:
    """A version and an alias that points to it cannot both have provisioned concurrency."""
    if names.is_version(qualifier):
        for config in provisioned_store.list_configs(tx, name):
            alias = store.find_alias(tx, name, config.qualifier)
            if alias is not None and qualifier in (alias.version, *alias.weights):
                raise ResourceConflict("Version is pointed by a Provisioned Concurrency alias")
        return
    alias = store.find_alias(tx, name, qualifier)
    if alias is None:
        return
    for version in (alias.version, *alias.weights):
        if provisioned_store.find_config(tx, name, version) is not None:
            raise ResourceConflict(
                "Alias can't be used for Provisioned Concurrency configuration on an already"
                " Provisioned version"
            )


def _check_fits(tx: Tx, config: ProvisionedConcurrency, account_limit: int) -> None:
    name = FunctionName(config.account, config.region, config.function_name)
    function = store.get_function(tx, name)
    current = provisioned_store.find_config(tx, name, config.qualifier)
    before = 0 if current is None else current.requested
    of_function = sum(one.requested for one in provisioned_store.list_configs(tx, name)) - before
    taken = store.reserved_concurrency(tx, name.account, name.region)
    taken += provisioned_store.unreserved_total(tx, name.account, name.region)
    provisioned_records.check_fits(
        config.requested,
        reserved=function.reserved_concurrency,
        of_function=of_function,
        account_left=account_limit - taken + before,
    )
