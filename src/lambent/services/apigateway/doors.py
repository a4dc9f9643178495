"""`/_lambent/execute-api/<api-id>/<stage>/<path>`: the APIs themselves."""

from lambent.platform import Context
from lambent.services.apigateway.live import gateway
from lambent.wire.messages import HttpReply, HttpRequest


async def execute_api(context: Context, request: HttpRequest, rest: str) -> HttpReply | None:
    """The answer of a REST API; None where `rest` names none of them."""
    api_id, _, path = rest.partition("/")
    stage, _, path = path.partition("/")
    return await gateway.answer(context, request, api_id, stage, path)
