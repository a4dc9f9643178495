"""Batches: many items, each for itself."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.dynamodb.making import get, made, number, put, sorted_table, table, text

Json = dict[str, Any]


async def read(context: Context, asked: Json, **more: Any) -> Any:
    return await context.call("dynamodb", "BatchGetItem", {"RequestItems": asked, **more})


async def write(context: Context, asked: Json, **more: Any) -> Any:
    return await context.call("dynamodb", "BatchWriteItem", {"RequestItems": asked, **more})


def key(name: str) -> Json:
    return {"id": text(name)}


async def test_items_of_several_tables_are_written_and_read(world: World) -> None:
    await made(world, table())
    await made(world, table("others"))
    await put(world.context, "things", {**key("old"), "n": number(1)})
    reply = await write(
        world.context,
        {
            "things": [
                {"PutRequest": {"Item": {**key("a"), "n": number(1)}}},
                {"DeleteRequest": {"Key": key("old")}},
            ],
            "others": [{"PutRequest": {"Item": key("b")}}],
        },
        ReturnConsumedCapacity="TOTAL",
    )
    assert reply["UnprocessedItems"] == {}
    assert reply["ConsumedCapacity"] == [
        {"TableName": "things", "CapacityUnits": 2.0},
        {"TableName": "others", "CapacityUnits": 1.0},
    ]
    reply = await read(
        world.context,
        {
            "things": {"Keys": [key("a"), key("old")], "ProjectionExpression": "n"},
            "others": {"Keys": [key("b")], "ConsistentRead": True},
        },
    )
    assert reply == {
        "Responses": {"things": [{"n": number(1)}], "others": [key("b")]},
        "UnprocessedKeys": {},
    }


async def test_what_has_no_room_in_the_reply_is_left_for_another(world: World) -> None:
    await made(world, table())
    for one in range(45):
        await put(world.context, "things", {**key(f"{one}"), "much": text("x" * 400_000)})
    asked = {"things": {"Keys": [key(f"{one}") for one in range(45)]}}
    first = await read(world.context, asked)
    assert len(first["Responses"]["things"]) == 41
    left = first["UnprocessedKeys"]
    assert len(left["things"]["Keys"]) == 4
    second = await read(world.context, left)
    assert len(second["Responses"]["things"]) == 4
    assert second["UnprocessedKeys"] == {}


async def test_a_key_stands_in_a_batch_once(world: World) -> None:
    await made(world, sorted_table())
    same = [
        {"customer": text("a"), "number": {"N": "1"}},
        {"customer": text("a"), "number": {"N": "1.0"}},
    ]
    with pytest.raises(AwsError) as refused:
        await read(world.context, {"orders": {"Keys": same}})
    assert refused.value.message == "Provided list of item keys contains duplicates"
    with pytest.raises(AwsError) as refused:
        await write(world.context, {"orders": [{"PutRequest": {"Item": one}} for one in same]})
    assert refused.value.message == "Provided list of item keys contains duplicates"


async def test_batches_have_limits(world: World) -> None:
    await made(world, table())
    await made(world, table("others"))
    many = [key(f"{one}") for one in range(51)]
    with pytest.raises(AwsError) as refused:
        await read(world.context, {"things": {"Keys": many}, "others": {"Keys": many}})
    assert refused.value.message == "Too many items requested for the BatchGetItem call"
    puts = [{"PutRequest": {"Item": one}} for one in many[:13]]
    with pytest.raises(AwsError) as refused:
        await write(world.context, {"things": puts, "others": puts})
    assert refused.value.message == "Too many items requested for the BatchWriteItem call"
    with pytest.raises(AwsError) as refused:
        await write(world.context, {"things": []})
    assert refused.value.code == "ValidationException"


async def test_one_wrong_item_refuses_the_whole_batch(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError):
        await write(
            world.context,
            {
                "things": [
                    {"PutRequest": {"Item": key("a")}},
                    {"PutRequest": {"Item": {"id": number(1)}}},
                ]
            },
        )
    assert await get(world.context, "things", key("a")) is None


async def test_a_table_that_is_not_there_refuses_the_batch(world: World) -> None:
    with pytest.raises(AwsError) as refused:
        await read(world.context, {"things": {"Keys": [key("a")]}})
    assert refused.value.code == "ResourceNotFoundException"
