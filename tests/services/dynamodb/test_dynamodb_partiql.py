"""PartiQL: statements one at a time, several, and all or nothing."""

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


async def _run(context: Context, statement: str, *parameters: Json, **more: Any) -> Json:
    params: Json = {"Statement": statement, **more}
    if parameters:
        params["Parameters"] = list(parameters)
    reply: Json = await context.call("dynamodb", "ExecuteStatement", params)
    return reply


async def _items(context: Context, statement: str, *parameters: Json, **more: Any) -> list[Json]:
    found: list[Json] = (await _run(context, statement, *parameters, **more))["Items"]
    return found


async def _refused(context: Context, statement: str, *parameters: Json, **more: Any) -> AwsError:
    with pytest.raises(AwsError) as refused:
        await _run(context, statement, *parameters, **more)
    return refused.value


async def _batch(context: Context, *statements: str, **more: Any) -> list[Json]:
    params = {"Statements": [{"Statement": each} for each in statements], **more}
    reply = await context.call("dynamodb", "BatchExecuteStatement", params)
    responses: list[Json] = reply["Responses"]
    return responses


async def _transaction(context: Context, *statements: str, **more: Any) -> Json:
    params = {"TransactStatements": [{"Statement": each} for each in statements], **more}
    reply: Json = await context.call("dynamodb", "ExecuteTransaction", params)
    return reply


async def _cancelled(context: Context, *statements: str, **more: Any) -> AwsError:
    with pytest.raises(AwsError) as refused:
        await _transaction(context, *statements, **more)
    return refused.value


async def test_an_item_is_inserted_once(world: World) -> None:
    await made(world, table())
    statement = "INSERT INTO things VALUE {'id': ?, 'tags': <<'a'>>, 'at': {'x': [1, true, null]}}"

    assert await _run(world.context, statement, text("one")) == {"Items": []}
    assert await get(world.context, "things", {"id": text("one")}) == {
        "id": text("one"),
        "tags": {"SS": ["a"]},
        "at": {"M": {"x": {"L": [number(1), {"BOOL": True}, {"NULL": True}]}}},
    }

    refused = await _refused(world.context, statement, text("one"))
    assert refused.code == "DuplicateItemException"
    assert refused.message == "Duplicate primary key exists in table"


async def test_an_update_is_for_one_item_that_is_there(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("one"), "n": number(1)})

    await _run(world.context, "UPDATE things SET n = n + 4 SET b = 'x' WHERE id = 'one'")
    assert await _items(
        world.context, "UPDATE things SET c = 1 REMOVE b WHERE id = 'one' RETURNING ALL NEW *"
    ) == [{"id": text("one"), "n": number(5), "c": number(1)}]
    assert await _items(
        world.context, "FROM things WHERE id = 'one' SET n = 6 RETURNING MODIFIED OLD *"
    ) == [{"n": number(5)}]
    assert (
        await _items(
            world.context, "UPDATE things REMOVE c WHERE id = 'one' RETURNING MODIFIED NEW *"
        )
        == []
    )

    for where in ("id = 'two'", "id = 'one' AND n = 1", "id = 'two' AND attribute_not_exists(id)"):
        refused = await _refused(world.context, f"UPDATE things SET n = 9 WHERE {where}")
        assert refused.code == "ConditionalCheckFailedException"
    assert await _items(world.context, "SELECT * FROM things") == [
        {"id": text("one"), "n": number(6)}
    ]


async def test_a_failed_condition_shows_the_item_if_asked_to(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("one"), "n": number(1)})

    refused = await _refused(
        world.context,
        "UPDATE things SET n = 9 WHERE id = 'one' AND n = 5",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )

    assert refused.members == {"Item": {"id": text("one"), "n": number(1)}}


async def test_a_delete_of_what_is_not_there_is_done(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("one"), "n": number(1)})

    assert await _items(world.context, "DELETE FROM things WHERE id = 'gone' AND n = 1") == []
    refused = await _refused(world.context, "DELETE FROM things WHERE id = 'one' AND n = 2")
    assert refused.code == "ConditionalCheckFailedException"
    assert await _items(
        world.context, "DELETE FROM things WHERE id = 'one' AND n = 1 RETURNING ALL OLD *"
    ) == [{"id": text("one"), "n": number(1)}]
    assert await get(world.context, "things", {"id": text("one")}) is None


