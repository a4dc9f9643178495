"""GetFunctionRecursionConfig and PutFunctionRecursionConfig."""

from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import setting_store, store
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.setting_store import RECURSION
from lambent.storage.database import Tx


async def get_function_recursion_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html"""
    name = asked.unqualified(context, params)
    await context.db.read(partial(store.get_function, name=name))
    return {"RecursiveLoop": await context.db.read(partial(setting_store.recursion, name=name))}


async def put_function_recursion_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html"""
    name = asked.unqualified(context, params)
    chosen = params["RecursiveLoop"]
    now = context.clock.now()

    def write(tx: Tx) -> None:
        store.get_function(tx, name)
        setting_store.put_setting(tx, name, RECURSION, chosen, now)

    await context.db.write(write)
    return {"RecursiveLoop": chosen}
