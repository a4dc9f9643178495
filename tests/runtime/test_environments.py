"""The life of environments: reuse, freezing, ends of every kind."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lambent.core.clock import SystemClock
from lambent.runtime.api import (
    EnvironmentStatus,
    FunctionVersion,
    LogBatch,
    RuntimeNotAvailable,
    RuntimeSettings,
)
from lambent.runtime.runtime import Runtime
from tests.runtime.conftest import Functions, credentials

COUNTING = """
    import os
    calls = 0
    def handler(event, context):
        global calls
        calls += 1
        return [calls, os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]]
"""


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Give the world a moment to come to what must be."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it has not come true"
        await asyncio.sleep(0.005)


async def test_invocations_at_the_same_time_get_environments_of_their_own(
    functions: Functions,
) -> None:
    version = functions.function(
        """
        import os, time
        def handler(event, context):
            time.sleep(0.3)
            return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        """
    )
    results = await asyncio.gather(*(functions.run(version) for _ in range(8)))

    assert len({result.payload for result in results}) == 8


async def test_many_invocations_share_the_environments_that_there_may_be(tmp_path: Path) -> None:
    """Two functions at once, each of which has to make room for the other."""
    settings = RuntimeSettings(tmp_path / "work", "http://127.0.0.1:4566", max_environments=3)
    runtime = Runtime(settings, credentials, _ship_nothing, SystemClock())
    functions = Functions(tmp_path, runtime)
    source = """
        import os, time
        def handler(event, context):
            time.sleep(0.01)
            return [event, os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]]
        """
    versions = [functions.function(source), functions.function(source)]
    events = [(number, versions[number % 2]) for number in range(40)]
    most = 0

    async def invoke(number: int, version: FunctionVersion) -> list[object]:
        nonlocal most
        result = await functions.run(version, number)
        most = max(most, len(runtime.environments()))
        return list(json.loads(result.payload))

    answers = await asyncio.gather(*(invoke(*event) for event in events))
    await runtime.close()

    assert [answer[0] for answer in answers] == list(range(40))
    assert most <= 3


async def test_who_waits_for_a_runtime_that_is_not_there_is_told_and_nobody_else(
    tmp_path: Path,
) -> None:
    settings = RuntimeSettings(tmp_path / "work", "http://127.0.0.1:4566", max_environments=1)
    runtime = Runtime(settings, credentials, _ship_nothing, SystemClock())
    functions = Functions(tmp_path, runtime)
    sleeps = functions.function(
        """
        import time
        def handler(event, context):
            time.sleep(0.2)
            return event
        """
    )
    running = asyncio.ensure_future(functions.run(sleeps, 1))
    await until(lambda: bool(runtime.environments()))
    refused = asyncio.ensure_future(functions.run(replace(sleeps, key="no", runtime="dotnet8")))

    assert (await running).payload == b"1"
    with pytest.raises(RuntimeNotAvailable):
        await asyncio.wait_for(refused, 5)
    assert (await asyncio.wait_for(functions.run(sleeps, 2), 5)).payload == b"2"
    await runtime.close()


async def test_who_goes_away_leaves_the_environment_to_the_next(tmp_path: Path) -> None:
    settings = RuntimeSettings(tmp_path / "work", "http://127.0.0.1:4566", max_environments=1)
    runtime = Runtime(settings, credentials, _ship_nothing, SystemClock())
    functions = Functions(tmp_path, runtime)
    version = functions.function(
        """
        import time
        def handler(event, context):
            time.sleep(0.05)
            return event
        """
    )
    waiting = [asyncio.ensure_future(functions.run(version, number)) for number in range(8)]
    await until(lambda: any(invocation.done() for invocation in waiting))
    for gone in waiting[2:6]:
        gone.cancel()
    await asyncio.wait(waiting)

    assert [json.loads(waiting[number].result().payload) for number in (0, 1, 6, 7)] == [0, 1, 6, 7]
    assert await asyncio.wait_for(functions.run(version, 8), 5)
    await runtime.close()


async def test_a_thread_that_lives_on_stands_still_between_invocations(
    functions: Functions,
) -> None:
    version = functions.function(
        """
        import threading, time
        ticks = 0
        def tick():
            global ticks
            while True:
                ticks += 1
                time.sleep(0.001)
        threading.Thread(target=tick, daemon=True).start()
        def handler(event, context):
            return ticks
        """
    )
    first = int((await functions.run(version)).payload)
    [environment] = [each for each in functions.runtime.environments() if each.key == version.key]
    await until(lambda: is_standing_still(environment.pid))
    await asyncio.sleep(0.5)
    second = int((await functions.run(version)).payload)
    third = int((await functions.run(version)).payload)

    assert second - first < 200
    assert third >= second


def alive(functions: Functions) -> list[EnvironmentStatus]:
    return functions.runtime.environments()


def is_standing_still(pid: int) -> bool:
    """Whether nothing below `pid` has used the processor for a moment."""
    before = used_time(pid)
    time.sleep(0.02)
    return before == used_time(pid)


def used_time(pid: int) -> list[str]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [Path(f"/proc/{child}/schedstat").read_text() for child in [str(pid), *children]]


async def test_a_killed_environment_is_replaced(functions: Functions) -> None:
    version = functions.function(COUNTING)
    first = json.loads((await functions.run(version)).payload)
    [environment] = [each for each in functions.runtime.environments() if each.key == version.key]

    os.kill(environment.pid, signal.SIGKILL)
    await until(lambda: environment.pid not in {each.pid for each in alive(functions)})
    second = json.loads((await functions.run(version)).payload)

    assert second[0] == 1
    assert second[1] != first[1]


async def test_killing_a_zygote_costs_its_environments_and_nothing_else(
    functions: Functions,
) -> None:
    version = functions.function(COUNTING)
    await functions.run(version)

    for pid in functions.runtime.zygotes():
        os.kill(pid, signal.SIGKILL)
    await until(lambda: functions.runtime.environments() == [])

    assert json.loads((await functions.run(version)).payload)[0] == 1


async def test_a_zygote_killed_during_an_invocation_is_an_error_of_that_invocation(
    functions: Functions,
) -> None:
    version = functions.function("import time\ndef handler(event, context): time.sleep(60)")
    running = asyncio.ensure_future(functions.run(version))
    await until(lambda: any(each.phase == "busy" for each in functions.runtime.environments()))

    for pid in functions.runtime.zygotes():
        os.kill(pid, signal.SIGKILL)
    error = json.loads((await running).payload)

    assert error["errorType"] == "Runtime.ExitError"


async def test_a_retired_version_ends_after_what_it_runs(functions: Functions) -> None:
    version = functions.function(
        "import time\ndef handler(event, context):\n    time.sleep(0.3)\n    return 'done'"
    )
    running = asyncio.ensure_future(functions.run(version))
    await until(lambda: any(each.key == version.key for each in functions.runtime.environments()))

    await functions.runtime.retire(version.key)

    assert (await running).payload == b'"done"'
    assert all(each.key != version.key for each in functions.runtime.environments())


async def test_everything_of_an_environment_ends_with_its_time(functions: Functions) -> None:
    """
    A grandchild in a session of its own, started by a thread, does not outlive the time-out.
    """
    marker = f"marker-{os.getpid()}"
    version = functions.function(
        f"""
        import subprocess, threading, time
        def start():
            subprocess.Popen(["sleep", "61.5"], start_new_session=True)
            time.sleep(60)
        def handler(event, context):
            threading.Thread(target=start).start()
            subprocess.Popen(["sh", "-c", "sleep 62.5 & sleep 63.5 # {marker}"])
            time.sleep(60)
        """,
        timeout=1,
    )
    await functions.run(version)

    await until(lambda: not any(marker in line or "61.5" in line for line in command_lines()))


def command_lines() -> list[str]:
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                lines.append((entry / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return [line for line in lines if line.startswith(("sleep", "sh "))]


async def test_logs_arrive_whole_and_in_order(functions: Functions) -> None:
    version = functions.function(
        "def handler(event, context):\n    for n in range(500):\n        print(event, n)"
    )
    await functions.run(version, "marked")
    shipped = functions.shipped

    def lines() -> list[str]:
        return [
            message
            for batch in shipped
            for _, message in batch.events
            if message.startswith("marked")
        ]

    await until(lambda: len(lines()) >= 500)
    assert lines() == [f"marked {n}\n" for n in range(500)]


async def test_a_runtime_that_is_closed_while_it_makes_sandboxes_ends(tmp_path: Path) -> None:
    """
    Sandboxes are made ahead, and any of them may be anywhere on its way when all must end.
    """
    for ready in range(1, 7):
        settings = RuntimeSettings(
            tmp_path / str(ready), "http://127.0.0.1:4566", ready_sandboxes=ready
        )
        runtime = Runtime(settings, credentials, _ship_nothing, SystemClock())
        warming = asyncio.ensure_future(runtime.warm("python3.11"))
        await until(lambda runtime=runtime: bool(runtime.zygotes()))
        for _ in range(ready):
            await asyncio.sleep(0)

        await asyncio.wait_for(runtime.close(), 30)
        await asyncio.gather(warming, return_exceptions=True)
        assert runtime.zygotes() == []


async def _ship_nothing(batches: list[LogBatch]) -> None:
    return None
