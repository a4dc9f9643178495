"""Who waits for an environment gets one in turn, and who has gone away gets none."""

import asyncio
from typing import Any, cast

import pytest

from lambent.runtime.api import SandboxFailed
from lambent.runtime.waiting_line import WaitingLine
from tests.function_versions import function_version

_VERSION = function_version("a")
_OTHER = function_version("b")


def first(line: WaitingLine, key: str) -> Any:
    waiter = line.first_of(key)
    assert waiter is not None
    return waiter


async def test_the_first_of_a_version_is_served_first() -> None:
    line = WaitingLine()
    earlier, later = line.join(_VERSION), line.join(_VERSION)
    environment = cast(Any, object())

    line.give(first(line, "a"), environment)

    assert earlier.result() is environment
    assert not later.done()


async def test_the_longest_waiting_of_all_versions_comes_first() -> None:
    line = WaitingLine()
    for version in (_OTHER, _VERSION, _OTHER):
        line.join(version)
    line.give(first(line, "b"), cast(Any, object()))

    assert [waiter.version.key for waiter in line.firsts()] == ["a", "b"]


async def test_who_has_gone_away_is_passed_over() -> None:
    line = WaitingLine()
    line.join(_VERSION).cancel()
    still_there = line.join(_VERSION)

    assert first(line, "a").given is still_there


async def test_a_line_of_nobody_is_empty_again() -> None:
    line = WaitingLine()
    assert not line
    line.join(_VERSION).cancel()
    assert line

    assert line.first_of("a") is None
    assert not line


async def test_a_server_that_ends_tells_all_who_wait() -> None:
    line = WaitingLine()
    waiting = [line.join(_VERSION), line.join(_OTHER)]
    gone = line.join(_VERSION)
    gone.cancel()

    line.close()

    for given in waiting:
        with pytest.raises(SandboxFailed):
            await given
    with pytest.raises(asyncio.CancelledError):
        await gone
