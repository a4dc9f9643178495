"""Putting metrics and reading them, on both stores where rows matter."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from lambent.core.errors import AwsError, NotSupported
from lambent.platform import Context
from lambent.services.cloudwatch import changes, distributions, reading, store
from lambent.services.cloudwatch.reading import Window
from lambent.services.cloudwatch.records import Metric, Point, Sample
from lambent.storage.database import Database, Tx
from tests.conftest import World

SHOP = {"Namespace": "Shop", "MetricName": "Orders"}
EU = [{"Name": "Region", "Value": "EU"}]
DAY = 86_400.0


async def put(context: Context, *data: dict[str, Any], namespace: str = "Shop") -> None:
    given = [{"MetricName": "Orders", **datum} for datum in data]
    await context.call("cloudwatch", "PutMetricData", {"Namespace": namespace, "MetricData": given})


async def statistics(context: Context, *names: str, **params: Any) -> list[dict[str, Any]]:
    now = context.clock.now()
    asked = {**SHOP, "StartTime": now - 600, "EndTime": now + 60, "Period": 60, **params}
    plain = [name for name in names if name[0].isupper() and "(" not in name]
    asked["Statistics" if plain else "ExtendedStatistics"] = list(names)
    reply = await context.call("cloudwatch", "GetMetricStatistics", asked)
    assert reply["Label"] == asked["MetricName"]
    points: list[dict[str, Any]] = reply["Datapoints"]
    return points


def query(id: str = "one", stat: str = "Sum", period: int = 60, **further: Any) -> dict[str, Any]:
    metric = {**SHOP, "Dimensions": further.pop("Dimensions", [])}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}, **further}


async def data(context: Context, *queries: dict[str, Any], **params: Any) -> Any:
    now = context.clock.now()
    asked = {"StartTime": now - 600, "EndTime": now + 60, "MetricDataQueries": list(queries)}
    return await context.call("cloudwatch", "GetMetricData", {**asked, **params})


async def refusal(context: Context, operation: str, params: dict[str, Any]) -> AwsError:
    with pytest.raises(AwsError) as refused:
        await context.call("cloudwatch", operation, params)
    return refused.value


async def test_samples_of_a_minute_are_one_point(context: Context) -> None:
    await put(context, {"Value": 3.0, "Unit": "Count"}, {"Value": 5.0, "Unit": "Count"})
    await put(context, {"Value": 1.0, "Unit": "Count"})

    (point,) = await statistics(context, "Sum", "SampleCount", "Average", "Minimum", "Maximum")
    assert point == {
        "Timestamp": context.clock.now() // 60 * 60,
        "Unit": "Count",
        "Sum": 9.0,
        "SampleCount": 3.0,
        "Average": 3.0,
        "Minimum": 1.0,
        "Maximum": 5.0,
    }


async def test_values_and_counts_are_as_many_samples(context: Context) -> None:
    await put(context, {"Values": [1.0, 10.0], "Counts": [99.0, 1.0]})

    (point,) = await statistics(context, "p99", "p99.9", "tm99")
    assert point["ExtendedStatistics"] == {"p99": 1.0, "p99.9": 10.0, "tm99": 1.0}
    (point,) = await statistics(context, "SampleCount", "Sum")
    assert (point["SampleCount"], point["Sum"]) == (100.0, 109.0)


async def test_statistic_values_are_added_and_have_no_percentiles(context: Context) -> None:
    summed = {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 4.0}
    await put(context, {"StatisticValues": summed}, {"Value": 6.0})

    (point,) = await statistics(context, "Sum", "SampleCount", "Maximum")
    assert (point["Sum"], point["SampleCount"], point["Maximum"]) == (16.0, 5.0, 6.0)
    assert await statistics(context, "p50") == []


async def test_dimensions_and_units_tell_metrics_apart(context: Context) -> None:
    await put(
        context,
        {"Value": 1.0},
        {"Value": 2.0, "Dimensions": EU},
        {"Value": 4.0, "Dimensions": EU, "Unit": "Count"},
    )

    assert [one["Sum"] for one in await statistics(context, "Sum")] == [1.0]
    both = await statistics(context, "Sum", Dimensions=EU)
    assert {one["Unit"]: one["Sum"] for one in both} == {"None": 2.0, "Count": 4.0}
    (one,) = await statistics(context, "Sum", Dimensions=EU, Unit="Count")
    assert one["Sum"] == 4.0
    # AWS: where several units were put, one series has them all.
    reply = await data(context, query(Dimensions=EU))
    assert reply["MetricDataResults"][0]["Values"] == [6.0]


async def test_the_order_of_dimensions_does_not_matter(context: Context) -> None:
    pair = [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]
    await put(context, {"Value": 1.0, "Dimensions": pair})

    (one,) = await statistics(context, "Sum", Dimensions=pair[::-1])
    assert one["Sum"] == 1.0


async def test_periods_begin_where_the_request_does(context: Context) -> None:
    start = context.clock.now() // 60 * 60 - 3_600
    for minute in range(10):
        await put(context, {"Value": 1.0, "Timestamp": start + 60 * minute})

    points = await statistics(
        context, "Sum", StartTime=start + 130, EndTime=start + 600, Period=300
    )
    assert [(one["Timestamp"], one["Sum"]) for one in points] == [
        (start + 120, 5.0),
        (start + 420, 3.0),
    ]


async def test_seconds_are_kept_for_high_resolution(context: Context) -> None:
    start = context.clock.now() // 60 * 60 - 60
    for second in range(0, 60, 5):
        await put(context, {"Value": 1.0, "Timestamp": start + second, "StorageResolution": 1})

    ten = await statistics(context, "Sum", StartTime=start, EndTime=start + 60, Period=10)
    assert [one["Sum"] for one in ten] == [2.0] * 6
    (minute,) = await statistics(context, "Sum", StartTime=start, EndTime=start + 60)
    assert minute["Sum"] == 12.0


BAD_DATA: list[tuple[dict[str, Any], str, str]] = [
    ({}, "MissingParameter", "At least one of the parameters"),
    (
        {"Value": 1.0, "StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}},
        "InvalidParameterCombination",
        "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are"
        " mutually exclusive and you have specified both.",
    ),
    ({"Value": float("nan")}, "InvalidParameterValue", "The value nan for parameter"),
    ({"Value": float("inf")}, "InvalidParameterValue", "MetricData.member.1.Value is invalid"),
    ({"Value": 2.0**361}, "InvalidParameterValue", "MetricData.member.1.Value is invalid"),
    ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterValue", "of the same size"),
    ({"Values": [1.0] * 151}, "InvalidParameterValue", "a size greater than 150"),
    ({"Values": []}, "MissingParameter", "Values"),
    ({"Values": [1.0], "Counts": [-1.0]}, "InvalidParameterValue", "Counts.member.1"),
    (
        {"StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 2, "Maximum": 1}},
        "InvalidParameterValue",
        "Maximum",
    ),
    ({"Value": 1.0, "Timestamp": 1_750_000_000.0 - 14.1 * DAY}, "InvalidParameterValue", "weeks"),
    ({"Value": 1.0, "Timestamp": 1_750_000_000.0 + 7_300}, "InvalidParameterValue", "two hours"),
    ({"Value": 1.0, "StorageResolution": 5}, "InvalidParameterValue", "StorageResolution"),
    (
        {"Value": 1.0, "Dimensions": [{"Name": ":a", "Value": "x"}]},
        "InvalidParameterValue",
        "Dimensions.member.1.Name",
    ),
    (
        {"Value": 1.0, "Dimensions": [{"Name": "a", "Value": "é"}]},
        "InvalidParameterValue",
        "Dimensions.member.1.Value",
    ),
    ({"Value": 1.0, "Dimensions": [*EU, *EU]}, "InvalidParameterValue", "Region"),
]


@pytest.mark.parametrize(("datum", "code", "words"), BAD_DATA)
async def test_bad_data_is_refused(
    context: Context, datum: dict[str, Any], code: str, words: str
) -> None:
    datum = {"MetricName": "Orders", **datum}
    error = await refusal(
        context, "PutMetricData", {"Namespace": "Shop", "MetricData": [{**datum}]}
    )
    assert error.code == code
    assert words in error.message


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -1.0, 1e300, "yesterday"])
async def test_times_that_are_none_are_refused(context: Context, time: Any) -> None:
    datum = {"MetricName": "Orders", "Value": 1.0, "Timestamp": time}
    statistics = {**SHOP, "StartTime": time, "EndTime": time, "Period": 60, "Statistics": ["Sum"]}
    data = {"StartTime": time, "EndTime": time, "MetricDataQueries": [query()]}
    for operation, params in (
        ("PutMetricData", {"Namespace": "Shop", "MetricData": [datum]}),
        ("GetMetricStatistics", statistics),
        ("GetMetricData", data),
    ):
        error = await refusal(context, operation, params)
        assert error.code == "InvalidParameterValue"
        assert f"The value {time} for parameter" in error.message


async def test_the_namespaces_of_aws_are_not_for_users(context: Context) -> None:
    datum = {"MetricName": "Invocations", "Value": 1.0}
    for namespace in ("AWS/Lambda", " "):
        error = await refusal(
            context, "PutMetricData", {"Namespace": namespace, "MetricData": [datum]}
        )
        assert error.code == "InvalidParameterValue"
        assert error.message == f"The value {namespace} for parameter Namespace is invalid."


async def test_a_request_has_one_to_a_thousand_metrics(context: Context) -> None:
    datum = {"MetricName": "Orders", "Value": 1.0}
    params = {"Namespace": "Shop", "MetricData": [datum] * 1_001}
    assert "1000" in (await refusal(context, "PutMetricData", params)).message
    assert (await refusal(context, "PutMetricData", {"Namespace": "Shop"})).code == (
        "MissingParameter"
    )


async def test_metrics_of_entities_are_metrics(context: Context) -> None:
    given = {"Entity": {}, "MetricData": [{"MetricName": "Orders", "Value": 2.0}]}
    await context.call(
        "cloudwatch", "PutMetricData", {"Namespace": "Shop", "EntityMetricData": [given]}
    )

    (point,) = await statistics(context, "Sum")
    assert point["Sum"] == 2.0


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"Period": 45}, "InvalidParameterValue", "Period"),
        ({"Period": 90}, "InvalidParameterValue", "Period"),
        ({"EndTime": 1_000_000_000.0}, "InvalidParameterValue", "StartTime must be less than"),
        (
            {"StartTime": 1_750_000_000.0 - 14 * DAY, "EndTime": 1_750_000_000.0},
            "InvalidParameterCombination",
            "You have requested up to 20,161 datapoints, which exceeds the limit of 1,440. You may"
            " reduce the datapoints requested by increasing Period, or decreasing the time range.",
        ),
        ({"Statistics": []}, "InvalidParameterCombination", "Must specify either"),
        ({"ExtendedStatistics": ["p99"]}, "InvalidParameterCombination", "but not both"),
        (
            {"Statistics": [], "ExtendedStatistics": ["p101"]},
            "InvalidParameterValue",
            "p101",
        ),
    ],
)
async def test_statistics_that_cannot_be_asked_for(
    context: Context, change: dict[str, Any], code: str, words: str
) -> None:
    now = context.clock.now()
    asked = {**SHOP, "StartTime": now - 60, "EndTime": now, "Period": 60, "Statistics": ["Sum"]}
    asked |= change
    if not asked["Statistics"]:
        del asked["Statistics"]
    error = await refusal(context, "GetMetricStatistics", asked)
    assert error.code == code
    assert words in error.message


async def test_a_metric_that_never_was_has_no_points(context: Context) -> None:
    assert await statistics(context, "Sum") == []
    reply = await data(context, query())
    assert reply["MetricDataResults"] == [
        {
            "Id": "one",
            "Label": "Orders",
            "Timestamps": [],
            "Values": [],
            "StatusCode": "Complete",
        }
    ]


async def test_several_metrics_are_read_at_once(context: Context) -> None:
    now = context.clock.now() // 60 * 60
    await put(context, {"Value": 1.0, "Timestamp": now - 120}, {"Value": 2.0, "Timestamp": now})
    await put(context, {"Value": 4.0, "Timestamp": now, "Dimensions": EU})
    reply = await data(
        context,
        query("all", Label="every order"),
        query("eu", "Average", Dimensions=EU),
        query("hidden", ReturnData=False),
    )

    assert [(one["Id"], one["Label"], one["Values"]) for one in reply["MetricDataResults"]] == [
        ("all", "every order", [2.0, 1.0]),
        ("eu", "Orders", [4.0]),
    ]
    assert reply["MetricDataResults"][0]["Timestamps"] == [now, now - 120]
    ascending = await data(context, query(), ScanBy="TimestampAscending")
    assert ascending["MetricDataResults"][0]["Values"] == [1.0, 2.0]


async def test_pages_of_data_join_to_the_whole(context: Context) -> None:
    now = context.clock.now() // 60 * 60
    for minute in range(5):
        at = now - 60 * minute
        await put(context, {"Value": 1.0, "Timestamp": at})
        await put(context, {"Value": 2.0, "Timestamp": at, "Dimensions": EU})
    queries = [query("all"), query("eu", Dimensions=EU)]
    joined: dict[str, list[float]] = {"all": [], "eu": []}
    states: list[list[str]] = []
    token: dict[str, Any] = {}
    while True:
        reply = await data(context, *queries, MaxDatapoints=3, **token)
        for one in reply["MetricDataResults"]:
            joined[one["Id"]] += one["Values"]
        states.append([one["StatusCode"] for one in reply["MetricDataResults"]])
        if "NextToken" not in reply:
            break
        token = {"NextToken": reply["NextToken"]}

    assert joined == {"all": [1.0] * 5, "eu": [2.0] * 5}
    assert states[0] == ["PartialData", "PartialData"]
    assert states[-1] == ["Complete"]


async def test_metric_math_is_refused_in_words(context: Context) -> None:
    with pytest.raises(NotSupported, match="metric math"):
        await data(context, query(), {"Id": "double", "Expression": "one * 2"})


@pytest.mark.parametrize(
    ("queries", "words"),
    [
        ([query("One")], "Id is invalid"),
        ([query("one"), query("one")], "Id is invalid"),
        ([query(stat="Median")], "Stat is not supported"),
        ([query(period=7)], "Period"),
        ([query(ReturnData=False)], "ReturnData"),
        ([{"Id": "one"}], "must be specified"),
        ([query(Expression="1")], "mutually exclusive"),
    ],
)
async def test_data_that_cannot_be_asked_for(
    context: Context, queries: list[dict[str, Any]], words: str
) -> None:
    with pytest.raises(AwsError, match=words):
        await data(context, *queries)


async def test_tokens_that_nobody_gave_are_refused(context: Context) -> None:
    for token in ("nonsense", "WyJhIl0", "WzEsMl0"):
        with pytest.raises(AwsError, match="NextToken"):
            await data(context, query(), NextToken=token)
        with pytest.raises(AwsError, match="NextToken"):
            await context.call("cloudwatch", "ListMetrics", {"NextToken": token})


async def listed(context: Context, **params: Any) -> list[str]:
    reply = await context.call("cloudwatch", "ListMetrics", params)
    return [one["MetricName"] for one in reply["Metrics"]]


async def test_metrics_are_listed_by_what_they_are_called(context: Context) -> None:
    await put(context, {"Value": 1.0}, {"Value": 1.0, "Dimensions": EU, "MetricName": "Sales"})
    await put(context, {"Value": 1.0, "MetricName": "Visits"}, namespace="Site")

    assert await listed(context) == ["Orders", "Sales", "Visits"]
    assert await listed(context, Namespace="Shop") == ["Orders", "Sales"]
    assert await listed(context, MetricName="Visits") == ["Visits"]
    assert await listed(context, Dimensions=[{"Name": "Region"}]) == ["Sales"]
    assert await listed(context, Dimensions=EU) == ["Sales"]
    assert await listed(context, Dimensions=[{"Name": "Region", "Value": "US"}]) == []
    reply = await context.call("cloudwatch", "ListMetrics", {"MetricName": "Sales"})
    assert reply["Metrics"][0] == {"Namespace": "Shop", "MetricName": "Sales", "Dimensions": EU}
    linked = await context.call("cloudwatch", "ListMetrics", {"IncludeLinkedAccounts": True})
    assert linked["OwningAccounts"] == [context.account] * 3


async def test_accounts_and_regions_have_their_own(context: Context) -> None:
    await put(context, {"Value": 1.0})

    assert await listed(replace(context, region="eu-west-1")) == []
    assert await listed(replace(context, account="111111111111")) == []


async def test_a_list_of_many_metrics_has_pages(context: Context) -> None:
    for hundreds in range(11):
        many = [{"MetricName": f"m{hundreds}-{n}", "Value": 1.0} for n in range(100)]
        await put(context, *many)
    names: list[str] = []
    token: dict[str, Any] = {}
    pages = []
    while True:
        reply = await context.call("cloudwatch", "ListMetrics", token)
        names += [one["MetricName"] for one in reply["Metrics"]]
        pages.append(len(reply["Metrics"]))
        if "NextToken" not in reply:
            break
        token = {"NextToken": reply["NextToken"]}

    assert pages == [500, 500, 100]
    assert len(set(names)) == 1_100


async def test_metrics_without_news_leave_the_list(world: World) -> None:
    context = world.context
    await put(context, {"Value": 1.0})
    assert await listed(context, RecentlyActive="PT3H") == ["Orders"]
    await world.advance(3.5 * 3_600)
    assert await listed(context, RecentlyActive="PT3H") == []
    assert await listed(context) == ["Orders"]
    await world.advance(14 * DAY)
    assert await listed(context) == []


async def test_points_grow_coarser_and_are_forgotten(world: World) -> None:
    """
    AWS: seconds for three hours, minutes for 15 days, 5 minutes for 63 days, hours for 15 months.
    """
    context = world.context
    start = context.clock.now() // 3_600 * 3_600 - 3_600
    for second in range(0, 360, 30):
        await put(context, {"Value": 1.0, "Timestamp": start + second, "StorageResolution": 1})

    async def sums(period: int) -> list[float]:
        window = {"StartTime": start, "EndTime": start + 3_600, "Period": period}
        return [one["Sum"] for one in await statistics(context, "Sum", **window)]

    assert await sums(30) == [1.0] * 12
    await world.advance(6 * 3_600)
    assert await sums(30) == []
    assert await sums(60) == [2.0] * 6
    await world.advance(16 * DAY)
    assert await sums(60) == []
    assert await sums(300) == [10.0, 2.0]
    await world.advance(60 * DAY)
    assert await sums(300) == []
    assert await sums(3_600) == [12.0]
    await world.advance(400 * DAY)
    assert await sums(3_600) == []
    assert await world.platform.database.read(_rows) == 0


def _rows(tx: Tx) -> int:
    counts = [
        tx.one(f"SELECT COUNT(*) AS n FROM {table}")
        for table in ("cloudwatch_metric", "cloudwatch_point", "work_item")
    ]
    return sum(row["n"] for row in counts if row)


async def test_both_stores_keep_the_same(database: Database, context: Context) -> None:
    metric = Metric("000000000000", "us-east-1", "Shop", "Orders", (("a", "x" * 1_024),))

    def sample(value: float, start: int, period: int = 60) -> Sample:
        return Sample(metric, Point(start, period, "Count", distributions.of_values({value: 1.0})))

    now = context.clock.now()
    minute = int(now // 60 * 60)
    for _ in range(2):
        samples = [sample(1.0, minute), sample(3.0, minute), sample(2.0, minute + 7, 1)]
        await database.write(partial(changes.add, context=context, samples=samples))

    def read(tx: Tx) -> Any:
        window = Window(minute, minute + 60, 60)
        return reading.periods(tx, metric, window, "Count")

    found = await database.read(read)
    assert list(found) == [(minute, "Count")]
    total = found[minute, "Count"]
    assert (total.samples, total.total, total.spread) == (6.0, 12.0, {1.0: 2, 3.0: 2, 2.0: 2})
    assert await database.write(partial(changes.age, now=now + 4 * 3_600, limit=10)) is False
    assert await database.read(read) == found
    listed = await database.read(
        partial(
            store.list_metrics,
            account="000000000000",
            region="us-east-1",
            namespace="",
            name="",
            seen_after=0.0,
            after=0,
            limit=10,
        )
    )
    assert [one for _, one in listed] == [metric]
    assert await database.write(partial(changes.age, now=now + 600 * DAY, limit=1)) is True
