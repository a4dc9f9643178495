"""
What a state machine writes to CloudWatch Logs: one JSON record an event; pure.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from lambent.languages import asl
from lambent.services.stepfunctions import rules

_FATAL = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
_ERROR = ("Aborted", "Failed", "TimedOut")
# AWS: an input or output that is longer, as it stands in the record, is cut off.
_LONGEST_DATA = 248 * 1024
# What one call of PutLogEvents takes, in bytes and events; each counts 26 bytes more.
_BATCH_BYTES = 1_048_576
_BATCH_EVENTS = 10_000
_OVERHEAD = 26


@dataclass(frozen=True, slots=True)
class Logging:
    """A loggingConfiguration whose level is not OFF."""

    level: str
    log_group_arn: str
    with_data: bool

    @property
    def log_group(self) -> str:
        return self.log_group_arn.split(":")[6]


def find_logging(configuration: dict[str, Any]) -> Logging | None:
    destinations = configuration.get("destinations") or []
    if configuration.get("level", "OFF") == "OFF" or not destinations:
        return None
    return Logging(
        configuration["level"],
        destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"],
        bool(configuration.get("includeExecutionData")),
    )


def is_logged(level: str, event_type: str) -> bool:
    match level:
        case "ALL":
            return True
        case "ERROR":
            return event_type.endswith(_ERROR) or event_type == "FailStateEntered"
        case _:
            return event_type in _FATAL


def log_events(
    logging: Logging, execution: asl.Execution, history: Sequence[asl.HistoryEvent]
) -> list[dict[str, Any]]:
    """The events that the level lets through, as PutLogEvents takes them."""
    return [
        {
            "timestamp": round(event.timestamp * 1000),
            "message": rules.write_json(_record(logging, execution, event)),
        }
        for event in history
        if is_logged(logging.level, event.type)
    ]


def _record(logging: Logging, execution: asl.Execution, event: asl.HistoryEvent) -> dict[str, Any]:
    details: dict[str, Any] = {}
    for detail in rules.event_details(event, logging.with_data).values():
        details = dict(detail)
    for name in ("input", "output"):
        if name in details and (text := _cut(details[name])) is not None:
            details[name] = text
            details[f"{name}Details"] = {"truncated": True}
    # AWS: numbers are text here.
    return {
        "id": str(event.id),
        "type": event.type,
        "details": details,
        "previous_event_id": str(event.previous_event_id),
        "event_timestamp": str(round(event.timestamp * 1000)),
        "execution_arn": execution.id,
        "redrive_count": str(execution.redrive_count),
    }


def _cut(text: str) -> str | None:
    """The beginning of a text that is too long; None of one that is not."""
    # Escaped, a character has six bytes at most, and a pair of them twelve.
    if len(text) <= _LONGEST_DATA // 6:
        return None
    escaped = rules.write_json(text).encode()[1:-1]
    if len(escaped) <= _LONGEST_DATA:
        return None
    for end in range(_LONGEST_DATA, _LONGEST_DATA - 13, -1):
        try:
            return str(orjson.loads(b'"' + escaped[:end] + b'"'))
        except orjson.JSONDecodeError:
            # Within a character.
            continue
    return ""


def batches(events: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The events in as many calls of PutLogEvents as they need."""
    batch: list[dict[str, Any]] = []
    size = 0
    for event in events:
        more = len(event["message"].encode()) + _OVERHEAD
        if batch and (size + more > _BATCH_BYTES or len(batch) == _BATCH_EVENTS):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += more
    if batch:
        yield batch


def log_stream(machine: str, started_at: float, revision: str | None) -> str:
    """AWS: a stream a state machine and minute; the first configuration has no revision id."""
    minute = datetime.fromtimestamp(started_at, UTC)
    last = "00000000" if revision is None else revision[:8]
    return f"states/{machine}/{minute:%Y-%m-%d-%H-%M}/{last}"
