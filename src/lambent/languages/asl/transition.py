"""
What an execution is told, and what it answers: the words between the language and the service.

    advance(machine, execution, frames, resumption, now, chance) -> Transition

A *resumption* says what happened outside. A *transition* says which frames to keep or remove,
which history events to write down, which commands somebody else shall carry out, and, once, how
the execution ended. Every wait of a frame carries a `number`; an answer names the frame and that
number, and an answer whose frame or number has moved on changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from lambent.languages.asl.frames import Frame


@dataclass(frozen=True, slots=True)
class Execution:
    """What the service remembers of an execution, as far as the language needs it."""

    id: str
    """The execution's ARN: `$$.Execution.Id`."""
    name: str
    input: str
    role_arn: str
    started_at: float
    state_machine_id: str
    state_machine_name: str
    last_event_id: int = 0
    redrive_count: int = 0
    redriven_at: float | None = None
    express: bool = False
    map_run_arn: str | None = None
    """Of a child execution of a distributed Map: the map run that it belongs to."""
    state_machine_alias_arn: str | None = None
    state_machine_version_arn: str | None = None


class Frames(Protocol):
    """The frames of one execution, as they were after the last transition."""

    def get(self, frame_id: str, /) -> Frame | None:
        """The frame, or None when it is not there (any more). A dict is a Frames."""
        ...


# What happened ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExecutionStarted:
    """The execution begins, with `Execution.input`."""


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """The call is about to go out. Optional: an answer with `started_at` records it as well."""

    frame: str
    number: int


@dataclass(frozen=True, slots=True)
class TaskSubmitted:
    """A `.sync` job or a callback task was accepted; its answer is awaited."""

    frame: str
    number: int
    output: Any = None
    """What the call answered, as a JSON value."""
    started_at: float | None = None


@dataclass(frozen=True, slots=True)
class ActivityStarted:
    """A worker has taken the activity's task."""

    frame: str
    number: int
    worker_name: str | None = None


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    """The task's answer, whatever its kind: a JSON value, or the JSON text as `output_text`."""

    frame: str
    number: int
    output: Any = None
    output_text: str | None = None
    started_at: float | None = None


@dataclass(frozen=True, slots=True)
class TaskFailed:
    """The task failed, with the error name that Retry and Catch see."""

    frame: str
    number: int
    error: str | None = None
    cause: str | None = None
    started_at: float | None = None
    never_started: Literal["", "schedule", "start", "submit"] = ""
    """Where the call failed before it ran: gives …ScheduleFailed, …StartFailed, …SubmitFailed."""


@dataclass(frozen=True, slots=True)
class TaskRefused:
    """The task cannot even be begun: States.Runtime, which nothing catches."""

    frame: str
    number: int
    cause: str


@dataclass(frozen=True, slots=True)
class TaskTimedOut:
    """TimeoutSeconds have passed since the task was scheduled."""

    frame: str
    number: int


@dataclass(frozen=True, slots=True)
class HeartbeatMissed:
    """HeartbeatSeconds have passed since the last sign of life."""

    frame: str
    number: int


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The time that a StartTimer asked for has come."""

    frame: str
    number: int


@dataclass(frozen=True, slots=True)
class MapRunStarted:
    """The map run of a distributed Map exists."""

    frame: str
    number: int
    map_run_arn: str


@dataclass(frozen=True, slots=True)
class MapRunSucceeded:
    """All child executions are done: their outputs, or what the ResultWriter wrote."""

    frame: str
    number: int
    output: Any = None
    output_text: str | None = None


@dataclass(frozen=True, slots=True)
class MapRunFailed:
    """For example States.ExceedToleratedFailureThreshold, States.ItemReaderFailed."""

    frame: str
    number: int
    error: str
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class ExecutionTimedOut:
    """The state machine's own TimeoutSeconds have passed."""


@dataclass(frozen=True, slots=True)
class ExecutionStopped:
    """StopExecution."""

    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class ExecutionRedriven:
    """RedriveExecution; `Execution.redrive_count` is counted already."""


@dataclass(frozen=True, slots=True)
class Continue:
    """The answer to a Continue command: there was more to do than one transition may hold."""


