"""Putting events, getting them back, filtering and following them."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.storage.database import Tx
from tests.conftest import World

HOUR = 3_600_000
DAY = 24 * HOUR


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("logs", operation, params)


async def make_stream(context: Context, *names: str) -> None:
    await call(context, "CreateLogGroup", logGroupName="/app")
    for name in names or ("one",):
        await call(context, "CreateLogStream", logGroupName="/app", logStreamName=name)


async def put(context: Context, *events: tuple[int, str], stream: str = "one") -> Any:
    return await call(
        context,
        "PutLogEvents",
        logGroupName="/app",
        logStreamName=stream,
        logEvents=[{"timestamp": time, "message": message} for time, message in events],
    )


async def get(context: Context, **params: Any) -> Any:
    return await call(context, "GetLogEvents", logGroupName="/app", logStreamName="one", **params)


async def find(context: Context, **params: Any) -> Any:
    return await call(context, "FilterLogEvents", logGroupName="/app", **params)


def messages(reply: Any) -> list[str]:
    return [event["message"] for event in reply["events"]]


def milliseconds(world: World) -> int:
    return int(world.clock.now() * 1000)


async def test_events_come_back_with_their_times(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    reply = await put(world.context, (now - 5, "first"), (now, "second"))

    assert "rejectedLogEventsInfo" not in reply
    assert (await get(world.context))["events"] == [
        {"timestamp": now - 5, "message": "first", "ingestionTime": now},
        {"timestamp": now, "message": "second", "ingestionTime": now},
    ]
    (group,) = (await call(world.context, "DescribeLogGroups"))["logGroups"]
    assert group["storedBytes"] == len("firstsecond") + 2 * 26


async def test_a_batch_must_be_in_order_of_time(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    with pytest.raises(AwsError, match="must be in chronological order") as refusal:
        await put(world.context, (now, "late"), (now - 1, "early"))
    assert refusal.value.code == "InvalidParameterException"


async def test_a_batch_has_bounds(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    with pytest.raises(AwsError, match="Upload too large: 1048577 bytes exceeds limit of 1048576"):
        await put(world.context, (now, "x" * (1_048_577 - 26)))
    with pytest.raises(AwsError, match="cannot span more than 24 hours"):
        await put(world.context, (now - DAY - 1, "a"), (now, "b"))
    with pytest.raises(AwsError, match="length less than or equal to 10000"):
        await put(world.context, *[(now, "x")] * 10_001)
    assert messages(await get(world.context)) == []


async def test_events_that_are_too_old_or_too_new_are_left_out(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    reply = await put(world.context, (now - 14 * DAY - 1, "old"), (now - 14 * DAY, "just in time"))
    assert reply["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    reply = await put(world.context, (now, "now"), (now + 2 * HOUR + 1, "early"))
    assert reply["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}

    assert messages(await get(world.context)) == ["just in time", "now"]


async def test_a_stream_must_be_there_for_all_but_what_functions_write(world: World) -> None:
    now = milliseconds(world)
    with pytest.raises(AwsError, match=r"The specified log group does not exist\."):
        await put(world.context, (now, "x"))
    await call(world.context, "CreateLogGroup", logGroupName="/app")
    with pytest.raises(AwsError, match=r"The specified log stream does not exist\."):
        await put(world.context, (now, "x"))

    seconds = world.clock.now()
    written = ((seconds, "b"), (seconds - 1, "a"))
    await call(world.context, "KeepLines", LogGroup="/app", LogStream="one", Events=written)
    assert messages(await get(world.context)) == ["a", "b"]


async def test_a_stream_is_paged_from_its_head(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    await put(world.context, *((now + n, str(n)) for n in range(5)))

    first = await get(world.context, startFromHead=True, limit=2)
    second = await get(world.context, nextToken=first["nextForwardToken"], limit=2)
    third = await get(world.context, nextToken=second["nextForwardToken"], limit=2)
    end = await get(world.context, nextToken=third["nextForwardToken"], limit=2)

    pages = [messages(page) for page in (first, second, third, end)]
    assert pages == [["0", "1"], ["2", "3"], ["4"], []]
    assert end["nextForwardToken"] == third["nextForwardToken"]
    await put(world.context, (now + 9, "new"))
    later = await get(world.context, nextToken=end["nextForwardToken"])
    assert messages(later) == ["new"]
    back = await get(world.context, nextToken=end["nextBackwardToken"], limit=2)
    assert messages(back) == ["3", "4"]


async def test_a_stream_is_paged_from_its_end(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    await put(world.context, *((now + n, str(n)) for n in range(5)))

    last = await get(world.context, limit=2)
    before = await get(world.context, nextToken=last["nextBackwardToken"], limit=2)
    first = await get(world.context, nextToken=before["nextBackwardToken"], limit=2)
    start = await get(world.context, nextToken=first["nextBackwardToken"], limit=2)

    pages = [messages(page) for page in (last, before, first, start)]
    assert pages == [["3", "4"], ["1", "2"], ["0"], []]
    assert start["nextBackwardToken"] == first["nextBackwardToken"]
    assert messages(await get(world.context, nextToken=start["nextForwardToken"])) == [
        *("0", "1", "2", "3", "4")
    ]


async def test_a_token_that_we_did_not_give_is_refused(world: World) -> None:
    await make_stream(world.context)
    for token in ("x", "f/1/s", "f/" + "x" * 43 + "/s"):
        with pytest.raises(AwsError, match=r"The specified nextToken is invalid\."):
            await get(world.context, nextToken=token)


async def test_only_a_range_of_time_is_shown(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    await put(world.context, *((now + n, str(n)) for n in range(5)))

    assert messages(await get(world.context, startTime=now + 1, endTime=now + 3)) == ["1", "2"]
    assert messages(await find(world.context, startTime=now + 1, endTime=now + 3)) == ["1", "2"]


async def test_events_of_several_streams_are_interleaved(world: World) -> None:
    await make_stream(world.context, "one", "two")
    now = milliseconds(world)
    await put(world.context, (now, "a"), (now + 2, "c"))
    await put(world.context, (now + 1, "b"), (now + 3, "d"), stream="two")
    reply = await find(world.context)

    assert messages(reply) == ["a", "b", "c", "d"]
    assert [event["logStreamName"] for event in reply["events"]] == ["one", "two"] * 2
    assert len({event["eventId"] for event in reply["events"]}) == 4
    assert messages(await find(world.context, logStreamNames=["two"])) == ["b", "d"]
    assert messages(await find(world.context, logStreamNames=["one", "two"], limit=3)) == [
        *("a", "b", "c")
    ]
    assert messages(await find(world.context, logStreamNamePrefix="o")) == ["a", "c"]
    assert messages(await find(world.context, logStreamNamePrefix="x")) == []


async def test_a_pattern_chooses_and_pages_go_on_behind_each_other(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    levels = ("INFO", "ERROR")
    for n in range(0, 20, 4):
        await put(world.context, *((now + m, f"{levels[m % 2]} {m}") for m in range(n, n + 4)))

    found: list[str] = []
    params: dict[str, Any] = {"filterPattern": 'ERROR -"ERROR 7"', "limit": 2}
    while True:
        reply = await find(world.context, **params)
        found += messages(reply)
        if "nextToken" not in reply:
            break
        params["nextToken"] = reply["nextToken"]

    assert found == [f"ERROR {m}" for m in range(1, 20, 2) if m != 7]
    with pytest.raises(AwsError, match="Invalid filter pattern"):
        await find(world.context, filterPattern="{ $.a }")


async def test_expired_events_are_hidden_at_once_and_removed_later(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    await put(world.context, (now - 3 * HOUR, "old"))
    await put(world.context, (now, "new"))
    await call(world.context, "PutRetentionPolicy", logGroupName="/app", retentionInDays=1)

    await world.advance(22 * 3600)
    assert messages(await get(world.context)) == ["new"]
    assert messages(await find(world.context)) == ["new"]
    await world.advance(2 * 86_400)
    (group,) = (await call(world.context, "DescribeLogGroups"))["logGroups"]
    assert group["storedBytes"] == 0
    reply = await put(world.context, (milliseconds(world) - DAY - 1, "late"))
    assert reply["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}


async def test_a_deleted_group_leaves_nothing(world: World) -> None:
    await make_stream(world.context)
    await call(world.context, "PutRetentionPolicy", logGroupName="/app", retentionInDays=1)
    await put(world.context, (milliseconds(world), "x"))
    await call(world.context, "DeleteLogGroup", logGroupName="/app")

    def left(tx: Tx) -> int:
        tables = ("logs_group", "logs_stream", "logs_chunk", "work_item")
        return sum(len(tx.all(f"SELECT 1 AS one FROM {table}")) for table in tables)

    assert await world.platform.database.read(left) == 0


async def test_a_live_tail_shows_what_comes(world: World) -> None:
    context = world.context
    await make_stream(context, "one", "two")
    now = milliseconds(world)
    await put(context, (now, "ERROR before"))
    reply = await call(
        context,
        "StartLiveTail",
        logGroupIdentifiers=["arn:aws:logs:us-east-1:000000000000:log-group:/app"],
        logStreamNames=["one"],
        logEventFilterPattern="ERROR",
    )
    session = reply["responseStream"]
    start = await anext(session)
    assert start["sessionStart"]["logEventFilterPattern"] == "ERROR"
    await put(context, (now, "ERROR now"), (now, "INFO now"))
    await put(context, (now, "ERROR elsewhere"), stream="two")
    update = (await anext(session))["sessionUpdate"]
    assert update["sessionResults"] == [
        {
            "logStreamName": "one",
            "logGroupIdentifier": "000000000000:/app",
            "message": "ERROR now",
            "timestamp": now,
            "ingestionTime": now,
        }
    ]
    await session.aclose()


async def test_a_live_tail_ends_with_the_server(world: World) -> None:
    await make_stream(world.context)
    reply = await call(
        world.context,
        "StartLiveTail",
        logGroupIdentifiers=["arn:aws:logs:us-east-1:000000000000:log-group:/app"],
    )
    world.platform.signals.end()

    events = [set(event) async for event in reply["responseStream"]]
    assert events == [{"sessionStart"}]


async def test_a_page_is_no_larger_than_a_mebibyte(world: World) -> None:
    await make_stream(world.context)
    now = milliseconds(world)
    for number in range(3):
        await put(world.context, (now + number, f"{number}" * 600_000))
    first = await get(world.context, startFromHead=True)
    second = await get(world.context, nextToken=first["nextForwardToken"])

    assert [message[0] for message in messages(first)] == ["0", "1"]
    assert [message[0] for message in messages(second)] == ["2"]
    page = await find(world.context)
    assert [message[0] for message in messages(page)] == ["0", "1"]
    rest = await find(world.context, nextToken=page["nextToken"])
    assert [message[0] for message in messages(rest)] == ["2"]
