"""
Warm environments, and who gets the next one.

The one used last is used first, so that those that are not needed grow old and are stopped.

Only so many are started at the same time as the machine can start side by side. Who has to wait
for that takes what comes first, as on AWS: a new environment, or one that somebody else has done
with. A thousand invocations at once so need fewer than a thousand environments, and end earlier.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lambent.runtime.api import (
    FunctionVersion,
    Invocation,
    InvocationResult,
    Provisioned,
    SandboxFailed,
)
from lambent.runtime.debugging import Debugged
from lambent.runtime.environment import Abandoned
from lambent.runtime.live_environment import LiveEnvironment
from lambent.runtime.provisioning import INITIALIZATION_TYPE, Provisioning
from lambent.runtime.response_streams import LiveStream
from lambent.runtime.waiting_line import Waiter, WaitingLine

# More keep the processors no busier, and hold each other up.
_MOST_STARTING = max(8, 4 * (os.cpu_count() or 1))


class Pool:
    def __init__(
        self,
        start: Callable[[FunctionVersion, str], LiveEnvironment],
        *,
        idle_seconds: float,
        limit: int,
    ) -> None:
        self._start = start
        self._idle_seconds = idle_seconds
        self._limit = limit
        self._idle: dict[str, list[LiveEnvironment]] = {}
        self._all: set[LiveEnvironment] = set()
        # Those without a sandbox yet.
        self._starting: set[LiveEnvironment] = set()
        self._line = WaitingLine()
        self._is_starting_for_waiting = False
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False
        self._provisioned: dict[str, Provisioning] = {}
        self._debugged: dict[str, Debugged] = {}

    def everything(self) -> list[LiveEnvironment]:
        return list(self._all)

    async def invoke(self, version: FunctionVersion, invocation: Invocation) -> InvocationResult:
        environment = await self._take(version)
        result = await environment.invoke(invocation)
        if self._spilled_over(version, environment):
            return replace(result, spilled_over=True)
        return result

    async def invoke_streaming(
        self, version: FunctionVersion, invocation: Invocation
    ) -> LiveStream:
        environment = await self._take(version)
        stream = LiveStream(environment.hold_stream)
        running = asyncio.ensure_future(environment.invoke(invocation, stream))
        spilled = self._spilled_over(version, environment)
        running.add_done_callback(partial(_pass_on, stream, spilled))
        await stream.begun()
        return stream

    def _spilled_over(self, version: FunctionVersion, environment: LiveEnvironment) -> bool:
        # On managed instances nobody has asked for provisioned concurrency.
        is_wanted = version.key in self._provisioned and version.most_environments is None
        return is_wanted and not _is_provisioned(environment)

    async def debug(self, version: FunctionVersion, port: int) -> int:
        assert version.debugger is not None
        await self.end_debugging(version.debugger.session)
        debugged = Debugged(version, self._start_one)
        self._debugged[version.debugger.session] = debugged
        try:
            return await debugged.listen(port)
        except OSError:
            del self._debugged[version.debugger.session]
            raise

    async def end_debugging(self, session: str) -> None:
        debugged = self._debugged.pop(session, None)
        if debugged is not None:
            await debugged.end()

    def _debugged_by(self, version: FunctionVersion) -> Debugged | None:
        return None if version.debugger is None else self._debugged.get(version.debugger.session)

    async def _take(self, version: FunctionVersion) -> LiveEnvironment:
        if version.debugger is not None:
            debugged = self._debugged_by(version)
            if debugged is None:
                raise SandboxFailed("The debugger's session has ended")
            return await debugged.take(version)
        while not self._closed:
            environment = self._find(version) or self._start_if_possible(version)
            environment = environment or await self._wait_for_one(version)
            # It may have ended between being given and being taken.
            if environment.is_usable or environment.is_new:
                return environment
        raise SandboxFailed("The server is ending")

    async def _wait_for_one(self, version: FunctionVersion) -> LiveEnvironment:
        given = self._line.join(version)
        try:
            return await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():
                self._take_back(given.result())
            raise

    def _find(self, version: FunctionVersion) -> LiveEnvironment | None:
        """One that is there and has nothing to do."""
        provisioning = self._provisioned.get(version.key)
        environment = None if provisioning is None else provisioning.take()
        return environment or self._take_idle(version.key)

    def _start_if_possible(self, version: FunctionVersion) -> LiveEnvironment | None:
        if len(self._starting) >= _MOST_STARTING or not self._may_have_more(version):
            return None
        while len(self._all) >= self._limit:
            if not self._stop_oldest():
                return None
        environment = self._start_one(version, "on-demand")
        # The first copy of a snapshot may wait for it as long as the function's Init phase takes.
        if environment.initialization_type == "on-demand":
            self._starting.add(environment)
        return environment

    def _take_back(self, environment: LiveEnvironment) -> None:
        """Who waited for it has gone away."""
        if environment.is_usable:
            self.rested(environment)
        else:
            environment.tell(Abandoned())

    def _serve(self, key: str) -> None:
        """Give what is free to those who wait for it."""
        while (waiter := self._line.first_of(key)) is not None:
            environment = self._find(waiter.version)
            if environment is None:
                return
            self._line.give(waiter, environment)

    def _start_for_waiting(self) -> None:
        """Start as many as there is room for again."""
        # Making room may end others, which is heard of in the middle of this.
        if not self._line or self._is_starting_for_waiting:
            return
        self._is_starting_for_waiting = given = True
        while given:
            given = any(self._start_for(waiter) for waiter in self._line.firsts())
        self._is_starting_for_waiting = False

    def _start_for(self, waiter: Waiter) -> bool:
        """Whether the waiter has what it waited for, or knows that there will be none."""
        try:
            environment = self._start_if_possible(waiter.version)
        except Exception as error:
            # Whatever it was, it is the waiter's affair, not that of who makes room.
            self._line.refuse(waiter, error)
            return True
        if environment is not None:
            self._line.give(waiter, environment)
        return environment is not None

    def _may_have_more(self, version: FunctionVersion) -> bool:
        most = version.most_environments
        return most is None or most > sum(one.version.key == version.key for one in self._all)

    async def provision(self, version: FunctionVersion, count: int) -> Provisioned:
        provisioning = self._provisioned.get(version.key)
        if provisioning is None:
            provisioning = Provisioning(version, self._start_one)
            self._provisioned[version.key] = provisioning
        provisioning.ask(count)
        if not count:
            self._forget_provisioning(version.key)
        return await provisioning.settled()

    def provisioned(self, key: str) -> Provisioned:
        provisioning = self._provisioned.get(key)
        return Provisioned(0, 0, 0, "READY") if provisioning is None else provisioning.summary()

    def _forget_provisioning(self, key: str) -> None:
        provisioning = self._provisioned.get(key)
        if provisioning is not None and provisioning.is_over:
            del self._provisioned[key]

    def _start_one(self, version: FunctionVersion, kind: str) -> LiveEnvironment:
        environment = self._start(version, kind)
        self._all.add(environment)
        return environment

    def _take_idle(self, key: str) -> LiveEnvironment | None:
        idle = self._idle.get(key)
        while idle:
            environment = idle.pop()
            if environment.is_usable:
                return environment
        return None

    def _stop_oldest(self) -> bool:
        """Make room by stopping the environment that has been idle for longest."""
        idle = [environment for each in self._idle.values() for environment in each]
        if not idle:
            return False
        oldest = min(idle, key=lambda environment: environment.idle_since)
        self._idle[oldest.version.key].remove(oldest)
        oldest.retire()
        return True

    # Told by the environments.

    def furnished(self, environment: LiveEnvironment) -> None:
        self._starting.discard(environment)
        self._start_for_waiting()

    def rested(self, environment: LiveEnvironment) -> None:
        if environment.version.debugger is not None:
            self._tell_debugged(environment)
            return
        provisioning = self._provisioned.get(environment.version.key)
        if provisioning is not None and _is_provisioned(environment):
            provisioning.rested(environment)
            self._serve(environment.version.key)
            return
        self._idle.setdefault(environment.version.key, []).append(environment)
        self._serve(environment.version.key)
        # It may have to make room for one of another version.
        self._start_for_waiting()
        if self._sweeper is None:
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(self._idle_seconds, self._sweep)

    def ended(self, environment: LiveEnvironment) -> None:
        self._all.discard(environment)
        self._starting.discard(environment)
        self._tell_debugged(environment)
        provisioning = self._provisioned.get(environment.version.key)
        if provisioning is not None and _is_provisioned(environment) and not self._closed:
            provisioning.ended(environment)
            self._forget_provisioning(environment.version.key)
        idle = self._idle.get(environment.version.key)
        if idle is not None:
            if environment in idle:
                idle.remove(environment)
            if not idle:
                del self._idle[environment.version.key]
        self._start_for_waiting()

    def _tell_debugged(self, environment: LiveEnvironment) -> None:
        debugged = self._debugged_by(environment.version)
        if debugged is not None:
            debugged.changed(environment)

    def _sweep(self) -> None:
        """Stop what has been idle for too long, and look again when the next may be."""
        self._sweeper = None
        loop = asyncio.get_running_loop()
        old = loop.time() - self._idle_seconds
        idle = [environment for each in self._idle.values() for environment in each]
        for environment in idle:
            if environment.idle_since <= old:
                environment.retire()
        left = [environment.idle_since for each in self._idle.values() for environment in each]
        if left:
            after = max(0.05, min(left) - old)
            self._sweeper = loop.call_later(after, self._sweep)

    def retire(self, key: str) -> list[LiveEnvironment]:
        """Those that are about to end."""
        provisioning = self._provisioned.get(key)
        if provisioning is not None:
            provisioning.ask(0)
            self._forget_provisioning(key)
        retiring = [each for each in self._all if each.version.key == key]
        for environment in retiring:
            environment.retire()
        return retiring

    async def close(self, drain_seconds: float) -> None:
        self._closed = True
        self._line.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for provisioning in self._provisioned.values():
            provisioning.ask(0)
        for session in list(self._debugged):
            await self.end_debugging(session)
        loop = asyncio.get_running_loop()
        until = loop.time() + drain_seconds
        while any(environment.is_busy for environment in self._all) and loop.time() < until:
            await asyncio.sleep(0.01)
        environments = self.everything()
        if environments:
            await asyncio.gather(*(environment.end() for environment in environments))


def _is_provisioned(environment: LiveEnvironment) -> bool:
    return environment.initialization_type == INITIALIZATION_TYPE


def _pass_on(
    stream: LiveStream, spilled: bool, running: "asyncio.Future[InvocationResult]"
) -> None:
    error = running.exception()
    if error is None:
        stream.finish(replace(running.result(), spilled_over=spilled))
    else:
        stream.fail(error)