Resumption = (
    ExecutionStarted
    | TaskStarted
    | TaskSubmitted
    | ActivityStarted
    | TaskSucceeded
    | TaskFailed
    | TaskRefused
    | TaskTimedOut
    | HeartbeatMissed
    | TimerFired
    | MapRunStarted
    | MapRunSucceeded
    | MapRunFailed
    | ExecutionTimedOut
    | ExecutionStopped
    | ExecutionRedriven
    | Continue
)


# What follows -------------------------------------------------------------------------------

TaskKind = Literal["lambda", "activity", "integration"]
"""`lambda`: the Resource is the ARN of a function; `activity`: of an activity."""

TaskPattern = Literal["request_response", "sync", "sync2", "wait_for_task_token"]


@dataclass(frozen=True, slots=True)
class RunTask:
    """
    Call a task's resource; answered by TaskStarted/TaskSubmitted and one of
    TaskSucceeded, TaskFailed, TaskTimedOut, HeartbeatMissed.

    `number` is the id of the event (TaskScheduled, …) that scheduled it. The token of a callback
    or an activity is `task_token(execution id, frame, number)`; it is in `parameters` already.
    """

    frame: str
    number: int
    state: str
    kind: TaskKind
    resource: str
    """The Resource as written, with its suffix: arn:aws:states:::sns:publish.waitForTaskToken."""
    pattern: TaskPattern
    parameters: Any
    """The evaluated Parameters or Arguments; the state's (effective) input where there are none."""
    parameters_text: str
    """The same as JSON text, as the history has it."""
    credentials: Mapping[str, Any] | None = None
    """{"RoleArn": …}, evaluated."""
    timeout_seconds: float | None = None
    heartbeat_seconds: float | None = None
    task_token: str | None = None


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Tell TimerFired at `at`: a Wait state, or a Retry's delay."""

    frame: str
    number: int
    at: float
    purpose: Literal["wait", "retry"] = "wait"


@dataclass(frozen=True, slots=True)
class StartMapRun:
    """Run a distributed Map; answered by MapRunStarted and MapRunSucceeded or MapRunFailed."""

    frame: str
    number: int
    state: str
    region: str
    """Where the Map state stands in the definition; `machine.child(region, state)` is what runs."""
    execution_type: Literal["STANDARD", "EXPRESS"]
    items: Any = None
    """The evaluated Items/ItemsPath (a list, or an object), when there is no reader."""
    reader: Mapping[str, Any] | None = None
    """{"Resource", "ReaderConfig", "Parameters"}, all evaluated."""
    batcher: Mapping[str, Any] | None = None
    """{"MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"}, all evaluated."""
    writer: Mapping[str, Any] | None = None
    """{"Resource", "WriterConfig", "Parameters"}, all evaluated."""
    selects_items: bool = False
    """Whether there is an ItemSelector: then `select_item` gives each child's input."""
    max_concurrency: int = 0
    tolerated_failure_count: int = 0
    tolerated_failure_percentage: float = 0.0
    label: str | None = None
    redriven: bool = False
    """This is a redrive: go on with the unsuccessful items of the frame's map run."""
    map_run_arn: str | None = None
    """Of a redrive: the map run to go on with."""


@dataclass(frozen=True, slots=True)
class CancelWait:
    """Nobody waits for this any more: stop the timer, the job, the map run or the nested call."""

    frame: str
    number: int
    kind: Literal["task", "timer", "map_run"]
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class ContinueLater:
    """Call `advance` with Continue() soon; others may have their turn before."""


Command = RunTask | StartTimer | StartMapRun | CancelWait | ContinueLater


class HistoryEvent(NamedTuple):
    """
    One event of GetExecutionHistory. `details` is keyed by the API's member name.

    A tuple, because it is made at every step, and stored as an array.
    """

    id: int
    previous_event_id: int
    timestamp: float
    type: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the execution ended."""

    status: Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
    output: str | None = None
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """What one call of `advance` changes. An ignored resumption gives an empty one."""

    last_event_id: int
    frames: Mapping[str, Frame | None] = field(default_factory=dict)
    """Frames to put, or, as None, to remove."""
    history: tuple[HistoryEvent, ...] = ()
    commands: tuple[Command, ...] = ()
    outcome: Outcome | None = None
