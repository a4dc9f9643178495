"""Whatever is written in whatever order: indexes, streams and the past tell the same story."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.dynamodb.making import definitions, index, number, sorted_table, text

Json = dict[str, Any]

CUSTOMERS = st.sampled_from(["a", "b"])
NUMBERS = st.integers(-2, 2)
STATES = st.one_of(st.none(), st.sampled_from(["new", "old"]))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "update", "delete", "remove", "transact"]),
        CUSTOMERS,
        NUMBERS,
        STATES,
    ),
    max_size=25,
)


def key(customer: str, at: int) -> Json:
    return {"customer": text(customer), "number": number(at)}


def request(step: tuple[str, str, int, str | None]) -> tuple[str, Json]:
    kind, customer, at, state = step
    item = key(customer, at) | ({"state": text(state)} if state else {})
    place = {"TableName": "orders", "Key": key(customer, at)}
    match kind:
        case "put":
            return "PutItem", {"TableName": "orders", "Item": item}
        case "update":
            return "UpdateItem", {
                **place,
                "UpdateExpression": "SET #s = :s ADD n :one",
                "ExpressionAttributeNames": {"#s": "state"},
                "ExpressionAttributeValues": {":s": text(state or "new"), ":one": number(1)},
            }
        case "remove":
            return "UpdateItem", {
                **place,
                "UpdateExpression": "REMOVE #s",
                "ExpressionAttributeNames": {"#s": "state"},
            }
        case "delete":
            return "DeleteItem", place
    return "TransactWriteItems", {
        "TransactItems": [
            {"Put": {"TableName": "orders", "Item": item}},
            {
                "Delete": {
                    "TableName": "orders",
                    "Key": key("b" if customer == "a" else "a", at),
                    "ConditionExpression": "attribute_exists(customer)",
                }
            },
        ]
    }


def by_key(items: list[Json]) -> list[Json]:
    return sorted(items, key=lambda item: (item["customer"]["S"], float(item["number"]["N"])))


class Story:
    """One table of one example."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def ask(self, operation: str, service: str = "dynamodb", **params: Any) -> Any:
        return await self.world.context.call(service, operation, params)

    async def begin(self) -> None:
        if (await self.ask("ListTables"))["TableNames"]:
            for name in (await self.ask("ListTables"))["TableNames"]:
                await self.ask("DeleteTable", TableName=name)
            await self.world.settle()
        await self.world.advance(1)
        await self.ask(
            "CreateTable",
            **sorted_table(
                AttributeDefinitions=definitions(customer="S", number="N", state="S"),
                GlobalSecondaryIndexes=[
                    index("by_state", "state", "number", projection={"ProjectionType": "ALL"})
                ],
                LocalSecondaryIndexes=[
                    index("local", "customer", "state", projection={"ProjectionType": "KEYS_ONLY"})
                ],
                StreamSpecification={
                    "StreamEnabled": True,
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
            ),
        )
        await self.world.settle()
        await self.ask(
            "UpdateContinuousBackups",
            TableName="orders",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )

    async def items(self, name: str = "orders", **params: Any) -> list[Json]:
        return by_key((await self.ask("Scan", TableName=name, **params))["Items"])

    async def told(self) -> list[Json]:
        """The items that are left when the stream's records are followed."""
        arn = (await self.ask("DescribeTable", TableName="orders"))["Table"]["LatestStreamArn"]
        described = await self.ask("DescribeStream", "dynamodbstreams", StreamArn=arn)
        [shard] = described["StreamDescription"]["Shards"]
        reply = await self.ask(
            "GetShardIterator",
            "dynamodbstreams",
            StreamArn=arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )
        reply = await self.ask("GetRecords", "dynamodbstreams", **_iterator(reply))
        left: dict[str, Json] = {}
        for record in reply["Records"]:
            change = record["dynamodb"]
            name = repr(change["Keys"])
            assert left.get(name) == change.get("OldImage")
            left.pop(name, None)
            if "NewImage" in change:
                left[name] = change["NewImage"]
        return by_key(list(left.values()))


def _iterator(reply: Json) -> Json:
    return {"ShardIterator": reply["ShardIterator"]}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STEPS, after=STEPS)
def test_indexes_streams_and_the_past_agree_with_the_table(
    world: World, runner: Any, before: list[Any], after: list[Any]
) -> None:
    runner.run(_check(Story(world), before, after))


async def _check(story: Story, before: list[Any], after: list[Any]) -> None:
    await story.begin()
    await _do(story, before)
    then, at = await story.items(), story.world.clock.now()
    await story.world.advance(60)
    await _do(story, after)

    items = await story.items()
    assert await story.items(IndexName="by_state") == [one for one in items if "state" in one]
    names = ("customer", "number", "state")
    assert await story.items(IndexName="local") == [
        {name: one[name] for name in names} for one in items if "state" in one
    ]
    assert await story.told() == items
    await story.ask(
        "RestoreTableToPointInTime",
        SourceTableName="orders",
        TargetTableName="then",
        RestoreDateTime=at,
    )
    await story.world.settle()
    assert await story.items("then") == then
    assert await story.items("then", IndexName="by_state") == [
        one for one in then if "state" in one
    ]


async def _do(story: Story, steps: list[Any]) -> None:
    for step in steps:
        operation, params = request(step)
        try:
            await story.ask(operation, **params)
        except AwsError as error:
            assert error.code == "TransactionCanceledException"
