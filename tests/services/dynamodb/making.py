"""Tables and items for the tests of DynamoDB."""

from typing import Any

from lambent.platform import Context
from tests.conftest import World

Json = dict[str, Any]


def schema(partition: str, sort: str | None = None) -> list[Json]:
    keys = [{"AttributeName": partition, "KeyType": "HASH"}]
    return keys if sort is None else [*keys, {"AttributeName": sort, "KeyType": "RANGE"}]


def definitions(**types: str) -> list[Json]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def index(name: str, *keys: str, projection: Json | None = None) -> Json:
    return {
        "IndexName": name,
        "KeySchema": schema(*keys),
        "Projection": projection or {"ProjectionType": "ALL"},
    }


def table(name: str = "things", *, partition: str = "id", **more: Any) -> Json:
    """CreateTable's params: one text key, paid per request, unless said otherwise."""
    return {
        "TableName": name,
        "KeySchema": schema(partition),
        "AttributeDefinitions": definitions(**{partition: "S"}),
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }


def sorted_table(name: str = "orders", **more: Any) -> Json:
    """A table of customers' orders: text and number."""
    return table(
        name,
        KeySchema=schema("customer", "number"),
        **{"AttributeDefinitions": definitions(customer="S", number="N"), **more},
    )


async def made(world: World, params: Json) -> Json:
    """Create a table and wait until it is ACTIVE."""
    reply = await world.context.call("dynamodb", "CreateTable", params)
    await world.settle()
    described: Json = reply["TableDescription"]
    return described


async def put(context: Context, name: str, *items: Json) -> None:
    for item in items:
        await context.call("dynamodb", "PutItem", {"TableName": name, "Item": item})


async def get(context: Context, name: str, key: Json) -> Json | None:
    reply = await context.call("dynamodb", "GetItem", {"TableName": name, "Key": key})
    return reply.get("Item")


def text(value: str) -> Json:
    return {"S": value}


def number(value: float) -> Json:
    return {"N": str(value)}


def order(customer: str, at: float, **more: Json) -> Json:
    return {"customer": text(customer), "number": number(at), **more}
