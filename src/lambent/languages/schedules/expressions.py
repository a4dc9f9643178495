"""`at(…)`, `rate(…)` and `cron(…)`, each with the errors of the service that it was given to."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from lambent.core.errors import ValidationFailed
from lambent.languages.schedules.cron import Cron, NotCron, parse_cron


@dataclass(frozen=True, slots=True)
class At:
    time: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds, counted from the schedule's start. AWS: a day is 24 hours, always."""

    seconds: int


Schedule = At | Rate | Cron

_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
_RATE = re.compile(r"rate\((\d{1,9}) +(minute|hour|day)(s?)\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_CRON = re.compile(r"cron\((.*)\)")
# Files of the system's zone folder that are no IANA names.
_NOT_ZONES = ("posix/", "right/", "localtime", "posixrules", "Factory")


@lru_cache(maxsize=4_096)
def parse_schedule(expression: str, timezone: str = "UTC") -> Schedule:
    """The schedule that EventBridge Scheduler understands, or its ValidationException."""
    zone = time_zone(timezone)
    try:
        return _parse(expression, zone)
    except ValueError:
        # AWS: the same words for every bad expression, whatever is wrong with it.
        raise ValidationFailed(f"Invalid Schedule Expression {expression}.") from None


@lru_cache(maxsize=4_096)
def parse_rule_schedule(expression: str) -> Rate | Cron:
    """The schedule of an EventBridge rule: in UTC, no `at`, and a rate's unit agrees in number."""
    try:
        schedule = _parse(expression, UTC)
        if isinstance(schedule, At) or not _agrees_in_number(expression):
            raise NotCron(expression)
    except ValueError:
        raise ValidationFailed("Parameter ScheduleExpression is not valid.") from None
    return schedule


@lru_cache(maxsize=1_024)
def time_zone(name: str) -> tzinfo:
    """The IANA time zone of the name."""
    if name == "UTC":
        return UTC
    try:
        if name.startswith(_NOT_ZONES):
            raise ValueError(name)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValidationFailed(f"Invalid Schedule Expression Timezone {name}.") from None


def _parse(expression: str, zone: tzinfo) -> Schedule:
    if found := _RATE.fullmatch(expression):
        return Rate(_positive(int(found[1])) * _SECONDS[found[2]])
    if found := _AT.fullmatch(expression):
        # A time that a spring night skips counts as the same time after it: 02:30 is 03:30.
        return At(datetime.fromisoformat(found[1]).replace(tzinfo=zone).timestamp())
    if found := _CRON.fullmatch(expression):
        return parse_cron(found[1], zone)
    raise NotCron(expression)


def _positive(value: int) -> int:
    if value < 1:
        raise NotCron("a rate is positive")
    return value


def _agrees_in_number(expression: str) -> bool:
    found = _RATE.fullmatch(expression)
    return found is None or (int(found[1]) == 1) == (found[3] == "")
