"""Log groups and streams."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World

ARN = "arn:aws:logs:us-east-1:000000000000:log-group:"


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("logs", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("logs", operation, params)
    return refusal.value.code, refusal.value.message


async def test_a_group_comes_back_as_it_was_made(world: World) -> None:
    context = world.context
    await call(context, "CreateLogGroup", logGroupName="/app", kmsKeyId="key", tags={"a": "b"})
    reply = await call(context, "DescribeLogGroups")

    assert reply["logGroups"] == [
        {
            "logGroupName": "/app",
            "creationTime": int(world.clock.now() * 1000),
            "metricFilterCount": 0,
            "arn": f"{ARN}/app:*",
            "logGroupArn": f"{ARN}/app",
            "storedBytes": 0,
            "logGroupClass": "STANDARD",
            "deletionProtectionEnabled": False,
            "kmsKeyId": "key",
        }
    ]


async def test_a_group_is_made_once_and_deleted_once(context: Context) -> None:
    await call(context, "CreateLogGroup", logGroupName="/app")
    assert await refused(context, "CreateLogGroup", logGroupName="/app") == (
        "ResourceAlreadyExistsException",
        "The specified log group already exists",
    )
    await call(context, "DeleteLogGroup", logGroupName="/app")
    assert await refused(context, "DeleteLogGroup", logGroupName="/app") == (
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )


async def test_groups_are_found_by_prefix_or_by_a_part_of_their_names(context: Context) -> None:
    for name in ("/app/one", "/app/two", "/other/one"):
        await call(context, "CreateLogGroup", logGroupName=name)

    async def names(**params: Any) -> list[str]:
        reply = await call(context, "DescribeLogGroups", **params)
        return [group["logGroupName"] for group in reply["logGroups"]]

    assert await names(logGroupNamePrefix="/app") == ["/app/one", "/app/two"]
    assert await names(logGroupNamePattern="one") == ["/app/one", "/other/one"]
    code, message = await refused(
        context, "DescribeLogGroups", logGroupNamePrefix="a", logGroupNamePattern="b"
    )
    assert code == "InvalidParameterException"
    assert "mutually exclusive" in message
    reply = await call(context, "ListLogGroups", logGroupNamePattern="^/app|other")
    assert len(reply["logGroups"]) == 3


async def test_groups_come_in_pages(context: Context) -> None:
    for number in range(5):
        await call(context, "CreateLogGroup", logGroupName=f"g{number}")
    first = await call(context, "DescribeLogGroups", limit=3)
    second = await call(context, "DescribeLogGroups", limit=3, nextToken=first["nextToken"])

    assert [group["logGroupName"] for group in second["logGroups"]] == ["g3", "g4"]
    assert "nextToken" not in second
    assert (await refused(context, "DescribeLogGroups", nextToken="x"))[0] == (
        "InvalidParameterException"
    )


async def test_retention_is_one_of_the_allowed_numbers_of_days(context: Context) -> None:
    await call(context, "CreateLogGroup", logGroupName="/app")
    code, message = await refused(
        context, "PutRetentionPolicy", logGroupName="/app", retentionInDays=2
    )
    assert code == "InvalidParameterException"
    assert "Member must satisfy enum value set: [1, 3, 5," in message

    await call(context, "PutRetentionPolicy", logGroupName="/app", retentionInDays=3)
    (group,) = (await call(context, "DescribeLogGroups"))["logGroups"]
    assert group["retentionInDays"] == 3
    await call(context, "DeleteRetentionPolicy", logGroupName="/app")
    (group,) = (await call(context, "DescribeLogGroups"))["logGroups"]
    assert "retentionInDays" not in group


async def test_tags_are_the_same_in_the_old_form_and_the_new(context: Context) -> None:
    await call(context, "CreateLogGroup", logGroupName="/app", tags={"team": "red"})
    await call(context, "TagLogGroup", logGroupName="/app", tags={"stage": "test"})
    await call(context, "TagResource", resourceArn=f"{ARN}/app", tags={"cost": "low"})
    await call(context, "UntagLogGroup", logGroupName="/app", tags=["team"])
    expected = {"tags": {"stage": "test", "cost": "low"}}

    assert await call(context, "ListTagsLogGroup", logGroupName="/app") == expected
    assert await call(context, "ListTagsForResource", resourceArn=f"{ARN}/app") == expected
    await call(context, "UntagResource", resourceArn=f"{ARN}/app", tagKeys=["stage", "cost"])
    assert await call(context, "ListTagsLogGroup", logGroupName="/app") == {"tags": {}}


async def test_a_protected_group_is_not_deleted(context: Context) -> None:
    await call(context, "CreateLogGroup", logGroupName="/app", deletionProtectionEnabled=True)
    assert (await refused(context, "DeleteLogGroup", logGroupName="/app"))[0] == (
        "ValidationException"
    )
    await call(
        context,
        "PutLogGroupDeletionProtection",
        logGroupIdentifier="/app",
        deletionProtectionEnabled=False,
    )
    await call(context, "DeleteLogGroup", logGroupName="/app")


async def test_streams_are_ordered_by_name_or_by_their_last_event(world: World) -> None:
    context, now = world.context, int(world.clock.now() * 1000)
    await call(context, "CreateLogGroup", logGroupName="/app")
    for name, time in (("a", now - 10), ("b", now - 30), ("c", now - 20)):
        await call(context, "CreateLogStream", logGroupName="/app", logStreamName=name)
        await call(
            context,
            "PutLogEvents",
            logGroupName="/app",
            logStreamName=name,
            logEvents=[{"timestamp": time, "message": "x"}],
        )

    async def names(**params: Any) -> list[str]:
        reply = await call(context, "DescribeLogStreams", logGroupName="/app", **params)
        return [stream["logStreamName"] for stream in reply["logStreams"]]

    assert await names() == ["a", "b", "c"]
    assert await names(descending=True) == ["c", "b", "a"]
    assert await names(orderBy="LastEventTime", descending=True) == ["a", "c", "b"]
    assert await names(logStreamNamePrefix="b") == ["b"]
    first = await call(
        context,
        "DescribeLogStreams",
        logGroupIdentifier=f"{ARN}/app",
        orderBy="LastEventTime",
        limit=2,
    )
    assert await names(orderBy="LastEventTime", nextToken=first["nextToken"]) == ["a"]
    (stream,) = (
        await call(context, "DescribeLogStreams", logGroupName="/app", logStreamNamePrefix="a")
    )["logStreams"]
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (now - 10, now - 10)
    assert stream["arn"] == f"{ARN}/app:log-stream:a"
    assert (
        await refused(
            context,
            "DescribeLogStreams",
            logGroupName="/app",
            orderBy="LastEventTime",
            logStreamNamePrefix="a",
        )
    )[1] == "Cannot order by LastEventTime with a logStreamNamePrefix."
