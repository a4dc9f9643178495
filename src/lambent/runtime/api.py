"""
What the runtime promises to those who run functions: the records and the protocol.

The runtime knows nothing of aliases, permissions or queues. It is given one version of one
function, whole, and runs it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from lambent.core.errors import AwsError, ClientError

_DEBUGGER_MEGABYTES = 512


@dataclass(frozen=True, slots=True)
class Debugger:
    """What listens in an environment for an editor's debugger."""

    session: str
    port: int  # in the sandbox
    # Nothing of the function runs before somebody has attached.
    waits: bool


@dataclass(frozen=True, slots=True)
class FunctionVersion:
    """All that is needed to run one version of one function."""

    key: str  # the identity of exactly this code and configuration; environments are kept by it
    arn: str  # unqualified
    function_name: str
    version: str
    runtime: str
    handler: str
    memory_size: int  # MB
    timeout: int  # s
    ephemeral_storage: int  # MB
    environment: Mapping[str, str]
    code: Path  # a prepared, read-only folder
    layers: tuple[Path, ...]  # in the order in which they are configured
    log_group: str
    account: str
    region: str
    log_format: str = "Text"
    log_level: str = ""  # of the function's own records, when the format is JSON
    system_log_level: str = ""  # of the platform's
    architecture: str = "x86_64"
    tracing_mode: str = "PassThrough"
    # Environments are copies of one that has been initialised; for Python.
    snap_start: bool = False
    role: str = ""  # its ARN; whose credentials the environment gets
    debugger: Debugger | None = None
    # Of a version on managed instances: so many at once, and who comes next waits for one.
    most_environments: int | None = None

    @property
    def memory_limit(self) -> int:
        """MB that the environment may use; the debugger's own do not count as the function's."""
        return self.memory_size + (_DEBUGGER_MEGABYTES if self.debugger else 0)


@dataclass(frozen=True, slots=True)
class Invocation:
    request_id: str
    payload: bytes
    invoked_arn: str
    client_context: str | None = None  # JSON
    trace_header: str | None = None
    cognito_identity: str | None = None  # JSON


@dataclass(frozen=True, slots=True)
class InvocationResult:
    payload: bytes
    function_error: str | None  # "Unhandled", or None
    log_tail: bytes  # the last 4 KB of what this invocation logged
    duration_ms: float
    billed_duration_ms: int
    max_memory_used_mb: int
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None
    # Every provisioned environment was busy, so one on demand has run it.
    spilled_over: bool = False
    # Of a function with extensions: for how long these run on after the answer, once they are done.
    runs_on_ms: "asyncio.Future[float] | None" = None


class ResponseStream(Protocol):
    """
    An invocation whose answer comes in parts: iterate over them, then ask for the result.

    A function that does not stream is one part. The result's payload is empty after a stream
    that went well, and the error after one that did not.
    """

    content_type: str | None  # None if it failed before the first part

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def result(self) -> InvocationResult: ...
    def close(self) -> None:
        """Nobody reads on. The function goes on to its end, and what it writes is dropped."""
        ...


