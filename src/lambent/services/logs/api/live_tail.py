"""StartLiveTail: new events as they come, as an event stream."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from lambent.core.ids import new_uuid
from lambent.platform import Context, Params, Reply
from lambent.services.logs import changes, reading, rules, store
from lambent.services.logs.api import asked
from lambent.services.logs.errors import InvalidParameter
from lambent.services.logs.filter_patterns import matcher
from lambent.services.logs.records import Chunk, LogGroup
from lambent.storage.database import Tx

# AWS: a session ends after three hours, and a second has at most 500 events.
_SESSION_SECONDS = 3 * 3600
_MOST_EVENTS = 500
_UPDATE_SECONDS = 1.0


class _SessionTimeout(InvalidParameter):
    code = "SessionTimeoutException"


async def start_live_tail(context: Context, params: Params) -> Reply:
    """
    Follow up to ten log groups.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
    """
    names = [rules.group_name_in(one) for one in params["logGroupIdentifiers"]]

    def read(tx: Tx) -> tuple[list[LogGroup], int]:
        groups = [asked.get_group(tx, context, name) for name in names]
        return groups, store.newest_chunk(tx)

    groups, newest = await context.db.read(read)
    matches = matcher(params.get("logEventFilterPattern", ""))
    return {"responseStream": _session(context, params, groups, newest, matches)}


async def _session(
    context: Context,
    params: Params,
    groups: list[LogGroup],
    newest: int,
    matches: Callable[[str], bool],
) -> AsyncIterator[dict[str, Any]]:
    yield {"sessionStart": _start(context, params)}
    ends = context.clock.now() + _SESSION_SECONDS
    signals = context.platform.signals
    while not signals.ended:
        if context.clock.now() >= ends:
            raise _SessionTimeout("The session has reached its maximum duration of three hours.")
        found, newest = await _read_news(context, params, groups, newest)
        if not found:
            # One group has news, or a second is over; then all of them are looked at.
            await signals.wait(changes.topic(groups[0]), _UPDATE_SECONDS)
            found, newest = await _read_news(context, params, groups, newest)
        results = [result for result in found if matches(result["message"])]
        yield {
            "sessionUpdate": {
                "sessionMetadata": {"sampled": len(results) > _MOST_EVENTS},
                "sessionResults": results[:_MOST_EVENTS],
            }
        }


async def _read_news(
    context: Context, params: Params, groups: list[LogGroup], newest: int
) -> tuple[list[dict[str, Any]], int]:
    return await context.db.read(partial(_news, params=params, groups=groups, newest=newest))


def _start(context: Context, params: Params) -> dict[str, Any]:
    copied = (
        "logGroupIdentifiers",
        "logStreamNames",
        "logStreamNamePrefixes",
        "logEventFilterPattern",
    )
    return {
        "requestId": context.request_id,
        "sessionId": new_uuid(),
        **{member: params[member] for member in copied if member in params},
    }


def _news(
    tx: Tx, params: Params, groups: list[LogGroup], newest: int
) -> tuple[list[dict[str, Any]], int]:
    """The events of the chunks after `newest`, and the newest one now."""
    results: list[dict[str, Any]] = []
    last = newest
    for group in groups:
        names = {stream.id: stream.name for stream in store.list_streams(tx, group)}
        chunks: list[Chunk] = []
        for chunk in store.chunks_after(tx, group, newest):
            last = max(last, chunk.id)
            if _is_wanted(names[chunk.stream_id], params):
                chunks.append(chunk)
        chunks.sort(key=lambda chunk: (chunk.events[0][0], chunk.id))
        results += (
            {
                "logStreamName": names[event.stream_id],
                "logGroupIdentifier": f"{group.account}:{group.name}",
                "message": event.message,
                "timestamp": event.position.timestamp,
                "ingestionTime": event.ingested,
            }
            for event in reading.search_forward(
                chunks, reading.before(0), reading.FOR_EVER, _MOST_EVENTS + 1
            ).events
        )
    return results, last


def _is_wanted(stream: str, params: Params) -> bool:
    names = params.get("logStreamNames")
    prefixes = params.get("logStreamNamePrefixes")
    if names is not None and stream not in names:
        return False
    return prefixes is None or stream.startswith(tuple(prefixes))
