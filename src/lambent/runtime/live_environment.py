"""
One execution environment, alive: carries out what the machine in `environment.py` answers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from lambent.core.errors import Impossible
from lambent.runtime import log_stream as lines
from lambent.runtime import outcomes
from lambent.runtime.api import (
    EnvironmentStatus,
    FunctionVersion,
    Invocation,
    InvocationResult,
    SandboxFailed,
)
from lambent.runtime.environment import (
    Abandoned,
    Answered,
    Assigned,
    Ended,
    Environment,
    InitFailed,
    Initialised,
    Retired,
    TimeWasUp,
    Told,
    react,
)
from lambent.runtime.environment_variables import environment_variables
from lambent.runtime.frames import FrameChannel, frame
from lambent.runtime.log_pipe import LogPipe
from lambent.runtime.log_stream import LogShipper, LogStream, Report
from lambent.runtime.outcomes import Outcome
from lambent.runtime.runtimes import Choice
from lambent.runtime.sandbox.api import Exit, Outfit
from lambent.runtime.sandbox.forked import NamespaceSandbox
from lambent.runtime.sandbox.nursery import Nursery

_INIT_SECONDS = 10.0  # AWS: the limit of the Init phase
# Invocations that follow at once find the environment still running.
_FREEZE_AFTER_SECONDS = 0.02
_MEMORY_LOOK_SECONDS = 0.05
# How long a function that has closed its side of the channel may go on.
_LEAVE_SECONDS = 0.25
_SANDBOX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an environment needs from the runtime around it."""

    nursery: Nursery
    choice: Choice
    shipper: LogShipper
    endpoint_url: str
    credentials: Callable[[FunctionVersion], Awaitable[Mapping[str, str]]]
    now: Callable[[], float]
    on_idle: Callable[["LiveEnvironment"], None]
    on_ended: Callable[["LiveEnvironment"], None]


