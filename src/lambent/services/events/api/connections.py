"""
Connections: how requests to the world outside are authorized.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
"""

from dataclasses import replace
from typing import Any

from lambent.core.ids import new_unique_id, new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.events import connection_rules, connection_store, rules
from lambent.services.events.api.paging import page_of, page_size, page_start
from lambent.services.events.errors import (
    LimitExceeded,
    ResourceAlreadyExists,
    ResourceNotFound,
    is_not_valid,
)
from lambent.services.events.records import Connection
from lambent.storage.database import Tx


async def create_connection(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html"""
    kind, parameters = params["AuthorizationType"], params["AuthParameters"]
    connection_rules.check_parameters(kind, parameters)
    _check_connectivity(params)
    now = context.clock.now()
    made = Connection(
        account=context.account,
        region=context.region,
        name=params["Name"],
        id=new_uuid(),
        secret_id=f"{new_uuid()}-{new_unique_id('', 6)}",
        revision=new_uuid(),
        description=params.get("Description", ""),
        authorization_type=kind,
        parameters=parameters,
        state=_first_state(kind),
        kms_key=params.get("KmsKeyIdentifier", ""),
        created=now,
        modified=now,
        authorized=now,
    )

    def write(tx: Tx) -> None:
        place = (made.account, made.region)
        if connection_store.find_connection(tx, *place, made.name) is not None:
            raise ResourceAlreadyExists(f"Connection {made.name} already exists.")
        everything = connection_store.list_connections(
            tx, *place, prefix="", state="", after="", limit=rules.MOST_CONNECTIONS
        )
        if len(everything) >= rules.MOST_CONNECTIONS:
            raise LimitExceeded()
        _put(tx, context, made)

    await context.db.write(write)
    return _changed(made)


async def update_connection(context: Context, params: Params) -> Reply:
    """
    Change a connection, and authorize it anew.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateConnection.html
    """
    _check_connectivity(params)
    revision, now = new_uuid(), context.clock.now()

    def write(tx: Tx) -> Connection:
        known = _get(tx, context, params["Name"])
        kind = params.get("AuthorizationType", known.authorization_type)
        given = params.get("AuthParameters", {})
        before = known.parameters
        if kind != known.authorization_type:
            before = {"InvocationHttpParameters": before.get("InvocationHttpParameters", {})}
        parameters = connection_rules.merged(before, given)
        connection_rules.check_parameters(kind, parameters)
        made = replace(
            known,
            revision=revision,
            description=params.get("Description", known.description),
            authorization_type=kind,
            parameters=parameters,
            state=_first_state(kind),
            state_reason="",
            kms_key=params.get("KmsKeyIdentifier", known.kms_key),
            token="",
            token_until=0.0,
            modified=now,
            authorized=now,
        )
        _put(tx, context, made)
        return made

    made = await context.db.write(write)
    return {**_changed(made), "LastAuthorizedTime": made.authorized}


async def deauthorize_connection(context: Context, params: Params) -> Reply:
    """
    Forget a connection's secrets.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeauthorizeConnection.html
    """
    revision, now = new_uuid(), context.clock.now()

    def write(tx: Tx) -> Connection:
        bare = replace(
            _get(tx, context, params["Name"]),
            revision=revision,
            parameters={},
            state="DEAUTHORIZED",
            state_reason="",
            token="",
            token_until=0.0,
            modified=now,
        )
        connection_store.put_connection(tx, bare)
        return bare

    bare = await context.db.write(write)
    # AWS says so at first; it is done already here.
    reply = _changed(replace(bare, state="DEAUTHORIZING"))
    return {**reply, "LastAuthorizedTime": bare.authorized}


async def delete_connection(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteConnection.html"""

    def delete(tx: Tx) -> Connection:
        known = _get(tx, context, params["Name"])
        connection_store.remove_connection(tx, known)
        return known

    gone = replace(await context.db.write(delete), state="DELETING")
    return {**_changed(gone), "LastAuthorizedTime": gone.authorized}


async def describe_connection(context: Context, params: Params) -> Reply:
    """
    Everything but the secrets.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html
    """
    found = await context.db.read(lambda tx: _get(tx, context, params["Name"]))
    reply = {
        **_listed(found),
        "SecretArn": found.secret_arn,
        "AuthParameters": connection_rules.shown(found.parameters),
    }
    if found.description:
        reply["Description"] = found.description
    if found.kms_key:
        reply["KmsKeyIdentifier"] = found.kms_key
    return reply


async def list_connections(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListConnections.html"""
    size = page_size(params)
    found = await context.db.read(
        lambda tx: connection_store.list_connections(
            tx,
            context.account,
            context.region,
            prefix=params.get("NamePrefix", ""),
            state=params.get("ConnectionState", ""),
            after=page_start(params),
            limit=size + 1,
        )
    )
    return page_of("Connections", found, size, lambda one: one.name, _listed)


def _check_connectivity(params: Params) -> None:
    if "InvocationConnectivityParameters" in params:
        raise is_not_valid(
            "InvocationConnectivityParameters", "Lambent has no private connectivity."
        )


def _first_state(kind: str) -> str:
    return "AUTHORIZING" if kind == "OAUTH_CLIENT_CREDENTIALS" else "AUTHORIZED"


def _put(tx: Tx, context: Context, connection: Connection) -> None:
    connection_store.put_connection(tx, connection)
    if connection.state == "AUTHORIZING":
        payload = {"name": connection.name, "revision": connection.revision}
        item_id = f"events/{connection.arn}/{connection.revision}"
        context.enqueue(tx, item_id, "events.authorize", payload)


def _get(tx: Tx, context: Context, name: str) -> Connection:
    found = connection_store.find_connection(tx, context.account, context.region, name)
    if found is None:
        raise ResourceNotFound(
            f"Failed to describe the connection(s). Connection '{name}' does not exist."
        )
    return found


def _changed(connection: Connection) -> dict[str, Any]:
    return {
        "ConnectionArn": connection.arn,
        "ConnectionState": connection.state,
        "CreationTime": connection.created,
        "LastModifiedTime": connection.modified,
    }


def _listed(connection: Connection) -> dict[str, Any]:
    shown = {
        **_changed(connection),
        "Name": connection.name,
        "AuthorizationType": connection.authorization_type,
        "LastAuthorizedTime": connection.authorized,
    }
    if connection.state_reason:
        shown["StateReason"] = connection.state_reason
    return shown
