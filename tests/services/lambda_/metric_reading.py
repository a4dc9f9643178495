"""Reads what the platform has counted, through CloudWatch."""

from typing import Any

from lambent.platform import Context

DAY = 86_400


async def statistics(
    context: Context, metric: str, namespace: str = "AWS/Lambda", **dimensions: str
) -> dict[str, Any]:
    """Sum, SampleCount, Maximum and the Unit of the last two days; empty where nothing was."""
    now = context.clock.now()
    reply = await context.call(
        "cloudwatch",
        "GetMetricStatistics",
        {
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "StartTime": now - 2 * DAY,
            "EndTime": now + 60,
            "Period": 3 * DAY,
            "Statistics": ["Sum", "SampleCount", "Maximum"],
        },
    )
    points: list[dict[str, Any]] = reply["Datapoints"]
    return points[0] if points else {}


async def total(context: Context, metric: str, **dimensions: str) -> float | None:
    """None where it was never counted."""
    sum: float | None = (await statistics(context, metric, **dimensions)).get("Sum")
    return sum


async def metric_names(context: Context, namespace: str, **dimensions: str) -> set[str]:
    """The metrics that have these dimensions and no others."""
    reply = await context.call("cloudwatch", "ListMetrics", {"Namespace": namespace})
    return {
        metric["MetricName"]
        for metric in reply["Metrics"]
        if {one["Name"]: one["Value"] for one in metric["Dimensions"]} == dimensions
    }
