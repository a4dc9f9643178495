"""GetMetricData: several metrics at once, in pages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambent.core.errors import NotSupported, ValidationFailed
from lambent.core.pages import key_or, token_after
from lambent.platform import Context, Params, Reply
from lambent.services.cloudwatch import distributions, reading, rules, statistics
from lambent.services.cloudwatch.errors import InvalidNextToken, InvalidParameterValue
from lambent.services.cloudwatch.reading import Window
from lambent.services.cloudwatch.records import Distribution, Metric
from lambent.services.cloudwatch.statistics import Statistic
from lambent.storage.database import Tx

_MOST_POINTS = 100_800
_MOST_QUERIES = 500
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_TIMEZONE = re.compile(r"[+-]\d{4}")


@dataclass(frozen=True, slots=True)
class _Query:
    id: str
    label: str
    metric: Metric
    statistic: Statistic
    window: Window
    unit: str


@dataclass(frozen=True, slots=True)
class _Series:
    query: _Query
    points: Sequence[tuple[float, float]]


async def get_metric_data(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    queries = _queries(context, params)
    begin = _begin(params)
    most = params.get("MaxDatapoints", _MOST_POINTS)
    if not 0 < most <= _MOST_POINTS:
        raise InvalidParameterValue(
            f"The parameter MaxDatapoints must be between 1 and {_MOST_POINTS}."
        )
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    await reading.write_counted(context)

    def read(tx: Tx) -> list[_Series]:
        return [_Series(query, _points(tx, query, newest_first)) for query in queries]

    series = await context.db.read(read)
    results, end = _page(series, begin, most)
    reply: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
    if end < sum(len(one.points) for one in series):
        reply["NextToken"] = token_after(end)
    return reply


def _queries(context: Context, params: Params) -> list[_Query]:
    rules.check_times(params["StartTime"], params["EndTime"])
    options = params.get("LabelOptions") or {}
    timezone = options.get("Timezone")
    if timezone is not None and not _TIMEZONE.fullmatch(timezone):
        raise InvalidParameterValue(
            f"The value {timezone} for parameter LabelOptions.Timezone is invalid."
        )
    asked = params["MetricDataQueries"]
    if len(asked) > _MOST_QUERIES:
        raise InvalidParameterValue(
            f"The collection MetricDataQueries must not have a size greater than {_MOST_QUERIES}."
        )
    queries: list[_Query] = []
    seen: set[str] = set()
    for number, one in enumerate(asked, 1):
        where = f"MetricDataQueries.member.{number}"
        if one["Id"] in seen or not _ID.fullmatch(one["Id"]):
            raise InvalidParameterValue(
                f"The value {one['Id']} for parameter {where}.Id is invalid."
            )
        seen.add(one["Id"])
        query = _query(context, params, one, where)
        if one.get("ReturnData", True):
            queries.append(query)
    if not queries:
        raise InvalidParameterValue(
            "At least one element in MetricDataQueries must have ReturnData set to true."
        )
    return queries


def _query(context: Context, params: Params, one: Mapping[str, Any], where: str) -> _Query:
    if one.get("AccountId", context.account) != context.account:
        raise NotSupported("Lambent does not read metrics of other accounts.")
    if "Expression" in one:
        if "MetricStat" in one:
            raise InvalidParameterValue(
                f"The parameters {where}.Expression and {where}.MetricStat are mutually exclusive"
                " and you have specified both."
            )
        raise NotSupported(
            "Lambent does not support metric math, SQL or search expressions in GetMetricData yet;"
            " ask for the metrics themselves with MetricStat."
        )
    if "MetricStat" not in one:
        raise InvalidParameterValue(
            f"The parameter {where}.MetricStat or {where}.Expression must be specified."
        )
    asked = one["MetricStat"]
    metric = _metric(context, asked["Metric"], f"{where}.MetricStat.Metric")
    period = asked["Period"]
    rules.check_period(period, f"{where}.MetricStat.Period")
    statistic = statistics.parse(asked["Stat"])
    if statistic is None:
        raise InvalidParameterValue(
            f"The value {asked['Stat']} for parameter {where}.MetricStat.Stat is not supported."
        )
    first = rules.first_start(params["StartTime"], period, context.clock.now())
    window = Window(first, params["EndTime"], period)
    label = one.get("Label") or metric.name
    return _Query(one["Id"], label, metric, statistic, window, asked.get("Unit", ""))


def _metric(context: Context, asked: Mapping[str, Any], where: str) -> Metric:
    for member in ("Namespace", "MetricName"):
        if not asked.get(member):
            raise InvalidParameterValue(f"The parameter {where}.{member} is required.")
    return Metric(
        context.account,
        context.region,
        asked["Namespace"],
        asked["MetricName"],
        rules.checked_dimensions(asked.get("Dimensions") or (), f"{where}.Dimensions"),
    )


def _points(tx: Tx, query: _Query, newest_first: bool) -> list[tuple[float, float]]:
    by_start: dict[int, list[Distribution]] = {}
    for (start, _), one in reading.periods(tx, query.metric, query.window, query.unit).items():
        # AWS: without a unit, whatever the units are.
        by_start.setdefault(start, []).append(one)
    found = (
        (float(start), statistics.value_of(query.statistic, distributions.merged(parts)))
        for start, parts in by_start.items()
    )
    points = [(start, value) for start, value in found if value is not None]
    return sorted(points, reverse=newest_first)


def _page(series: Sequence[_Series], begin: int, most: int) -> tuple[list[dict[str, Any]], int]:
    """The results from the point `begin` of all of them on, and where the next page begins."""
    results: list[dict[str, Any]] = []
    seen, end = 0, begin
    for one in series:
        first = min(max(begin - seen, 0), len(one.points))
        page = one.points[first : first + most - (end - begin)]
        seen += len(one.points)
        end += len(page)
        # What earlier pages have shown to its end is not shown again.
        if page or begin == 0:
            results.append(_result(one.query, page, complete=end >= seen))
    return results, end


def _result(
    query: _Query, points: Sequence[tuple[float, float]], *, complete: bool
) -> dict[str, Any]:
    return {
        "Id": query.id,
        "Label": query.label,
        "Timestamps": [at for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete" if complete else "PartialData",
    }


def _begin(params: Params) -> int:
    try:
        (begin,) = key_or(params.get("NextToken"), [0])
    except ValidationFailed:
        raise InvalidNextToken("The value for parameter NextToken is invalid.") from None
    return max(0, begin)
