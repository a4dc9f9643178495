"""
Connections that are ready to use: found by their ARN, with a token that holds.

What goes wrong has the names that Step Functions shows after `Events.ConnectionResource.`.
"""

from dataclasses import replace
from functools import partial

from lambent import web
from lambent.core.arn import Arn
from lambent.core.errors import ClientError, NotFound
from lambent.platform import Context
from lambent.services.events import connection_rules, connection_store
from lambent.services.events.records import Connection
from lambent.storage.database import Tx

_TOKEN_SECONDS = 30.0
_MOST_TOKEN_BYTES = 1024 * 1024


class ConnectionNotFound(NotFound):
    code = "ResourceNotFound"


class AuthInProgress(ClientError):
    code = "AuthInProgress"


class InvalidConnectionState(ClientError):
    code = "InvalidConnectionState"


class NoToken(ClientError):
    """The authorization endpoint gave none."""

    code = "InvalidConnectionState"


async def ready(context: Context, arn: str, *, refresh: bool = False) -> Connection:
    """The connection with its token; another one with `refresh`, when one was refused."""
    connection = await context.db.read(partial(get_connection, text=arn))
    if connection.state == "AUTHORIZING":
        raise AuthInProgress(f"The connection {arn} is being authorized.")
    if connection.state != "AUTHORIZED":
        raise InvalidConnectionState(f"The connection {arn} is {connection.state}.")
    if connection.authorization_type != "OAUTH_CLIENT_CREDENTIALS":
        return connection
    if not refresh and connection.token_until > context.clock.now():
        return connection
    return await with_token(context, connection)


async def with_token(context: Context, connection: Connection) -> Connection:
    """Ask for a token, and keep it."""
    request = connection_rules.token_request(connection.parameters)
    try:
        reply = await web.send(request, seconds=_TOKEN_SECONDS, most_bytes=_MOST_TOKEN_BYTES)
    except web.WebFailure as failure:
        raise NoToken(f"The authorization endpoint did not answer: {failure}") from failure
    now = context.clock.now()
    found = connection_rules.token_of(reply, now) if reply.status < 300 else None
    if found is None:
        raise NoToken(f"The authorization endpoint answered {reply.status} and no access token.")
    token, until = found
    await context.db.write(
        partial(
            connection_store.put_token, connection=connection, token=token, until=until, now=now
        )
    )
    return replace(connection, token=token, token_until=until)


def get_connection(tx: Tx, text: str) -> Connection:
    """By its ARN, which has its name and its id."""
    arn = Arn.parse(text)
    _, _, place = arn.resource.partition("/")
    name, _, connection_id = place.partition("/")
    found = connection_store.find_connection(tx, arn.account, arn.region, name)
    if found is None or found.id != connection_id:
        raise ConnectionNotFound(f"Connection '{text}' does not exist.")
    return found
