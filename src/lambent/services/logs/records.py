"""What the logs service remembers. Times of events are milliseconds since 1970, as in the API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogGroup:
    account: str
    region: str
    name: str
    created: int
    log_group_class: str
    kms_key_id: str
    tags: dict[str, str]
    deletion_protected: bool
    retention_days: int | None = None
    # Given by the store.
    id: int = 0

    @property
    def arn(self) -> str:
        """Without the `:*` that some replies put behind it."""
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.name}"


@dataclass(frozen=True, slots=True)
class LogStream:
    group_id: int
    name: str
    created: int
    first_event: int | None = None
    last_event: int | None = None
    last_ingestion: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """The events of one PutLogEvents: `(timestamp, message)`, in order of time."""

    stream_id: int
    ingested: int
    events: tuple[tuple[int, str], ...]
    id: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """
    Where an event stands: by time, then in the order of arrival.

    Positions of two events are never equal, so a page can begin after any of them.
    """

    timestamp: int
    chunk: int
    index: int


@dataclass(frozen=True, slots=True)
class LogEvent:
    position: Position
    stream_id: int
    message: str
    ingested: int
