"""
`/_lambent/execute-api/<api-id>/<stage>/<path>`, and the same below a domain name of one's own.
"""

from lambent.platform import Context
from lambent.services.apigateway.live import domains, gateway
from lambent.services.apigateway.live.asked import Address
from lambent.wire.messages import HttpReply, HttpRequest


async def execute_api(context: Context, request: HttpRequest, rest: str) -> HttpReply | None:
    """The answer of a REST API; None where `rest` names none of them."""
    name, _, path = rest.partition("/")
    if "." in name:
        address = await domains.find_address(context, name, path)
        return None if address is None else await gateway.answer(context, request, address)
    stage, _, path = path.partition("/")
    return await gateway.answer(context, request, Address(name, stage, path))
