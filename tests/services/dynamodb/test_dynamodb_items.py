"""One item at a time: what PutItem, GetItem, UpdateItem and DeleteItem promise."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.dynamodb.making import (
    definitions,
    get,
    index,
    made,
    number,
    order,
    put,
    sorted_table,
    table,
    text,
)

Json = dict[str, Any]


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("dynamodb", operation, params)


async def test_an_item_comes_back_as_it_was_put(world: World) -> None:
    await made(world, table())
    item = {
        "id": text("a"),
        "number": {"N": "-12.50"},
        "bytes": {"B": b"\x00\xff"},
        "flag": {"BOOL": False},
        "nothing": {"NULL": True},
        "map": {"M": {"inner": {"B": b"in"}}},
        "list": {"L": [text(""), {"BS": [b"1", b"2"]}]},
        "texts": {"SS": ["b", "a"]},
        "numbers": {"NS": ["1", "2"]},
    }
    await put(world.context, "things", item)
    found = await get(world.context, "things", {"id": text("a")})
    assert found is not None
    assert found | {"texts": {"SS": sorted(found["texts"]["SS"])}} == item | {
        "number": {"N": "-12.5"},
        "texts": {"SS": ["a", "b"]},
    }


async def test_what_is_not_there_has_no_item(world: World) -> None:
    await made(world, table())
    assert await call(world.context, "GetItem", TableName="things", Key={"id": text("a")}) == {}


async def test_a_put_replaces_the_whole_item_and_gives_the_old_one(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("a"), "old": number(1)})
    reply = await call(
        world.context,
        "PutItem",
        TableName="things",
        Item={"id": text("a"), "new": number(2)},
        ReturnValues="ALL_OLD",
    )
    assert reply == {"Attributes": {"id": text("a"), "old": number(1)}}
    assert await get(world.context, "things", {"id": text("a")}) == {
        "id": text("a"),
        "new": number(2),
    }


async def test_a_condition_that_does_not_hold_changes_nothing_and_may_show_the_item(
    world: World,
) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("a"), "n": number(1)})
    with pytest.raises(AwsError) as refused:
        await call(
            world.context,
            "PutItem",
            TableName="things",
            Item={"id": text("a")},
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refused.value.code == "ConditionalCheckFailedException"
    assert refused.value.message == "The conditional request failed"
    assert refused.value.members["Item"] == {"id": text("a"), "n": number(1)}
    assert await get(world.context, "things", {"id": text("a")}) == {
        "id": text("a"),
        "n": number(1),
    }


@pytest.mark.parametrize(
    ("which", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", {"id": {"S": "a"}, "n": {"N": "1"}, "m": {"N": "5"}}),
        ("ALL_NEW", {"id": {"S": "a"}, "n": {"N": "2"}, "m": {"N": "5"}}),
        ("UPDATED_OLD", {"n": {"N": "1"}}),
        ("UPDATED_NEW", {"n": {"N": "2"}}),
    ],
)
async def test_an_update_returns_what_is_asked_for(
    world: World, which: str, attributes: Json | None
) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("a"), "n": number(1), "m": number(5)})
    reply = await call(
        world.context,
        "UpdateItem",
        TableName="things",
        Key={"id": text("a")},
        UpdateExpression="SET n = n + :one",
        ExpressionAttributeValues={":one": number(1)},
        ReturnValues=which,
    )
    assert reply.get("Attributes") == attributes


async def test_an_update_makes_the_item_that_is_not_there(world: World) -> None:
    await made(world, table())
    await call(
        world.context,
        "UpdateItem",
        TableName="things",
        Key={"id": text("a")},
        UpdateExpression="ADD visits :one",
        ExpressionAttributeValues={":one": number(1)},
    )
    await call(world.context, "UpdateItem", TableName="things", Key={"id": text("b")})
    assert await get(world.context, "things", {"id": text("a")}) == {
        "id": text("a"),
        "visits": number(1),
    }
    assert await get(world.context, "things", {"id": text("b")}) == {"id": text("b")}


async def test_a_deleted_item_is_gone_and_deleting_again_is_no_error(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("a"), "n": number(1)})
    deletion = {"TableName": "things", "Key": {"id": text("a")}, "ReturnValues": "ALL_OLD"}
    reply = await call(world.context, "DeleteItem", **deletion)
    assert reply == {"Attributes": {"id": text("a"), "n": number(1)}}
    assert await call(world.context, "DeleteItem", **deletion) == {}
    assert await get(world.context, "things", {"id": text("a")}) is None


async def test_numbers_that_are_the_same_are_the_same_key(world: World) -> None:
    await made(world, sorted_table())
    await put(world.context, "orders", {"customer": text("a"), "number": {"N": "1.0"}})
    await put(world.context, "orders", {"customer": text("a"), "number": {"N": "1e0"}})
    reply = await call(world.context, "Scan", TableName="orders")
    assert reply["Items"] == [order("a", 1)]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({}, "One or more parameter values were invalid: Missing the key id in the item"),
        (
            {"id": {"N": "1"}},
            "One or more parameter values were invalid: Type mismatch for key id expected: S"
            " actual: N",
        ),
        (
            {"id": {"S": ""}},
            "One or more parameter values are not valid. The AttributeValue for a key attribute"
            " cannot contain an empty string value. Key: id",
        ),
        (
            {"id": {"S": "x" * 2049}},
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum"
            " size limit of2048 bytes",
        ),
        (
            {"id": {"S": "a"}, "state": {"N": "1"}},
            "One or more parameter values were invalid: Type mismatch for Index Key state Expected:"
            " S Actual: N IndexName: by_state",
        ),
        (
            {"id": {"S": "a"}, "state": {"S": ""}},
            "One or more parameter values are not valid. A value specified for a secondary index"
            " key is not supported. The AttributeValue for a key attribute cannot contain an empty"
            " string value. IndexName: by_state, IndexKey: state",
        ),
        (
            {"id": {"S": "a"}, "much": {"S": "x" * 409_600}},
            "Item size has exceeded the maximum allowed size",
        ),
    ],
)
async def test_an_item_that_cannot_be_kept_is_refused(
    world: World, item: Json, message: str
) -> None:
    await made(
        world,
        table(
            AttributeDefinitions=definitions(id="S", state="S"),
            GlobalSecondaryIndexes=[index("by_state", "state")],
        ),
    )
    with pytest.raises(AwsError) as refused:
        await put(world.context, "things", item)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    "key",
    [
        {"id": {"N": "1"}},
        {"other": {"S": "a"}},
        {"id": {"S": "a"}, "other": {"S": "a"}},
    ],
)
async def test_a_key_that_is_not_the_tables_is_refused(world: World, key: Json) -> None:
    await made(world, table())
    for operation in ("GetItem", "DeleteItem", "UpdateItem"):
        with pytest.raises(AwsError) as refused:
            await call(world.context, operation, TableName="things", Key=key)
        assert refused.value.message == "The provided key element does not match the schema"


async def test_an_update_of_a_key_is_refused(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await call(
            world.context,
            "UpdateItem",
            TableName="things",
            Key={"id": text("a")},
            UpdateExpression="SET id = :b",
            ExpressionAttributeValues={":b": text("b")},
        )
    assert refused.value.message == (
        "One or more parameter values were invalid: Cannot update attribute id. This attribute is"
        " part of the key"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"N": "1"},
            "The update expression attempted to update the secondary index key to unsupported type",
        ),
        (
            {"S": ""},
            "One or more parameter values are not valid. The update expression attempted to update"
            " a secondary index key to a value that is not supported. The AttributeValue for a key"
            " attribute cannot contain an empty string value.",
        ),
        (
            {"S": "x" * 2_049},
            "The update expression attempted to update the secondary index key beyond allowed size"
            " limits",
        ),
    ],
)
async def test_an_update_cannot_make_a_wrong_index_key(
    world: World, value: Json, message: str
) -> None:
    await made(
        world,
        table(
            AttributeDefinitions=definitions(id="S", kind="S"),
            GlobalSecondaryIndexes=[index("by_kind", "kind")],
        ),
    )
    with pytest.raises(AwsError) as refused:
        await call(
            world.context,
            "UpdateItem",
            TableName="things",
            Key={"id": text("a")},
            UpdateExpression="SET kind = :k",
            ExpressionAttributeValues={":k": value},
        )
    assert refused.value.message == message


async def test_an_update_cannot_make_an_item_too_large(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("a"), "much": text("x" * 300_000)})
    with pytest.raises(AwsError) as refused:
        await call(
            world.context,
            "UpdateItem",
            TableName="things",
            Key={"id": text("a")},
            UpdateExpression="SET more = :m",
            ExpressionAttributeValues={":m": text("x" * 200_000)},
        )
    assert refused.value.message == "Item size to update has exceeded the maximum allowed size"


async def test_a_table_that_is_not_there_or_not_ready_has_no_items(world: World) -> None:
    for ready in (False, True):
        if ready:
            await world.context.call("dynamodb", "CreateTable", table())
        with pytest.raises(AwsError) as refused:
            await put(world.context, "things", {"id": text("a")})
        assert refused.value.code == "ResourceNotFoundException"
        assert refused.value.message == "Requested resource not found"


async def test_both_styles_in_one_request_are_refused(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await call(
            world.context,
            "PutItem",
            TableName="things",
            Item={"id": text("a")},
            ConditionExpression="attribute_exists(id)",
            Expected={"id": {"Exists": False}},
        )
    assert refused.value.message == (
        "1 validation error detected:"
        " Can not use both expression and non-expression parameters in the same request:"
        " Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"
    )


async def test_values_without_an_expression_are_refused(world: World) -> None:
    await made(world, table())
    with pytest.raises(AwsError) as refused:
        await call(
            world.context,
            "UpdateItem",
            TableName="things",
            Key={"id": text("a")},
            ExpressionAttributeValues={":v": number(1)},
        )
    assert refused.value.message == (
        "1 validation error detected:"
        " ExpressionAttributeValues can only be specified when using expressions:"
        " UpdateExpression and ConditionExpression are null"
    )


async def test_what_a_request_for_one_change_shows_to_be_wrong_is_counted(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("a"), "s": text("x")})
    key = {"TableName": "things", "Key": {"id": text("a")}}
    empty = "An string set  may not be empty"

    async def said(operation: str, **params: Any) -> str:
        with pytest.raises(AwsError) as refused:
            await call(world.context, operation, **params)
        assert refused.value.code == "ValidationException"
        return refused.value.message

    counted = "1 validation error detected: "
    wrong = 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'
    for operation, params in (
        ("DeleteItem", key),
        ("UpdateItem", key),
        ("PutItem", {"TableName": "things", "Item": {"id": text("a")}}),
    ):
        assert await said(operation, **params, ConditionExpression="a =") == counted + wrong
    invalid = "One or more parameter values were invalid: "
    item = {"id": text("a"), "s": {"SS": []}}
    assert await said("PutItem", TableName="things", Item=item) == counted + invalid + empty
    # What is known of it only with the table or the item is not.
    assert await said("UpdateItem", **key, UpdateExpression="SET id = s") == (
        f"{invalid}Cannot update attribute id. This attribute is part of the key"
    )
    assert await said("UpdateItem", **key, UpdateExpression="SET a = s + s") == (
        "An operand in the update expression has an incorrect data type"
    )
    # Nor is it elsewhere.
    check = {"ConditionCheck": {**key, "ConditionExpression": "a ="}}
    assert await said("TransactWriteItems", TransactItems=[check]) == wrong
    assert await said("GetItem", **key, ProjectionExpression="a.") == (
        'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: "."'
    )


async def test_older_parameters_do_what_expressions_do(world: World) -> None:
    await made(world, table())
    await call(
        world.context,
        "PutItem",
        TableName="things",
        Item={"id": text("a"), "n": number(1)},
        Expected={"id": {"Exists": False}},
    )
    reply = await call(
        world.context,
        "UpdateItem",
        TableName="things",
        Key={"id": text("a")},
        AttributeUpdates={"n": {"Action": "ADD", "Value": number(2)}},
        ReturnValues="ALL_NEW",
    )
    assert reply["Attributes"]["n"] == number(3)
    reply = await call(
        world.context,
        "GetItem",
        TableName="things",
        Key={"id": text("a")},
        AttributesToGet=["n"],
    )
    assert reply["Item"] == {"n": number(3)}


async def test_capacity_follows_the_size_and_the_indexes(world: World) -> None:
    await made(
        world,
        table(
            AttributeDefinitions=definitions(id="S", state="S"),
            GlobalSecondaryIndexes=[
                index("by_state", "state", projection={"ProjectionType": "KEYS_ONLY"})
            ],
        ),
    )
    item = {"id": text("a"), "state": text("new"), "much": text("x" * 2_000)}
    reply = await call(
        world.context,
        "PutItem",
        TableName="things",
        Item=item,
        ReturnConsumedCapacity="INDEXES",
    )
    assert reply["ConsumedCapacity"] == {
        "TableName": "things",
        "CapacityUnits": 3.0,
        "Table": {"CapacityUnits": 2.0},
        "GlobalSecondaryIndexes": {"by_state": {"CapacityUnits": 1.0}},
    }
    # The entry moves: one unit to take the old away, one to write the new.
    reply = await call(
        world.context,
        "UpdateItem",
        TableName="things",
        Key={"id": text("a")},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":s": text("old")},
        ReturnConsumedCapacity="TOTAL",
    )
    assert reply["ConsumedCapacity"] == {"TableName": "things", "CapacityUnits": 4.0}
    for consistent, units in ((False, 0.5), (True, 1.0)):
        reply = await call(
            world.context,
            "GetItem",
            TableName="things",
            Key={"id": text("a")},
            ConsistentRead=consistent,
            ReturnConsumedCapacity="TOTAL",
        )
        assert reply["ConsumedCapacity"]["CapacityUnits"] == units


async def test_collections_are_measured_where_there_is_a_local_index(world: World) -> None:
    await made(
        world,
        sorted_table(
            AttributeDefinitions=definitions(customer="S", number="N", state="S"),
            LocalSecondaryIndexes=[index("by_state", "customer", "state")],
        ),
    )
    reply = await call(
        world.context,
        "PutItem",
        TableName="orders",
        Item=order("a", 1),
        ReturnItemCollectionMetrics="SIZE",
    )
    assert reply["ItemCollectionMetrics"] == {
        "ItemCollectionKey": {"customer": text("a")},
        "SizeEstimateRangeGB": [0.0, 1.0],
    }


async def test_a_table_is_also_named_by_its_arn(world: World) -> None:
    described = await made(world, table())
    await put(world.context, described["TableArn"], {"id": text("a")})
    assert await get(world.context, described["TableArn"], {"id": text("a")}) is not None


async def test_accounts_and_regions_do_not_see_each_others_tables(world: World) -> None:
    await made(world, table())
    elsewhere = world.context.at("111111111111", "eu-west-1")
    assert (await elsewhere.call("dynamodb", "ListTables", {}))["TableNames"] == []
    with pytest.raises(AwsError):
        await get(elsewhere, "things", {"id": text("a")})
