"""
What a state machine writes to CloudWatch Logs: one JSON record an event; pure.

https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lambent.languages import asl
from lambent.services.stepfunctions import rules

_FATAL = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
_ERROR = ("Aborted", "Failed", "TimedOut")


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
    # AWS: numbers are text here.
    return {
        "id": str(event.id),
        "type": event.type,
        "details": details,
        "redrive_count": str(execution.redrive_count),
        "previous_event_id": str(event.previous_event_id),
        "event_timestamp": str(round(event.timestamp * 1000)),
        "execution_arn": execution.id,
    }


def log_stream(machine: str, started_at: float, revision: str) -> str:
    """AWS: a stream a state machine and minute."""
    minute = datetime.fromtimestamp(started_at, UTC)
    return f"states/{machine}/{minute:%Y-%m-%d-%H-%M}/{revision[:8]}"
