"""Streams: every change, once, in order, for a day."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.dynamodb.making import made, number, put, table, text

Json = dict[str, Any]


async def streamed(world: World, view: str = "NEW_AND_OLD_IMAGES") -> str:
    specification = {"StreamEnabled": True, "StreamViewType": view}
    described = await made(world, table(StreamSpecification=specification))
    assert described["StreamSpecification"] == specification
    return str(described["LatestStreamArn"])


async def ask(world: World, operation: str, **params: Any) -> Any:
    return await world.context.call("dynamodbstreams", operation, params)


async def iterator(world: World, arn: str, kind: str = "TRIM_HORIZON", **more: Any) -> str:
    described = await ask(world, "DescribeStream", StreamArn=arn)
    [shard] = described["StreamDescription"]["Shards"]
    reply = await ask(
        world,
        "GetShardIterator",
        StreamArn=arn,
        ShardId=shard["ShardId"],
        ShardIteratorType=kind,
        **more,
    )
    return str(reply["ShardIterator"])


async def records(world: World, at: str) -> tuple[list[Json], str]:
    reply = await ask(world, "GetRecords", ShardIterator=at)
    return reply["Records"], reply.get("NextShardIterator", "")


async def change_some(world: World) -> None:
    await put(world.context, "things", {"id": text("a"), "n": number(1)})
    await put(world.context, "things", {"id": text("a"), "n": number(2)})
    # Nothing changes, so nothing is said.
    await put(world.context, "things", {"id": text("a"), "n": number(2)})
    deletion = {"TableName": "things", "Key": {"id": text("a")}}
    for _ in range(2):
        await world.context.call("dynamodb", "DeleteItem", deletion)


@pytest.mark.parametrize(
    ("view", "old", "new"),
    [
        ("KEYS_ONLY", False, False),
        ("NEW_IMAGE", False, True),
        ("OLD_IMAGE", True, False),
        ("NEW_AND_OLD_IMAGES", True, True),
    ],
)
async def test_each_change_is_told_once_and_in_order(
    world: World, view: str, old: bool, new: bool
) -> None:
    arn = await streamed(world, view)
    await change_some(world)
    found, following = await records(world, await iterator(world, arn))
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    one, two = ({"id": text("a"), "n": number(n)} for n in (1, 2))
    changes = [record["dynamodb"] for record in found]
    assert [change["Keys"] for change in changes] == [{"id": text("a")}] * 3
    assert [change.get("OldImage") for change in changes] == (
        [None, one, two] if old else [None] * 3
    )
    assert [change.get("NewImage") for change in changes] == (
        [one, two, None] if new else [None] * 3
    )
    assert {change["StreamViewType"] for change in changes} == {view}
    numbers = [int(change["SequenceNumber"]) for change in changes]
    assert numbers == sorted(set(numbers))
    assert found[0]["eventSource"] == "aws:dynamodb"
    assert "userIdentity" not in found[0]
    assert await records(world, following) == ([], following)


async def test_an_iterator_begins_where_it_is_asked_to(world: World) -> None:
    arn = await streamed(world)
    await change_some(world)
    latest = await iterator(world, arn, "LATEST")
    found, _ = await records(world, await iterator(world, arn))
    second = found[1]["dynamodb"]["SequenceNumber"]
    at, _ = await records(
        world, await iterator(world, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=second)
    )
    after, _ = await records(
        world, await iterator(world, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=second)
    )
    assert (at, after) == (found[1:], found[2:])
    assert (await records(world, latest))[0] == []
    await put(world.context, "things", {"id": text("b")})
    assert [one["eventName"] for one in (await records(world, latest))[0]] == ["INSERT"]


async def test_what_has_expired_is_removed_by_the_service(world: World) -> None:
    arn = await streamed(world)
    await world.context.call(
        "dynamodb",
        "UpdateTimeToLive",
        {
            "TableName": "things",
            "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True},
        },
    )
    until = number(world.clock.now() + 60)
    await put(world.context, "things", {"id": text("a"), "until": until})
    await world.advance(61)
    found, _ = await records(world, await iterator(world, arn))
    assert found[-1]["eventName"] == "REMOVE"
    assert found[-1]["userIdentity"] == {
        "Type": "Service",
        "PrincipalId": "dynamodb.amazonaws.com",
    }


async def test_records_can_be_read_for_a_day(world: World) -> None:
    arn = await streamed(world)
    await put(world.context, "things", {"id": text("a")})
    first = (await records(world, await iterator(world, arn)))[0][0]
    await world.advance(80_000)
    await put(world.context, "things", {"id": text("b")})
    assert len((await records(world, await iterator(world, arn)))[0]) == 2
    await world.advance(10_000)
    assert len((await records(world, await iterator(world, arn)))[0]) == 1
    with pytest.raises(AwsError) as refused:
        sequence = first["dynamodb"]["SequenceNumber"]
        await iterator(world, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=sequence)
    assert refused.value.code == "TrimmedDataAccessException"
    await world.advance(100_000)
    assert (await records(world, await iterator(world, arn)))[0] == []


async def test_an_iterator_lives_for_fifteen_minutes(world: World) -> None:
    arn = await streamed(world)
    at = await iterator(world, arn)
    await world.advance(901)
    with pytest.raises(AwsError) as refused:
        await records(world, at)
    assert refused.value.code == "ExpiredIteratorException"


async def test_a_disabled_stream_ends_and_can_be_read_for_a_day(world: World) -> None:
    arn = await streamed(world)
    await put(world.context, "things", {"id": text("a")})
    await world.context.call(
        "dynamodb",
        "UpdateTable",
        {"TableName": "things", "StreamSpecification": {"StreamEnabled": False}},
    )
    await world.settle()
    await put(world.context, "things", {"id": text("b")})
    described = await ask(world, "DescribeStream", StreamArn=arn)
    assert described["StreamDescription"]["StreamStatus"] == "DISABLED"
    [shard] = described["StreamDescription"]["Shards"]
    assert "EndingSequenceNumber" in shard["SequenceNumberRange"]
    found, following = await records(world, await iterator(world, arn))
    assert (len(found), following) == (1, "")
    # Another stream has another name.
    await world.advance(1)
    specification = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    reply = await world.context.call(
        "dynamodb",
        "UpdateTable",
        {"TableName": "things", "StreamSpecification": specification},
    )
    assert reply["TableDescription"]["LatestStreamArn"] != arn
    listed = await ask(world, "ListStreams", TableName="things")
    assert len(listed["Streams"]) == 2
    await world.advance(2 * 86_400)
    listed = await ask(world, "ListStreams", TableName="things")
    assert len(listed["Streams"]) == 1


async def test_streams_are_listed_in_pages(world: World) -> None:
    specification = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    for name in ("aaa", "bbb", "ccc"):
        await made(world, table(name, StreamSpecification=specification))
    first = await ask(world, "ListStreams", Limit=2)
    assert [one["TableName"] for one in first["Streams"]] == ["aaa", "bbb"]
    rest = await ask(world, "ListStreams", ExclusiveStartStreamArn=first["LastEvaluatedStreamArn"])
    assert [one["TableName"] for one in rest["Streams"]] == ["ccc"]


async def test_what_names_no_stream_is_refused(world: World) -> None:
    arn = await streamed(world)
    with pytest.raises(AwsError) as refused:
        await ask(world, "DescribeStream", StreamArn=arn + "x")
    assert refused.value.code == "ResourceNotFoundException"
    for broken in ("nonsense", arn + "|1|e30", "a|b|c|d"):
        with pytest.raises(AwsError) as refused:
            await records(world, broken)
        assert refused.value.code == "ValidationException"


async def test_a_stream_is_enabled_once(world: World) -> None:
    await streamed(world)
    specification = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    with pytest.raises(AwsError) as refused:
        await world.context.call(
            "dynamodb",
            "UpdateTable",
            {"TableName": "things", "StreamSpecification": specification},
        )
    assert refused.value.message.startswith("Table already has an enabled stream")


async def test_a_page_of_records_has_a_megabyte_at_most(world: World) -> None:
    arn = await streamed(world)
    for at in range(70):
        much = {"much": text("x" * 300_000)} if at >= 66 else {}
        await put(world.context, "things", {"id": text(f"{at}"), **much})
    first, following = await records(world, await iterator(world, arn))
    assert len(first) == 69
    rest, following = await records(world, following)
    assert [record["dynamodb"]["Keys"]["id"] for record in first + rest] == [
        text(f"{at}") for at in range(70)
    ]
    assert (await records(world, following))[0] == []
