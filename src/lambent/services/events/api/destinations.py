"""
API destinations: web addresses as targets of rules.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from dataclasses import replace
from typing import Any

from lambent.core.errors import AwsError
from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.events import authorizing, connection_store, rules
from lambent.services.events.api.paging import page_of, page_size, page_start
from lambent.services.events.errors import LimitExceeded, ResourceAlreadyExists, ResourceNotFound
from lambent.services.events.records import Destination
from lambent.storage.database import Tx

_RATE = 300


async def create_api_destination(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html"""
    now = context.clock.now()
    made = Destination(
        account=context.account,
        region=context.region,
        name=params["Name"],
        id=new_uuid(),
        connection_arn=params["ConnectionArn"],
        endpoint=params["InvocationEndpoint"],
        method=params["HttpMethod"],
        rate=params.get("InvocationRateLimitPerSecond", _RATE),
        description=params.get("Description", ""),
        created=now,
        modified=now,
    )

    def write(tx: Tx) -> str:
        place = (made.account, made.region)
        if connection_store.find_destination(tx, *place, made.name) is not None:
            raise ResourceAlreadyExists(f"An api-destination '{made.name}' already exists.")
        _check_connection(tx, made.connection_arn)
        everything = connection_store.list_destinations(
            tx, *place, prefix="", connection_arn="", after="", limit=rules.MOST_DESTINATIONS
        )
        if len(everything) >= rules.MOST_DESTINATIONS:
            raise LimitExceeded()
        connection_store.put_destination(tx, made)
        return _state(tx, made)

    return _changed(made, await context.db.write(write))


async def update_api_destination(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateApiDestination.html"""
    now = context.clock.now()

    def write(tx: Tx) -> tuple[Destination, str]:
        known = _get(tx, context, params["Name"])
        made = replace(
            known,
            connection_arn=params.get("ConnectionArn", known.connection_arn),
            endpoint=params.get("InvocationEndpoint", known.endpoint),
            method=params.get("HttpMethod", known.method),
            rate=params.get("InvocationRateLimitPerSecond", known.rate),
            description=params.get("Description", known.description),
            modified=now,
        )
        _check_connection(tx, made.connection_arn)
        connection_store.put_destination(tx, made)
        return made, _state(tx, made)

    return _changed(*await context.db.write(write))


async def delete_api_destination(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteApiDestination.html"""
    await context.db.write(
        lambda tx: connection_store.remove_destination(tx, _get(tx, context, params["Name"]))
    )
    return {}


async def describe_api_destination(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeApiDestination.html"""

    def read(tx: Tx) -> tuple[Destination, str]:
        found = _get(tx, context, params["Name"])
        return found, _state(tx, found)

    found, state = await context.db.read(read)
    reply = _listed(found, state)
    return {**reply, "Description": found.description} if found.description else reply


async def list_api_destinations(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListApiDestinations.html"""
    size = page_size(params)

    def read(tx: Tx) -> list[tuple[Destination, str]]:
        found = connection_store.list_destinations(
            tx,
            context.account,
            context.region,
            prefix=params.get("NamePrefix", ""),
            connection_arn=params.get("ConnectionArn", ""),
            after=page_start(params),
            limit=size + 1,
        )
        return [(one, _state(tx, one)) for one in found]

    found = await context.db.read(read)
    return page_of(
        "ApiDestinations", found, size, lambda one: one[0].name, lambda one: _listed(*one)
    )


def _get(tx: Tx, context: Context, name: str) -> Destination:
    found = connection_store.find_destination(tx, context.account, context.region, name)
    if found is None:
        raise ResourceNotFound(
            "Failed to describe the api-destination(s)."
            f" An api-destination '{name}' does not exist."
        )
    return found


def _check_connection(tx: Tx, arn: str) -> None:
    try:
        authorizing.get_connection(tx, arn)
    except authorizing.ConnectionNotFound as error:
        raise ResourceNotFound(error.message) from None


def _state(tx: Tx, destination: Destination) -> str:
    """AWS: a destination is as active as its connection is authorized."""
    try:
        connection = authorizing.get_connection(tx, destination.connection_arn)
    except AwsError:
        return "INACTIVE"
    return "ACTIVE" if connection.state == "AUTHORIZED" else "INACTIVE"


def _changed(destination: Destination, state: str) -> dict[str, Any]:
    return {
        "ApiDestinationArn": destination.arn,
        "ApiDestinationState": state,
        "CreationTime": destination.created,
        "LastModifiedTime": destination.modified,
    }


def _listed(destination: Destination, state: str) -> dict[str, Any]:
    return {
        **_changed(destination, state),
        "Name": destination.name,
        "ConnectionArn": destination.connection_arn,
        "InvocationEndpoint": destination.endpoint,
        "HttpMethod": destination.method,
        "InvocationRateLimitPerSecond": destination.rate,
    }
