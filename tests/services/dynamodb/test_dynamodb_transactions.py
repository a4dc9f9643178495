"""Transactions: all or nothing."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.dynamodb.making import get, made, number, put, table, text

Json = dict[str, Any]


def key(name: str) -> Json:
    return {"id": text(name)}


def action(kind: str, name: str, **more: Any) -> Json:
    part = "Item" if kind == "Put" else "Key"
    return {kind: {"TableName": "things", part: key(name), **more}}


async def transact(context: Context, *actions: Json, **more: Any) -> Any:
    return await context.call(
        "dynamodb", "TransactWriteItems", {"TransactItems": list(actions), **more}
    )


def added(name: str) -> Json:
    return action(
        "Update",
        name,
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": number(1)},
    )


async def test_every_kind_of_action_happens_together(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {**key("old"), "n": number(1)}, key("checked"))
    reply = await transact(
        world.context,
        action("Put", "new"),
        added("counted"),
        action("Delete", "old"),
        action("ConditionCheck", "checked", ConditionExpression="attribute_exists(id)"),
        ReturnConsumedCapacity="TOTAL",
    )
    assert reply == {
        "ConsumedCapacity": [
            {"TableName": "things", "CapacityUnits": 8.0, "WriteCapacityUnits": 8.0}
        ]
    }
    assert await get(world.context, "things", key("new")) == key("new")
    assert await get(world.context, "things", key("counted")) == {**key("counted"), "n": number(1)}
    assert await get(world.context, "things", key("old")) is None


async def test_one_condition_that_does_not_hold_cancels_everything(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {**key("there"), "n": number(1)})
    with pytest.raises(AwsError) as refused:
        await transact(
            world.context,
            action("Put", "new"),
            action(
                "Put",
                "there",
                ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ),
            action(
                "Update",
                "text",
                UpdateExpression="SET n = absent + :one",
                ExpressionAttributeValues={":one": number(1)},
            ),
        )
    assert refused.value.code == "TransactionCanceledException"
    assert refused.value.message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons"
        " [None, ConditionalCheckFailed, ValidationError]"
    )
    assert refused.value.members["CancellationReasons"] == [
        {"Code": "None"},
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": {**key("there"), "n": number(1)},
        },
        {
            "Code": "ValidationError",
            "Message": "The provided expression refers to an attribute that does not exist in the"
            " item",
        },
    ]
    assert await get(world.context, "things", key("new")) is None


async def test_a_token_makes_a_transaction_happen_once(world: World) -> None:
    await made(world, table())
    for _ in range(2):
        await transact(world.context, added("a"), ClientRequestToken="token")
    assert await get(world.context, "things", key("a")) == {**key("a"), "n": number(1)}
    with pytest.raises(AwsError) as refused:
        await transact(world.context, added("b"), ClientRequestToken="token")
    assert refused.value.code == "IdempotentParameterMismatchException"
    await world.advance(601)
    await transact(world.context, added("a"), ClientRequestToken="token")
    assert await get(world.context, "things", key("a")) == {**key("a"), "n": number(2)}


async def test_an_item_stands_in_a_transaction_once(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await transact(world.context, action("Put", "a"), action("Delete", "a"))
    assert refused.value.code == "ValidationException"
    assert refused.value.message == (
        "Transaction request cannot include multiple operations on one item"
    )


async def test_an_action_is_of_one_kind(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await transact(world.context, action("Put", "a") | action("Delete", "b"))
    assert refused.value.message == (
        "TransactItems can only contain one of Check, Put, Update or Delete"
    )


async def test_items_are_read_at_one_moment(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {**key("a"), "n": number(1), "m": number(2)})
    reply = await world.context.call(
        "dynamodb",
        "TransactGetItems",
        {
            "TransactItems": [
                {"Get": {"TableName": "things", "Key": key("a"), "ProjectionExpression": "m"}},
                {"Get": {"TableName": "things", "Key": key("none")}},
            ],
            "ReturnConsumedCapacity": "TOTAL",
        },
    )
    assert reply == {
        "Responses": [{"Item": {"m": number(2)}}, {}],
        "ConsumedCapacity": [
            {"TableName": "things", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
        ],
    }


async def test_a_transaction_on_a_table_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(AwsError) as refused:
        await transact(world.context, action("Put", "a"))
    assert refused.value.code == "ResourceNotFoundException"