REFUSED_WRITES = [
    (
        "DELETE FROM orders WHERE customer = 'a'",
        "Where clause does not contain a mandatory equality on all key attributes",
    ),
    (
        "UPDATE orders SET x = 1",
        "Where clause does not contain a mandatory equality on all key attributes",
    ),
    (
        "UPDATE orders SET x = 1 WHERE customer = 'a' AND number = 'b'",
        "The provided key element does not match the schema",
    ),
    (
        "INSERT INTO orders VALUE {'customer': 'a'}",
        "One or more parameter values were invalid: Missing the key number in the item",
    ),
    (
        "UPDATE orders SET number = 2 WHERE customer = 'a' AND number = 1",
        "One or more parameter values were invalid: Cannot update attribute number."
        " This attribute is part of the key",
    ),
    (
        "UPDATE orders SET x = gone WHERE customer = 'a' AND number = 1",
        "The provided expression refers to an attribute that does not exist in the item",
    ),
    (
        "SELECT * FROM orders WHERE customer = 1",
        "Key attribute's data type should match its data type in table's schema: Key customer",
    ),
    ("SELECT * FROM orders.gone", "The table does not have the specified index"),
    (
        "SELECT * FROM orders ORDER BY number",
        "Must have WHERE clause in the statement when using ORDER BY clause.",
    ),
]


@pytest.mark.parametrize(("statement", "reason"), REFUSED_WRITES)
async def test_a_statement_is_refused(world: World, statement: str, reason: str) -> None:
    await made(world, sorted_table())
    await put(world.context, "orders", order("a", 1))

    refused = await _refused(world.context, statement)

    assert (refused.code, refused.message) == ("ValidationException", reason)


async def test_a_missing_table_is_not_found(world: World) -> None:
    for statement in ("SELECT * FROM gone", "UPDATE gone SET a = 1 WHERE id = 'x'"):
        refused = await _refused(world.context, statement)
        assert refused.code == "ResourceNotFoundException"
        assert refused.message == "Requested resource not found"


async def test_a_select_reads_the_partitions_that_it_names(world: World) -> None:
    await made(world, sorted_table())
    for customer in "abc":
        await put(
            world.context, "orders", *(order(customer, at, sum=number(10 * at)) for at in (1, 2, 3))
        )

    async def found(where: str) -> list[str]:
        items = await _items(world.context, f"SELECT * FROM orders WHERE {where}")
        return [f"{item['customer']['S']}{item['number']['N']}" for item in items]

    assert await found("customer = 'a'") == ["a1", "a2", "a3"]
    assert await found("customer = 'a' AND number > 1 ORDER BY number DESC") == ["a3", "a2"]
    assert await found("customer = 'b' AND number BETWEEN 2 AND 9 AND \"sum\" < 30") == ["b2"]
    assert await found("customer IN ['c', 'a'] AND number = 2") == ["c2", "a2"]
    assert await found("customer = 'a' AND number = 1 OR customer = 'b' AND \"sum\" = 30") == [
        "a1",
        "b3",
    ]
    assert await found("customer = 'a' AND number <> 2") == ["a1", "a3"]
    assert sorted(await found('"sum" = 20 OR number = 3')) == ["a2", "a3", "b2", "b3", "c2", "c3"]
    assert await found("customer = 'z'") == []


async def test_columns_are_named_from_their_last_name_on(world: World) -> None:
    await made(world, table())
    item = {"id": text("one"), "m": {"M": {"k": {"L": [text("c")]}}}, "n": number(1)}
    await put(world.context, "things", item)

    assert await _items(
        world.context, "SELECT id, m.k[0], m.gone, n FROM things WHERE id = 'one'"
    ) == [{"id": text("one"), "k[0]": text("c"), "n": number(1)}]


