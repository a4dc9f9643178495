"""Traces, whole and in short."""

from functools import partial
from typing import Any

import orjson

from lambent.core.pages import token_after
from lambent.platform import Context, Params, Reply
from lambent.services.xray import filter_expressions, reading, store, summaries
from lambent.services.xray.traces import Trace
from lambent.storage.database import Tx

# AWS: this many traces a call.
_MOST_WHOLE = 5
_PAGE = 100
# So many are looked at for one page of those that a filter lets through.
_MOST_LOOKS = 1_000
_DAY = 86_400.0


async def batch_get_traces(context: Context, params: Params) -> Reply:
    """
    Traces with their segments, by their ids.

    https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html
    """
    await context.platform.traces.write()
    begin = reading.key_of(params.get("NextToken"), [0])[0]
    assert isinstance(begin, int)
    asked = list(dict.fromkeys(params["TraceIds"]))
    part = asked[begin : begin + _MOST_WHOLE]

    def read(tx: Tx) -> list[Trace | None]:
        return [reading.find_trace(tx, context, trace_id) for trace_id in part]

    found = await context.db.read(read)
    reply: dict[str, Any] = {
        "Traces": [_whole(trace) for trace in found if trace is not None],
        # AWS: of those that it does not have, too.
        "UnprocessedTraceIds": [
            trace_id for trace_id, trace in zip(part, found, strict=True) if trace is None
        ],
    }
    if begin + _MOST_WHOLE < len(asked):
        reply["NextToken"] = token_after(begin + _MOST_WHOLE)
    return reply


def _whole(trace: Trace) -> dict[str, Any]:
    try:
        texts = [orjson.dumps(segment).decode() for segment in trace.segments]
        segments = [
            {"Id": segment["id"], "Document": text}
            for segment, text in zip(trace.segments, texts, strict=True)
        ]
    except orjson.JSONEncodeError:
        # Subsegments that lie too deep within each other come as they were sent.
        segments = [{"Id": orjson.loads(text)["id"], "Document": text} for text in trace.documents]
    return {
        "Id": trace.id,
        "Duration": trace.duration,
        "LimitExceeded": False,
        "Segments": segments,
    }


async def get_trace_summaries(context: Context, params: Params) -> Reply:
    """
    Traces of some time in short, the latest first; a filter expression chooses among them.

    https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html
    """
    await context.platform.traces.write()
    start, end = reading.check_window(params, _DAY, "24 hours")
    passes = filter_expressions.parse(params.get("FilterExpression") or "")
    first = [end, "~"]
    moment, trace_id = reading.key_of(params.get("NextToken"), [*first])
    look = partial(
        store.list_traces,
        account=context.account,
        region=context.region,
        time_range=params.get("TimeRangeType", "TraceId"),
        start=start,
        end=end,
        limit=_PAGE,
    )
    found: list[dict[str, Any]] = []
    looked = 0
    more = True
    while more and len(found) < _PAGE and looked < _MOST_LOOKS:

        def read(tx: Tx, after: Any = (moment, trace_id)) -> list[tuple[Any, Trace | None]]:
            rows = look(tx, after=after)
            return [(row, reading.find_trace(tx, context, row.id)) for row in rows]

        page = await context.db.read(read)
        more = len(page) == _PAGE
        for row, trace in page:
            looked += 1
            moment, trace_id = row.moment, row.id
            if trace is not None and passes(trace):
                found.append({**summaries.summary(trace), "Revision": row.revision})
                if len(found) == _PAGE:
                    more = True
                    break
    reply: dict[str, Any] = {
        "TraceSummaries": found,
        "ApproximateTime": context.clock.now(),
        "TracesProcessedCount": looked,
    }
    if more:
        reply["NextToken"] = token_after(moment, trace_id)
    return reply
