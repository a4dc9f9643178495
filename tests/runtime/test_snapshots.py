"""SnapStart: environments that are copies of an initialised one."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from lambent.runtime.api import FunctionVersion, SnapshotFailed
from tests.runtime.conftest import Functions
from tests.runtime.test_environments import until

SOURCE = """
    import os, random, socket, time, uuid
    from snapshot_restore_py import register_after_restore, register_before_snapshot
    story = ["initialised"]
    drawn = random.random()
    made = uuid.uuid4().hex
    with open(f"/tmp/written-{os.getuid()}", "w") as file:
        file.write("by the Init phase")
    @register_before_snapshot
    def second():
        story.append("before, registered first")
    @register_before_snapshot
    def first():
        story.append("before, registered last")
    @register_after_restore
    def after():
        story.append("after")
    def handler(event, context):
        time.sleep(event or 0)
        return {
            "story": story, "made": made, "drawn": random.random(), "unique": uuid.uuid4().hex,
            "environment": dict(os.environ), "written": open(f"/tmp/written-{os.getuid()}").read(),
            "tmp": sorted(os.listdir("/tmp")), "pid": os.getpid(),
        }
"""


def snapped(functions: Functions, source: str = SOURCE, **configured: Any) -> FunctionVersion:
    return functions.function(source, snap_start=True, version="1", **configured)


async def answers(functions: Functions, version: FunctionVersion, count: int) -> list[Any]:
    results = await asyncio.gather(*(functions.run(version, 0.3) for _ in range(count)))
    assert [result.function_error for result in results] == [None] * count, results[0].payload
    return [json.loads(result.payload) for result in results]


async def test_each_environment_is_a_copy_of_one_init_phase(functions: Functions) -> None:
    version = snapped(functions)
    await functions.runtime.snapshot(version)
    seen = await answers(functions, version, 3)

    assert len({each["made"] for each in seen}) == 1
    assert len({each["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"] for each in seen}) == 3
    assert seen[0]["environment"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "snap-start"
    assert [each["written"] for each in seen] == ["by the Init phase"] * 3


async def test_copies_do_not_draw_the_same_numbers(functions: Functions) -> None:
    seen = await answers(functions, snapped(functions), 4)

    assert len({each["drawn"] for each in seen}) == 4
    assert len({each["unique"] for each in seen}) == 4


async def test_hooks_run_before_the_snapshot_and_after_each_restoration(
    functions: Functions,
) -> None:
    [seen] = await answers(functions, snapped(functions), 1)

    assert seen["story"] == [
        "initialised",
        "before, registered last",
        "before, registered first",
        "after",
    ]


async def test_the_report_has_a_restoration_in_place_of_an_init(functions: Functions) -> None:
    version = snapped(functions)
    first, second = await functions.run(version), await functions.run(version)

    assert first.init_duration_ms is None
    assert first.restore_duration_ms is not None
    assert b"\tRestore Duration: " in first.log_tail
    assert b"Init Duration" not in first.log_tail
    assert second.restore_duration_ms is None


async def test_what_a_copy_writes_is_its_own(contained: Functions) -> None:
    version = snapped(
        contained,
        """
        import os, time
        def handler(event, context):
            name = f"/tmp/{context.aws_request_id}"
            open(name, "w").close()
            time.sleep(0.3)
            return [os.listdir("/tmp"), os.getpid(), sorted(os.listdir("/.host"))]
        """,
    )
    results = await asyncio.gather(*(contained.run(version) for _ in range(2)))

    for result in results:
        files, pid, aside = json.loads(result.payload)
        assert len(files) == 1
        assert pid == 2
        assert aside == []


async def test_the_walls_of_a_copy_are_those_of_any_function(contained: Functions) -> None:
    version = snapped(
        contained,
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        def handler(event, context):
            lines = open("/proc/self/status").read().splitlines()
            status = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
            attempts = {
                "mount": libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
                "unmount": libc.umount2(b"/var/task", 2),
                "user namespace": libc.unshare(0x10000000),
                "root": libc.setuid(0),
                "code": os.access("/var/task", os.W_OK) - 1,
            }
            return {
                "allowed": [name for name, result in attempts.items() if result == 0],
                "capabilities": status["CapEff"].strip(), "bounding": status["CapBnd"].strip(),
                "no new privileges": status["NoNewPrivs"].strip(),
                "ids": [os.getuid(), os.getgid()],
                "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd")),
                "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
            }
        """,
    )
    seen = json.loads((await contained.run(version)).payload)

    assert seen == {
        "allowed": [],
        "capabilities": "0" * 16,
        "bounding": "0" * 16,
        "no new privileges": "1",
        "ids": [993, 990],
        "descriptors": [0, 1, 2, 3, 4],
        "processes": [1, 2],
    }


async def test_the_init_phase_of_a_snapshot_cannot_change_what_it_was_given(
    contained: Functions,
) -> None:
    version = snapped(
        contained,
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        seen = {
            "mount": libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
            "unmount": libc.umount2(b"/var/task", 2),
            "mount namespace": libc.unshare(0x00020000),
            "root": libc.setuid(0),
        }
        def handler(event, context):
            return [name for name, result in seen.items() if result == 0]
        """,
    )
    assert json.loads((await contained.run(version)).payload) == []


async def test_connections_do_not_survive_the_snapshot(functions: Functions) -> None:
    version = snapped(
        functions,
        """
        import socket
        ours, theirs = socket.socketpair()
        def handler(event, context):
            try:
                ours.send(b"x")
                return ours.recv(1) == b""
            except OSError:
                return True
        """,
    )
    assert json.loads((await functions.run(version)).payload) is True


async def test_a_time_out_ends_a_copy_and_not_the_others(functions: Functions) -> None:
    version = snapped(functions, timeout=1)
    kept = await functions.run(version)
    late = await functions.run(version, 30)
    again = await functions.run(version)

    assert json.loads(late.payload)["errorType"] == "Sandbox.Timedout"
    assert json.loads(again.payload)["made"] == json.loads(kept.payload)["made"]


async def test_a_copy_that_exits_says_how(functions: Functions) -> None:
    version = snapped(functions, "import os\ndef handler(event, context): os._exit(5)")
    result = await functions.run(version)

    assert json.loads(result.payload)["errorMessage"].endswith("exit status 5")


async def test_an_init_phase_that_fails_is_no_snapshot(functions: Functions) -> None:
    version = snapped(functions, "raise ValueError('not today')")
    with pytest.raises(SnapshotFailed) as failed:
        await functions.runtime.snapshot(version)

    assert json.loads(failed.value.error)["errorType"] == "ValueError"


async def test_an_invocation_is_told_why_there_is_no_snapshot(functions: Functions) -> None:
    version = snapped(functions, "raise ValueError('not today')")
    result = await functions.run(version)

    assert json.loads(result.payload)["errorMessage"] == "not today"


async def test_a_retired_snapshot_leaves_nothing(functions: Functions) -> None:
    version = snapped(functions)
    await functions.run(version)
    [environment] = [each for each in functions.runtime.environments() if each.key == version.key]

    await functions.runtime.retire(version.key)
    await until(lambda: not Path(f"/proc/{environment.pid}").exists())
    again = await functions.run(version)

    assert again.function_error is None


async def test_killing_the_zygote_costs_a_snapshot_and_the_next_invocation_takes_another(
    functions: Functions,
) -> None:
    version = snapped(functions)
    await functions.run(version)

    for pid in functions.runtime.zygotes():
        os.kill(pid, signal.SIGKILL)
    await until(lambda: functions.runtime.environments() == [])

    assert (await functions.run(version)).function_error is None
