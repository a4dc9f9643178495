"""
The table of event sources; adding one is adding a row, and the poller that it names.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.core.arn import Arn
from lambent.platform import Context
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.event_sources import sqs, streams
from lambent.services.lambda_.event_sources.records import EventSourceMapping
from lambent.services.lambda_.records import Version


@dataclass(frozen=True, slots=True)
class EventSource:
    """
    `check_settings` raises for what the source does not take; `check_source` looks at the source
    itself, as the function's role. `poll` hands over all that there is and answers when to look
    again if there is no news of `topic`: None where nothing is to come.
    """

    defaults: Mapping[str, Any]
    check_settings: Callable[[str, Mapping[str, Any]], None]
    check_source: Callable[[Context, str, Version], Awaitable[None]]
    topic: Callable[[EventSourceMapping], str]
    poll: Callable[[Context, EventSourceMapping], Awaitable[float | None]]


SOURCES: Mapping[str, EventSource] = {
    "sqs": EventSource(
        defaults={"BatchSize": 10},
        check_settings=sqs.check_settings,
        check_source=sqs.check_queue,
        topic=lambda mapping: f"sqs/{mapping.source_arn}",
        poll=sqs.poll,
    ),
    "dynamodb": EventSource(
        defaults=streams.DEFAULTS,
        check_settings=streams.check_settings,
        check_source=streams.check_stream,
        topic=lambda mapping: f"dynamodb/{mapping.source_arn}",
        poll=streams.poll,
    ),
}


def get_source(arn: str) -> EventSource:
    source = SOURCES.get(Arn.parse(arn).service) if arn.startswith("arn:") else None
    if source is None:
        raise InvalidParameterValue("Unrecognized event source.")
    return source
