"""More environments of a function than wait ready: made for it alone, without a keeper."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambent.runtime.api import FunctionVersion
from lambent.runtime.sandbox.processes import children, descendants
from tests.runtime.conftest import Functions, started
from tests.runtime.test_environments import until

_MANY = 8
_SOURCE = """
    import importlib, os, random, subprocess, time
    value = random.random()
    def handler(event, context):
        time.sleep(0.4)
        if event == "leave something behind":
            subprocess.Popen(["sleep", "977"], start_new_session=True)
        # Not as it would be found in the code.
        sdk = importlib.import_module("bo" + "to3").Session(region_name="eu-central-1")
        return {
            "pid": os.getpid(),
            "parent": os.getppid(),
            "random": value,
            "region": sdk.client("sqs").meta.region_name,
        }
"""


async def _answers(functions: Functions, version: FunctionVersion, event: object = None) -> Any:
    results = await asyncio.gather(*(functions.run(version, event) for _ in range(_MANY)))
    return [json.loads(result.payload) for result in results]


async def test_each_is_by_itself_and_has_all_that_functions_have(contained: Functions) -> None:
    answers = await _answers(contained, contained.function(_SOURCE))

    # Some were ready, with a keeper between the first process and the function.
    assert {(2, 0)} <= {(each["pid"], each["parent"]) for each in answers} <= {(2, 0), (3, 2)}
    assert len({each["random"] for each in answers}) == _MANY
    assert {each["region"] for each in answers} == {"eu-central-1"}


async def test_one_that_is_killed_ends_by_itself(contained: Functions) -> None:
    version = contained.function(_SOURCE)
    await _answers(contained, version)
    before = contained.runtime.environments()
    own = [each for each in before if each.key == version.key]
    for each in own[::2]:
        os.kill(each.pid, signal.SIGKILL)

    await until(lambda: len(contained.runtime.environments()) == len(before) - len(own[::2]))
    answers = await _answers(contained, version)
    assert all("random" in each for each in answers)


@pytest.fixture
def unprepared(runner: asyncio.Runner, tmp_path: Path) -> Iterator[Functions]:
    """A runtime in which there is nothing but what was asked for: no sandbox is made ahead."""
    yield from started(runner, tmp_path, "namespaces", ready_sandboxes=0)


async def test_nothing_is_left_of_them(unprepared: Functions) -> None:
    def processes() -> list[int]:
        return [below for pid in unprepared.runtime.zygotes() for below in descendants(pid)]

    await unprepared.answer("def handler(event, context): pass")
    version = unprepared.function(_SOURCE)
    before = len(processes())
    await _answers(unprepared, version, "leave something behind")
    assert len(processes()) == before + 3 * _MANY
    await unprepared.runtime.retire(version.key)
    await until(lambda: len(processes()) == before)


@pytest.mark.parametrize("generation", [1, 2])
async def test_each_process_that_forks_can_be_killed(contained: Functions, generation: int) -> None:
    """The zygote is forked from what `zygotes` names, and forks the lean one first of all."""
    version = contained.function(_SOURCE)
    await _answers(contained, version)
    [began] = contained.runtime.zygotes()
    pid = began
    for _ in range(generation):
        pid = children(pid)[0]
    os.kill(pid, signal.SIGKILL)

    await until(lambda: contained.runtime.zygotes() != [began])
    answers = await _answers(contained, version)
    assert all("random" in each for each in answers)
