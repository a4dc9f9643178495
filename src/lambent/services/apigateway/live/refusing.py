"""
Gateway responses: what a client gets whose request ends before, or without, its integration. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

from collections.abc import Mapping
from typing import Any

import orjson

from lambent.services.apigateway import gateway_responses
from lambent.services.apigateway.live.answers import Reply
from lambent.services.apigateway.live.asked import Asked
from lambent.services.apigateway.live.mapping import as_text, request_value, with_context
from lambent.services.apigateway.records import Document

Json = dict[str, Any]


class Refused(Exception):
    """
    The request ends here. `kind` is a type of gateway response; what is not said is as for the
    type. A `message` of None is AWS's null.
    """

    def __init__(
        self,
        kind: str,
        message: str | None = "",
        *,
        status: int = 0,
        error: str = "",
        details: str = "",
    ) -> None:
        super().__init__(kind)
        known = gateway_responses.TYPES[kind]
        self.kind = kind
        self.message = known.message if message == "" else message
        self.status = status or known.status
        self.error = error or known.error
        # `$context.error.validationErrorString`.
        self.details = details


def reply_to(
    refused: Refused, configured: Mapping[str, Document], asked: Asked, variables: Json
) -> Reply:
    general = "DEFAULT_4XX" if refused.status < 500 else "DEFAULT_5XX"
    response = configured.get(refused.kind) or configured.get(general) or {}
    variables["error"] = {
        "message": refused.message,
        "messageString": orjson.dumps(refused.message).decode(),
        "responseType": refused.kind,
        "validationErrorString": refused.details,
    }
    status = int(response.get("statusCode") or refused.status)
    kind, body = _body(refused, response, asked, variables)
    reply = Reply(status, [("Content-Type", kind), ("x-amzn-ErrorType", refused.error)], body)
    for name, expression in (response.get("responseParameters") or {}).items():
        value = request_value(expression, asked, variables)
        if value is not None:
            reply.set_header(name.removeprefix("gatewayresponse.header."), as_text(value))
    return reply


def _body(refused: Refused, response: Document, asked: Asked, variables: Json) -> tuple[str, bytes]:
    templates = response.get("responseTemplates") or {}
    if not templates:
        # AWS: with a capital where a policy says no, and without everywhere else.
        name = "Message" if refused.kind == "ACCESS_DENIED" else "message"
        return "application/json", orjson.dumps({name: refused.message})
    accepted = (asked.header("accept") or "").partition(",")[0].partition(";")[0].strip()
    kind = next((one for one in (accepted, "application/json") if one in templates), None)
    if kind is None:
        kind = next(iter(templates))
    # AWS: no Velocity here, only variables.
    text = with_context(templates[kind], variables)
    for name, value in asked.site.variables.items():
        text = text.replace(f"$stageVariables.{name}", value)
    return kind, text.encode(errors="replace")
