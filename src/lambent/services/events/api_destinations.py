"""
One invocation of an API destination: an HTTP request, within the destination's rate.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from lambent import web
from lambent.core.arn import Arn
from lambent.core.errors import AwsError, NotFound
from lambent.platform import Context
from lambent.services.events import authorizing, connection_rules, connection_store, inputs
from lambent.services.events.connection_rules import Additions, with_query
from lambent.services.events.errors import DeliveryFailed
from lambent.services.events.event_records import read_json, write_json
from lambent.services.events.records import Connection, Destination
from lambent.storage.database import Tx
from lambent.web import WebReply, WebRequest

# AWS: an endpoint has five seconds to answer.
_TIMEOUT_SECONDS = 5.0
_MOST_BYTES = 1_048_576
_FAILED = "Unable to invoke ApiDestination endpoint:"
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Content-Type": "application/json; charset=utf-8",
    "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate",
    "Connection": "close",
}
_RETRIED = frozenset({401, 407, 409, 429})


class NoDestination(NotFound):
    code = "ResourceNotFoundException"


def slot(tx: Tx, arn: Arn, now: float) -> float:
    """Take the next time at which the destination's rate allows an invocation."""
    destination = get_destination(tx, arn)
    taken = max(now, destination.next_slot)
    connection_store.put_next_slot(tx, destination, taken + 1.0 / destination.rate)
    return taken


def get_destination(tx: Tx, arn: Arn) -> Destination:
    _, _, place = arn.resource.partition("/")
    name, _, destination_id = place.partition("/")
    found = connection_store.find_destination(tx, arn.account, arn.region, name)
    if found is None or found.id != destination_id:
        raise NoDestination(f"An api-destination '{name}' does not exist.")
    return found


async def invoke(context: Context, arn: Arn, body: str, payload: Mapping[str, Any]) -> None:
    """Send the body, authorized by the connection. Raises what the delivery is to make of it."""
    destination = await context.db.read(partial(get_destination, arn=arn))
    connection = await _ready(context, destination)
    reply = await _send(destination, connection, body, payload)
    if reply.status in (401, 407) and connection.authorization_type == "OAUTH_CLIENT_CREDENTIALS":
        # AWS: such an answer refreshes the token.
        connection = await _ready(context, destination, refresh=True)
        reply = await _send(destination, connection, body, payload)
    if 200 <= reply.status < 300:
        return
    after = _retry_after(reply)
    later = (reply.status >= 500 or reply.status in _RETRIED) and after >= 0
    raise DeliveryFailed(
        f"{_FAILED} The endpoint answered with the status code {reply.status}.",
        "THROTTLING" if reply.status == 429 else "ERROR_FROM_TARGET",
        later=later,
        retry_after=max(after, 0.0),
    )


async def _ready(
    context: Context, destination: Destination, *, refresh: bool = False
) -> Connection:
    try:
        return await authorizing.ready(context, destination.connection_arn, refresh=refresh)
    except AwsError as error:
        later = error.code == "AuthInProgress"
        raise DeliveryFailed(f"{_FAILED} {error.message}", "NO_PERMISSIONS", later=later) from error


async def _send(
    destination: Destination, connection: Connection, body: str, payload: Mapping[str, Any]
) -> WebReply:
    request = request_of(
        destination,
        connection_rules.additions(connection),
        body,
        payload["target"].get("HttpParameters", {}),
        read_json(payload["event"]),
    )
    try:
        return await web.send(request, seconds=_TIMEOUT_SECONDS, most_bytes=_MOST_BYTES)
    except web.WebFailure as failure:
        code = "TIMEOUT" if failure.timed_out else "CONNECTION_FAILURE"
        raise DeliveryFailed(f"{_FAILED} {failure}", code, later=True) from failure


def request_of(
    destination: Destination,
    added: Additions,
    body: str,
    parameters: Mapping[str, Any],
    event: Any,
) -> WebRequest:
    """
    The request: AWS's headers, the target's parameters over them, the connection's over those.

    A parameter that is a path is what the event has there.
    """
    values = iter(parameters.get("PathParameterValues", ()))
    url = _filled(destination.endpoint, (_dynamic(value, event) for value in values))
    query = _all_dynamic(parameters.get("QueryStringParameters", {}), event)
    headers = _all_dynamic(parameters.get("HeaderParameters", {}), event)
    content = None
    if destination.method not in _WITHOUT_BODY:
        content = _with_members(body, added.body).encode()
    return WebRequest(
        destination.method,
        with_query(url, {**query, **added.query}),
        over(over(_HEADERS, headers), added.headers),
        content,
    )


def over(headers: Mapping[str, str], stronger: Mapping[str, str]) -> dict[str, str]:
    """Headers whose names differ only in capitals are one."""
    names = {name.lower() for name in stronger}
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    return {**kept, **stronger}


def _filled(url: str, values: Iterator[str]) -> str:
    first, *others = url.split("*")
    return first + "".join(quote(next(values, "*"), safe="*") + other for other in others)


def _all_dynamic(parameters: Mapping[str, str], event: Any) -> dict[str, str]:
    return {name: _dynamic(value, event) for name, value in parameters.items()}


def _dynamic(value: str, event: Any) -> str:
    if not value.startswith("$."):
        return value
    found = inputs.find(value, event)
    if found is inputs.MISSING:
        return ""
    return found if isinstance(found, str) else write_json(found)


def _with_members(body: str, members: Mapping[str, str]) -> str:
    if not members:
        return body
    document = read_json(body)
    return write_json({**document, **members}) if isinstance(document, dict) else body


def _retry_after(reply: WebReply) -> float:
    """Seconds; a date, which the header may be as well, is left to the retry policy."""
    try:
        return float(reply.header("retry-after") or 0.0)
    except ValueError:
        return 0.0
