"""What is remembered of durable executions. Frozen; a change is a new record."""

from dataclasses import dataclass
from typing import Any

RUNNING, PAUSING, PAUSED, DELETING = "RUNNING", "PAUSING", "PAUSED", "DELETING"
# Where the invocation is of which an execution has at most one.
IDLE, QUEUED, INVOKED = "idle", "queued", "invoked"

# What the API calls an ErrorObject: ErrorMessage, ErrorType, ErrorData, StackTrace.
ErrorObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """`began` is None while an invocation goes on to its next checkpoint."""

    asked: float
    stops_timeout: bool
    reason: str | None = None
    began: float | None = None


@dataclass(frozen=True, slots=True)
class LastCheckpoint:
    """What a checkpoint that is sent once more is recognised by, and what it was answered."""

    client_token: str
    token: str
    answered: str
    # The changes after this one were in the answer.
    seen_before: int
    at: float


@dataclass(frozen=True, slots=True)
class Execution:
    """
    One durable execution. Its input, result and error are those of its EXECUTION operation.

    Changes of operations are counted, so that the function is told of those that it has not seen;
    `token` counts the checkpoints. `run` is the request id of the invocation that may checkpoint.
    """

    id: str
    account: str
    region: str
    function_name: str
    version: str
    name: str
    started: float
    timeout: int
    retention_days: int
    kms_key_arn: str
    # Invoked by somebody who waits for the end; its result may be larger.
    synchronous: bool
    trace_header: str
    # Of the Invoke that started it.
    request_id: str
    # The execution and its operation that invoked this one; empty if none did.
    parent: str
    parent_operation: str
    deadline: float
    status: str = RUNNING
    ended: float | None = None
    pause: Pause | None = None
    # The client token of the last pause or resume.
    asked_with: str = ""
    phase: str = IDLE
    invocations: int = 0
    run: str = ""
    run_started: float = 0.0
    # An invocation was held back by a pause.
    is_owed: bool = False
    # Invocations in a row that have failed, and those that could not begin.
    failures: int = 0
    refusals: int = 0
    token: int = 0
    changes: int = 0
    seen: int = 0
    events: int = 0
    operations: int = 0
    # Bytes that checkpoints have brought.
    stored: int = 0
    last_checkpoint: LastCheckpoint | None = None

    @property
    def function_arn(self) -> str:
        """AWS: with the version that runs, whatever qualifier was asked for."""
        arn = f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function_name}"
        return f"{arn}:{self.version}"

    @property
    def arn(self) -> str:
        return f"{self.function_arn}/durable-execution/{self.name}/{self.id}"

    @property
    def is_open(self) -> bool:
        return self.status in (RUNNING, PAUSING, PAUSED)

    @property
    def is_paused(self) -> bool:
        """Paused, or about to be."""
        return self.status in (PAUSING, PAUSED)

    @property
    def has_news(self) -> bool:
        """Whether something has changed that the function has not been told of."""
        return self.changes > self.seen


@dataclass(frozen=True, slots=True)
class Operation:
    """
    What a function does in an execution; the first one is the execution itself.

    `position` orders operations by their start, `touched` is the number of the last change.
    """

    id: str
    type: str
    status: str
    position: int
    touched: int
    started: float
    ended: float | None = None
    parent_id: str | None = None
    name: str | None = None
    sub_type: str | None = None
    # What an EXECUTION or a CHAINED_INVOKE was given.
    input: str | None = None
    result: str | None = None
    error: ErrorObject | None = None
    # How often a STEP has been tried and has ended.
    attempt: int = 0
    # The end of a WAIT, the next attempt of a STEP, the time-out of a CALLBACK.
    due: float | None = None
    seconds: int | None = None
    heartbeat_due: float | None = None
    heartbeat_seconds: int | None = None
    # A completed CONTEXT whose operations are told all the same.
    replays_children: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """`type` is AWS's EventType; `details` are the members of its details."""

    id: int
    type: str
    at: float
    details: dict[str, Any]
    operation_id: str | None = None
    parent_id: str | None = None
    name: str | None = None
    sub_type: str | None = None
