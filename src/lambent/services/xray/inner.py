"""What the platform itself asks of X-Ray in no published operation."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from lambent.platform import Context, Params, Reply
from lambent.services.xray import changes, documents
from lambent.services.xray.records import Segment
from lambent.traces import Recorded

# A transaction with more would hold up the others.
_AT_ONCE = 200


async def keep_segments(context: Context, params: Params) -> Reply:
    """Write the segments that the services of the platform, and their functions, have told."""
    recorded: Sequence[Recorded] = params["Recorded"]
    by_place: defaultdict[tuple[str, str], list[Segment]] = defaultdict(list)
    for one in recorded:
        try:
            by_place[one.account, one.region].append(documents.segment(one.document))
        except documents.Unprocessed:
            # A function may send anything.
            continue
    for place, segments in by_place.items():
        there = context.at(*place)
        for begin in range(0, len(segments), _AT_ONCE):
            part = segments[begin : begin + _AT_ONCE]
            await context.db.write(partial(changes.keep, context=there, segments=part))
    return {}


OPERATIONS = {"KeepSegments": keep_segments}
