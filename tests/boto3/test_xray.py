"""X-Ray over the wire, with the real boto3."""

import json
import time
from datetime import UTC, datetime, timedelta

from tests.processes import ServerProcess


def test_segments_become_traces(server: ServerProcess) -> None:
    xray = server.client("xray")
    now = time.time()
    trace_id = f"1-{int(now):08x}-{'a' * 24}"
    document = {
        "id": "70de5b6f19ff9a0a",
        "trace_id": trace_id,
        "name": "Scorekeep",
        "start_time": now - 1,
        "end_time": now,
        "http": {"response": {"status": 200}},
        "annotations": {"game": "chess"},
    }
    put = xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(document), "{}"])
    assert [one["ErrorCode"] for one in put["UnprocessedTraceSegments"]] == ["MissingId"]

    (trace,) = xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
    assert json.loads(trace["Segments"][0]["Document"])["name"] == "Scorekeep"
    clock = datetime.now(UTC)
    (found,) = [
        one
        for page in xray.get_paginator("get_trace_summaries").paginate(
            StartTime=clock - timedelta(minutes=5),
            EndTime=clock + timedelta(minutes=5),
            FilterExpression='service("Scorekeep") AND annotation.game = "chess"',
        )
        for one in page["TraceSummaries"]
    ]
    assert (found["Id"], found["Http"], found["HasFault"]) == (trace_id, {"HttpStatus": 200}, False)
    xray.put_telemetry_records(TelemetryRecords=[{"Timestamp": clock, "SegmentsSentCount": 1}])
    (rule,) = xray.get_sampling_rules()["SamplingRuleRecords"]
    assert rule["SamplingRule"]["RuleName"] == "Default"
