"""What Step Functions remembers, in frozen records."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MachineArn:
    """`…:stateMachine:name`, with a version or an alias as its qualifier where there is one."""

    account: str
    region: str
    name: str
    qualifier: str = ""

    @property
    def unqualified(self) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{self.name}"

    def __str__(self) -> str:
        return f"{self.unqualified}:{self.qualifier}" if self.qualifier else self.unqualified


@dataclass(frozen=True, slots=True)
class ExecutionArn:
    """`…:execution:machine:name` of a Standard execution; `…:express:machine:name:run`."""

    account: str
    region: str
    machine: str
    name: str
    express: bool = False

    @property
    def machine_arn(self) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{self.machine}"


@dataclass(frozen=True, slots=True)
class Machine:
    number: int
    account: str
    region: str
    name: str
    type: str
    status: str
    created_at: float
    revision: str
    last_version: int

    @property
    def arn(self) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{self.name}"


@dataclass(frozen=True, slots=True)
class Revision:
    """`id` is the revisionId; AWS shows none for the configuration a machine was created with."""

    id: str
    machine: int
    initial: bool
    definition: str
    role_arn: str
    logging: dict[str, Any]
    tracing: dict[str, Any]
    encryption: dict[str, Any]
    created_at: float


@dataclass(frozen=True, slots=True)
class Version:
    machine: int
    version: int
    revision: str
    description: str | None
    created_at: float


@dataclass(frozen=True, slots=True)
class Alias:
    """`routing` is a list of (version, weight)."""

    machine: int
    name: str
    description: str | None
    routing: tuple[tuple[int, int], ...]
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class StartTarget:
    """What StartExecution needs to know of the machine that it was asked to start."""

    number: int
    name: str
    type: str
    status: str
    revision: str
    version: int | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    number: int
    arn: str
    machine: int
    revision: str
    name: str
    express: bool
    status: str
    stamp: int
    last_event_id: int
    started_at: float
    stopped_at: float | None
    input: str
    output: str | None
    error: str | None
    cause: str | None
    trace_header: str | None
    version: int | None
    alias: str | None
    map_run: int | None
    item_count: int | None
    redrive_count: int
    redriven_at: float | None


@dataclass(frozen=True, slots=True)
class ListedExecution:
    """What a list shows of an execution: no data, which may be long."""

    number: int
    arn: str
    name: str
    express: bool
    status: str
    started_at: float
    stopped_at: float | None
    listed_at: float
    version: int | None
    alias: str | None
    item_count: int | None
    redrive_count: int
    redriven_at: float | None


@dataclass(frozen=True, slots=True)
class Activity:
    arn: str
    account: str
    region: str
    name: str
    encryption: dict[str, Any]
    created_at: float


@dataclass(frozen=True, slots=True)
class ActivityTask:
    number: int
    execution_arn: str
    frame: str
    event: int
    input: str
    token: str
    timeout_seconds: float | None
    heartbeat_seconds: float | None


@dataclass(frozen=True, slots=True)
class NestedWait:
    """A frame of `parent_arn` that waits for `child_arn` to end."""

    child_arn: str
    parent_arn: str
    frame: str
    number: int
    pattern: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Of children, or of the items that they were given, by their status."""

    running: int
    succeeded: int
    failed: int
    timed_out: int
    aborted: int
    pending_redrive: int

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.timed_out + self.aborted

    @property
    def begun(self) -> int:
        return self.running + self.ended + self.pending_redrive


@dataclass(frozen=True, slots=True)
class MapRun:
    """
    The run of a distributed Map. `place` says, as JSON, how far its items are read; `working`
    whether a row of work exists that goes on with it, and `wakes` how many there have been.
    `items_known` are those that are known to exist, and whether they are `all_known`; `batch_size`
    is how many a child gets at most, 0 when nobody knows.
    """

    number: int
    arn: str
    execution: int
    execution_arn: str
    frame: str
    event: int
    machine: int
    revision: str
    region_path: str
    state: str
    label: str
    express: bool
    status: str
    error: str | None
    cause: str | None
    started_at: float
    stopped_at: float | None
    max_concurrency: int
    tolerated_count: int
    tolerated_percentage: float
    redrive_count: int
    redriven_at: float | None
    told: bool
    place: str
    items_read: int
    items_known: int
    all_known: bool
    batch_size: int
    read_all: bool
    working: bool
    wakes: int
    results_written: int
    executions: Counts
    items: Counts


@dataclass(frozen=True, slots=True)
class ChildResult:
    """What a child execution of a map run gave."""

    number: int
    arn: str
    name: str
    status: str
    input: str
    output: str | None
    error: str | None
    cause: str | None
    started_at: float
    stopped_at: float | None
    redrive_count: int
