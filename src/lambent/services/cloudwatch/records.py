"""What CloudWatch remembers. Times are whole seconds since 1970."""

from collections.abc import Mapping
from dataclasses import dataclass

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """`dimensions` in the order of their names."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class Distribution:
    """Samples, summed up. `spread` is value → how often, None where only their sum is known."""

    samples: float
    total: float
    least: float
    most: float
    spread: Mapping[float, float] | None


@dataclass(frozen=True, slots=True)
class Point:
    """The samples of the `period` seconds from `start`."""

    start: int
    period: int
    unit: str
    distribution: Distribution


@dataclass(frozen=True, slots=True)
class Sample:
    """Something put: a point of a metric."""

    metric: Metric
    point: Point
