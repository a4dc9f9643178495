"""
Samples summed up so that percentiles can still be told; pure.

Up to a hundred different values are kept as they are. Beyond that, values that differ by less than
some percent count as one, so that a minute of a busy metric stays small.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import exp, log

from lambent.services.cloudwatch.records import Distribution

_MOST_VALUES = 100
# Beyond that the steps grow: from the least value to the largest there are 25,000 of the first.
_MOST_STEPS = 400
_FIRST_STEP = 1.02
# More than the steps from 1 to the least value.
_SHIFT = 100_000


def of_values(values: Mapping[float, float]) -> Distribution:
    """Of value → how often, at least one."""
    total = sum(value * count for value, count in values.items())
    return Distribution(
        float(sum(values.values())), total, min(values), max(values), _compact(values)
    )


def of_samples(samples: Sequence[float]) -> Distribution:
    """Of one or more samples, each of which counts once."""
    return Distribution(
        float(len(samples)),
        float(sum(samples)),
        min(samples),
        max(samples),
        _compact(Counter(samples)),
    )


def of_statistics(samples: float, total: float, least: float, most: float) -> Distribution:
    """Of a sum. AWS: its percentiles are known where it is of one value only."""
    spread = None
    if least == most and abs(total - least * samples) <= 1e-9 * abs(total):
        spread = {least: samples}
    return Distribution(samples, total, least, most, spread)


def merged(several: Iterable[Distribution]) -> Distribution:
    """All samples in one; there must be at least one distribution."""
    parts = list(several)
    if len(parts) == 1:
        return parts[0]
    return Distribution(
        sum(part.samples for part in parts),
        sum(part.total for part in parts),
        min(part.least for part in parts),
        max(part.most for part in parts),
        _merged_spread([part.spread for part in parts]),
    )


def _merged_spread(
    several: Iterable[Mapping[float, float] | None],
) -> Mapping[float, float] | None:
    found: dict[float, float] = {}
    for spread in several:
        if spread is None:
            return None
        for value, count in spread.items():
            found[value] = found.get(value, 0) + count
    return _compact(found)


def _compact(values: Mapping[float, float]) -> Mapping[float, float]:
    if len(values) <= _MOST_VALUES:
        return values
    step = log(_FIRST_STEP)
    while True:
        steps: dict[int, float] = {}
        get = steps.get
        for value, count in values.items():
            # The signs and zero are told apart, the numbers of the steps shifted out of their way.
            if value > 0:
                number = int(log(value) / step + 0.5) + _SHIFT
            else:
                number = 0 if value == 0 else -int(log(-value) / step + 0.5) - _SHIFT
            steps[number] = get(number, 0) + count
        if len(steps) <= _MOST_STEPS:
            return {_value(number, step): count for number, count in steps.items()}
        step *= 2


def _value(number: int, step: float) -> float:
    """In six digits, which is enough."""
    if number == 0:
        return 0.0
    near = exp((abs(number) - _SHIFT) * step)
    return float(f"{near if number > 0 else -near:.6g}")
