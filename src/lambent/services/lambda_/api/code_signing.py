"""GetFunctionCodeSigningConfig: none can be made yet, so no function has one."""

from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import store
from lambent.services.lambda_.api import asked


async def get_function_code_signing_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html"""
    name = asked.unqualified(context, params)
    await context.db.read(partial(store.get_function, name=name))
    return {"CodeSigningConfigArn": "", "FunctionName": name.name}
