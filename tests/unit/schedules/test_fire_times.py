"""When schedules fire; times are written as UTC text."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.core.errors import ValidationFailed
from lambent.languages.schedules import (
    Schedule,
    flexible_delay,
    next_fire_time,
    parse_schedule,
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def fire_times(schedule: Schedule, after: str, count: int) -> list[str]:
    found, time = [], at(after)
    for _ in range(count):
        following = next_fire_time(schedule, time)
        if following is None:
            break
        time = following
        found.append(f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(15 12 * * ? *)", ["2025-01-01 12:15", "2025-01-02 12:15", "2025-01-03 12:15"]),
        (
            "cron(0/25 6 ? * MON-FRI *)",
            ["2025-01-01 06:00", "2025-01-01 06:25", "2025-01-01 06:50"],
        ),
        ("cron(0/30 22-1/3 1 * ? *)", ["2025-01-01 01:00", "2025-01-01 01:30", "2025-01-01 22:00"]),
        ("cron(0 0 L * ? *)", ["2025-01-31 00:00", "2025-02-28 00:00", "2025-03-31 00:00"]),
        ("cron(0 0 L-2 * ? *)", ["2025-01-29 00:00", "2025-02-26 00:00", "2025-03-29 00:00"]),
        ("cron(0 0 LW * ? *)", ["2025-01-31 00:00", "2025-02-28 00:00", "2025-03-31 00:00"]),
        # Saturday the 1st of February moves forward: the weekday stays in its month.
        ("cron(0 0 1W 2,3,6 ? *)", ["2025-02-03 00:00", "2025-03-03 00:00", "2025-06-02 00:00"]),
        ("cron(0 0 31W * ? *)", ["2025-01-31 00:00", "2025-03-31 00:00", "2025-05-30 00:00"]),
        ("cron(0 0 ? * 3#2 *)", ["2025-01-14 00:00", "2025-02-11 00:00", "2025-03-11 00:00"]),
        ("cron(0 0 ? * FRI#5 *)", ["2025-01-31 00:00", "2025-05-30 00:00", "2025-08-29 00:00"]),
        ("cron(0 0 ? * 6L *)", ["2025-01-31 00:00", "2025-02-28 00:00", "2025-03-28 00:00"]),
        ("cron(0 0 ? * L *)", ["2025-01-04 00:00", "2025-01-11 00:00", "2025-01-18 00:00"]),
        ("cron(0 0 ? * SAT-SUN *)", ["2025-01-04 00:00", "2025-01-05 00:00", "2025-01-11 00:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("cron(0 0 1 1 ? 2024)", []),
        ("cron(0 0 1 1 ? 2024,2026)", ["2026-01-01 00:00"]),
        ("at(2025-05-05T05:05:05)", ["2025-05-05 05:05"]),
        ("at(2024-05-05T05:05:05)", []),
    ],
)
def test_the_next_times_are_those_of_the_calendar(expression: str, expected: list[str]) -> None:
    assert fire_times(parse_schedule(expression), "2025-01-01T00:00:00", 3) == expected


def test_a_time_that_a_spring_night_skips_does_not_fire() -> None:
    """AWS's example: 2:30 is skipped on the day on which it goes from 1:59 to 3:00."""
    schedule = parse_schedule("cron(30 2 * * ? *)", "America/Los_Angeles")

    assert fire_times(schedule, "2025-03-08T00:00:00", 3) == [
        "2025-03-08 10:30",
        "2025-03-10 09:30",
        "2025-03-11 09:30",
    ]


def test_a_time_that_an_autumn_night_repeats_fires_once_before_the_shift() -> None:
    schedule = parse_schedule("cron(30 2 * * ? *)", "Europe/Berlin")

    assert fire_times(schedule, "2025-10-25T12:00:00", 2) == [
        "2025-10-26 00:30",
        "2025-10-27 01:30",
    ]


def test_within_the_repeated_hour_the_next_time_is_after_it() -> None:
    schedule = parse_schedule("cron(0/15 * * * ? *)", "America/New_York")

    assert fire_times(schedule, "2025-11-02T05:40:00", 2) == [
        "2025-11-02 05:45",
        "2025-11-02 07:00",
    ]


def test_a_zone_of_odd_minutes_fires_at_its_own_wall_clock() -> None:
    schedule = parse_schedule("cron(0 9 * * ? *)", "Asia/Kathmandu")

    assert fire_times(schedule, "2025-01-01T00:00:00", 1) == ["2025-01-01 03:15"]


