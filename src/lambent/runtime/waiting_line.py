"""Invocations that wait for an environment, in the order in which they came."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from lambent.runtime.api import FunctionVersion, SandboxFailed
from lambent.runtime.live_environment import LiveEnvironment


@dataclass(frozen=True, slots=True)
class Waiter:
    number: int
    version: FunctionVersion
    given: "asyncio.Future[LiveEnvironment]"


class WaitingLine:
    def __init__(self) -> None:
        self._by_version: dict[str, deque[Waiter]] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._by_version)

    def join(self, version: FunctionVersion) -> "asyncio.Future[LiveEnvironment]":
        given: asyncio.Future[LiveEnvironment] = asyncio.get_running_loop().create_future()
        self._count += 1
        waiter = Waiter(self._count, version, given)
        self._by_version.setdefault(version.key, deque()).append(waiter)
        return given

    def first_of(self, key: str) -> Waiter | None:
        """Who has waited longest for an environment of this version."""
        waiters = self._by_version.get(key)
        while waiters and waiters[0].given.done():
            # It has gone away meanwhile.
            waiters.popleft()
        if waiters:
            return waiters[0]
        self._by_version.pop(key, None)
        return None

    def firsts(self) -> Iterator[Waiter]:
        """The first of each version, the longest waiting before the others."""
        firsts = [first for key in list(self._by_version) if (first := self.first_of(key))]
        yield from sorted(firsts, key=lambda waiter: waiter.number)

    def give(self, waiter: Waiter, environment: LiveEnvironment) -> None:
        self._by_version[waiter.version.key].popleft()
        waiter.given.set_result(environment)

    def refuse(self, waiter: Waiter, error: Exception) -> None:
        self._by_version[waiter.version.key].popleft()
        waiter.given.set_exception(error)

    def close(self) -> None:
        for waiters in self._by_version.values():
            for waiter in waiters:
                if not waiter.given.done():
                    waiter.given.set_exception(SandboxFailed("The server is ending"))
        self._by_version.clear()
