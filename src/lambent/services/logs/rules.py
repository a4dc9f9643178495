"""What CloudWatch Logs accepts and refuses, in AWS's words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lambent.services.logs.errors import InvalidParameter, TooManyTags
from lambent.services.logs.records import LogGroup

_HOUR = 3_600_000
DAY = 24 * _HOUR
# AWS: a batch has at most 1 MiB, in which each event counts 26 bytes more than its message.
_BATCH_BYTES = 1_048_576
_EVENT_OVERHEAD = 26
_TOO_NEW = 2 * _HOUR
_TOO_OLD = 14 * DAY
_MOST_TAGS = 50

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A batch after the check: the events that are kept, and what is said of the others."""

    events: tuple[tuple[int, str], ...]
    rejected: Mapping[str, int]


def check_retention(days: int) -> None:
    if days not in RETENTION_DAYS:
        allowed = ", ".join(str(one) for one in RETENTION_DAYS)
        raise InvalidParameter(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy"
            f" constraint: Member must satisfy enum value set: [{allowed}]"
        )


def check_group_name(name: str) -> None:
    if name.startswith("aws/"):
        raise InvalidParameter("Log groups starting with AWS/ are reserved for AWS.")


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > _MOST_TAGS:
        raise TooManyTags("The number of tags exceeds the limit of 50.")


def ordered(asked: Iterable[Mapping[str, Any]]) -> tuple[tuple[int, str], ...]:
    """Events of a service of ours, which need no check: several pipes of one function, say."""
    events = [(int(event["timestamp"]), str(event["message"])) for event in asked]
    events.sort(key=lambda event: event[0])
    return tuple(events)


def accepted(asked: Sequence[Mapping[str, Any]], retention_days: int | None, now: int) -> Accepted:
    """
    The events of a PutLogEvents that are kept. Raises where the whole batch is wrong.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    """
    events = [(int(event["timestamp"]), str(event["message"])) for event in asked]
    if any(later[0] < earlier[0] for earlier, later in pairwise(events)):
        raise InvalidParameter(
            "Log events in a single PutLogEvents request must be in chronological order."
        )
    size = sum(size_of(message) for _, message in events)
    if size > _BATCH_BYTES:
        raise InvalidParameter(f"Upload too large: {size} bytes exceeds limit of {_BATCH_BYTES}")
    if events[-1][0] - events[0][0] > DAY:
        raise InvalidParameter(
            "The batch of log events in a single PutLogEvents request cannot span more than"
            " 24 hours."
        )
    expired = _before(events, now - retention_days * DAY) if retention_days else 0
    too_old = _before(events, now - _TOO_OLD)
    fitting = _before(events, now + _TOO_NEW + 1)
    rejected: dict[str, int] = {}
    if fitting < len(events):
        rejected["tooNewLogEventStartIndex"] = fitting
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    return Accepted(tuple(events[max(expired, too_old) : fitting]), rejected)


def size_of(message: str) -> int:
    length = len(message) if message.isascii() else len(message.encode(errors="replace"))
    return length + _EVENT_OVERHEAD


def oldest_kept(group: LogGroup, now: int) -> int:
    """Events before this time are not shown any more, whether they are removed yet or not."""
    return 0 if group.retention_days is None else now - group.retention_days * DAY


def group_name_in(identifier: str) -> str:
    """The name in a logGroupIdentifier: a name, or an ARN with or without `:*` at its end."""
    if not identifier.startswith("arn:"):
        return identifier
    parts = identifier.split(":", 6)
    if len(parts) < 7 or parts[5] != "log-group":
        raise InvalidParameter(f"{identifier} is not a log group")
    return parts[6].removesuffix(":*")


def _before(events: Sequence[tuple[int, str]], time: int) -> int:
    """How many of the events, which are in order, are earlier."""
    return sum(1 for timestamp, _ in events if timestamp < time)
