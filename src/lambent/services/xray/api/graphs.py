"""Graphs of services."""

from lambent.platform import Context, Params, Reply
from lambent.services.xray import graphs, reading, store
from lambent.services.xray.errors import InvalidRequest
from lambent.services.xray.traces import Trace
from lambent.storage.database import Tx

_SIX_HOURS = 6 * 3_600.0
_MOST_TRACES = 2_000


async def get_trace_graph(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/xray/latest/api/API_GetTraceGraph.html"""
    await context.platform.traces.write()

    def read(tx: Tx) -> list[Trace]:
        found = (reading.find_trace(tx, context, one) for one in dict.fromkeys(params["TraceIds"]))
        return [trace for trace in found if trace is not None]

    return {"Services": graphs.services(await context.db.read(read))}


async def get_service_graph(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/xray/latest/api/API_GetServiceGraph.html"""
    await context.platform.traces.write()
    start, end = reading.check_window(params, _SIX_HOURS, "6 hours")
    if params.get("GroupName", "Default") != "Default" or "GroupARN" in params:
        raise InvalidRequest("Group not found.")

    def read(tx: Tx) -> list[Trace]:
        rows = store.list_traces(
            tx,
            context.account,
            context.region,
            time_range="TraceId",
            start=start,
            end=end,
            after=(end, "~"),
            limit=_MOST_TRACES,
        )
        found = (reading.find_trace(tx, context, row.id) for row in rows)
        return [trace for trace in found if trace is not None]

    return {
        "StartTime": start,
        "EndTime": end,
        "Services": graphs.services(await context.db.read(read)),
        "ContainsOldGroupVersions": False,
    }