@dataclass(frozen=True, slots=True)
class Provisioned:
    """The provisioned environments of a version, as AWS counts them."""

    requested: int
    allocated: int  # initialised
    available: int  # of these, those that run nothing
    status: str  # "IN_PROGRESS", "READY" or "FAILED"
    failure: str = ""  # the error type of the Init phase that failed


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Events of one log stream, in order: (seconds since 1970, message)."""

    account: str
    region: str
    log_group: str
    log_stream: str
    events: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class EnvironmentStatus:
    """One execution environment, as health pages and tests see it."""

    key: str
    log_stream: str
    phase: str
    pid: int
    initialization_type: str


@dataclass(frozen=True, slots=True)
class RuntimeSettings:
    work_folder: Path  # ours alone; nothing in it outlives the server
    endpoint_url: str
    # What isolates functions: `auto` is namespaces where possible, else plain processes.
    sandbox: Literal["auto", "namespaces", "process"] = "auto"
    # What functions reach: all that the machine does, or the platform's endpoint and nothing else.
    network: Literal["allowed", "platform-only"] = "allowed"
    # Whether functions get more than their share of a processor when nobody else wants it.
    cpu: Literal["shared", "limited"] = "shared"
    # AWS keeps an idle environment for some minutes.
    idle_seconds: float = 300.0
    # How long `close` waits for what still runs.
    drain_seconds: float = 10.0
    max_environments: int = 1000
    # Run a function on the nearest installed interpreter when its own is not there.
    allow_runtime_substitution: bool = True
    # Sandboxes that are kept ready before anybody asks for them, for each interpreter.
    ready_sandboxes: int = 2


Credentials = Callable[[FunctionVersion], Awaitable[Mapping[str, str]]]
ShipLogs = Callable[[list[LogBatch]], Awaitable[None]]


class RuntimeNotAvailable(ClientError):
    """
    The machine has nothing that could run this function. Says what to install.

    AWS has no word for it, since AWS has every runtime; the code is the one that it gives for
    a runtime that it cannot run.
    """

    code = "InvalidRuntimeException"
    status = 502


class SandboxFailed(AwsError):
    """A sandbox could not be made: the machine's fault, not the function's."""

    code = "ServiceException"
    status = 500


class SnapshotFailed(Exception):
    """The Init phase of a snapshot has failed. `error` is what the function says, as JSON."""

    def __init__(self, error: bytes) -> None:
        super().__init__(error.decode(errors="replace"))
        self.error = error


class FunctionRuntime(Protocol):
    """Every method may be called at any time, any number of times."""

    async def invoke(self, version: FunctionVersion, invocation: Invocation) -> InvocationResult:
        """Run the handler once. Failures of the function are results; only ours are raised."""
        ...

    async def invoke_streaming(
        self, version: FunctionVersion, invocation: Invocation
    ) -> ResponseStream:
        """Run the handler once; answers when its first part, or its end, is there."""
        ...

    def check_runtime(self, runtime: str) -> str | None:
        """
        Raise RuntimeNotAvailable if nothing here can run it.

        Answers the warning that its functions will log, if any.
        """
        ...

    async def snapshot(self, version: FunctionVersion) -> None:
        """
        Initialise a version with `snap_start` now, so that its environments are copies.

        Raises SnapshotFailed. An invocation without a snapshot takes one first.
        """
        ...

    async def provision(self, version: FunctionVersion, count: int) -> Provisioned:
        """
        Keep `count` environments of a version initialised; with 0, no more.

        Answers when they are, or when their Init phase fails again and again.
        """
        ...

    def provisioned(self, key: str) -> Provisioned:
        """What there is at this moment."""
        ...

    async def retire(self, key: str) -> None:
        """Stop the environments of a version, each after what it runs has ended."""
        ...

    async def close(self) -> None:
        """Let what runs end, up to the drain time, and stop everything."""
        ...

    @property
    def contained(self) -> bool:
        """Whether functions run within walls, where their code is /var/task."""
        ...

    async def debug(self, version: FunctionVersion, port: int) -> int:
        """
        Start a version that has a `debugger`, and open a port of the loopback to it; 0: any free.

        Invocations with that `debugger` run in this environment, one after another. Raises OSError
        when the port cannot be had. Answers which port it is.
        """
        ...

    async def end_debugging(self, session: str) -> None:
        """Close the port of a session, and end what it runs."""
        ...

    def environments(self) -> list[EnvironmentStatus]:
        """What is alive."""
        ...

    async def is_inside(self, peer: tuple[str, int], own: tuple[str, int]) -> bool:
        """Whether a function, or who cannot be told from one, calls from `peer` at our `own`."""
        ...


@dataclass(slots=True)
class Capabilities:
    """What this machine allows, and sentences for what it does not."""

    namespaces: bool
    own_user: int | None  # whom functions run as, if that is nobody else on the machine
    cgroup: str  # "v2", "hybrid", "v1" or "none"
    limits_memory: bool = False
    missing: list[str] = field(default_factory=list)
