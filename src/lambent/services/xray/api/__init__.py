"""The operations of X-Ray, a file for each noun of the API reference."""

from collections.abc import Mapping

from lambent.services.xray.api.graphs import get_service_graph, get_trace_graph
from lambent.services.xray.api.sampling import (
    create_sampling_rule,
    delete_sampling_rule,
    get_sampling_rules,
    get_sampling_targets,
    update_sampling_rule,
)
from lambent.services.xray.api.segments import put_telemetry_records, put_trace_segments
from lambent.services.xray.api.traces import batch_get_traces, get_trace_summaries

# Of operations that Lambent has: what of AWS's they do not do.
PARTLY: Mapping[str, str] = {
    "BatchGetTraces": "segments are never inferred; what a graph shows of them it finds itself",
    "CreateSamplingRule": "tags are not kept; Lambda and Step Functions sample by AWS's own rule",
    "GetServiceGraph": "the latest 2,000 traces of the time; no groups",
    "GetTraceSummaries": "every trace is looked at, whatever Sampling says; no root causes of"
    " response times; of filter expressions no group, rootcause, coverage and index",
    "PutTelemetryRecords": "accepted and not kept",
}

__all__ = [
    "PARTLY",
    "batch_get_traces",
    "create_sampling_rule",
    "delete_sampling_rule",
    "get_sampling_rules",
    "get_sampling_targets",
    "get_service_graph",
    "get_trace_graph",
    "get_trace_summaries",
    "put_telemetry_records",
    "put_trace_segments",
    "update_sampling_rule",
]
