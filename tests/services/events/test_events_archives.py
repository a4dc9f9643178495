"""Archives keep the events of a bus, and replays put them on it again."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.events.listening import (
    ACCOUNT,
    bodies,
    bus_arn,
    entry,
    listen,
    put,
    put_target,
    rule_arn,
)

DAY = 86_400.0


def archive_arn(name: str = "a") -> str:
    return f"arn:aws:events:us-east-1:{ACCOUNT}:archive/{name}"


async def archive(context: Context, **params: Any) -> None:
    asked = {"ArchiveName": "a", "EventSourceArn": bus_arn("default"), **params}
    await context.call("events", "CreateArchive", asked)


async def described(context: Context) -> dict[str, Any]:
    return dict(await context.call("events", "DescribeArchive", {"ArchiveName": "a"}))


async def replay(world: World, name: str = "r", **params: Any) -> dict[str, Any]:
    now = world.clock.now()
    asked = {
        "ReplayName": name,
        "EventSourceArn": archive_arn(),
        "EventStartTime": now - DAY,
        "EventEndTime": now,
        "Destination": {"Arn": bus_arn("default")},
        **params,
    }
    return dict(await world.context.call("events", "StartReplay", asked))


async def refused(context: Context, operation: str, params: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as raised:
        await context.call("events", operation, params)
    return raised.value.code, raised.value.message


async def test_an_archive_keeps_what_matches_its_pattern(world: World) -> None:
    context = world.context
    await archive(context, EventPattern='{"source": ["shop"]}', RetentionDays=2)
    await put(context, entry({"n": 1}), entry({"n": 2}), entry({"n": 3}, Source="other"))
    await world.settle()

    found = await described(context)
    assert found.pop("SizeBytes") > 100
    assert found.pop("CreationTime") == world.clock.now()
    assert found == {
        "ArchiveArn": archive_arn(),
        "ArchiveName": "a",
        "EventSourceArn": bus_arn("default"),
        "EventPattern": '{"source": ["shop"]}',
        "State": "ENABLED",
        "RetentionDays": 2,
        "EventCount": 2,
    }
    await world.advance(4 * DAY)
    found = await described(context)
    assert (found["EventCount"], found["SizeBytes"]) == (0, 0)


async def test_a_replay_tells_the_rules_of_today(world: World) -> None:
    context = world.context
    await archive(context)
    await put(context, entry({"n": 1}), entry({"n": 2}))
    await world.advance(10)
    await listen(context, "all", {"source": ["shop"]})
    await listen(context, "second", {"detail": {"n": [2]}})

    started = await replay(world)
    assert started["State"] == "STARTING"
    await world.settle()

    told = await bodies(context, "all")
    assert sorted(event["detail"]["n"] for event in told) == [1, 2]
    assert {event["replay-name"] for event in told} == {"r"}
    assert list(told[0])[-3:] == ["replay-name", "resources", "detail"]
    assert [event["detail"]["n"] for event in await bodies(context, "second")] == [2]
    found = await context.call("events", "DescribeReplay", {"ReplayName": "r"})
    assert found["State"] == "COMPLETED"
    assert found["EventLastReplayedTime"] <= world.clock.now()
    # What is replayed is not archived once more.
    assert (await described(context))["EventCount"] == 2


async def test_a_replay_may_tell_only_some_rules_of_some_time(world: World) -> None:
    context = world.context
    await archive(context)
    await listen(context, "all", {"source": ["shop"]})
    await listen(context, "other", {"source": ["shop"]})
    first = world.clock.now()
    for number in range(3):
        await put(context, entry({"n": number}))
        await world.advance(100)
    await bodies(context, "all")
    await bodies(context, "other")

    destination = {"Arn": bus_arn("default"), "FilterArns": [rule_arn("all")]}
    times = {"EventStartTime": first + 50, "EventEndTime": first + 150}
    await replay(world, Destination=destination, **times)
    await world.settle()

    assert [event["detail"]["n"] for event in await bodies(context, "all")] == [1]
    assert await bodies(context, "other") == []


async def test_many_events_are_replayed_in_several_steps(world: World) -> None:
    context = world.context
    await archive(context)
    for start in range(0, 450, 10):
        await put(context, *[entry({"n": start + number}) for number in range(10)])
    await world.settle()
    await listen(context, "all", {"source": ["shop"]})
    await replay(world)
    await world.settle()
    assert sorted(event["detail"]["n"] for event in await bodies(context, "all")) == list(
        range(450)
    )


async def test_a_replay_is_cancelled_while_it_runs(world: World) -> None:
    context = world.context
    await archive(context)
    await replay(world)
    reply = await context.call("events", "CancelReplay", {"ReplayName": "r"})
    assert reply["State"] == "CANCELLING"
    await world.settle()
    listed = await context.call("events", "ListReplays", {"NamePrefix": "r"})
    assert [one["State"] for one in listed["Replays"]] == ["CANCELLED"]
    assert await refused(context, "CancelReplay", {"ReplayName": "r"}) == (
        "IllegalStatusException",
        "Replay r is not in a valid state for this operation.",
    )


async def test_an_archive_s_rule_is_changed_by_nobody_else(world: World) -> None:
    context = world.context
    await archive(context)
    (rule,) = (await context.call("events", "ListRules", {}))["Rules"]
    assert rule["Name"] == "Events-Archive-a"
    assert rule["ManagedBy"] == "prod.vhs.events.aws.internal"
    name = {"Name": rule["Name"]}
    pattern = {"EventPattern": '{"source": ["x"]}'}
    target = {"Rule": rule["Name"], "Targets": [{"Id": "x", "Arn": archive_arn()}]}
    for operation, params in (
        ("DeleteRule", name),
        ("DisableRule", name),
        ("PutRule", {**name, **pattern}),
        ("RemoveTargets", {"Rule": rule["Name"], "Ids": [rule["Name"]]}),
    ):
        code, _ = await refused(context, operation, params)
        assert code == "ManagedRuleException"
    code, _ = await refused(context, "PutTargets", target)
    assert code == "ValidationException"
    await context.call("events", "DeleteArchive", {"ArchiveName": "a"})
    assert (await context.call("events", "ListRules", {}))["Rules"] == []


async def test_an_updated_archive_keeps_what_it_has(world: World) -> None:
    context = world.context
    await archive(context)
    await put(context)
    await world.settle()
    update = {"ArchiveName": "a", "EventPattern": '{"source": ["x"]}', "Description": "d"}
    await context.call("events", "UpdateArchive", update)
    await put(context)
    await world.settle()
    found = await described(context)
    assert (found["EventCount"], found["Description"]) == (1, "d")


async def test_what_is_wrong_with_archives_and_replays_is_named(world: World) -> None:
    context = world.context
    await context.call("events", "CreateEventBus", {"Name": "b"})
    params = {"ArchiveName": "a", "EventSourceArn": bus_arn("nobody")}
    assert await refused(context, "CreateArchive", params) == (
        "ResourceNotFoundException",
        "Event bus nobody does not exist.",
    )
    await archive(context)
    params = {"ArchiveName": "a", "EventSourceArn": bus_arn("default")}
    assert await refused(context, "CreateArchive", params) == (
        "ResourceAlreadyExistsException",
        "Archive a already exists.",
    )
    assert await refused(context, "DescribeArchive", {"ArchiveName": "x"}) == (
        "ResourceNotFoundException",
        "Archive x does not exist.",
    )
    code, _ = await refused(context, "ListArchives", {"NamePrefix": "a", "State": "ENABLED"})
    assert code == "ValidationException"
    asked = {
        "ReplayName": "r",
        "EventSourceArn": archive_arn(),
        "EventStartTime": 1.0,
        "EventEndTime": 2.0,
        "Destination": {"Arn": bus_arn("b")},
    }
    assert await refused(context, "StartReplay", asked) == (
        "ValidationException",
        "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
    )
    missing = {**asked, "EventSourceArn": archive_arn("x")}
    assert await refused(context, "StartReplay", missing) == (
        "ValidationException",
        "Parameter EventSourceArn is not valid. Reason: Archive x does not exist.",
    )
    for time in (float("nan"), float("inf"), 1e18, "today"):
        code, message = await refused(context, "StartReplay", {**asked, "EventEndTime": time})
        assert code == "ValidationException"
        assert message.startswith("Parameter EventEndTime is not valid.")
    backwards = {**asked, "EventEndTime": 1.0}
    assert await refused(context, "StartReplay", backwards) == (
        "ValidationException",
        "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
    )


async def test_an_archive_is_no_target_for_others(world: World) -> None:
    await archive(world.context)
    pattern = {"Name": "r", "EventPattern": '{"source": ["shop"]}'}
    await world.context.call("events", "PutRule", pattern)
    with pytest.raises(AwsError):
        await put_target(world.context, "r", Arn=archive_arn())
