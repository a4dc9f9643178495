"""
The six fields of AWS's cron: minutes, hours, day of month, month, day of week, year.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

FIRST_YEAR, LAST_YEAR = 1970, 2199

_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
# AWS: Sunday is 1.
_WEEKDAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_WEEKDAYS = {name: number for number, name in enumerate(_WEEKDAY_NAMES, start=1)}


class NotCron(ValueError):
    """The text is not what the cron language allows; whoever parsed it has AWS's words for that."""


@dataclass(frozen=True, slots=True)
class DaysOfMonth:
    days: frozenset[int]


@dataclass(frozen=True, slots=True)
class LastDay:
    """`L`, or `L-3`: the last day of the month, or so many before it."""

    before: int = 0


@dataclass(frozen=True, slots=True)
class NearestWeekday:
    """`15W`, or `LW` (day None): the Monday to Friday nearest to the day, in the same month."""

    day: int | None


@dataclass(frozen=True, slots=True)
class Weekdays:
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class LastWeekday:
    """`6L`: the last Friday of the month."""

    weekday: int


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """`3#2`: the second Tuesday of the month."""

    weekday: int
    nth: int


Days = DaysOfMonth | LastDay | NearestWeekday | Weekdays | LastWeekday | NthWeekday
LocalMinute = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Cron:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[Days, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]
    zone: tzinfo


def parse_cron(fields: str, zone: tzinfo) -> Cron:
    """The cron of what stands between the brackets; raises NotCron."""
    parts = re.split(r"\s+", fields)
    if len(parts) != 6:
        raise NotCron("six fields are needed")
    minutes, hours, day_of_month, month, day_of_week, year = (part.upper() for part in parts)
    cron = Cron(
        minutes=_numbers(minutes, 0, 59),
        hours=_numbers(hours, 0, 23),
        days=_days(day_of_month, day_of_week),
        months=_numbers(month, 1, 12, _MONTHS),
        years=_numbers(year, FIRST_YEAR, LAST_YEAR),
        zone=zone,
    )
    if next(local_minutes(cron, (FIRST_YEAR, 1, 1, 0, 0)), None) is None:
        raise NotCron("no day of any year matches")
    return cron


def local_minutes(cron: Cron, not_before: LocalMinute) -> Iterator[LocalMinute]:
    """The wall-clock minutes that match, in order; it ends with the last year."""
    for year in cron.years:
        if year < not_before[0]:
            continue
        for month in cron.months:
            if (year, month) < not_before[:2]:
                continue
            for day in days_in(cron.days, year, month):
                if (year, month, day) < not_before[:3]:
                    continue
                for hour in cron.hours:
                    if (year, month, day, hour) < not_before[:4]:
                        continue
                    for minute in cron.minutes:
                        if (year, month, day, hour, minute) >= not_before:
                            yield year, month, day, hour, minute


def days_in(days: tuple[Days, ...], year: int, month: int) -> list[int]:
    """The matching days of one month, in order."""
    first_weekday, length = monthrange(year, month)
    # monthrange says 0 for Monday; AWS says 1 for Sunday.
    first = (first_weekday + 1) % 7 + 1
    found: set[int] = set()
    for each in days:
        found |= _days_of(each, first, length)
    return sorted(found)


def _days_of(days: Days, first: int, length: int) -> set[int]:
    match days:
        case DaysOfMonth(days=numbers):
            return {day for day in numbers if day <= length}
        case LastDay(before=before):
            return {length - before} if before < length else set()
        case NearestWeekday(day=day):
            return _nearest_weekday(length if day is None else day, first, length)
        case Weekdays(weekdays=weekdays):
            return {day for day in range(1, length + 1) if _weekday(day, first) in weekdays}
        case LastWeekday(weekday=weekday):
            return {day for day in range(length - 6, length + 1) if _weekday(day, first) == weekday}
        case NthWeekday(weekday=weekday, nth=nth):
            day = 1 + (weekday - first) % 7 + 7 * (nth - 1)
            return {day} if day <= length else set()


def _weekday(day: int, first: int) -> int:
    return (first - 1 + day - 1) % 7 + 1


def _nearest_weekday(day: int, first: int, length: int) -> set[int]:
    if day > length:
        return set()
    weekday = _weekday(day, first)
    if weekday == _WEEKDAYS["SAT"]:
        return {day - 1 if day > 1 else day + 2}
    if weekday == _WEEKDAYS["SUN"]:
        return {day + 1 if day < length else day - 2}
    return {day}


def _days(day_of_month: str, day_of_week: str) -> tuple[Days, ...]:
    # AWS: "If you use * or a value in one, you must use ? in the other."
    if (day_of_month == "?") == (day_of_week == "?"):
        raise NotCron("one of the day fields must be ?")
    if day_of_week == "?":
        return _days_of_month(day_of_month)
    return _days_of_week(day_of_week)


def _days_of_month(field: str) -> tuple[Days, ...]:
    if field == "LW":
        return (NearestWeekday(None),)
    if found := re.fullmatch(r"(\d+)W", field):
        return (NearestWeekday(_number(found[1], 1, 31)),)
    if found := re.fullmatch(r"L(?:-(\d+))?", field):
        return (LastDay(_number(found[1] or "0", 0, 30)),)
    parts = field.split(",")
    plain = [part for part in parts if part != "L"]
    numbers = frozenset(_numbers(",".join(plain), 1, 31)) if plain else frozenset()
    last = (LastDay(),) if len(plain) < len(parts) else ()
    return (DaysOfMonth(numbers), *last)


def _days_of_week(field: str) -> tuple[Days, ...]:
    # AWS: "If you use a # character, you can define only one expression in the field."
    if found := re.fullmatch(r"(\w+)#(\d)", field):
        return (NthWeekday(_number(found[1], 1, 7, _WEEKDAYS), _number(found[2], 1, 5)),)
    # AWS: L alone is the last day of the week.
    if field == "L":
        return (Weekdays(frozenset({_WEEKDAYS["SAT"]})),)
    if found := re.fullmatch(r"(\w+)L", field):
        return (LastWeekday(_number(found[1], 1, 7, _WEEKDAYS)),)
    return (Weekdays(frozenset(_numbers(field, 1, 7, _WEEKDAYS))),)


def _numbers(
    field: str, low: int, high: int, names: dict[str, int] | None = None
) -> tuple[int, ...]:
    found: set[int] = set()
    for part in field.split(","):
        found |= _span(part, low, high, names or {})
    return tuple(sorted(found))


def _span(part: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    span, slash, step_text = part.partition("/")
    step = _number(step_text, 1, high) if slash else 1
    begin_text, dash, end_text = span.partition("-")
    if span == "*":
        return set(range(low, high + 1, step))
    begin = _number(begin_text, low, high, names)
    if not dash:
        return set(range(begin, high + 1, step)) if slash else {begin}
    end = _number(end_text, low, high, names)
    if begin <= end:
        return set(range(begin, end + 1, step))
    if low == FIRST_YEAR:
        raise NotCron("years do not come round again")
    # AWS: 20-2 goes from ten in the evening over midnight, as in the guide's own example.
    size = high - low + 1
    return {low + (number - low) % size for number in range(begin, end + size + 1, step)}


def _number(text: str, low: int, high: int, names: dict[str, int] | None = None) -> int:
    if names and text in names:
        return names[text]
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise NotCron(f"{text} is not a number")
    number = int(text)
    if not low <= number <= high:
        raise NotCron(f"{number} is not between {low} and {high}")
    return number
