"""
One execution environment, alive: carries out what the machine in `environment.py` answers.
"""

import asyncio
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from lambent.runtime import log_stream as lines
from lambent.runtime import outcomes, setups
from lambent.runtime.api import (
    EnvironmentStatus,
    FunctionVersion,
    Invocation,
    InvocationResult,
    SnapshotFailed,
)
from lambent.runtime.conversations import ApiConversation
from lambent.runtime.environment import (
    Abandoned,
    Answered,
    Assigned,
    Ended,
    Environment,
    InitFailed,
    Initialised,
    Retired,
    Settled,
    TimeWasUp,
    Told,
    react,
)
from lambent.runtime.extensions_api import invoke_event
from lambent.runtime.incarnation import Incarnation
from lambent.runtime.interface import (
    Erred,
    ExtensionErred,
    ExtensionWaits,
    Happening,
    InitErred,
    Registered,
    Responded,
    RuntimeWaits,
    StreamBegan,
    StreamEnded,
    StreamPart,
    Subscribed,
)
from lambent.runtime.journal import Journal
from lambent.runtime.log_stream import LogStream
from lambent.runtime.memory_watch import MemoryWatch
from lambent.runtime.outcomes import Outcome
from lambent.runtime.parking import ParkedAnswer
from lambent.runtime.reporting import Reporting, report_of
from lambent.runtime.response_streams import LiveStream, StreamedAnswer
from lambent.runtime.sandbox.api import Exit
from lambent.runtime.sandbox.forked import NamespaceSandbox
from lambent.runtime.surroundings import Surroundings

