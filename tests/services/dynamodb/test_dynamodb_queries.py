"""Queries and scans: which items, in which order, in which pages."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.dynamodb.making import (
    definitions,
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


async def query(context: Context, **params: Any) -> Any:
    asked = {
        "TableName": "orders",
        "KeyConditionExpression": "customer = :c",
        "ExpressionAttributeValues": {":c": text("a"), **params.pop("values", {})},
        **params,
    }
    return await context.call("dynamodb", "Query", asked)


async def scan(context: Context, name: str = "orders", **params: Any) -> Any:
    return await context.call("dynamodb", "Scan", {"TableName": name, **params})


def numbers(reply: Json) -> list[float]:
    return [float(item["number"]["N"]) for item in reply["Items"]]


async def orders(world: World, *at: float, **more: Any) -> None:
    await made(world, sorted_table(**more))
    await put(world.context, "orders", *(order("a", one) for one in at), order("b", 1))


async def test_a_query_gives_one_partition_in_the_order_of_numbers(world: World) -> None:
    await orders(world, 10, 9, -1, 100, 0.5, -20)
    assert numbers(await query(world.context)) == [-20, -1, 0.5, 9, 10, 100]
    backwards = await query(world.context, ScanIndexForward=False)
    assert numbers(backwards) == [100, 10, 9, 0.5, -1, -20]
    assert (backwards["Count"], backwards["ScannedCount"]) == (6, 6)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("= :n", [3]),
        ("< :n", [1, 2]),
        ("<= :n", [1, 2, 3]),
        ("> :n", [4, 5]),
        (">= :n", [3, 4, 5]),
        ("BETWEEN :n AND :m", [3, 4]),
    ],
)
async def test_a_condition_on_the_sort_key_narrows_it(
    world: World, condition: str, found: list[float]
) -> None:
    await orders(world, 1, 2, 3, 4, 5)
    values = {":n": number(3)} | ({":m": number(4)} if ":m" in condition else {})
    reply = await query(
        world.context,
        KeyConditionExpression=f"customer = :c AND #n {condition}",
        ExpressionAttributeNames={"#n": "number"},
        values=values,
    )
    assert numbers(reply) == found


async def test_texts_can_be_found_by_how_they_begin(world: World) -> None:
    await made(world, sorted_table(AttributeDefinitions=definitions(customer="S", number="S")))
    for sort in ("aa", "ab", "aba", "ac", "ab\u00ff"):
        await put(world.context, "orders", {"customer": text("a"), "number": text(sort)})
    reply = await query(
        world.context,
        KeyConditionExpression="customer = :c AND begins_with(#n, :p)",
        ExpressionAttributeNames={"#n": "number"},
        values={":p": text("ab")},
    )
    assert [item["number"]["S"] for item in reply["Items"]] == ["ab", "aba", "ab\u00ff"]


async def test_pages_go_on_where_the_last_one_ended(world: World) -> None:
    await orders(world, *range(7))
    for forward in (True, False):
        seen: list[float] = []
        start: Json = {}
        while True:
            reply = await query(world.context, Limit=3, ScanIndexForward=forward, **start)
            seen += numbers(reply)
            if "LastEvaluatedKey" not in reply:
                break
            assert len(reply["Items"]) == 3
            start = {"ExclusiveStartKey": reply["LastEvaluatedKey"]}
        assert seen == sorted(range(7), reverse=not forward)


async def test_a_page_that_is_just_full_says_that_there_may_be_more(world: World) -> None:
    """
    AWS: whoever reaches the limit does not look whether anything follows.
    """
    await orders(world, 1, 2)
    reply = await query(world.context, Limit=2)
    assert reply["LastEvaluatedKey"] == order("a", 2)
    reply = await query(world.context, Limit=2, ExclusiveStartKey=reply["LastEvaluatedKey"])
    assert reply == {"Items": [], "Count": 0, "ScannedCount": 0}


async def test_a_page_ends_at_a_megabyte(world: World) -> None:
    await made(world, sorted_table())
    for at in range(11):
        await put(world.context, "orders", order("a", at, much=text("x" * 200_000)))
    first = await query(world.context)
    # AWS: the item that makes it larger is the last one.
    assert numbers(first) == [0, 1, 2, 3, 4, 5]
    second = await query(world.context, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert numbers(second) == [6, 7, 8, 9, 10]
    assert "LastEvaluatedKey" not in second


async def test_a_filter_comes_after_the_page(world: World) -> None:
    await made(world, sorted_table())
    for at in range(6):
        await put(world.context, "orders", order("a", at, even={"BOOL": at % 2 == 0}))
    reply = await query(
        world.context,
        Limit=3,
        FilterExpression="even = :yes",
        values={":yes": {"BOOL": True}},
    )
    assert numbers(reply) == [0, 2]
    assert (reply["Count"], reply["ScannedCount"]) == (2, 3)
    assert reply["LastEvaluatedKey"] == order("a", 2)


async def test_a_filter_cannot_be_on_keys(world: World) -> None:
    await orders(world, 1)
    with pytest.raises(AwsError) as refused:
        await query(
            world.context,
            FilterExpression="#n > :n",
            ExpressionAttributeNames={"#n": "number"},
            values={":n": number(0)},
        )
    assert refused.value.message == (
        "Filter Expression can only contain non-primary key attributes: Primary key attribute:"
        " number"
    )


async def test_counts_and_projections(world: World) -> None:
    await orders(world, 1, 2)
    assert await query(world.context, Select="COUNT") == {"Count": 2, "ScannedCount": 2}
    reply = await query(
        world.context, ProjectionExpression="#n", ExpressionAttributeNames={"#n": "number"}
    )
    assert reply["Items"] == [{"number": number(1)}, {"number": number(2)}]


async def test_a_global_index_has_its_own_order_and_projection(world: World) -> None:
    await orders(
        world,
        AttributeDefinitions=definitions(customer="S", number="N", state="S", due="S"),
        GlobalSecondaryIndexes=[
            index(
                "by_state",
                "state",
                "due",
                projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
            )
        ],
    )
    for at, due in ((1, "2026-03"), (2, "2026-01"), (3, "2026-02")):
        more = {"state": text("open"), "due": text(due), "title": text(f"t{at}")}
        await put(world.context, "orders", order("a", at, note=text("n"), **more))
    await put(world.context, "orders", order("a", 4, state=text("open")))
    asked = {
        "IndexName": "by_state",
        "KeyConditionExpression": "#s = :c",
        "ExpressionAttributeNames": {"#s": "state"},
        "ExpressionAttributeValues": {":c": text("open")},
    }
    reply = await query(world.context, **asked)
    assert numbers(reply) == [2, 3, 1]
    assert set(reply["Items"][0]) == {"customer", "number", "state", "due", "title"}
    first = await query(world.context, **asked, Limit=1)
    assert first["LastEvaluatedKey"] == order("a", 2, state=text("open"), due=text("2026-01"))
    rest = await query(world.context, **asked, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert numbers(rest) == [3, 1]
    place = order("a", 2, state=text("open"), due=text("2026-01"))
    for more, message in (
        (
            {"ExclusiveStartKey": {**place, "more": text("x")}},
            "The provided starting key is invalid",
        ),
        (
            {"ExclusiveStartKey": {**place, "customer": number(1)}},
            "The provided starting key is invalid: The provided key element does not match the"
            " schema",
        ),
        (
            {"ExclusiveStartKey": {**place, "due": number(1)}},
            "The provided key element does not match the schema",
        ),
        (
            {"ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"Select": "ALL_ATTRIBUTES"},
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported"
            " for global secondary index by_state because its projection type is not ALL",
        ),
        (
            {"ProjectionExpression": "note"},
            "One or more parameter values were invalid: Global secondary index by_state does not"
            " project [note]",
        ),
        (
            {"FilterExpression": "note = :c OR attribute_exists(more.x) OR title = :c"},
            "One or more parameter values were invalid: Secondary index by_state does not project"
            " one or more filter attributes: [more, note]",
        ),
    ):
        with pytest.raises(AwsError) as refused:
            await query(world.context, **asked, **more)
        assert refused.value.message == message


async def test_a_scan_of_an_index_looks_at_what_the_index_has(world: World) -> None:
    await orders(
        world,
        AttributeDefinitions=definitions(customer="S", number="N", state="S"),
        GlobalSecondaryIndexes=[
            index("by_state", "state", projection={"ProjectionType": "KEYS_ONLY"})
        ],
    )
    await put(world.context, "orders", order("c", 1, state=text("open"), note=text("n")))
    for condition, count in (("attribute_exists(note)", 0), ("attribute_not_exists(note)", 1)):
        reply = await scan(world.context, IndexName="by_state", FilterExpression=condition)
        assert (reply["Count"], reply["ScannedCount"]) == (count, 1)


async def test_entries_of_an_index_move_with_their_items(world: World) -> None:
    await made(
        world,
        table(
            AttributeDefinitions=definitions(id="S", state="S"),
            GlobalSecondaryIndexes=[index("by_state", "state")],
        ),
    )
    for one in ("a", "b", "c"):
        await put(world.context, "things", {"id": text(one), "state": text("new")})
    await put(world.context, "things", {"id": text("a"), "state": text("old")})
    await put(world.context, "things", {"id": text("b")})
    await world.context.call(
        "dynamodb", "DeleteItem", {"TableName": "things", "Key": {"id": text("c")}}
    )
    reply = await scan(world.context, "things", IndexName="by_state")
    assert reply["Items"] == [{"id": text("a"), "state": text("old")}]


async def test_a_local_index_gives_what_it_does_not_have(world: World) -> None:
    await orders(
        world,
        AttributeDefinitions=definitions(customer="S", number="N", state="S"),
        LocalSecondaryIndexes=[
            index("by_state", "customer", "state", projection={"ProjectionType": "KEYS_ONLY"})
        ],
    )
    await put(world.context, "orders", order("a", 2, state=text("y"), note=text("n")))
    await put(world.context, "orders", order("a", 1, state=text("z"), note=text("m")))
    keys = await query(world.context, IndexName="by_state", ConsistentRead=True)
    assert keys["Items"] == [order("a", 2, state=text("y")), order("a", 1, state=text("z"))]
    whole = await query(
        world.context,
        IndexName="by_state",
        Select="ALL_ATTRIBUTES",
        ReturnConsumedCapacity="INDEXES",
    )
    assert whole["Items"][0]["note"] == text("n")
    assert whole["ConsumedCapacity"]["Table"]["CapacityUnits"] > 0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"IndexName": "none"},
            "The table does not have the specified index: none",
        ),
        (
            {"values": {":c": {"N": "1"}}},
            "One or more parameter values were invalid: Condition parameter type does not match"
            " schema type",
        ),
        (
            {"ExclusiveStartKey": order("b", 1)},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        ({"ExclusiveStartKey": {"customer": {"S": "a"}}}, "The provided starting key is invalid"),
        (
            {"ExclusiveStartKey": {"customer": {"S": "a"}, "number": {"S": "a"}}},
            "The provided key element does not match the schema",
        ),
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"Select": "COUNT", "ProjectionExpression": "customer"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
        (
            {"KeyConditionExpression": "colour = :c"},
            "Query condition missed key schema element: customer",
        ),
    ],
)
async def test_a_query_that_cannot_be_is_refused(world: World, params: Json, message: str) -> None:
    await orders(world, 1)
    with pytest.raises(AwsError) as refused:
        await query(world.context, **params)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


async def test_a_query_needs_a_condition(world: World) -> None:
    await orders(world)
    with pytest.raises(AwsError) as refused:
        await world.context.call("dynamodb", "Query", {"TableName": "orders"})
    assert refused.value.message == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the"
        " request."
    )


async def test_a_scan_gives_everything_in_pages(world: World) -> None:
    await made(world, table())
    names = {f"{one:03}" for one in range(100)}
    for name in names:
        await put(world.context, "things", {"id": text(name)})
    seen: list[str] = []
    start: Json = {}
    while True:
        reply = await scan(world.context, "things", Limit=7, **start)
        seen += [item["id"]["S"] for item in reply["Items"]]
        if "LastEvaluatedKey" not in reply:
            break
        start = {"ExclusiveStartKey": reply["LastEvaluatedKey"]}
    assert len(seen) == 100
    assert set(seen) == names


async def test_segments_share_a_table_without_overlap(world: World) -> None:
    await made(world, table())
    for one in range(100):
        await put(world.context, "things", {"id": text(f"{one:03}")})
    parts = [
        await scan(world.context, "things", Segment=segment, TotalSegments=4)
        for segment in range(4)
    ]
    found = [item["id"]["S"] for part in parts for item in part["Items"]]
    assert sorted(found) == [f"{one:03}" for one in range(100)]
    assert all(10 < part["Count"] < 45 for part in parts)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"ExclusiveStartKey": {"customer": {"S": "a"}}},
            "The provided starting key is invalid: The provided key element does not match the"
            " schema",
        ),
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request when"
            " Segment parameter is present",
        ),
        (
            {"TotalSegments": 2},
            "The Segment parameter is required but was not present in the request when parameter"
            " TotalSegments is present",
        ),
        (
            {"Segment": 2, "TotalSegments": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments:"
            " Segment: 2 is not less than TotalSegments: 2",
        ),
    ],
)
async def test_a_scan_that_cannot_be_is_refused(world: World, params: Json, message: str) -> None:
    await orders(world)
    with pytest.raises(AwsError) as refused:
        await scan(world.context, **params)
    assert refused.value.message == message


async def test_older_parameters_query_and_scan(world: World) -> None:
    await made(world, sorted_table())
    for at in range(4):
        await put(world.context, "orders", order("a", at, even={"BOOL": at % 2 == 0}))
    reply = await world.context.call(
        "dynamodb",
        "Query",
        {
            "TableName": "orders",
            "KeyConditions": {
                "customer": {"ComparisonOperator": "EQ", "AttributeValueList": [text("a")]},
                "number": {"ComparisonOperator": "GT", "AttributeValueList": [number(0)]},
            },
            "QueryFilter": {
                "even": {"ComparisonOperator": "EQ", "AttributeValueList": [{"BOOL": True}]}
            },
        },
    )
    assert numbers(dict(reply)) == [2]
    reply = await scan(
        world.context,
        ScanFilter={"even": {"ComparisonOperator": "EQ", "AttributeValueList": [{"BOOL": False}]}},
        AttributesToGet=["number"],
    )
    assert sorted(numbers(reply)) == [1, 3]


async def test_capacity_names_the_table_as_the_request_does(world: World) -> None:
    name = (await made(world, sorted_table()))["TableArn"]
    key = order("a", 1)
    asked: list[tuple[str, Json]] = [
        ("PutItem", {"Item": key}),
        ("GetItem", {"Key": key}),
        ("Scan", {}),
    ]
    for operation, params in asked:
        params |= {"TableName": name, "ReturnConsumedCapacity": "TOTAL"}
        reply = await world.context.call("dynamodb", operation, params)
        assert reply["ConsumedCapacity"]["TableName"] == name
    for operation, params in (
        ("BatchGetItem", {"RequestItems": {name: {"Keys": [key]}}}),
        ("BatchWriteItem", {"RequestItems": {name: [{"PutRequest": {"Item": key}}]}}),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": name, "Key": key}}]}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": name, "Item": key}}]}),
    ):
        asked_for = {**params, "ReturnConsumedCapacity": "TOTAL"}
        reply = await world.context.call("dynamodb", operation, asked_for)
        assert [each["TableName"] for each in reply["ConsumedCapacity"]] == [name]


async def test_a_page_of_keys_ends_before_many_large_items_are_read(world: World) -> None:
    await made(
        world,
        sorted_table(
            AttributeDefinitions=definitions(customer="S", number="N", state="S"),
            GlobalSecondaryIndexes=[
                index("by_state", "state", projection={"ProjectionType": "KEYS_ONLY"})
            ],
        ),
    )
    for at in range(50):
        item = order("a", at, state=text("new"), much=text("x" * 400_000))
        await put(world.context, "orders", item)
    first = await scan(world.context, IndexName="by_state")
    assert 30 < first["Count"] == len(first["Items"]) < 50
    start = first["LastEvaluatedKey"]
    rest = await scan(world.context, IndexName="by_state", Select="COUNT", ExclusiveStartKey=start)
    assert first["Count"] + rest["Count"] == 50
    assert "LastEvaluatedKey" not in rest