def test_a_rate_counts_from_its_start_and_a_day_is_24_hours() -> None:
    start = at("2025-01-01T00:00:30")
    daily = parse_schedule("rate(1 day)", "Europe/Berlin")

    assert next_fire_time(daily, start - 1, start) == start
    assert next_fire_time(daily, start, start) == start + 86_400
    assert next_fire_time(daily, start + 100.5 * 86_400, start) == start + 101 * 86_400


def test_start_and_end_bound_what_recurs_and_not_what_happens_once() -> None:
    daily = parse_schedule("cron(0 12 * * ? *)")
    once = parse_schedule("at(2025-01-01T12:00:00)")
    start, end = at("2025-01-03T12:00:00"), at("2025-01-04T12:00:00")

    assert next_fire_time(daily, at("2025-01-01T00:00:00"), start, end) == start
    assert next_fire_time(daily, start, start, end) == end
    assert next_fire_time(daily, end, start, end) is None
    assert next_fire_time(once, 0, start, end) == at("2025-01-01T12:00:00")


def test_time_after_the_last_year_has_no_next() -> None:
    schedule = parse_schedule("cron(* * * * ? *)")

    assert next_fire_time(schedule, at("2199-12-31T23:58:00")) == at("2199-12-31T23:59:00")
    assert next_fire_time(schedule, at("2199-12-31T23:59:00")) is None
    assert next_fire_time(schedule, 1e15) is None


def test_a_flexible_delay_stays_in_the_window_and_is_the_same_for_the_same_firing() -> None:
    delays = [flexible_delay(15, f"firing {number}") for number in range(500)]

    assert all(0 <= delay < 900 for delay in delays)
    assert len(set(delays)) > 300
    assert delays[7] == flexible_delay(15, "firing 7")


zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
)
moments = st.floats(at("2000-01-01T00:00:00"), at("2060-01-01T00:00:00"))


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    return st.one_of(
        st.just("*"),
        number.map(str),
        st.tuples(number, st.integers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
        st.lists(number, min_size=1, max_size=4).map(lambda many: ",".join(map(str, many))),
        st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}"),
    )


days = st.one_of(
    field(1, 31).map(lambda day: (day, "?")),
    field(1, 7).map(lambda weekday: ("?", weekday)),
    st.sampled_from([("L", "?"), ("15W", "?"), ("?", "2#1"), ("?", "6L")]),
)
crons = st.tuples(field(0, 59), field(0, 23), days, field(1, 12)).map(
    lambda parts: f"cron({parts[0]} {parts[1]} {parts[2][0]} {parts[3]} {parts[2][1]} *)"
)


def schedule_of(expression: str, zone: str) -> Schedule | None:
    try:
        return parse_schedule(expression, zone)
    except ValidationFailed:
        return None


@given(crons, zones, moments)
def test_the_next_time_is_in_the_future_and_matches(
    expression: str, zone: str, after: float
) -> None:
    schedule = schedule_of(expression, zone)
    if schedule is None:
        return
    time = next_fire_time(schedule, after)
    assert time is not None and time > after

    local = datetime.fromtimestamp(time, ZoneInfo(zone))
    minutes, hours, day, months, weekday, _ = expression[5:-1].split()
    assert matches(minutes, local.minute, 59)
    assert matches(hours, local.hour, 23)
    assert matches(months, local.month, 12)
    assert matches(day, local.day, 31)
    assert matches(weekday, local.isoweekday() % 7 + 1, 7)
    assert local.second == 0 and local.fold == 0


@given(crons, zones, moments)
def test_times_strictly_increase_and_none_lies_between_two_neighbours(
    expression: str, zone: str, after: float
) -> None:
    schedule = schedule_of(expression, zone)
    if schedule is None:
        return
    first = next_fire_time(schedule, after)
    assert first is not None
    second = next_fire_time(schedule, first)

    assert second is not None and second > first
    assert next_fire_time(schedule, (first + second) / 2) == second
    assert next_fire_time(schedule, first - 0.5) == first


@given(st.integers(1, 10_000), moments, moments)
def test_a_rate_is_never_more_than_one_period_away(
    minutes: int, start: float, after: float
) -> None:
    schedule = parse_schedule(f"rate({minutes} minutes)")
    time = next_fire_time(schedule, after, start)

    assert time is not None and time > after
    assert time == start or time - after <= minutes * 60 + 1e-3


def matches(field: str, value: int, high: int) -> bool:
    """An independent reading of the plain fields; the named ones have their own tests."""
    if field in ("*", "?") or field[-1] in "LW" or "#" in field:
        return True
    if "/" in field:
        begin, step = map(int, field.split("/"))
        return value >= begin and (value - begin) % step == 0
    if "-" in field:
        begin, end = map(int, field.split("-"))
        return begin <= value <= end
    return value in map(int, field.split(","))
