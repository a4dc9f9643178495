"""CloudWatch as boto3 sees it: what is put is read again, errors and compressed requests too."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.processes import ServerProcess


@pytest.fixture
def cloudwatch(server: ServerProcess) -> Any:
    return server.client("cloudwatch", account="555555555556")


def test_metrics_are_put_listed_and_read(cloudwatch: Any) -> None:
    at = datetime.fromtimestamp(int(time.time() // 60 * 60), UTC)
    dimensions = [{"Name": "Region", "Value": "EU"}]
    datum = {"MetricName": "Orders", "Dimensions": dimensions, "Timestamp": at}
    cloudwatch.put_metric_data(
        Namespace="boto3/Shop",
        MetricData=[
            {**datum, "Value": 2.5, "Unit": "Count"},
            {**datum, "Values": [1.0, 4.0], "Counts": [2.0, 1.0], "Unit": "Count"},
        ],
    )

    listed = cloudwatch.list_metrics(Namespace="boto3/Shop")["Metrics"]
    metric = {"Namespace": "boto3/Shop", "MetricName": "Orders", "Dimensions": dimensions}
    assert listed == [metric]
    asked = {"StartTime": at, "EndTime": datetime.fromtimestamp(at.timestamp() + 60, UTC)}
    (point,) = cloudwatch.get_metric_statistics(
        **metric, **asked, Period=60, Statistics=["Sum", "SampleCount"]
    )["Datapoints"]
    assert point == {"Timestamp": at, "Unit": "Count", "Sum": 8.5, "SampleCount": 4.0}
    (point,) = cloudwatch.get_metric_statistics(
        **metric, **asked, Period=60, ExtendedStatistics=["p50", "p100"]
    )["Datapoints"]
    assert point["ExtendedStatistics"] == {"p50": 1.0, "p100": 4.0}
    stat = {"Metric": metric, "Period": 60, "Stat": "Maximum"}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[{"Id": "most", "MetricStat": stat}], **asked
    )
    (result,) = pages.build_full_result()["MetricDataResults"]
    assert (result["Timestamps"], result["Values"]) == ([at], [4.0])


def test_many_metrics_come_compressed(cloudwatch: Any) -> None:
    """botocore compresses a request of this operation from 10 KB on."""
    dimensions = [{"Name": "Place", "Value": "x" * 500}]
    data = [{"MetricName": f"m{n}", "Dimensions": dimensions, "Value": n} for n in range(200)]
    cloudwatch.put_metric_data(Namespace="boto3/Many", MetricData=data)

    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="boto3/Many")
    assert len(pages.build_full_result()["Metrics"]) == 200


def test_errors_are_the_models_own(cloudwatch: Any) -> None:
    datum = {"MetricName": "m", "Value": 1.0, "Values": [1.0]}
    with pytest.raises(cloudwatch.exceptions.InvalidParameterCombinationException) as refused:
        cloudwatch.put_metric_data(Namespace="boto3", MetricData=[datum])
    assert refused.value.response["Error"]["Code"] == "InvalidParameterCombination"
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException):
        cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[{"MetricName": "m"}])
    with pytest.raises(cloudwatch.exceptions.MissingRequiredParameterException):
        cloudwatch.put_metric_data(Namespace="boto3", MetricData=[{"MetricName": "m"}])
