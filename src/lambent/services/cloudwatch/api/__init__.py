"""The operations of CloudWatch, a file for each noun of the API reference."""

from collections.abc import Mapping

from lambent.services.cloudwatch.api.metric_data import get_metric_data
from lambent.services.cloudwatch.api.metric_statistics import get_metric_statistics
from lambent.services.cloudwatch.api.metrics import list_metrics, put_metric_data

# Of operations that Lambent has: what of AWS's they do not do.
PARTLY: Mapping[str, str] = {
    "GetMetricData": "metric math, SQL and other accounts are refused; labels are not dynamic",
    "ListMetrics": "linked accounts have nothing to add",
    "PutMetricData": "the entities of EntityMetricData are not kept, their metrics are",
}

__all__ = [
    "PARTLY",
    "get_metric_data",
    "get_metric_statistics",
    "list_metrics",
    "put_metric_data",
]
