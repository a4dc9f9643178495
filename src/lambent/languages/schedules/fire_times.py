"""The next time that a schedule fires; bounded work, whatever the expression."""

import math
import zlib
from datetime import UTC, datetime

from lambent.languages.schedules.cron import LAST_YEAR, Cron, local_minutes
from lambent.languages.schedules.expressions import At, Rate, Schedule

_END_OF_TIME = datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC).timestamp()


def next_fire_time(
    schedule: Schedule, after: float, start: float | None = None, end: float | None = None
) -> float | None:
    """
    The first time later than `after` at which the schedule fires; None when there is none left.

    A rate counts from `start`, and its first time is `start` itself. `start` and `end` are
    inclusive; an `at` ignores both, as on AWS.
    """
    found: float | None
    match schedule:
        case At(time=time):
            return time if time > after else None
        case Rate(seconds=seconds):
            found = _next_of_rate(seconds, after, start or 0.0)
        case Cron():
            earliest = after if start is None else max(after, math.nextafter(start, -math.inf))
            found = _next_of_cron(schedule, earliest)
    return found if found is None or end is None or found <= end else None


def flexible_delay(window_minutes: int, firing: str) -> float:
    """Whole seconds into the flexible window; the same for the same firing, spread over many."""
    return float(zlib.crc32(firing.encode()) % (window_minutes * 60))


def _next_of_rate(seconds: int, after: float, start: float) -> float:
    count = max(math.floor((after - start) / seconds), 0)
    while (time := start + count * seconds) <= after:
        count += 1
    return time


def _next_of_cron(cron: Cron, after: float) -> float | None:
    if after >= _END_OF_TIME:
        return None
    local = datetime.fromtimestamp(max(after, 0.0), cron.zone)
    not_before = (local.year, local.month, local.day, local.hour, local.minute)
    for year, month, day, hour, minute in local_minutes(cron, not_before):
        # AWS: of a time that an autumn night repeats, the first counts (fold 0) …
        moment = datetime(year, month, day, hour, minute, tzinfo=cron.zone)
        time = moment.timestamp()
        if time > after and _exists(moment, time):
            return time
    return None


def _exists(moment: datetime, time: float) -> bool:
    # … and one that a spring night skips does not fire.
    back = datetime.fromtimestamp(time, moment.tzinfo)
    return (back.hour, back.minute, back.day) == (moment.hour, moment.minute, moment.day)
