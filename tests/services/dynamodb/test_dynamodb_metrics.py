"""What DynamoDB counts of its tables."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.dynamodb.making import (
    definitions,
    get,
    index,
    made,
    order,
    put,
    sorted_table,
    table,
    text,
)


async def total(world: World, metric: str) -> float:
    now = world.clock.now()
    asked: dict[str, Any] = {
        "Namespace": "AWS/DynamoDB",
        "MetricName": metric,
        "Dimensions": [{"Name": "TableName", "Value": "things"}],
        "StartTime": now - 600,
        "EndTime": now + 600,
        "Period": 1200,
        "Statistics": ["Sum"],
    }
    reply = await world.context.call("cloudwatch", "GetMetricStatistics", asked)
    return sum(float(point["Sum"]) for point in reply["Datapoints"])


async def test_a_local_index_takes_of_what_its_table_has(world: World) -> None:
    await made(
        world,
        sorted_table(
            "things",
            AttributeDefinitions=definitions(customer="S", number="N", day="S"),
            LocalSecondaryIndexes=[index("by_day", "customer", "day")],
        ),
    )
    await put(world.context, "things", order("a", 1, day=text("monday")))
    assert await total(world, "ConsumedWriteCapacityUnits") == 2.0


async def test_capacity_and_failed_conditions_are_counted(world: World) -> None:
    await made(world, table())
    await put(world.context, "things", {"id": text("a"), "much": text("x" * 3_000)})
    await get(world.context, "things", {"id": text("a")})
    with pytest.raises(AwsError):
        await world.context.call(
            "dynamodb",
            "DeleteItem",
            {
                "TableName": "things",
                "Key": {"id": text("a")},
                "ConditionExpression": "attribute_not_exists(id)",
            },
        )
    assert await total(world, "ConsumedWriteCapacityUnits") == 3.0
    assert await total(world, "ConsumedReadCapacityUnits") == 0.5
    assert await total(world, "ConditionalCheckFailedRequests") == 1.0
