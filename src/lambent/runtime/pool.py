"""
Warm environments, and who gets the next one.

The one used last is used first, so that those that are not needed grow old and are stopped.
"""

import asyncio
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
from lambent.runtime.live_environment import LiveEnvironment
from lambent.runtime.provisioning import INITIALIZATION_TYPE, Provisioning
from lambent.runtime.response_streams import LiveStream
from lambent.runtime.turns import Turns


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
        self._waiting: list[asyncio.Future[None]] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False
        self._provisioned: dict[str, Provisioning] = {}
        self._debugged: dict[str, Debugged] = {}
        # Who waits for an environment of a version that may not have more.
        self._bounded: dict[str, Turns] = {}

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
            provisioning = self._provisioned.get(version.key)
            environment = None if provisioning is None else provisioning.take()
            environment = environment or self._take_idle(version.key)
            if environment is not None:
                return environment
            if self._may_have_more(version):
                return await self._take_new(version)
            await self._bounded.setdefault(version.key, Turns()).come()
        raise SandboxFailed("The server is ending")

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

    async def _take_new(self, version: FunctionVersion) -> LiveEnvironment:
        while len(self._all) >= self._limit and not self._stop_oldest():
            freed = asyncio.get_running_loop().create_future()
            self._waiting.append(freed)
            await freed
            environment = self._take_idle(version.key)
            if environment is not None:
                return environment
        return self._start_one(version, "on-demand")

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

    def rested(self, environment: LiveEnvironment) -> None:
        self._give_turn(environment)
        if environment.version.debugger is not None:
            self._tell_debugged(environment)
            return
        provisioning = self._provisioned.get(environment.version.key)
        if provisioning is not None and _is_provisioned(environment):
            provisioning.rested(environment)
            return
        self._idle.setdefault(environment.version.key, []).append(environment)
        self._wake_one()
        if self._sweeper is None:
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(self._idle_seconds, self._sweep)

    def ended(self, environment: LiveEnvironment) -> None:
        self._all.discard(environment)
        self._give_turn(environment)
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
        self._wake_one()

    def _tell_debugged(self, environment: LiveEnvironment) -> None:
        debugged = self._debugged_by(environment.version)
        if debugged is not None:
            debugged.changed(environment)

    def _give_turn(self, environment: LiveEnvironment) -> None:
        turns = self._bounded.get(environment.version.key)
        if turns is not None and not turns.give():
            del self._bounded[environment.version.key]

    def _wake_one(self) -> None:
        while self._waiting:
            freed = self._waiting.pop(0)
            if not freed.done():
                freed.set_result(None)
                return

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