class LiveEnvironment:
    def __init__(
        self,
        version: FunctionVersion,
        around: Surroundings,
        initialization_type: str = "on-demand",
    ) -> None:
        self.version = version
        self.initialization_type = initialization_type
        self.idle_since = 0.0
        self._around = around
        self._machine = Environment()
        self._loop = asyncio.get_running_loop()
        now = around.now()
        self._log = LogStream(version, lines.log_stream_name(version.version, now), around.now)
        self._sandbox: NamespaceSandbox | None = None
        self._pipe: LogPipe | None = None
        self._transport: asyncio.Transport | None = None
        self._incarnation = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._invocation: Invocation | None = None
        self._caller: asyncio.Future[InvocationResult] | None = None
        self._outcome: Outcome | None = None
        self._error_type = ""
        self._began = 0.0
        self._memory_kb = 0
        self._init_ms: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._freezing: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._out_of_memory = False
        self._started = False

    # What others ask of it.

    def status(self) -> EnvironmentStatus:
        pid = 0 if self._sandbox is None else self._sandbox.pid
        phase = self._machine.phase
        return EnvironmentStatus(
            self.version.key, self._log.name, phase, pid, self.initialization_type
        )

    @property
    def is_usable(self) -> bool:
        return (
            self._machine.phase == "idle" and self._sandbox is not None and self._sandbox.is_alive()
        )

    @property
    def is_busy(self) -> bool:
        return self._machine.assigned

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        self._invocation = invocation
        caller: asyncio.Future[InvocationResult] = self._loop.create_future()
        self._caller = caller
        self._log.begin_tail()
        self._tell(Assigned())
        if not self._started:
            self._start()
        return await caller

    def initialise(self) -> None:
        """Begin the Init phase with nothing to do yet."""
        if not self._started:
            self._start()

    def retire(self) -> None:
        self._tell(Retired())

    async def end(self) -> None:
        """End it whatever it does, and wait until nothing of it is left."""
        if self._machine.phase != "ended":
            self._tell(Abandoned())
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    # Starting.

    def _start(self) -> None:
        self._started = True
        self._incarnation += 1
        self._began = time.perf_counter()
        task = self._loop.create_task(self._come_up(self._incarnation))
        self._keep(task)

    def _keep(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come_up(self, incarnation: int) -> None:
        """Get a sandbox, make it this function's, and hand over the setup."""
        asked = asyncio.ensure_future(self._credentials())
        sandbox = None
        try:
            sandbox = await self._furnished()
            credentials = await asked
        except Exception as error:
            # Whatever it was, the caller waits for it.
            asked.cancel()
            self._fail(error)
        if self._machine.phase == "ended":
            if sandbox is not None:
                self._around.nursery.discard(sandbox)
            return
        assert sandbox is not None
        self._sandbox = sandbox
        pipe = self._pipe = LogPipe(sandbox.log, self._log, self._around.shipper)
        self._keep(self._loop.create_task(self._mourn(sandbox, incarnation)))

        def heard(kind: bytes, number: int, length: int, body: bytes) -> None:
            if incarnation == self._incarnation:
                self._heard(kind, number, length, body)

        def closed() -> None:
            # A process that ends closes it too, and then there is nothing to do.
            self._loop.call_later(_LEAVE_SECONDS, sandbox.kill)

        transport, _ = await self._loop.create_unix_connection(
            lambda: FrameChannel(heard, closed), sock=sandbox.control
        )
        if incarnation != self._incarnation or self._pipe is not pipe:
            # It has ended meanwhile, and that has been answered.
            transport.close()
            return
        self._transport = transport
        if self._machine.attempt == 1:
            self._say_init_start()
        if self._timer is None:
            limit = _INIT_SECONDS if self._machine.attempt == 1 else float(self.version.timeout)
            self._timer = self._loop.call_later(limit, self._time_is_up)
        self._began = time.perf_counter()
        transport.write(frame(b"S", 0, self._setup(sandbox, credentials)))

    async def _credentials(self) -> Mapping[str, str]:
        return await self._around.credentials(self.version)

    async def _furnished(self) -> NamespaceSandbox:
        version = self.version
        outfit = Outfit(
            version.code, version.layers, version.memory_size, version.ephemeral_storage
        )
        for left in reversed(range(_SANDBOX_ATTEMPTS)):
            sandbox = await self._around.nursery.take(version.environment)
            try:
                await sandbox.furnish(outfit)
            except SandboxFailed:
                # It may have died while it waited, as when somebody kills the zygote.
                self._around.nursery.discard(sandbox)
                if not left:
                    raise
            else:
                return sandbox
        raise Impossible("the last attempt returns or raises")

    def _setup(self, sandbox: NamespaceSandbox, credentials: Mapping[str, str]) -> bytes:
        version = self.version
        variables = environment_variables(
            version,
            self._around.choice.interpreter,
            credentials,
            endpoint_url=self._around.endpoint_url,
            log_stream=self._log.name,
            initialization_type=self.initialization_type,
            task_root=sandbox.task_root,
            runtime_folder=self._around.nursery.runtime_folder,
        )
        return orjson.dumps(
            {
                "environment": variables,
                "handler": version.handler,
                "log_format": version.log_format,
                "task_root": sandbox.task_root,
                "path": [sandbox.task_root, *sandbox.path],
                "memory_size": version.memory_size,
                "limit_data": not sandbox.limits_memory,
            }
        )

    def _say_init_start(self) -> None:
        self._log.say(lines.init_start_line(self.version), in_tail=False)
        warning = self._around.choice.warning
        if warning is not None:
            self._log.say(warning + "\n")

    def _fail(self, error: Exception) -> None:
        self._machine = Environment(phase="ended")
        self._cancel_timers()
        if self._caller is not None and not self._caller.done():
            self._caller.set_exception(error)
        self._around.on_ended(self)

    # What happens to it.

    def _heard(self, kind: bytes, number: int, length: int, body: bytes) -> None:
        self._memory_kb = number
        match kind:
            case b"A":
                self._outcome = outcomes.answered(body, length)
                self._tell(Answered())
            case b"F":
                self._outcome = outcomes.failed(body, length)
                self._tell(Answered())
            case b"R":
                self._cancel_timers()
                self._init_ms = (time.perf_counter() - self._began) * 1000
                self._tell(Initialised())
            case b"X":
                self._outcome = outcomes.failed(body, length)
                self._error_type = self._outcome.error_type
                self._tell(InitFailed())
            case _:
                self._tell(Ended())

    def _time_is_up(self) -> None:
        self._timer = None
        if self._machine.phase == "starting":
            self._error_type = "Sandbox.Timedout"
        self._outcome = outcomes.timed_out(self._request_id, self.version.timeout)
        self._tell(TimeWasUp())

    async def _mourn(self, sandbox: NamespaceSandbox, incarnation: int) -> None:
        exit_ = await sandbox.exited()
        if incarnation != self._incarnation or self._machine.phase == "ended":
            self._let_go(sandbox)
            return
        self._drain_log()
        ended = Exit(exit_.status, exit_.out_of_memory or self._out_of_memory)
        self._outcome = outcomes.exited(self._request_id, ended)
        self._error_type = self._outcome.error_type
        self._tell(Ended())
        self._let_go(sandbox)

    @property
    def _request_id(self) -> str:
        return "" if self._invocation is None else self._invocation.request_id

    # What follows.

    def _tell(self, told: Told) -> None:
        self._machine, answers = react(self._machine, told)
        for answer in answers:
            match answer:
                case "deliver":
                    self._deliver()
                case "complete":
                    self._complete()
                case "rest":
                    self._rest()
                case "start again":
                    self._start_again()
                case "kill":
                    self._kill()

    def _deliver(self) -> None:
        invocation, sandbox, transport = self._invocation, self._sandbox, self._transport
        assert invocation is not None and sandbox is not None and transport is not None
        if self._freezing is not None:
            self._freezing.cancel()
            self._freezing = None
        sandbox.thaw()
        self._outcome = None
        self._log.say(lines.start_line(invocation.request_id, self.version.version))
        timeout = float(self.version.timeout)
        self._timer = self._loop.call_later(timeout, self._time_is_up)
        self._watching = self._loop.call_later(_MEMORY_LOOK_SECONDS, self._look_at_memory)
        meta = orjson.dumps(
            {
                "request_id": invocation.request_id,
                "invoked_arn": invocation.invoked_arn,
                "deadline_ms": int((time.time() + timeout) * 1000),
                "client_context": invocation.client_context,
                "cognito_identity": invocation.cognito_identity,
                "trace_header": invocation.trace_header,
            }
        )
        self._began = time.perf_counter()
        transport.write(frame(b"I", len(meta), meta, invocation.payload))

    def _complete(self) -> None:
        """Write END and REPORT and answer the caller."""
        elapsed_ms = (time.perf_counter() - self._began) * 1000
        invocation, caller = self._invocation, self._caller
        self._cancel_timers()
        if invocation is None or caller is None:
            return
        outcome = self._outcome or outcomes.exited(invocation.request_id, Exit(137))
        if self._machine.phase == "ended" and self._sandbox is not None:
            # Nothing of the function may run on when its caller has been answered.
            used = self._sandbox.memory_used() >> 10
            self._memory_kb = max(self._memory_kb, used)
            self._sandbox.kill()
        self._drain_log()
        self._log.finish_line()
        if self._error_type and self._init_ms is None:
            self._say_init_report("invoke", elapsed_ms)
            self._log.say(lines.start_line(invocation.request_id, self.version.version))
        if outcome.status == "timeout":
            elapsed_ms = self.version.timeout * 1000.0
        if outcome.log_line:
            self._log.say(outcome.log_line(self._around.now()))
        report = Report(
            invocation.request_id,
            elapsed_ms,
            self.version.memory_size,
            self._max_memory_used(outcome),
            self._init_ms if self.initialization_type == "on-demand" else None,
            outcome.status,
            outcome.error_type if outcome.status == "error" else "",
        )
        self._init_ms = None
        self._log.say(lines.end_line(invocation.request_id))
        self._log.say(lines.report_line(report))
        self._notice()
        self._invocation = self._caller = None
        result = InvocationResult(
            outcome.payload,
            outcome.function_error,
            self._log.end_tail(),
            report.duration_ms,
            report.billed_duration_ms,
            report.max_memory_used_mb,
            report.init_duration_ms,
        )
        if self._machine.phase == "ended" and self._sandbox is not None:
            self._keep(self._loop.create_task(self._answer_after_end(caller, result)))
        elif not caller.done():
            caller.set_result(result)

    async def _answer_after_end(
        self, caller: "asyncio.Future[InvocationResult]", result: InvocationResult
    ) -> None:
        assert self._sandbox is not None
        try:
            await self._sandbox.exited()
        finally:
            if not caller.done():
                caller.set_result(result)

    def _max_memory_used(self, outcome: Outcome) -> int:
        used = self._memory_kb >> 10
        if outcome.error_type == outcomes.OUT_OF_MEMORY:
            return self.version.memory_size
        return min(max(used, 1), self.version.memory_size)

    def _rest(self) -> None:
        self._cancel_timers()
        assert self._sandbox is not None
        self._freezing = self._loop.call_later(_FREEZE_AFTER_SECONDS, self._sandbox.freeze)
        self.idle_since = self._loop.time()
        self._notice()
        self._around.on_idle(self)

    def _start_again(self) -> None:
        """AWS: a failed Init phase is run once more, within the invocation and its time."""
        elapsed_ms = (time.perf_counter() - self._began) * 1000
        self._cancel_timers()
        self._drain_log()
        self._log.finish_line()
        self._say_init_report("init", elapsed_ms)
        self._error_type = ""
        self._outcome = None
        if self._sandbox is not None:
            self._sandbox.kill()
            self._let_go(self._sandbox)
        self._start()

    def _say_init_report(self, phase: str, elapsed_ms: float) -> None:
        timed_out = self._error_type == "Sandbox.Timedout"
        status = "timeout" if timed_out else "error"
        kind = "" if timed_out else self._error_type
        self._log.say(lines.init_report_line(elapsed_ms, phase, status, kind))

    def _kill(self) -> None:
        self._cancel_timers()
        if self._sandbox is not None:
            self._sandbox.kill()
            self._drain_log()
            self._log.finish_line()
            self._let_go(self._sandbox)
        self._notice()
        self._around.on_ended(self)

    def _let_go(self, sandbox: NamespaceSandbox) -> None:
        """Close our ends of a sandbox that has ended or is about to."""
        if sandbox is self._sandbox and self._transport is not None:
            self._transport.close()
            self._transport = None
        if sandbox is self._sandbox and self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _cancel_timers(self) -> None:
        for timer in (self._timer, self._freezing, self._watching):
            if timer is not None:
                timer.cancel()
        self._timer = self._freezing = self._watching = None

    def _look_at_memory(self) -> None:
        """Memory without /tmp, which the hard limit of the control group cannot tell apart."""
        sandbox, limit = self._sandbox, self.version.memory_size << 20
        assert sandbox is not None
        if sandbox.memory_held() > limit and sandbox.memory_used() > limit:
            self._out_of_memory = True
            sandbox.kill()
            return
        self._watching = self._loop.call_later(_MEMORY_LOOK_SECONDS, self._look_at_memory)

    def _drain_log(self) -> None:
        if self._pipe is not None:
            self._pipe.drain()

    def _notice(self) -> None:
        if self._log.has_events:
            self._around.shipper.notice(self._log)
