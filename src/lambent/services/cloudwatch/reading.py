"""From the points that are kept to a distribution a period; what both reading operations share."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from lambent.platform import Context
from lambent.services.cloudwatch import distributions, store
from lambent.services.cloudwatch.records import Distribution, Metric, Point
from lambent.storage.database import Tx


@dataclass(frozen=True, slots=True)
class Window:
    """Periods of `period` seconds from `start`, as many as begin before `end`."""

    start: int
    end: float
    period: int


async def write_counted(context: Context) -> None:
    """What the platform has counted so far is there for who reads now."""
    await context.platform.metrics.write()


def periods(
    tx: Tx, metric: Metric, window: Window, unit: str = ""
) -> Mapping[tuple[int, str], Distribution]:
    """By the start of the period and the unit, in order of time; periods without samples lack."""
    number = store.find_metric(tx, metric)
    if number is None:
        return {}
    # A period that has begun is read to its end only as far as `end`, as AWS does.
    points = store.list_points(tx, number, window.start, _whole(window.end), unit)
    found: defaultdict[tuple[int, str], list[Distribution]] = defaultdict(list)
    for point in points:
        start = _period_of(point, window)
        if start is not None:
            found[start, point.unit].append(point.distribution)
    return {key: distributions.merged(parts) for key, parts in found.items()}


def _period_of(point: Point, window: Window) -> int | None:
    """AWS: a period shorter than what is still kept has no points."""
    if point.period > window.period:
        return None
    return window.start + (point.start - window.start) // window.period * window.period


def _whole(end: float) -> int:
    return -int(-end // 1)
