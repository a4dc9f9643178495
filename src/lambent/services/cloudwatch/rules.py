"""What may be put, and what periods may be asked for; pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lambent.services.cloudwatch import distributions
from lambent.services.cloudwatch.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from lambent.services.cloudwatch.records import (
    Dimensions,
    Distribution,
    Metric,
    Point,
    Sample,
)

_HOUR, _DAY = 3_600.0, 86_400.0
# AWS: points of so many seconds are kept for so long, and then as points of so many; None: gone.
RETENTION: tuple[tuple[int, float, int | None], ...] = (
    (1, 3 * _HOUR, 60),
    (60, 15 * _DAY, 300),
    (300, 63 * _DAY, 3_600),
    (3_600, 455 * _DAY, None),
)
# Nobody misses what is kept for an hour too long.
LOOK_AT_AGE_SECONDS = _HOUR
# AWS: a metric without new points disappears from the list.
LISTED_SECONDS = 14 * _DAY
RECENTLY_ACTIVE_SECONDS = 3 * _HOUR
MOST_STATISTICS = 1_440

_MOST_METRICS = 1_000
_MOST_VALUES = 150
_MOST = 2.0**360
_OLDEST, _NEWEST = 14 * _DAY, 2 * _HOUR
# The end of the year 9999, the last that a reply can say.
_LATEST_TIME = 253_402_300_800.0
_SHORT_PERIODS = (1, 5, 10, 20, 30)
_VALUE_MEMBERS = ("Value", "Values", "StatisticValues")


def put_samples(params: Mapping[str, Any], account: str, region: str, now: float) -> list[Sample]:
    """What PutMetricData asks to count."""
    check_namespace(params["Namespace"])
    named = list(_named_data(params))
    if not named:
        raise MissingParameter("The parameter MetricData is required.")
    if len(named) > _MOST_METRICS:
        raise InvalidParameterValue(
            f"The collection MetricData must not have a size greater than {_MOST_METRICS}."
        )
    return [
        _sample(where, datum, Metric(account, region, params["Namespace"], "", ()), now)
        for where, datum in named
    ]


def _named_data(params: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, datum in enumerate(params.get("MetricData") or (), 1):
        yield f"MetricData.member.{number}", datum
    for place, entity in enumerate(params.get("EntityMetricData") or (), 1):
        for number, datum in enumerate(entity.get("MetricData") or (), 1):
            yield f"EntityMetricData.member.{place}.MetricData.member.{number}", datum


def check_namespace(namespace: str) -> None:
    # AWS: these are its own services'.
    if namespace.startswith("AWS/") or not namespace.strip():
        raise InvalidParameterValue(f"The value {namespace} for parameter Namespace is invalid.")


def _sample(where: str, datum: Mapping[str, Any], place: Metric, now: float) -> Sample:
    resolution = datum.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise _invalid(resolution, f"{where}.StorageResolution")
    at = datum.get("Timestamp", now)
    _check_time(at, f"{where}.Timestamp")
    if at < now - _OLDEST:
        raise InvalidParameterValue(
            f"The parameter {where}.Timestamp must specify a time within the last two weeks."
        )
    if at > now + _NEWEST:
        raise InvalidParameterValue(
            f"The parameter {where}.Timestamp must specify a time no more than two hours in the"
            " future."
        )
    dimensions = checked_dimensions(datum.get("Dimensions") or (), f"{where}.Dimensions")
    metric = Metric(place.account, place.region, place.namespace, datum["MetricName"], dimensions)
    start = int(at // resolution * resolution)
    found = _distribution(where, datum)
    return Sample(metric, Point(start, resolution, datum.get("Unit", "None"), found))


def checked_dimensions(given: Sequence[Mapping[str, str]], where: str) -> Dimensions:
    """In the order of their names."""
    found: dict[str, str] = {}
    for number, dimension in enumerate(given, 1):
        for member in ("Name", "Value"):
            _check_text(dimension[member], f"{where}.member.{number}.{member}")
        if dimension["Name"].startswith(":"):
            raise _invalid(dimension["Name"], f"{where}.member.{number}.Name")
        if dimension["Name"] in found:
            raise InvalidParameterValue(
                f"No dimension name may be repeated: {dimension['Name']} in {where}."
            )
        found[dimension["Name"]] = dimension["Value"]
    return tuple(sorted(found.items()))


def _check_text(text: str, where: str) -> None:
    if not (text.isascii() and text.isprintable() and text.strip()):
        raise _invalid(text, where)


def _distribution(where: str, datum: Mapping[str, Any]) -> Distribution:
    given = [member for member in _VALUE_MEMBERS if datum.get(member) is not None]
    if not given:
        raise MissingParameter(
            f"At least one of the parameters {where}.Value, {where}.Values and"
            f" {where}.StatisticValues must be specified."
        )
    if len(given) > 1:
        raise InvalidParameterCombination(
            f"The parameters {where}.{given[0]} and {where}.{given[1]} are mutually exclusive and"
            " you have specified both."
        )
    match given[0]:
        case "Value":
            _check_value(datum["Value"], f"{where}.Value")
            return distributions.of_values({datum["Value"]: 1.0})
        case "Values":
            return _counted(where, datum["Values"], datum.get("Counts"))
    return _summed(f"{where}.StatisticValues", datum["StatisticValues"])


def _counted(where: str, values: Sequence[float], counts: Sequence[float] | None) -> Distribution:
    if not values:
        raise MissingParameter(f"The parameter {where}.Values is required.")
    if len(values) > _MOST_VALUES:
        raise InvalidParameterValue(
            f"The collection {where}.Values must not have a size greater than {_MOST_VALUES}."
        )
    if counts is None:
        counts = [1.0] * len(values)
    if len(counts) != len(values):
        raise InvalidParameterValue(
            f"The parameters {where}.Values and {where}.Counts must be of the same size."
        )
    found: dict[float, float] = {}
    for number, (value, count) in enumerate(zip(values, counts, strict=True), 1):
        _check_value(value, f"{where}.Values.member.{number}")
        _check_value(count, f"{where}.Counts.member.{number}")
        if count < 0:
            raise _invalid(count, f"{where}.Counts.member.{number}")
        found[value] = found.get(value, 0.0) + count
    return distributions.of_values(found)


def _summed(where: str, given: Mapping[str, float]) -> Distribution:
    for member in ("SampleCount", "Sum", "Minimum", "Maximum"):
        _check_value(given[member], f"{where}.{member}")
    samples, least, most = given["SampleCount"], given["Minimum"], given["Maximum"]
    if samples < 0:
        raise _invalid(samples, f"{where}.SampleCount")
    if least > most:
        raise InvalidParameterValue(
            f"The parameter {where}.Maximum must be greater than or equal to {where}.Minimum."
        )
    return distributions.of_statistics(samples, given["Sum"], least, most)


def _check_value(value: float, where: str) -> None:
    if not math.isfinite(value) or abs(value) > _MOST:
        raise _invalid(value, where)


def _invalid(value: object, where: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"The value {value} for parameter {where} is invalid.")


def check_period(period: int, where: str = "Period") -> None:
    if period not in _SHORT_PERIODS and (period < 1 or period % 60):
        raise InvalidParameterValue(
            f"The parameter {where} must be 1, 5, 10, 20, 30, or a multiple of 60."
        )


def check_times(start: float, end: float) -> None:
    _check_time(start, "StartTime")
    _check_time(end, "EndTime")
    if start >= end:
        raise InvalidParameterValue(
            "The parameter StartTime must be less than the parameter EndTime."
        )


def _check_time(time: float, where: str) -> None:
    # A workflow may give a text where a time should be.
    if not isinstance(time, int | float) or not 0 <= time < _LATEST_TIME:
        raise _invalid(time, where)


def first_start(start: float, period: int, now: float) -> int:
    """Where the first period begins. AWS: coarser, the longer ago it is."""
    age = now - start
    if age >= 63 * _DAY:
        unit = 3_600
    elif age >= 15 * _DAY:
        unit = 300
    else:
        unit = period if period < 60 else 60
    return int(start // unit * unit)
