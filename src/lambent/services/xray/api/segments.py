"""What applications and daemons send."""

from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.xray import changes, documents
from lambent.services.xray.records import Segment


async def put_trace_segments(context: Context, params: Params) -> Reply:
    """
    Keep the segments that are in order, and name those that are not.

    https://docs.aws.amazon.com/xray/latest/api/API_PutTraceSegments.html
    """
    kept: list[Segment] = []
    unprocessed = []
    for text in params["TraceSegmentDocuments"]:
        for one in documents.parse(text):
            if isinstance(one, Segment):
                kept.append(one)
            else:
                unprocessed.append(one.reply)
    if kept:
        await context.db.write(partial(changes.keep, context=context, segments=kept))
    return {"UnprocessedTraceSegments": unprocessed}


async def put_telemetry_records(context: Context, params: Params) -> Reply:
    """
    Hear how a daemon fares.

    https://docs.aws.amazon.com/xray/latest/api/API_PutTelemetryRecords.html
    """
    return {}
