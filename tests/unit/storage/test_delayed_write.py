"""What is written some time after it began to gather."""

import asyncio
from collections.abc import Sequence

from lambent.core.errors import AwsError
from lambent.storage.delayed_write import DelayedWrite


class Gathering:
    def __init__(self, seconds: float, failing: bool = False) -> None:
        self._failing = failing
        self._things: list[str] = []
        self.written: list[list[str]] = []
        self.wrote = asyncio.Event()
        self.later = DelayedWrite("things", seconds, self._take, self._keep)

    def add(self, thing: str) -> None:
        self._things.append(thing)
        self.later.begin()

    def _take(self) -> list[str]:
        things, self._things = self._things, []
        return things

    async def _keep(self, things: Sequence[str]) -> None:
        self.wrote.set()
        if self._failing:
            raise AwsError("the disk is full")
        self.written.append(list(things))


async def test_all_that_gathers_in_the_time_is_written_at_once() -> None:
    gathering = Gathering(seconds=0.01)
    gathering.add("one")
    gathering.add("two")
    await gathering.wrote.wait()
    gathering.wrote.clear()
    gathering.add("three")
    await gathering.wrote.wait()

    assert gathering.written == [["one", "two"], ["three"]]


async def test_whoever_cannot_wait_has_it_written_now() -> None:
    gathering = Gathering(seconds=1_000)
    gathering.add("one")
    await gathering.later.write()
    await gathering.later.write()

    assert gathering.written == [["one"]]


async def test_what_is_taken_is_not_written() -> None:
    gathering = Gathering(seconds=1_000)
    gathering.add("one")

    assert gathering.later.take() == ["one"]
    await gathering.later.write()
    assert gathering.written == []


async def test_what_the_store_refuses_is_lost() -> None:
    gathering = Gathering(seconds=1_000, failing=True)
    gathering.add("one")
    await gathering.later.write()

    assert gathering.later.take() == []
