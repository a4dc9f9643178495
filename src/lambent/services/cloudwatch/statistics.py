"""
The statistics of CloudWatch: the five plain ones, percentiles, trimmed means and their kin; pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lambent.services.cloudwatch.records import Distribution

PLAIN = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")

_NUMBER = r"\d+(?:\.\d{1,10})?"
_SHORT = re.compile(rf"(p|tm|wm|tc|ts)({_NUMBER})", re.IGNORECASE)
_LONG = re.compile(rf"(TM|WM|TC|TS|PR)\((?:({_NUMBER})(%?))?:(?:({_NUMBER})(%?))?\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statistic:
    """`low` and `high` bound what counts: percents of the samples, or values. None is no bound."""

    kind: str
    low: float | None = None
    high: float | None = None
    by_percent: bool = True


def parse(text: str) -> Statistic | None:
    """None where the text is no statistic."""
    if text in PLAIN:
        return Statistic(text)
    if text.upper() == "IQM":
        return Statistic("TM", 25.0, 75.0)
    if short := _SHORT.fullmatch(text):
        high = float(short[2])
        return Statistic(short[1].upper(), None, high) if high <= 100 else None
    if long := _LONG.fullmatch(text):
        return _bounded(*long.groups())
    return None


def _bounded(
    kind: str, low: str | None, low_unit: str, high: str | None, high_unit: str
) -> Statistic | None:
    units = {unit for bound, unit in ((low, low_unit), (high, high_unit)) if bound is not None}
    # AWS: both bounds are percents, or both are values; a rank has values only.
    if len(units) != 1 or (kind.upper() == "PR" and "%" in units):
        return None
    first = None if low is None else float(low)
    last = None if high is None else float(high)
    by_percent = "%" in units
    if by_percent and max(first or 0.0, last or 0.0) > 100:
        return None
    if first is not None and last is not None and first >= last:
        return None
    return Statistic(kind.upper(), first, last, by_percent)


def value_of(statistic: Statistic, distribution: Distribution) -> float | None:
    """None where it cannot be told."""
    match statistic.kind:
        case "SampleCount":
            return distribution.samples
        case "Sum":
            return distribution.total
        case "Minimum":
            return distribution.least
        case "Maximum":
            return distribution.most
        case "Average":
            return distribution.total / distribution.samples if distribution.samples else None
    # AWS: only where single values were put, and none of them is negative.
    if distribution.spread is None or distribution.least < 0:
        return None
    if statistic.kind == "P":
        assert statistic.high is not None
        return _percentile(distribution, statistic.high)
    return _of_range(statistic, distribution)


def _percentile(distribution: Distribution, percent: float) -> float | None:
    """The least value that so many percent of the samples do not exceed."""
    assert distribution.spread is not None
    if percent >= 100:
        return distribution.most
    wanted = sum(distribution.spread.values()) * percent / 100
    seen = 0.0
    for value, count in sorted(distribution.spread.items()):
        seen += count
        # What is added up may miss the bound by a rounding.
        if seen >= wanted * (1 - 1e-12) and seen > 0:
            return min(max(value, distribution.least), distribution.most)
    return None


def _of_range(statistic: Statistic, distribution: Distribution) -> float | None:
    assert distribution.spread is not None
    samples = sum(distribution.spread.values())
    inside = list(_inside(statistic, distribution, samples))
    count = sum(weight for _, weight in inside)
    match statistic.kind:
        case "TC":
            return count
        case "TS":
            return sum(value * weight for value, weight in inside)
        case "PR":
            return 100 * count / samples if samples else None
        case "TM":
            return sum(value * weight for value, weight in inside) / count if count else None
    return _winsorized_mean(statistic, distribution, samples)


def _inside(
    statistic: Statistic, distribution: Distribution, samples: float
) -> Iterator[tuple[float, float]]:
    """What counts: value and how often."""
    assert distribution.spread is not None
    low, high = _bounds(statistic, samples)
    seen = 0.0
    for value, count in sorted(distribution.spread.items()):
        if statistic.by_percent:
            weight = min(seen + count, high) - max(seen, low)
            seen += count
            if weight > 0:
                yield value, weight
        elif low < value <= high or (statistic.low is None and value <= high):
            yield value, count


def _bounds(statistic: Statistic, samples: float) -> tuple[float, float]:
    if not statistic.by_percent:
        return (
            0.0 if statistic.low is None else statistic.low,
            float("inf") if statistic.high is None else statistic.high,
        )
    low = 0.0 if statistic.low is None else statistic.low
    high = 100.0 if statistic.high is None else statistic.high
    return samples * low / 100, samples * high / 100


def _winsorized_mean(
    statistic: Statistic, distribution: Distribution, samples: float
) -> float | None:
    """AWS: what is outside counts as the boundary that it lies beyond."""
    assert distribution.spread is not None
    if not samples:
        return None
    if statistic.by_percent:
        low = _percentile(distribution, statistic.low) if statistic.low else distribution.least
        high = 100.0 if statistic.high is None else statistic.high
        most = _percentile(distribution, high)
    else:
        low, most = _bounds(statistic, samples)
    if low is None or most is None:
        return None
    spread = distribution.spread.items()
    return sum(min(max(value, low), most) * count for value, count in spread) / samples
