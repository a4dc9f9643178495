"""PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency."""

from dataclasses import replace
from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import invokables, limits, provisioned_store, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.names import FunctionName
from lambent.storage.database import Tx


async def put_function_concurrency(context: Context, params: Params) -> Reply:
    """
    Reserve concurrency for a function: it has no more, and others cannot take it.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
    """
    name = asked.unqualified(context, params)
    wanted = params["ReservedConcurrentExecutions"]
    account_limit = context.settings.functions.concurrent_executions

    def write(tx: Tx) -> None:
        provisioned = sum(config.requested for config in provisioned_store.list_configs(tx, name))
        limits.check_reserves_provisioned(wanted, provisioned)
        others = store.reserved_concurrency(tx, name.account, name.region, without=name.name)
        others += provisioned_store.unreserved_total(tx, name.account, name.region)
        if store.get_function(tx, name).reserved_concurrency is None:
            # What is provisioned for it is from now on part of what it reserves.
            others -= provisioned
        limits.check_reserved_concurrency(wanted, others, account_limit)
        _put(tx, name, wanted)

    await context.db.write(write)
    invokables.forget(context)
    return {"ReservedConcurrentExecutions": wanted}


async def get_function_concurrency(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html"""
    name = asked.unqualified(context, params)
    function = await context.db.read(partial(store.get_function, name=name))
    if function.reserved_concurrency is None:
        return {}
    return {"ReservedConcurrentExecutions": function.reserved_concurrency}


async def delete_function_concurrency(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html"""
    name = asked.unqualified(context, params)
    await context.db.write(partial(_put, name=name, reserved=None))
    invokables.forget(context)
    return {}


def _put(tx: Tx, name: FunctionName, reserved: int | None) -> None:
    function = store.get_function(tx, name)
    store.put_function(tx, replace(function, reserved_concurrency=reserved))
