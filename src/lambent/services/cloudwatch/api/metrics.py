"""PutMetricData and ListMetrics."""

from collections.abc import Mapping, Sequence
from functools import partial

from lambent.core.errors import ValidationFailed
from lambent.core.pages import key_or, token_after
from lambent.platform import Context, Params, Reply
from lambent.services.cloudwatch import changes, reading, rules, store
from lambent.services.cloudwatch.errors import InvalidParameterValue
from lambent.services.cloudwatch.records import Metric
from lambent.storage.database import Tx

_PAGE = 500


async def put_metric_data(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    samples = rules.put_samples(params, context.account, context.region, context.clock.now())
    await context.db.write(partial(changes.add, context=context, samples=samples))
    return {}


async def list_metrics(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html"""
    filters: Sequence[Mapping[str, str]] = params.get("Dimensions") or ()
    after = _after(params)
    within = rules.LISTED_SECONDS
    if params.get("RecentlyActive"):
        within = rules.RECENTLY_ACTIVE_SECONDS
    seen_after = context.clock.now() - within
    await reading.write_counted(context)

    def read(tx: Tx) -> list[tuple[int, Metric]]:
        found: list[tuple[int, Metric]] = []
        last = after
        while True:
            batch = store.list_metrics(
                tx,
                context.account,
                context.region,
                namespace=params.get("Namespace", ""),
                name=params.get("MetricName", ""),
                seen_after=seen_after,
                after=last,
                limit=_PAGE + 1,
            )
            found += [one for one in batch if _has(one[1], filters)]
            if len(batch) <= _PAGE or len(found) > _PAGE:
                return found
            last = batch[-1][0]

    found = await context.db.read(read)
    page = found[:_PAGE]
    reply: dict[str, object] = {"Metrics": [described(metric) for _, metric in page]}
    if params.get("IncludeLinkedAccounts"):
        reply["OwningAccounts"] = [context.account] * len(page)
    if len(found) > _PAGE:
        reply["NextToken"] = token_after(page[-1][0])
    return reply


def described(metric: Metric) -> dict[str, object]:
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
    }


def _has(metric: Metric, filters: Sequence[Mapping[str, str]]) -> bool:
    """AWS: all the dimensions that are named, with these values where values are."""
    dimensions = dict(metric.dimensions)
    return all(
        wanted["Name"] in dimensions
        and wanted.get("Value", dimensions[wanted["Name"]]) == dimensions[wanted["Name"]]
        for wanted in filters
    )


def _after(params: Params) -> int:
    try:
        (number,) = key_or(params.get("NextToken"), [0])
    except ValidationFailed:
        raise InvalidParameterValue("The value for parameter NextToken is invalid.") from None
    return number
