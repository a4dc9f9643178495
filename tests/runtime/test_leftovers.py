"""What many environments leave behind when they have ended: nothing."""

import asyncio
import os
from pathlib import Path

from lambent.runtime.sandbox.processes import descendants
from tests.runtime.conftest import Functions
from tests.runtime.test_custom_runtimes import ECHO, custom
from tests.runtime.test_environments import until

ENDS = (
    "return 1",
    "os._exit(3)",
    "time.sleep(60)",
    "subprocess.Popen(['sleep', '60'], start_new_session=True)",
    "os.fork() or time.sleep(60)",
)


def zombies() -> list[int]:
    found = []
    for pid in descendants(os.getpid()):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state == "Z":
            found.append(pid)
    return found


def groups(functions: Functions) -> int:
    known = functions.runtime.control_groups()
    return sum(1 for folder in known for entry in folder.iterdir() if entry.is_dir())


async def settled(functions: Functions) -> None:
    await until(lambda: functions.runtime.environments() == [], 20)
    # Two sandboxes wait for their function, in Python and in a runtime of one's own.
    waiting = 2 * 2 * len(functions.runtime.control_groups())
    await until(lambda: groups(functions) == waiting and not zombies(), 20)


async def one_round(functions: Functions) -> None:
    versions = [
        functions.function(
            f"import os, subprocess, time\ndef handler(event, context):\n    {statement}",
            timeout=1,
            snap_start=number % 2 == 1,
            version="1",
        )
        for number, statement in enumerate((*ENDS, "return 2"))
    ]
    versions += [functions.function("import nothing_at_all"), custom(functions, ECHO)]
    await asyncio.gather(*(functions.run(version) for version in versions))
    for version in versions:
        await functions.runtime.retire(version.key)
    await settled(functions)


async def test_environments_leave_no_descriptors_groups_and_processes(
    functions: Functions,
) -> None:
    """
    However they end: well, by themselves, by their time-out, with children, as copies.
    """
    await one_round(functions)
    before = len(os.listdir("/proc/self/fd")), len(descendants(os.getpid()))

    for _ in range(2):
        await one_round(functions)

    def as_before() -> bool:
        descriptors, processes = len(os.listdir("/proc/self/fd")), len(descendants(os.getpid()))
        return descriptors <= before[0] + 1 and processes <= before[1]

    await until(as_before, 20)
