"""GetMetricStatistics."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.cloudwatch import reading, rules, statistics
from lambent.services.cloudwatch.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
)
from lambent.services.cloudwatch.reading import Window
from lambent.services.cloudwatch.records import Distribution, Metric
from lambent.services.cloudwatch.statistics import Statistic


async def get_metric_statistics(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    plain, extended = _asked(params)
    window = _window(params, context.clock.now())
    metric = Metric(
        context.account,
        context.region,
        params["Namespace"],
        params["MetricName"],
        rules.checked_dimensions(params.get("Dimensions") or (), "Dimensions"),
    )
    await reading.write_counted(context)
    found = await context.db.read(
        partial(reading.periods, metric=metric, window=window, unit=params.get("Unit", ""))
    )
    points = [
        {"Timestamp": float(start), "Unit": unit, **values}
        for (start, unit), distribution in found.items()
        if (values := _point(distribution, plain, extended))
    ]
    return {"Label": metric.name, "Datapoints": points}


def _asked(params: Params) -> tuple[Mapping[str, Statistic], Mapping[str, Statistic]]:
    plain = {name: Statistic(name) for name in params.get("Statistics") or ()}
    names = params.get("ExtendedStatistics") or ()
    if bool(plain) == bool(names):
        raise InvalidParameterCombination(
            "Must specify either Statistics or ExtendedStatistics, but not both."
        )
    extended = {}
    for name in names:
        statistic = statistics.parse(name)
        if statistic is None or name in statistics.PLAIN:
            raise InvalidParameterValue(
                f"The value {name} for parameter ExtendedStatistics is not supported."
            )
        extended[name] = statistic
    return plain, extended


def _window(params: Params, now: float) -> Window:
    start, end, period = params["StartTime"], params["EndTime"], params["Period"]
    rules.check_period(period)
    rules.check_times(start, end)
    first = rules.first_start(start, period, now)
    count = math.ceil((end - first) / period)
    if count > rules.MOST_STATISTICS:
        raise InvalidParameterCombination(
            f"You have requested up to {count:,} datapoints, which exceeds the limit of"
            f" {rules.MOST_STATISTICS:,}. You may reduce the datapoints requested by increasing"
            " Period, or decreasing the time range."
        )
    return Window(first, end, period)


def _point(
    distribution: Distribution,
    plain: Mapping[str, Statistic],
    extended: Mapping[str, Statistic],
) -> dict[str, Any]:
    """Empty where nothing of it can be told."""
    point = _values(distribution, plain)
    further = _values(distribution, extended)
    if further:
        point["ExtendedStatistics"] = further
    return point


def _values(distribution: Distribution, asked: Mapping[str, Statistic]) -> dict[str, Any]:
    values = ((name, statistics.value_of(one, distribution)) for name, one in asked.items())
    return {name: value for name, value in values if value is not None}
