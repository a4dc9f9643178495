"""Log events: put them, get a stream's, filter a group's."""

from collections.abc import Mapping
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.logs import changes, reading, rules, store
from lambent.services.logs.api import asked
from lambent.services.logs.errors import InvalidParameter, ResourceNotFound
from lambent.services.logs.filter_patterns import matcher
from lambent.services.logs.reading import Page
from lambent.services.logs.records import LogEvent, LogGroup, LogStream, Position
from lambent.storage.database import Tx

# The writers for whom groups and streams are made on the way.
_OWN_WRITERS = frozenset({"apigateway.amazonaws.com"})
_MOST_EVENTS = 10_000


async def put_log_events(context: Context, params: Params) -> Reply:
    """
    Add a batch of events to a stream. Sequence tokens are accepted and ignored, as on AWS.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    """
    now = asked.now(context)
    is_own = context.principal.arn in _OWN_WRITERS

    def write(tx: Tx) -> tuple[int, Mapping[str, int]]:
        group, stream = _place(tx, context, params, create=is_own)
        if is_own:
            events, rejected = rules.ordered(params["logEvents"]), {}
        else:
            batch = rules.accepted(params["logEvents"], group.retention_days, now)
            events, rejected = batch.events, dict(batch.rejected)
        if not events:
            return 0, rejected
        return changes.add_events(tx, group, stream, events, now), rejected

    last, rejected = await context.db.write(write)
    reply: dict[str, Any] = {"nextSequenceToken": f"{last:056d}"}
    if rejected:
        reply["rejectedLogEventsInfo"] = rejected
    return reply


async def get_log_events(context: Context, params: Params) -> Reply:
    """
    A page of a stream; at either end of it the token comes back unchanged.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
    """
    name = asked.group_name(params)
    forward = bool(params.get("startFromHead"))
    position: Position | None = None
    if params.get("nextToken"):
        forward, position = reading.read_token(params["nextToken"])
    limit = int(params.get("limit", _MOST_EVENTS))

    def read(tx: Tx) -> list[LogEvent]:
        group = asked.get_group(tx, context, name)
        stream = store.get_stream(tx, group, params["logStreamName"])
        start, end = _times(context, group, params)
        if forward:
            after = max(reading.before(start), position or reading.before(start))
            chunks = store.chunks_forward(tx, group, [stream.id], after.timestamp, end)
            return reading.search_forward(chunks, after, end, limit).events
        behind = min(reading.before(end), position or reading.before(end))
        chunks = store.chunks_backward(tx, group, [stream.id], start, behind.timestamp + 1)
        return reading.search_backward(chunks, behind, start, limit)

    events = await context.db.read(read)
    return {
        "events": [
            {
                "timestamp": event.position.timestamp,
                "message": event.message,
                "ingestionTime": event.ingested,
            }
            for event in events
        ],
        **_tokens(events, position, forward=forward),
    }


async def filter_log_events(context: Context, params: Params) -> Reply:
    """
    The events of a group's streams that match a pattern, by time.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    name = asked.group_name(params)
    if params.get("logStreamNames") and params.get("logStreamNamePrefix"):
        raise InvalidParameter(
            "logStreamNames and logStreamNamePrefix are mutually exclusive parameters."
        )
    matches = matcher(params.get("filterPattern", ""))
    limit = int(params.get("limit", _MOST_EVENTS))
    token = params.get("nextToken")
    position = reading.position_in(token) if token else None

    def read(tx: Tx) -> tuple[Page, dict[int, str]]:
        group = asked.get_group(tx, context, name)
        names, ids = _streams(tx, group, params)
        start, end = _times(context, group, params)
        after = max(reading.before(start), position or reading.before(start))
        chunks = store.chunks_forward(tx, group, ids, after.timestamp, end)
        return reading.search_forward(chunks, after, end, limit, matches), names

    page, names = await context.db.read(read)
    reply: dict[str, Any] = {
        "events": [
            {
                "logStreamName": names[event.stream_id],
                "timestamp": event.position.timestamp,
                "message": event.message,
                "ingestionTime": event.ingested,
                "eventId": reading.digits(event.position),
            }
            for event in page.events
        ],
        # AWS: empty since 2019; every stream is searched at once.
        "searchedLogStreams": [],
    }
    if page.stopped is not None:
        reply["nextToken"] = reading.digits(page.stopped)
    return reply


def _place(tx: Tx, context: Context, params: Params, *, create: bool) -> tuple[LogGroup, LogStream]:
    """The group and the stream of a PutLogEvents; for our own writers they need not be there."""
    group_name, stream_name = params["logGroupName"], params["logStreamName"]
    if create:
        return changes.made_stream(tx, context, group_name, stream_name, asked.now(context))
    group = asked.get_group(tx, context, group_name)
    return group, store.get_stream(tx, group, stream_name)


def _times(context: Context, group: LogGroup, params: Params) -> tuple[int, int]:
    """From startTime to before endTime, without what has expired."""
    oldest = rules.oldest_kept(group, asked.now(context))
    return max(int(params.get("startTime", 0)), oldest), int(
        params.get("endTime", reading.FOR_EVER)
    )


def _streams(tx: Tx, group: LogGroup, params: Params) -> tuple[dict[int, str], list[int] | None]:
    """The names of the streams by id, and the ids of those that are wanted (None: all)."""
    prefix = params.get("logStreamNamePrefix", "")
    streams = store.list_streams(tx, group, prefix)
    names = {stream.id: stream.name for stream in streams}
    wanted = params.get("logStreamNames")
    if wanted is None:
        return names, list(names) if prefix else None
    ids = {stream.name: stream.id for stream in streams}
    if missing := [one for one in wanted if one not in ids]:
        raise ResourceNotFound(f"The specified log stream does not exist: {missing[0]}")
    return names, [ids[one] for one in wanted]


def _tokens(events: list[LogEvent], position: Position | None, *, forward: bool) -> dict[str, str]:
    """Where to go on. Of an empty page, the way on is the way it came."""
    first: Position | None
    last: Position | None
    if events:
        first, last = events[0].position, events[-1].position
    elif position is None or forward:
        last = position
        first = None if position is None else _behind(position)
    else:
        first, last = position, Position(position.timestamp, position.chunk, position.index - 1)
    return {
        "nextForwardToken": reading.forward_token(last),
        "nextBackwardToken": reading.backward_token(first),
    }


def _behind(position: Position) -> Position:
    return Position(position.timestamp, position.chunk, position.index + 1)
