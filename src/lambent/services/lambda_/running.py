"""Running whatever function is asked for: a plain one once, a durable one to its end."""

from lambent.platform import Context
from lambent.runtime.api import InvocationResult
from lambent.services.lambda_ import invoking
from lambent.services.lambda_.durable import starting
from lambent.services.lambda_.invokables import Target
from lambent.services.lambda_.invoking import Asked


async def run(
    context: Context, target: Target, asked: Asked, *, limited: bool = True
) -> tuple[InvocationResult, str]:
    """Run the function; the result and the version that ran. Raises AWS's errors of Invoke."""
    if starting.is_durable(target, asked):
        result, execution = await starting.run_to_end(context, target, asked)
        return result, execution.version
    return await invoking.run(context, target, asked, limited=limited)
