"""TimeToLive: items go soon after their time."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from tests.conftest import World
from tests.services.dynamodb.making import get, made, number, put, table, text

Json = dict[str, Any]

HOUR = 3_600.0


async def set_expiry(world: World, name: str = "until", *, enabled: bool = True) -> None:
    specification = {"AttributeName": name, "Enabled": enabled}
    await world.context.call(
        "dynamodb",
        "UpdateTimeToLive",
        {"TableName": "things", "TimeToLiveSpecification": specification},
    )
    await world.settle()


async def left(world: World) -> list[str]:
    reply = await world.context.call("dynamodb", "Scan", {"TableName": "things"})
    return sorted(item["id"]["S"] for item in reply["Items"])


async def test_items_go_at_their_time_and_not_before(world: World) -> None:
    await made(world, table())
    now = world.clock.now()
    await put(
        world.context,
        "things",
        {"id": text("before"), "until": number(now + HOUR)},
        {"id": text("never")},
        {"id": text("text"), "until": text(str(now))},
        {"id": text("no time"), "until": {"N": "1E100"}},
        {"id": text("long ago"), "until": number(now - 6 * 365 * 24 * HOUR)},
    )
    await set_expiry(world)
    await put(
        world.context,
        "things",
        {"id": text("second"), "until": number(now + 3 * HOUR)},
        {"id": text("first"), "until": number(now + 2 * HOUR)},
    )
    kept = ["long ago", "never", "no time", "text"]
    assert await left(world) == sorted([*kept, "before", "first", "second"])
    await world.advance(HOUR + 1)
    assert await left(world) == sorted([*kept, "first", "second"])
    await world.advance(HOUR)
    assert await left(world) == sorted([*kept, "second"])
    await world.advance(HOUR)
    assert await left(world) == kept


async def test_a_later_time_lets_an_item_live(world: World) -> None:
    await made(world, table())
    await set_expiry(world)
    now = world.clock.now()
    await put(world.context, "things", {"id": text("a"), "until": number(now + HOUR)})
    await put(world.context, "things", {"id": text("a"), "until": number(now + 3 * HOUR)})
    await world.advance(2 * HOUR)
    assert await get(world.context, "things", {"id": text("a")}) is not None
    await world.advance(2 * HOUR)
    assert await get(world.context, "things", {"id": text("a")}) is None


async def test_nothing_expires_once_it_is_disabled(world: World) -> None:
    await made(world, table())
    await set_expiry(world)
    now = world.clock.now()
    await put(world.context, "things", {"id": text("a"), "until": number(now + HOUR)})
    await set_expiry(world, enabled=False)
    await world.advance(2 * HOUR)
    assert await left(world) == ["a"]
    # And goes when it is enabled again.
    await set_expiry(world)
    assert await left(world) == []


async def test_expiry_is_described_and_not_set_twice(world: World) -> None:
    await made(world, table())
    asked = {"TableName": "things"}
    reply = await world.context.call("dynamodb", "DescribeTimeToLive", asked)
    assert reply == {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    await set_expiry(world)
    reply = await world.context.call("dynamodb", "DescribeTimeToLive", asked)
    assert reply == {
        "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    }
    for name, enabled, message in (
        ("until", True, "TimeToLive is already enabled"),
        (
            "other",
            True,
            "TimeToLive is active on a different AttributeName: current AttributeName is until",
        ),
    ):
        with pytest.raises(AwsError) as refused:
            await set_expiry(world, name, enabled=enabled)
        assert refused.value.message == message