async def test_pages_of_a_select_go_on_over_its_partitions(world: World) -> None:
    await made(world, sorted_table())
    for customer in "ab":
        await put(world.context, "orders", *(order(customer, at) for at in (1, 2, 3)))
    statement = "SELECT * FROM orders WHERE customer IN ['a', 'b']"
    found: list[str] = []
    token: Json = {}

    for _ in range(10):
        reply = await _run(world.context, statement, Limit=2, **token)
        found += [f"{item['customer']['S']}{item['number']['N']}" for item in reply["Items"]]
        if "NextToken" not in reply:
            break
        token = {"NextToken": reply["NextToken"]}

    assert found == ["a1", "a2", "a3", "b1", "b2", "b3"]
    refused = await _refused(world.context, "SELECT * FROM orders", **token)
    assert refused.code == "ValidationException"


async def test_large_pages_end_at_a_megabyte(world: World) -> None:
    await made(world, sorted_table())
    long = text("x" * 300_000)
    await put(world.context, "orders", *(order("a", at, long=long) for at in range(5)))

    first = await _run(world.context, "SELECT number FROM orders WHERE customer = 'a'")
    rest = await _items(
        world.context,
        "SELECT number FROM orders WHERE customer = 'a'",
        NextToken=first["NextToken"],
    )

    assert [item["number"]["N"] for item in first["Items"] + rest] == ["0", "1", "2", "3", "4"]
    assert first["LastEvaluatedKey"] == {"customer": text("a"), "number": number(3)}


async def _indexed(world: World) -> None:
    await made(
        world,
        sorted_table(
            AttributeDefinitions=definitions(customer="S", number="N", state="S"),
            GlobalSecondaryIndexes=[
                index(
                    "by_state",
                    "state",
                    "number",
                    projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["sum"]},
                )
            ],
            LocalSecondaryIndexes=[
                index("by_own", "customer", "state", projection={"ProjectionType": "KEYS_ONLY"})
            ],
        ),
    )
    await put(
        world.context,
        "orders",
        order("a", 1, state=text("open"), sum=number(5), note=text("x")),
        order("b", 2, state=text("open"), sum=number(7), note=text("y")),
        order("c", 3, state=text("done")),
    )


async def test_a_select_reads_an_index(world: World) -> None:
    await _indexed(world)

    async def found(statement: str) -> list[Json]:
        return await _items(world.context, statement)

    assert await found(
        "SELECT customer FROM orders.by_state WHERE state = 'open' AND \"sum\" > 5"
    ) == [{"customer": text("b")}]
    assert await found(
        "SELECT * FROM orders.\"by_state\" WHERE state = 'open' ORDER BY number DESC"
    ) == [
        order("b", 2, state=text("open"), sum=number(7)),
        order("a", 1, state=text("open"), sum=number(5)),
    ]
    # A local index reaches what the table has beside it.
    assert await found("SELECT note FROM orders.by_own WHERE customer = 'a'") == [
        {"note": text("x")}
    ]
    # Where no partition is named, only what the index has is looked at.
    assert await found("SELECT customer FROM orders.by_state WHERE note = 'x'") == []
    assert len(await found("SELECT customer FROM orders.by_state WHERE NOT note = 'x'")) == 3
    # Nor in any read but the last.
    assert await found(
        "SELECT customer FROM orders.by_state"
        " WHERE (state = 'open' AND note = 'x') OR state = 'done'"
    ) == [{"customer": text("c")}]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            "SELECT note, more FROM orders.by_state",
            "One or more parameter values were invalid: Global secondary index by_state does not"
            " project [note, more]",
        ),
        (
            "SELECT customer FROM orders.by_state WHERE state = 'open' AND note = 'x'",
            "One or more parameter values were invalid: Secondary index by_state does not project"
            " one or more filter attributes: [note]",
        ),
        (
            "SELECT customer FROM orders.by_state"
            " WHERE (state = 'done' AND more = 1) OR (state = 'open' AND note = 'x')",
            "One or more parameter values were invalid: Secondary index by_state does not project"
            " one or more filter attributes: [note]",
        ),
        (
            "SELECT customer FROM orders.by_own WHERE customer = 'a' AND note = 'x'",
            "One or more parameter values were invalid: Secondary index by_own does not project"
            " one or more filter attributes: [note]",
        ),
    ],
)
async def test_what_an_index_does_not_have_is_refused(
    world: World, statement: str, reason: str
) -> None:
    await _indexed(world)

    assert (await _refused(world.context, statement)).message == reason


