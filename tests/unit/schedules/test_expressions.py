"""What is an expression, and what is refused in whose words."""

import pytest

from lambent.core.errors import ValidationFailed
from lambent.languages.schedules import At, Rate, parse_rule_schedule, parse_schedule


@pytest.mark.parametrize(
    "expression",
    [
        # Those that AWS itself was seen to refuse.
        "cron(0 1 * * * *)",
        "cron(7 20 * * NOT *)",
        "cron(INVALID)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(71 8 1 * ? *)",
        "cron()",
        "rate(10 seconds)",
        "rate(10 years)",
        "rate()",
        "rate(10)",
        "rate(10 minutess)",
        "rate(foo minutes)",
        "rate(-10 minutes)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "at(2021-12-31T23:59:59Z)",
        "at(2021-12-31)",
        # Those that the guide excludes.
        "rate(0 minutes)",
        "at(2025-02-30T00:00:00)",
        "at(2025-02-28T24:00:00)",
        "cron(0 0 ? * ? *)",
        "cron(0 0 1 * MON *)",
        "cron(0 0 ? * 3#1,6#3 *)",
        "cron(0 0 ? * 3#6 *)",
        "cron(0 0 32W * ? *)",
        "cron(0 0 1 13 ? *)",
        "cron(0 0 1 1 ? 2200)",
        "cron(0 0 1 1 ? 2030-2020)",
        "cron(0/0 0 1 1 ? *)",
        "cron(0 0 1 1 ?)",
        "cron( 0 0 1 1 ? *)",
        "cron(² 0 1 1 ? *)",
        "every day",
        "",
    ],
)
def test_a_bad_expression_is_refused_in_the_words_of_the_scheduler(expression: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        parse_schedule(expression)
    assert refused.value.message == f"Invalid Schedule Expression {expression}."


@pytest.mark.parametrize(
    "expression", ["cron(0 0 31 2 ? *)", "cron(0 0 30 FEB ? *)", "cron(0 0 29 2 ? 2023)"]
)
def test_a_cron_whose_day_is_in_no_calendar_is_refused(expression: str) -> None:
    with pytest.raises(ValidationFailed):
        parse_schedule(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 10 * * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)",
        "cron(30-30 13-13 ? * 2,4,6 *)",
        "cron(1-31/30 1-1 ? * 1,7 *)",
        "cron(0/30 20-2 ? * mon-fri *)",
        "cron(0  8   ?  *  MON  *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 LW * ? *)",
        "cron(0 0 L-3 * ? *)",
        "cron(0 0 1,15,L * ? *)",
        "cron(0 0 15W JAN,jul ? 2025-2030)",
        "cron(0 0 ? * 6L *)",
        "cron(0 0 ? * FRIL *)",
        "cron(0 0 ? * TUE#2 *)",
        "cron(0 0 1 1 ? 2020)",
    ],
)
def test_what_the_guide_allows_is_a_schedule(expression: str) -> None:
    parse_schedule(expression)


def test_a_rate_takes_any_unit_in_either_number() -> None:
    assert parse_schedule("rate(5 minutes)") == Rate(300)
    assert parse_schedule("rate(1 hours)") == Rate(3_600)
    assert parse_schedule("rate(2 day)") == Rate(172_800)


def test_an_at_is_read_in_its_time_zone() -> None:
    assert parse_schedule("at(2022-11-20T13:00:00)", "America/Los_Angeles") == At(1_668_978_000.0)


def test_an_at_that_a_spring_night_skips_counts_as_the_hour_after() -> None:
    berlin = parse_schedule("at(2025-03-30T02:30:00)", "Europe/Berlin")
    assert berlin == parse_schedule("at(2025-03-30T01:30:00)", "UTC")


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "Europe", "../etc/passwd", "/etc/passwd", "posix/UTC", "", "\0"]
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValidationFailed):
        parse_schedule("rate(1 day)", name)


@pytest.mark.parametrize(
    "expression",
    ["rate(1 minutes)", "rate(5 minute)", "at(2025-01-01T00:00:00)", "cron(7 20 * * 1-7 *)"],
)
def test_a_rule_refuses_more_than_the_scheduler_does_and_in_its_own_words(expression: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        parse_rule_schedule(expression)
    assert refused.value.message == "Parameter ScheduleExpression is not valid."


def test_a_rule_takes_rate_and_cron() -> None:
    assert parse_rule_schedule("rate(1 minute)") == Rate(60)
    parse_rule_schedule("cron(0 12 * * ? *)")
