"""`/_lambent/execute-api/<api-id>/<path>`: the APIs themselves."""

from lambent.platform import Context
from lambent.services.apigatewayv2 import door
from lambent.wire.messages import HttpReply, HttpRequest


async def execute_api(context: Context, request: HttpRequest, rest: str) -> HttpReply | None:
    """The answer of an HTTP API; None where `rest` names none of them."""
    name, _, path = rest.partition("/")
    return await door.answer(context, request, name, f"/{path}")