async def test_consistent_reads_of_global_indexes_are_refused(world: World) -> None:
    await _indexed(world)

    refused = await _refused(
        world.context, "SELECT * FROM orders.by_state WHERE state = 'open'", ConsistentRead=True
    )

    assert refused.message == (
        "Strongly consistent read is not supported on Global Secondary Indexes"
    )


async def test_capacity_is_told(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("one")})

    reply = await _run(
        world.context, "SELECT * FROM things WHERE id = 'one'", ReturnConsumedCapacity="TOTAL"
    )
    assert reply["ConsumedCapacity"] == {"TableName": "things", "CapacityUnits": 0.5}
    reply = await _run(
        world.context,
        "UPDATE things SET a = 1 WHERE id = 'one'",
        ReturnConsumedCapacity="TOTAL",
    )
    assert reply["ConsumedCapacity"] == {"TableName": "things", "CapacityUnits": 1.0}


async def test_each_statement_of_a_batch_is_for_itself(world: World) -> None:
    await made(world, sorted_table())
    await put(world.context, "orders", order("a", 1, n=number(1)))
    key = "customer = 'a' AND number = 1"
    no_key = (
        "Select statements within BatchExecuteStatement must specify the primary key in the where"
        " clause."
    )

    assert await _batch(
        world.context,
        f"SELECT n FROM orders WHERE {key}",
        "SELECT n FROM orders WHERE customer = 'a' AND number = 2",
        f"SLECT * FROM orders WHERE {key}",
        f"SELECT * FROM orders WHERE {key} AND n = 1",
        "SELECT * FROM orders WHERE customer = 'a'",
        "SELECT * FROM gone WHERE id = 'a'",
    ) == [
        {"TableName": "orders", "Item": {"n": number(1)}},
        {"TableName": "orders"},
        {
            "Error": {
                "Code": "ValidationError",
                "Message": "Statement wasn't well formed, can't be processed:"
                " Expected data manipulation",
            }
        },
        {"Error": {"Code": "ValidationError", "Message": no_key}},
        {"Error": {"Code": "ValidationError", "Message": no_key}},
        {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}},
    ]
    assert await _batch(
        world.context,
        "INSERT INTO orders VALUE {'customer': 'a', 'number': 1}",
        f"UPDATE orders SET n = 2 WHERE {key} AND n = 7",
        f"UPDATE orders SET n = 2 WHERE {key} RETURNING MODIFIED NEW *",
        f"DELETE FROM orders WHERE {key} RETURNING ALL OLD *",
    ) == [
        {
            "TableName": "orders",
            "Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        },
        {
            "TableName": "orders",
            "Error": {
                "Code": "ConditionalCheckFailed",
                "Message": "The conditional request failed",
            },
        },
        {"TableName": "orders", "Item": {"n": number(2)}},
        {"TableName": "orders", "Item": order("a", 1, n=number(2))},
    ]


async def test_a_batch_says_the_table_only_of_what_came_as_far_as_an_item(world: World) -> None:
    await made(world, sorted_table())
    await put(world.context, "orders", order("a", 1))
    asked = [
        {
            "Statement": "UPDATE orders SET n = 2 WHERE customer = 'a' AND number = 1 AND n = 7",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
        {"Statement": "UPDATE orders SET n = 2 WHERE customer = 'a'"},
        {"Statement": "INSERT INTO gone VALUE {'id': 'a'}"},
    ]
    failed, partial, gone = await _batch(world.context, Statements=asked)
    assert failed == {
        "TableName": "orders",
        "Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    }
    assert set(partial) == set(gone) == {"Error"}


async def test_a_transaction_writes_all_or_nothing(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("one"), "n": number(1)})

    assert await _transaction(
        world.context,
        "EXISTS(SELECT * FROM things WHERE id = 'gone' AND n IS MISSING)",
        "INSERT INTO things VALUE {'id': 'two'}",
        "UPDATE things SET n = n + 1 WHERE id = 'one'",
    ) == {"Responses": []}
    cancelled = await _cancelled(
        world.context,
        "UPDATE things SET n = n + 1 WHERE id = 'one'",
        "INSERT INTO things VALUE {'id': 'two'}",
        "EXISTS(SELECT * FROM things WHERE id = 'gone' AND n = 1)",
        "DELETE FROM things WHERE n = 1",
    )

    assert cancelled.code == "TransactionCanceledException"
    assert cancelled.members["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
        {
            "Code": "ValidationError",
            "Message": "The number of conditions on the keys is invalid",
        },
    ]
    item = await get(world.context, "things", {"id": text("one")})
    assert item is not None and item["n"] == number(2)


async def test_a_transaction_reads_items_by_their_keys(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("one"), "n": number(1)})

    assert await _transaction(
        world.context,
        "SELECT n FROM things WHERE id = 'one'",
        "SELECT * FROM things WHERE id IN ['two']",
    ) == {"Responses": [{"Item": {"n": number(1)}}, {}]}
    cancelled = await _cancelled(
        world.context,
        "SELECT n FROM things WHERE id = 'one'",
        "SELECT n FROM things WHERE id = 'one'",
        "SELECT * FROM things WHERE id = 1",
    )
    assert cancelled.message.endswith("[None, None, ValidationError]")


async def test_a_token_makes_a_transaction_happen_once(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("one"), "n": number(1)})
    statement = "UPDATE things SET n = n + 1 WHERE id = 'one'"
    more = {"ClientRequestToken": "token", "ReturnConsumedCapacity": "TOTAL"}

    first = await _transaction(world.context, statement, **more)
    again = await _transaction(world.context, statement, **more)

    assert first["ConsumedCapacity"][0]["WriteCapacityUnits"] == 2.0
    assert again["ConsumedCapacity"][0]["ReadCapacityUnits"] == 2.0
    item = await get(world.context, "things", {"id": text("one")})
    assert item is not None and item["n"] == number(2)
    other = await _cancelled(world.context, "DELETE FROM things WHERE id = 'one'", **more)
    assert other.code == "IdempotentParameterMismatchException"