# AWS: the limit of the Init phase; of provisioned environments it is longer.
_INIT_SECONDS = {"on-demand": 10.0}
_LONG_INIT_SECONDS = 130.0
# Invocations that follow at once find the environment still running.
_FREEZE_AFTER_SECONDS = 0.02


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
        self.around = around
        self.memory_kb = 0
        now = around.now()
        self.log = LogStream(version, lines.log_stream_name(version.version, now), around.now)
        self._journal = Journal(version, self.log, around.now, initialization_type)
        self._reporting = Reporting(version, self._journal)
        self._machine = Environment()
        self._loop = asyncio.get_running_loop()
        self._alive: Incarnation | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._invocation: Invocation | None = None
        self._caller: asyncio.Future[InvocationResult] | None = None
        self._stream: LiveStream | None = None
        self._streamed = StreamedAnswer(None)
        self._outcome: Outcome | None = None
        self._error_type = ""
        self._shutdown_reason = "spindown"
        self._began = 0.0
        self._init_ms: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._freezing: asyncio.TimerHandle | None = None
        self._memory_watch = MemoryWatch(version.memory_limit)
        self._parked = ParkedAnswer(self._loop)
        self._over = asyncio.Event()
        self._started = False
        self._has_worked = False

    # What others ask of it.

    def status(self) -> EnvironmentStatus:
        pid = 0 if self._alive is None else self._alive.sandbox.pid
        phase = self._machine.phase
        return EnvironmentStatus(
            self.version.key, self.log.name, phase, pid, self.initialization_type
        )

    @property
    def is_usable(self) -> bool:
        alive = self._alive
        return self._machine.phase == "idle" and alive is not None and alive.sandbox.is_alive()

    @property
    def is_new(self) -> bool:
        return not self._started and not self.is_over

    @property
    def is_over(self) -> bool:
        return self._machine.phase == "ended"

    @property
    def is_busy(self) -> bool:
        return self._machine.assigned or self._machine.phase == "settling"

    @property
    def init_error(self) -> str:
        """Why it could not be initialised, or nothing."""
        return self._error_type

    async def invoke(
        self, invocation: Invocation, stream: LiveStream | None = None
    ) -> InvocationResult:
        self._invocation = invocation
        self._stream = stream
        caller: asyncio.Future[InvocationResult] = self._loop.create_future()
        self._caller = caller
        self.log.begin_tail()
        self.tell(Assigned())
        self.initialise()
        return await caller

    def initialise(self) -> None:
        """Begin the Init phase, with nothing to do yet or for the invocation that waits."""
        if not self._started:
            self._start()

    def hold_stream(self, hold: bool) -> None:
        if self._alive is not None:
            self._alive.conversation.hold_stream(hold)

    async def connect(self, port: int) -> socket.socket:
        """To what listens in its sandbox. Raises ConnectionRefusedError."""
        if self._alive is None or not self._alive.is_current:
            raise ConnectionRefusedError
        connection: socket.socket = await self._alive.connect(port)
        return connection

    def retire(self) -> None:
        self.tell(Retired())

    async def end(self) -> None:
        """End it whatever it does, and wait until nothing of it is left."""
        if self._machine.phase != "ended":
            self.tell(Abandoned())
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def ended(self) -> None:
        """Wait until nothing of it is left."""
        await self._over.wait()
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    # Starting.

    def _start(self) -> None:
        self._started = True
        self._began = time.perf_counter()
        self._keep(self._loop.create_task(self._come_up()))

    def _keep(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come_up(self) -> None:
        """Get a sandbox, make it this function's, and hand over the setup."""
        attempt = self._machine.attempt
        asked = asyncio.ensure_future(self._credentials())
        sandbox = None
        try:
            sandbox = await self._sandbox()
            credentials = await asked
        except SnapshotFailed as failure:
            asked.cancel()
            self.happened(InitErred(failure.error, ""), None)
            return
        except Exception as error:
            # Whatever it was, the caller waits for it.
            asked.cancel()
            self._fail(error)
        if self._machine.phase == "ended":
            if sandbox is not None:
                self.around.nursery.discard(sandbox)
            return
        assert sandbox is not None
        self.around.on_furnished(self)
        alive = self._alive = Incarnation(self, sandbox)
        try:
            if attempt == 1 and self.initialization_type != "snap-start":
                self._say_init_start()
            # Somebody may sit before a debugger; the function's own time-out is long then.
            if self._timer is None and self.version.debugger is None:
                limit = _INIT_SECONDS.get(self.initialization_type, _LONG_INIT_SECONDS)
                seconds = limit if attempt == 1 else float(self.version.timeout)
                self._timer = self._loop.call_later(seconds, self._time_is_up)
            self._memory_watch.begin(sandbox)
            self._began = time.perf_counter()
            variables = setups.variables(self, sandbox, credentials)
            setup = setups.setup(self.version, sandbox, self.around.nursery, variables)
            if alive.extensions is None:
                alive.conversation.set_up(setup)
            await alive.open()
        finally:
            # Not before: what it said before it ended is heard first.
            self._keep(self._loop.create_task(self._mourn(alive)))
        if alive.is_current and alive.extensions is not None:
            alive.start_extensions(variables)
            with suppress(asyncio.CancelledError):
                await alive.extensions.all_registered()
                if alive.is_current:
                    alive.conversation.set_up(setup)

    async def _credentials(self) -> Mapping[str, str]:
        return await self.around.credentials(self.version)

    async def _sandbox(self) -> NamespaceSandbox:
        if self.initialization_type == "snap-start":
            return await (await self.around.snapshot_of(self.version)).take()
        return await setups.furnished(self.version, self.around.nursery, self.around.sdk_use)

    def _say_init_start(self) -> None:
        self._journal.init_start("init")
        warning = self.around.choice.warning
        if warning is not None:
            self.log.say(warning + "\n")

    def _fail(self, error: Exception) -> None:
        self._machine = Environment(phase="ended")
        self._cancel_timers()
        if self._caller is not None and not self._caller.done():
            self._caller.set_exception(error)
        self.around.on_ended(self)
        self._over.set()

    # What happens to it.

    def happened(self, happening: Happening, alive: Incarnation | None) -> None:
        match happening:
            case RuntimeWaits() if alive is not None:
                alive.runtime_waits = True
                self._settle(alive)
            case Responded(body=body, length=length):
                self._answer(outcomes.answered(body, length))
            case Erred(body=body, length=length, error_type=kind):
                self._answer(outcomes.failed(body, length, kind))
            case InitErred(body=body, error_type=kind):
                self._outcome = outcomes.init_failed(body, kind, self._request_id)
                self._error_type = self._outcome.error_type
                self.tell(InitFailed())
            case StreamBegan() | StreamPart() | StreamEnded():
                self._hear_stream(happening)
            case _ if alive is not None:
                self._hear_extension(happening, alive)

    def _hear_extension(self, happening: Happening, alive: Incarnation) -> None:
        match happening:
            case Registered():
                if alive.extensions is not None:
                    alive.extensions.registered()
            case ExtensionWaits():
                self._settle(alive)
            case ExtensionErred(name=name, phase=phase, error_type=kind):
                self._lose_extension(
                    f"Extension.{phase.capitalize()}Error", f"{name}: {kind}", name
                )
            case Subscribed(name=name, api=api, subscription=subscription):
                alive.telemetry.subscribe(name, subscription)
                self._journal.subscribed(alive.telemetry.tell)
                self.log.on_line = lambda line: alive.telemetry.line("function", line)
                self._journal.subscription(api, name, subscription.types)

    def extension_ended(self, name: str, reason: str) -> None:
        self._lose_extension("Extension.Crash", reason, name)

    def _lose_extension(self, kind: str, reason: str, name: str) -> None:
        if self._machine.phase == "ended":
            return
        self._outcome = outcomes.extension_failed(self._request_id, kind, reason)
        self._error_type, self._shutdown_reason = kind, "failure"
        self._journal.extension(name, "ExitError", (), kind)
        self.tell(Ended())

    def _settle(self, alive: Incarnation) -> None:
        """Whether all that there is asks for more; then a phase is over."""
        if not alive.all_wait:
            return
        if self._machine.phase == "starting":
            self._initialised(alive)
        elif self._machine.phase == "settling":
            self.tell(Settled())
        elif self._machine.phase == "busy":
            # Asking for more without having answered makes no sense.
            self._outcome = outcomes.exited(self._request_id, Exit(0))
            self.tell(Ended())

    def _initialised(self, alive: Incarnation) -> None:
        self._cancel_timers()
        self._init_ms = (time.perf_counter() - self._began) * 1000
        if self.around.limits_cpu:
            # AWS: the Init phase has whole processors.
            alive.sandbox.limit_cpu(self.version.memory_size)
        alive.extensions_api.closed = True
        for extension in alive.extensions_api.registered:
            events = tuple(sorted(extension.events))
            self._journal.extension(extension.name, "Ready", events)
        if self.initialization_type == "snap-start":
            self._journal.restored(self._init_ms)
        else:
            self._journal.init_done(self._init_ms)
        self._journal.nobody_subscribes()
        self.tell(Initialised())

    def _answer(self, outcome: Outcome) -> None:
        if self._machine.phase in ("busy", "idle", "starting"):
            self._outcome = outcome
            self.tell(Answered())

    def _hear_stream(self, happening: StreamBegan | StreamPart | StreamEnded) -> None:
        match happening:
            case StreamBegan(content_type=content_type):
                self._streamed = StreamedAnswer(self._stream)
                self._streamed.begin(content_type)
            case StreamPart(content=content):
                self._streamed.put(content)
            case StreamEnded(error=error, error_type=kind):
                self._answer(self._streamed.outcome(error, kind))

    def _time_is_up(self) -> None:
        self._timer = None
        if self._machine.phase == "starting":
            self._error_type = "Sandbox.Timedout"
        self._shutdown_reason = "timeout"
        self._outcome = outcomes.timed_out(self._request_id, self.version.timeout)
        self.tell(TimeWasUp())

    async def _mourn(self, alive: Incarnation) -> None:
        exit_ = await alive.sandbox.function_ended()
        if alive.is_current:
            alive.hear_out()
        if not alive.is_current or self._machine.phase == "ended":
            if alive.sandbox.companions is None:
                alive.close()
            return
        ended = Exit(exit_.status, exit_.out_of_memory or self._memory_watch.exceeded)
        self._outcome = outcomes.exited(self._request_id, ended)
        self._error_type = self._outcome.error_type
        self._shutdown_reason = "failure"
        self.tell(Ended())

    @property
    def _request_id(self) -> str:
        return "" if self._invocation is None else self._invocation.request_id

    # What follows.

    def tell(self, told: Told) -> None:
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
        invocation, alive = self._invocation, self._alive
        assert invocation is not None and alive is not None
        if self._freezing is not None:
            self._freezing.cancel()
            self._freezing = None
        alive.sandbox.thaw()
        alive.runtime_waits = False
        self._outcome = None
        self._has_worked = True
        self._journal.start(invocation.request_id, invocation.trace_header)
        timeout = float(self.version.timeout)
        self._timer = self._loop.call_later(timeout, self._time_is_up)
        self._memory_watch.begin(alive.sandbox)
        deadline_ms = int((time.time() + timeout) * 1000)
        if alive.extensions_api.registered:
            self._tell_extensions(alive, invocation, deadline_ms)
        self._began = time.perf_counter()
        alive.conversation.deliver(invocation, deadline_ms)

    def _tell_extensions(
        self, alive: Incarnation, invocation: Invocation, deadline_ms: int
    ) -> None:
        event = invoke_event(invocation, deadline_ms)
        alive.door.send(alive.extensions_api.publish("INVOKE", event))

    def _complete(self) -> None:
        """Write END and REPORT and answer the caller."""
        elapsed_ms = (time.perf_counter() - self._began) * 1000
        invocation, caller, alive = self._invocation, self._caller, self._alive
        if self._machine.phase == "ended":
            self._cancel_timers()
        if invocation is None or caller is None:
            return
        outcome = self._outcome or outcomes.exited(invocation.request_id, Exit(137))
        if alive is not None:
            self._look_for_the_last_time(alive)
            alive.drain()
        self.log.finish_line()
        if self._error_type and self._init_ms is None and not self._has_worked:
            self._journal.init_failed("invoke", elapsed_ms, self._error_type)
            self._journal.start(invocation.request_id, invocation.trace_header)
        if outcome.status == "timeout":
            elapsed_ms = self.version.timeout * 1000.0
        self._journal.failed(outcome)
        report = report_of(
            self.version,
            invocation,
            outcome,
            elapsed_ms=elapsed_ms,
            init_ms=self._init_ms,
            initialization_type=self.initialization_type,
            memory_mb=self.memory_kb >> 10,
        )
        self._init_ms = None
        produced = self._streamed.length or len(outcome.payload)
        self._streamed = StreamedAnswer(None)
        extended = alive is not None and alive.extensions_api.hears_of("INVOKE")
        extended = extended and self._machine.phase == "settling"
        runs_on = self._reporting.answered(
            report, produced, invocation.trace_header, extended=extended
        )
        self._notice()
        self._invocation = self._caller = self._stream = None
        result = InvocationResult(
            outcome.payload,
            outcome.function_error,
            b"",
            report.duration_ms,
            report.billed_duration_ms,
            report.max_memory_used_mb,
            report.init_duration_ms,
            report.restore_duration_ms,
            runs_on_ms=runs_on,
        )
        if self._machine.phase == "ended" and alive is not None:
            self._keep(self._loop.create_task(self._answer_after_end(alive, caller, result)))
        else:
            self._parked.park(caller, lambda: self._with_log(result))

    def _with_log(self, result: InvocationResult) -> InvocationResult:
        return replace(result, log_tail=self.log.end_tail())

    def _look_for_the_last_time(self, alive: Incarnation) -> None:
        """Note the memory, and see to it that what has ended does not run on."""
        speaks_api = isinstance(alive.conversation, ApiConversation)
        if self._machine.phase == "ended" or speaks_api:
            used = alive.sandbox.memory_used() >> 10
            self.memory_kb = max(self.memory_kb, used)
        if self._machine.phase == "ended":
            # Nothing of the function may run on when its caller has been answered.
            if alive.sandbox.companions is not None:
                alive.sandbox.companions.end_function()
            else:
                alive.sandbox.kill()

    async def _answer_after_end(
        self,
        alive: Incarnation,
        caller: "asyncio.Future[InvocationResult]",
        result: InvocationResult,
    ) -> None:
        try:
            await alive.sandbox.function_ended()
        finally:
            if not caller.done():
                caller.set_result(self._with_log(result))

    def _rest(self) -> None:
        self._cancel_timers()
        assert self._alive is not None
        self._reporting.all_done()
        if self._alive.telemetry.has_subscribers:
            self._keep(self._loop.create_task(self._freeze_when_told(self._alive)))
        else:
            self._freeze_soon(self._alive)
        self.idle_since = self._loop.time()
        self._notice()
        self.around.on_idle(self)
        self._parked.give()

    def _freeze_soon(self, alive: Incarnation) -> None:
        if self.version.debugger is not None:
            # Its debugger answers the editor between invocations.
            return
        self._freezing = self._loop.call_later(_FREEZE_AFTER_SECONDS, alive.sandbox.freeze)

    async def _freeze_when_told(self, alive: Incarnation) -> None:
        """Who stands still cannot be told anything."""
        await alive.telemetry.flush()
        if self._machine.phase == "idle" and self._freezing is None:
            self._freeze_soon(alive)

    def _start_again(self) -> None:
        """AWS: a failed Init phase is run once more, within the invocation and its time."""
        elapsed_ms = (time.perf_counter() - self._began) * 1000
        self._cancel_timers()
        if self._alive is not None:
            self._alive.drain()
        self.log.finish_line()
        self._journal.init_failed("init", elapsed_ms, self._error_type)
        self._error_type = ""
        self._outcome = None
        self._memory_watch.exceeded = False
        if self._alive is not None:
            self._alive.sandbox.kill()
            self._alive.close()
        self._start()

    def _kill(self) -> None:
        self._cancel_timers()
        self._reporting.all_done(self._shutdown_reason, self._error_type)
        self._parked.give()
        alive = self._alive
        if alive is not None and alive.extensions is not None and alive.extensions.wants_shutdown:
            self._keep(self._loop.create_task(self._shut_down(alive)))
        elif alive is not None:
            self._end(alive)
        self._notice()
        self.around.on_ended(self)
        self._over.set()

    async def _shut_down(self, alive: Incarnation) -> None:
        """AWS: the Shutdown phase, which extensions have to themselves."""
        assert alive.extensions is not None and alive.sandbox.companions is not None
        alive.is_current = False
        alive.sandbox.thaw()
        alive.sandbox.companions.end_function()
        alive.drain()
        await alive.telemetry.flush()
        await alive.extensions.shut_down(self._shutdown_reason, int(time.time() * 1000))
        self._end(alive)
        self._notice()

    def _end(self, alive: Incarnation) -> None:
        alive.sandbox.kill()
        alive.drain()
        self.log.finish_line()
        alive.close()

    def _cancel_timers(self) -> None:
        for timer in (self._timer, self._freezing):
            if timer is not None:
                timer.cancel()
        self._timer = self._freezing = None
        self._memory_watch.stop()

    def _notice(self) -> None:
        if self.log.has_events:
            self.around.shipper.notice(self.log)
