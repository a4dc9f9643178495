"""
Keeps the environments that are provisioned for a version: started ahead, replaced when they end.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from lambent.runtime import concurrency
from lambent.runtime.api import FunctionVersion, Provisioned
from lambent.runtime.concurrency import Provision
from lambent.runtime.live_environment import LiveEnvironment

INITIALIZATION_TYPE = "provisioned-concurrency"


class Provisioning:
    """The provisioned environments of one version."""

    def __init__(
        self, version: FunctionVersion, start: Callable[[FunctionVersion, str], LiveEnvironment]
    ) -> None:
        self._version = version
        self._start = start
        self._provision = Provision(0)
        self._starting: set[LiveEnvironment] = set()
        self._up: set[LiveEnvironment] = set()
        self._idle: list[LiveEnvironment] = []
        self._changed: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def requested(self) -> int:
        return self._provision.requested

    @property
    def is_over(self) -> bool:
        return not (self.requested or self._starting or self._up)

    def summary(self) -> Provisioned:
        busy = len(self._up) - len(self._idle)
        return concurrency.summary(replace(self._provision, busy=busy))

    def ask(self, count: int) -> None:
        self._provision = concurrency.asked(self._provision, count)
        self._come_to_be()

    async def settled(self) -> Provisioned:
        """Wait until what was asked for is there, or cannot be had."""
        while (now := self.summary()).status == "IN_PROGRESS":
            if self._changed is None or self._changed.done():
                self._changed = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._changed)
        return now

    def take(self) -> LiveEnvironment | None:
        while self._idle:
            environment = self._idle.pop()
            if environment.is_usable:
                return environment
        return None

    # Told by the environments.

    def rested(self, environment: LiveEnvironment) -> None:
        if environment in self._starting:
            self._starting.discard(environment)
            self._up.add(environment)
            self._provision = concurrency.came_up(self._provision)
        self._idle.append(environment)
        self._come_to_be()

    def ended(self, environment: LiveEnvironment) -> None:
        if environment in self._starting:
            self._starting.discard(environment)
            why = environment.init_error or "Unknown"
            self._provision = concurrency.did_not_come_up(self._provision, why)
        elif environment in self._up:
            self._up.discard(environment)
            self._provision = concurrency.ended(self._provision)
        if environment in self._idle:
            self._idle.remove(environment)
        self._come_to_be()

    def _come_to_be(self) -> None:
        for _ in range(concurrency.surplus(self._provision)):
            self._end_one()
        if concurrency.shortfall(self._provision) and self._timer is None:
            loop = asyncio.get_running_loop()
            delay = concurrency.delay_seconds(self._provision)
            self._timer = loop.call_later(delay, self._start_missing)
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def _end_one(self) -> None:
        """One that rests, else one that starts, else one that ends after what it runs."""
        environment = next(iter([*self._idle, *self._starting, *self._up]), None)
        if environment is None:
            return
        if environment in self._idle:
            self._idle.remove(environment)
        if environment in self._starting:
            self._starting.discard(environment)
            self._provision = replace(self._provision, starting=self._provision.starting - 1)
        else:
            self._up.discard(environment)
            self._provision = concurrency.ended(self._provision)
        environment.retire()

    def _start_missing(self) -> None:
        self._timer = None
        for _ in range(concurrency.shortfall(self._provision)):
            environment = self._start(self._version, INITIALIZATION_TYPE)
            self._starting.add(environment)
            self._provision = concurrency.began(self._provision)
            environment.initialise()