@pytest.mark.parametrize(
    ("statements", "code", "reason"),
    [
        (
            ["SELECT * FROM things WHERE"],
            "ValidationException",
            "Validation failed in TransactStatements[0]: Statement wasn't well formed, can't be"
            " processed: Unexpected term",
        ),
        (
            [
                "UPDATE things SET a = 1 WHERE id = 'x'",
                "UPDATE things SET a = 1 WHERE id = 'y' RETURNING ALL NEW *",
            ],
            "ValidationException",
            "Validation failed in TransactStatements[1]: RETURNING clause is not supported in"
            " ExecuteTransaction.",
        ),
        (
            ["SELECT * FROM things.by_n WHERE n = 1"],
            "ValidationException",
            "Validation failed in TransactStatements[0]: Reads on indices are not supported within"
            " transactions.",
        ),
        (
            ["SELECT * FROM things WHERE id = 'x' AND n = 1"],
            "ValidationException",
            "Validation failed in TransactStatements[0]: Select statements within"
            " ExecuteTransaction must specify the primary key in the where clause.",
        ),
        (
            ["SELECT * FROM things WHERE id IN ['x', 'x']"],
            "ValidationException",
            "Validation failed in TransactStatements[0]: Overlapping conditions with range keys are"
            " not supported in where clause",
        ),
        (
            ["EXISTS(SELECT * FROM things WHERE id = 'x')"],
            "ValidationException",
            "Validation failed in TransactStatements[0]: EXISTS() must contain a single item read"
            " with additional condition",
        ),
        (
            [
                "DELETE FROM things WHERE id = 'x'",
                "UPDATE gone SET a = 1 WHERE id = 'x' RETURNING ALL NEW *",
            ],
            "TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific reasons"
            " [None, ResourceNotFound]",
        ),
        (
            ["DELETE FROM things WHERE id = 'x'", "UPDATE things SET a = 1 WHERE id = 'x'"],
            "ValidationException",
            "Transaction request cannot include multiple operations on one item",
        ),
    ],
)
async def test_a_transaction_is_refused(
    world: World, statements: list[str], code: str, reason: str
) -> None:
    await made(world, table())

    refused = await _cancelled(world.context, *statements)

    assert (refused.code, refused.message) == (code, reason)
