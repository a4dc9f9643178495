"""GetAccountSettings."""

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import layer_store, limits, store
from lambent.storage.database import Tx


async def get_account_settings(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html"""
    place = (context.account, context.region)

    def read(tx: Tx) -> tuple[int, int, int]:
        return (
            store.total_code_size(tx, *place) + layer_store.total_size(tx, *place),
            store.count_functions(tx, *place),
            store.reserved_concurrency(tx, *place),
        )

    size, functions, reserved = await context.db.read(read)
    concurrency = context.settings.functions.concurrent_executions
    return {
        "AccountLimit": {
            "TotalCodeSize": limits.TOTAL_CODE_SIZE,
            "CodeSizeUnzipped": limits.CODE_SIZE_UNZIPPED,
            "CodeSizeZipped": limits.CODE_SIZE_ZIPPED,
            "ConcurrentExecutions": concurrency,
            "UnreservedConcurrentExecutions": concurrency - reserved,
        },
        "AccountUsage": {"TotalCodeSize": size, "FunctionCount": functions},
    }
