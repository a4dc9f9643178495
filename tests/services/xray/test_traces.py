"""Segments put and traces read, on both stores where rows matter."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from lambent.core.errors import AwsError, NotSupported
from lambent.platform import Context
from lambent.services.xray import changes, documents, reading, store
from lambent.storage.database import Database, Tx
from tests.conftest import World

DAY = 86_400.0


def trace_id(number: int) -> str:
    return f"1-5759e988-{number:024x}"


def document(context: Context, trace: int, number: int = 1, **further: Any) -> dict[str, Any]:
    now = context.clock.now()
    return {
        "id": f"{number:016x}",
        "trace_id": trace_id(trace),
        "name": "shop",
        "start_time": now,
        "end_time": now + 1,
        **further,
    }


async def put(context: Context, *told: dict[str, Any]) -> Any:
    texts = [orjson.dumps(one).decode() for one in told]
    reply = await context.call("xray", "PutTraceSegments", {"TraceSegmentDocuments": texts})
    return reply["UnprocessedTraceSegments"]


async def get(context: Context, *traces: int) -> Any:
    asked = {"TraceIds": [trace_id(one) for one in traces]}
    return await context.call("xray", "BatchGetTraces", asked)


async def summaries(context: Context, expression: str = "", **further: Any) -> Any:
    now = context.clock.now()
    asked = {"StartTime": now - 3_600, "EndTime": now + 60, "FilterExpression": expression}
    return await context.call("xray", "GetTraceSummaries", {**asked, **further})


async def test_what_is_put_can_be_read(context: Context) -> None:
    assert await put(context, document(context, 1)) == []

    reply = await get(context, 1, 2)
    (trace,) = reply["Traces"]
    assert (trace["Id"], trace["Duration"]) == (trace_id(1), 1.0)
    (segment,) = trace["Segments"]
    assert segment["Id"] == f"{1:016x}"
    assert orjson.loads(segment["Document"])["name"] == "shop"
    assert reply["UnprocessedTraceIds"] == [trace_id(2)]


async def test_a_document_that_is_wrong_keeps_no_other_out(context: Context) -> None:
    wrong = document(context, 1, 2, trace_id="today")

    assert await put(context, wrong, document(context, 1)) == [
        {
            "Id": f"{2:016x}",
            "ErrorCode": "InvalidTraceId",
            "Message": "Invalid segment. ErrorCode: InvalidTraceId",
        }
    ]
    assert len((await get(context, 1))["Traces"]) == 1


async def test_subsegments_in_each_other_may_be_many(context: Context) -> None:
    deep = [
        document(context, 1, number, type="subsegment", parent_id=f"{number - 1:016x}")
        for number in range(2, 400)
    ]
    await put(context, document(context, 1), *deep)

    (trace,) = (await get(context, 1))["Traces"]
    assert len(trace["Segments"]) == 399
    (summary,) = (await summaries(context))["TraceSummaries"]
    assert summary["Id"] == trace_id(1)


async def test_traces_come_five_at_a_time(context: Context) -> None:
    await put(context, *(document(context, trace) for trace in range(7)))

    first = await get(context, *range(7))
    asked = {"TraceIds": [trace_id(one) for one in range(7)], "NextToken": first["NextToken"]}
    second = await context.call("xray", "BatchGetTraces", asked)
    assert (len(first["Traces"]), len(second["Traces"])) == (5, 2)
    assert "NextToken" not in second


async def test_summaries_are_filtered_and_paged(context: Context) -> None:
    for trace in range(250):
        await put(context, document(context, trace, annotations={"order": trace % 2}))

    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = await summaries(context, "annotation.order = 1", **token)
        found += [one["Id"] for one in page["TraceSummaries"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(found) == [trace_id(one) for one in range(1, 250, 2)]


async def test_times_are_of_the_beginning_the_end_or_the_latest_news(world: World) -> None:
    context = world.context
    began = context.clock.now()
    await put(context, document(context, 1, end_time=began + 4_000))
    await world.advance(10_000)
    await put(context, document(context, 1, 2, start_time=began, end_time=began + 4_000))

    async def found(kind: str, at: float) -> int:
        window = {"StartTime": began + at - 1, "EndTime": began + at + 1, "TimeRangeType": kind}
        return len((await summaries(context, **window))["TraceSummaries"])

    assert [await found(kind, 0) for kind in ("TraceId", "Service", "Event")] == [1, 0, 0]
    assert [await found(kind, 4_000) for kind in ("TraceId", "Service", "Event")] == [0, 1, 0]
    assert [await found(kind, 10_000) for kind in ("TraceId", "Service", "Event")] == [0, 0, 1]


async def test_accounts_and_regions_have_their_own_traces(context: Context) -> None:
    await put(context, document(context, 1))

    elsewhere = replace(context, region="eu-west-1")
    assert (await get(elsewhere, 1))["Traces"] == []
    assert (await summaries(elsewhere))["TraceSummaries"] == []


async def test_traces_are_kept_for_thirty_days(world: World) -> None:
    context = world.context
    await put(context, document(context, 1))
    await world.advance(20 * DAY)
    await put(context, document(context, 2))
    await world.advance(10 * DAY + 3_600)

    reply = await get(context, 1, 2)
    assert [trace["Id"] for trace in reply["Traces"]] == [trace_id(2)]
    await world.advance(25 * DAY)
    assert (await get(context, 2))["Traces"] == []


async def test_a_segment_in_progress_gives_way_to_the_whole_one(
    database: Database, context: Context
) -> None:
    whole = document(context, 1, annotations={"done": True})
    begun = {**document(context, 1), "in_progress": True}
    del begun["end_time"]
    for told in (begun, whole, begun):
        segment = documents.segment(told)
        await database.write(lambda tx, one=segment: changes.keep(tx, context, [one]))

    def read(tx: Tx) -> Any:
        trace = reading.find_trace(tx, context, trace_id(1))
        now = context.clock.now()
        window = {"start": now, "end": now, "after": (now, "~"), "limit": 9}
        place = (context.account, context.region)
        return trace, store.list_traces(tx, *place, time_range="TraceId", **window)

    trace, (row,) = await database.read(read)
    assert trace is not None and not trace.is_partial
    assert trace.segments[0]["annotations"] == {"done": True}
    assert row.revision == 3


async def test_old_traces_are_forgotten_on_both_stores(
    database: Database, context: Context
) -> None:
    segment = documents.segment(document(context, 1))
    await database.write(lambda tx: changes.keep(tx, context, [segment]))
    later = context.clock.now() + changes.RETENTION_SECONDS

    assert await database.write(lambda tx: changes.forget(tx, later - 1, 10)) is not None
    assert await database.write(lambda tx: changes.forget(tx, later, 10)) is None
    assert await database.read(lambda tx: reading.find_trace(tx, context, trace_id(1))) is None


async def test_graphs_are_of_traces_or_of_times(context: Context) -> None:
    call = {**document(context, 1, 2), "name": "SQS", "namespace": "aws"}
    await put(context, document(context, 1, subsegments=[call]))

    now = context.clock.now()
    one = await context.call("xray", "GetTraceGraph", {"TraceIds": [trace_id(1)]})
    window = {"StartTime": now - 60, "EndTime": now + 60}
    all_of = await context.call("xray", "GetServiceGraph", window)
    assert [node["Name"] for node in one["Services"]] == ["shop", "SQS"]
    assert all_of["Services"] == one["Services"]


async def test_rules_of_sampling_are_kept_and_give_targets(context: Context) -> None:
    (default,) = (await context.call("xray", "GetSamplingRules", {}))["SamplingRuleRecords"]
    assert default["SamplingRule"]["RuleName"] == "Default"
    assert default["SamplingRule"]["FixedRate"] == 0.05
    rule = {
        "RuleName": "orders",
        "ResourceARN": "*",
        "Priority": 10,
        "FixedRate": 0.5,
        "ReservoirSize": 3,
        "ServiceName": "shop",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
    }
    await context.call("xray", "CreateSamplingRule", {"SamplingRule": rule})
    with pytest.raises(AwsError) as again:
        await context.call("xray", "CreateSamplingRule", {"SamplingRule": rule})
    assert again.value.code == "InvalidRequestException"
    update = {"RuleName": "orders", "ReservoirSize": 4}
    await context.call("xray", "UpdateSamplingRule", {"SamplingRuleUpdate": update})

    now = context.clock.now()
    told = {"ClientID": "0" * 24, "Timestamp": now, "RequestCount": 9, "SampledCount": 1}
    names = ["orders", "Default", "nobody"]
    asked = {"SamplingStatisticsDocuments": [{"RuleName": name, **told} for name in names]}
    reply = await context.call("xray", "GetSamplingTargets", asked)
    quotas = [(one["RuleName"], one["ReservoirQuota"]) for one in reply["SamplingTargetDocuments"]]
    assert quotas == [("orders", 4), ("Default", 1)]
    assert [one["RuleName"] for one in reply["UnprocessedStatistics"]] == ["nobody"]
    await context.call("xray", "DeleteSamplingRule", {"RuleName": "orders"})
    rules = (await context.call("xray", "GetSamplingRules", {}))["SamplingRuleRecords"]
    assert len(rules) == 1


async def test_what_cannot_be_asked_is_refused(context: Context) -> None:
    now = context.clock.now()
    for window in ({"StartTime": now + 1}, {"StartTime": now - 2 * DAY}, {"NextToken": "x"}):
        with pytest.raises(AwsError) as refused:
            await summaries(context, **{"EndTime": now, **window})
        assert refused.value.code == "InvalidRequestException"
    with pytest.raises(NotSupported):
        await context.call("xray", "CreateGroup", {"GroupName": "shops"})
