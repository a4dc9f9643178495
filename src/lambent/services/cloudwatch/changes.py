"""What CloudWatch does in a transaction: adding samples to their points, and letting points age."""

from collections import defaultdict
from collections.abc import Iterable

from lambent.platform import Context
from lambent.services.cloudwatch import distributions, rules, store
from lambent.services.cloudwatch.records import Distribution, Point, Sample
from lambent.storage.database import Tx

AGING = "cloudwatch/age"


def add(tx: Tx, context: Context, samples: Iterable[Sample]) -> None:
    """Count samples in: those of the same metric, time and unit become one point."""
    now = context.clock.now()
    grouped: defaultdict[tuple[object, int, int, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        point = sample.point
        grouped[sample.metric, point.start, point.period, point.unit].append(sample)
    for same in grouped.values():
        number = store.put_metric(tx, same[0].metric, now)
        _merge(tx, number, same[0].point, [one.point.distribution for one in same])
    context.enqueue(tx, AGING, "cloudwatch.age", {}, now + rules.LOOK_AT_AGE_SECONDS)


def age(tx: Tx, now: float, limit: int) -> bool:
    """Make some points that are old enough coarser, or forget them; True where there are more."""
    more = False
    for period, keep, coarser in rules.RETENTION:
        before = int(now - keep)
        old = store.take_old(tx, period, before, limit)
        more = more or len(old) == limit
        if coarser is None:
            continue
        grouped: defaultdict[tuple[int, int, str], list[Distribution]] = defaultdict(list)
        for metric, point in old:
            start = point.start // coarser * coarser
            grouped[metric, start, point.unit].append(point.distribution)
        for (metric, start, unit), parts in grouped.items():
            _merge(tx, metric, Point(start, coarser, unit, parts[0]), parts)
    if not more:
        store.remove_metrics_without_points(tx, now - rules.LISTED_SECONDS)
    return more


def next_age(tx: Tx, now: float) -> float | None:
    """When there is something to do again; None where there is nothing at all."""
    due = [
        start + keep
        for period, keep, _ in rules.RETENTION
        if (start := store.oldest_start(tx, period)) is not None
    ]
    return max(min(due), now) + rules.LOOK_AT_AGE_SECONDS if due else None


def _merge(tx: Tx, metric: int, place: Point, parts: list[Distribution]) -> None:
    known = store.find_distribution(tx, metric, place.start, place.period, place.unit)
    if known is not None:
        parts = [known, *parts]
    found = distributions.merged(parts)
    store.put_point(tx, metric, Point(place.start, place.period, place.unit, found))
