"""
`http:invoke`: a web address as a task, authorized by a connection of EventBridge.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

from dataclasses import dataclass
from typing import Any

from lambent import web
from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.services.stepfunctions.integrations.failures import Failure
from lambent.services.stepfunctions.integrations.http_requests import (
    InvalidHttpTask,
    connection_arn,
    request_of,
)
from lambent.services.stepfunctions.rules import parse_json
from lambent.web import WebReply, WebRequest

RESOURCE = "arn:aws:states:::http:invoke"

# AWS: whatever TimeoutSeconds says.
_SECONDS = 60.0
_MOST_BYTES = 262_144
_BINARY = ("application/octet-stream", "image/", "video/", "audio/")


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    What went over the wire. `request` is what the state alone says, `sent` has the connection's
    secrets. Either `output` or `failure` is what the task came to.
    """

    request: WebRequest | None = None
    sent: WebRequest | None = None
    reply: WebReply | None = None
    output: Any = None
    failure: Failure | None = None


async def exchange(context: Context, parameters_text: str) -> Exchange:
    """Send the request, as the state machine's role; never raises what the task may fail with."""
    try:
        parameters = parse_json(parameters_text)
        arn = connection_arn(parameters)
        request = request_of(parameters, {}, context.region)
    except InvalidHttpTask as error:
        return Exchange(failure=Failure(error.code, error.message))
    try:
        sent, reply = await _send(context, parameters, arn)
    except InvalidHttpTask as error:
        return Exchange(request, failure=Failure(error.code, error.message))
    except AwsError as error:
        name = f"Events.ConnectionResource.{_connection_error(error)}"
        return Exchange(request, failure=Failure(name, error.message))
    except web.WebFailure as failure:
        return Exchange(request, failure=Failure("States.Http.Socket", str(failure)))
    outcome = _outcome(reply)
    if isinstance(outcome, Failure):
        return Exchange(request, sent, reply, failure=outcome)
    return Exchange(request, sent, reply, output=outcome)


async def _send(
    context: Context, parameters: dict[str, Any], arn: str
) -> tuple[WebRequest, WebReply]:
    added = await context.call("events", "RetrieveConnectionCredentials", {"ConnectionArn": arn})
    sent = request_of(parameters, added, context.region)
    reply = await _answer(sent)
    if reply.status in (401, 407) and added["AuthorizationType"] == "OAUTH_CLIENT_CREDENTIALS":
        # The token may have been taken back before its time.
        added = await context.call(
            "events", "RetrieveConnectionCredentials", {"ConnectionArn": arn, "Refresh": True}
        )
        sent = request_of(parameters, added, context.region)
        reply = await _answer(sent)
    return sent, reply


async def _answer(request: WebRequest) -> WebReply:
    return await web.send(request, seconds=_SECONDS, most_bytes=_MOST_BYTES, redirects=True)


def _connection_error(error: AwsError) -> str:
    known = (
        "ResourceNotFound",
        "InvalidConnectionState",
        "AuthInProgress",
        "ConcurrentModification",
    )
    if error.code in known:
        return error.code
    if error.code in ("ValidationException", "ResourceNotFoundException"):
        return "ResourceNotFound"
    return "AccessDenied" if "AccessDenied" in error.code else "InternalError"


def _outcome(reply: WebReply) -> Any:
    if not reply.is_whole:
        return Failure(
            "States.DataLimitExceeded",
            "The response of the HTTP Task exceeded the maximum number of bytes service limit.",
        )
    if not 200 <= reply.status < 300:
        # AWS: the body is the cause, and the phrase where there is no body.
        cause = reply.body.decode(errors="replace") or reply.reason
        return Failure(f"States.Http.StatusCode.{reply.status}", cause)
    content_type = reply.header("content-type").lower()
    text = _text(reply.body)
    if text is None or content_type.startswith(_BINARY):
        return Failure(
            "States.Runtime",
            f"The response of the HTTP Task is not text (content type: {content_type or 'none'}).",
        )
    headers: dict[str, list[str]] = {}
    for name, value in reply.headers:
        headers.setdefault(name, []).append(value)
    return {
        "Headers": headers,
        "ResponseBody": _parsed(text, content_type),
        "StatusCode": reply.status,
        "StatusText": reply.reason,
    }


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _parsed(text: str, content_type: str) -> Any:
    kind = content_type.split(";", 1)[0].strip()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return parse_json(text)
        except ValueError:
            return text
    return text


# TestState ------------------------------------------------------------------------------------


def inspected(made: Exchange, *, reveal: bool) -> dict[str, Any]:
    """What TestState shows at the level TRACE; the connection's secrets only where asked for."""
    found: dict[str, Any] = {}
    request = made.sent if reveal and made.sent is not None else made.request
    if request is not None:
        found["request"] = {
            "protocol": request.url.split(":", 1)[0],
            "method": request.method,
            "url": request.url,
            "headers": _headers_text(request.headers.items()),
        }
        if request.body is not None:
            found["request"]["body"] = request.body.decode()
    reply = made.reply
    if reply is not None and request is not None:
        found["response"] = {
            "protocol": found["request"]["protocol"],
            "statusCode": str(reply.status),
            "statusMessage": reply.reason,
            "headers": _headers_text(reply.headers),
            "body": reply.body.decode(errors="replace"),
        }
    return found


def _headers_text(headers: Any) -> str:
    """AWS: as Java prints a list."""
    return "[" + ", ".join(f"{name}: {value}" for name, value in headers) + "]"
