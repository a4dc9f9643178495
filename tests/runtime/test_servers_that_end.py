"""What is left when a server is gone: nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lambent.core.clock import SystemClock
from lambent.runtime.api import RuntimeSettings, SandboxFailed
from lambent.runtime.runtime import Runtime
from lambent.runtime.sandbox.hierarchies import find_hierarchies, remove_all
from tests.runtime.conftest import Functions, credentials
from tests.runtime.test_environments import until

SERVER = """
import asyncio, sys
from pathlib import Path
from tests.runtime.conftest import Functions, credentials
from lambent.core.clock import SystemClock
from lambent.runtime.api import RuntimeSettings, SandboxFailed
from lambent.runtime.runtime import Runtime

async def ship(batches): ...

async def main(folder):
    settings = RuntimeSettings(folder / "work", "http://127.0.0.1:4566", sandbox=sys.argv[2])
    runtime = Runtime(settings, credentials, ship, SystemClock())
    functions = Functions(folder, runtime)
    source = "import time\\ndef handler(event, context):\\n    time.sleep(event)\\n    return 1"
    idle, busy = functions.function(source), functions.function(source)
    await functions.run(idle, 0)
    running = asyncio.ensure_future(functions.run(busy, 60))
    while not any(each.phase == "busy" for each in runtime.environments()):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    print(*runtime.zygotes(), *(each.pid for each in runtime.environments()), flush=True)
    await running

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_a_server_that_is_killed_takes_its_functions_with_it(
    functions: Functions, tmp_path: Path
) -> None:
    """
    An idle environment is frozen and a busy one is not; neither is left.
    """
    mode = "namespaces" if functions.runtime.capabilities.namespaces else "process"
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path), mode], stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    pids = [int(word) for word in server.stdout.readline().split()]
    assert len(pids) == 3

    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()

    await until(lambda: not any(Path(f"/proc/{pid}/fd").exists() for pid in pids))


async def test_the_next_server_removes_what_the_last_one_left(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = find_hierarchies(f"lambent-{gone.pid}-x")
    for lock in left.locks:
        os.close(lock)
    (tmp_path / f"runtime-{gone.pid}-x").mkdir()
    runtime = started(tmp_path)

    try:
        folders = [left.unified, left.memory, left.pids, left.cpu]
        assert [folder for folder in folders if folder is not None and folder.exists()] == []
        assert not (tmp_path / f"runtime-{gone.pid}-x").exists()
    finally:
        await runtime.close()


async def test_the_next_server_leaves_what_another_one_still_uses(tmp_path: Path) -> None:
    # In another container its process id says nothing.
    gone = subprocess.Popen(["true"])
    gone.wait()
    used = find_hierarchies(f"lambent-{gone.pid}-x")
    runtime = started(tmp_path)

    try:
        folders = [used.unified, used.memory, used.pids, used.cpu]
        assert all(folder is None or folder.exists() for folder in folders)
    finally:
        remove_all(used)
        await runtime.close()


async def test_closing_waits_for_what_runs_and_leaves_no_folder(tmp_path: Path) -> None:
    runtime = started(tmp_path)
    functions = Functions(tmp_path, runtime)
    version = functions.function(
        "import time\ndef handler(event, context):\n    time.sleep(0.3)\n    return 'done'"
    )
    running = asyncio.ensure_future(functions.run(version))
    await until(lambda: any(each.phase == "busy" for each in runtime.environments()))

    await runtime.close()

    assert (await running).payload == b'"done"'
    assert list(tmp_path.glob(f"runtime-{os.getpid()}*")) == []


def started(folder: Path) -> Runtime:
    async def ship(batches: object) -> None: ...

    settings = RuntimeSettings(folder, "http://127.0.0.1:4566")
    return Runtime(settings, credentials, ship, SystemClock())


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    runtime = started(tmp_path / "file")
    functions = Functions(tmp_path, runtime)

    with pytest.raises(SandboxFailed, match=f"{tmp_path}/file/runtime-"):
        await functions.run(functions.function("def handler(event, context): return 1"))
    await runtime.close()


async def test_closing_ends_what_does_not_end_by_itself(tmp_path: Path) -> None:
    async def ship(batches: object) -> None: ...

    settings = RuntimeSettings(tmp_path, "http://127.0.0.1:4566", drain_seconds=0.1)
    runtime = Runtime(settings, credentials, ship, SystemClock())
    functions = Functions(tmp_path, runtime)
    stuck = [
        functions.function("import time\ndef handler(event, context): time.sleep(60)"),
        functions.function("import time\ntime.sleep(60)"),
    ]
    running = [asyncio.ensure_future(functions.run(version)) for version in stuck]
    await until(lambda: any(each.phase == "busy" for each in runtime.environments()))

    await runtime.close()

    assert [(await each).function_error for each in running] == ["Unhandled", "Unhandled"]
