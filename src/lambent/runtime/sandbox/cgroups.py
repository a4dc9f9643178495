"""
Limits and freezing by control groups: version 2, version 1, both at once, or none.

Moving a process into a group takes the kernel about 10 ms, and holds a lock that every freezing and
killing needs. So a sandbox begins in its groups: in that of version 2 it is born, and into those of
version 1 it steps by itself, as a thread that moves nobody else. Only copies of a snapshot, which
an unprivileged process forks, are moved.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lambent.runtime.sandbox.control_files import try_remove, try_write, words
from lambent.runtime.sandbox.hierarchies import SHARES_PER_CPU, Hierarchies

# AWS: one virtual CPU at 1,769 MB, and in proportion below and above.
_MEGABYTES_PER_CPU = 1769
# Long enough for the kernel, short enough for an answer of some milliseconds.
_PERIOD_MICROSECONDS = 20_000
_PROCESSES = 1024 + 8  # AWS: 1,024 processes and threads; some are the keeper's.


@dataclass(slots=True)
class Entrances:
    """Open descriptors; -1 for what there is not."""

    born: int = -1  # the folder of version 2, in which a process can be born
    moved: int = -1  # into it, where the kernel does not let it be born there
    steps: list[int] = field(default_factory=list)  # into those of version 1

    def all(self) -> list[int]:
        return [each for each in (self.born, self.moved, *self.steps) if each >= 0]

    def close(self) -> None:
        for descriptor in self.all():
            os.close(descriptor)


def _opened(folder: str | None, name: str, flags: int) -> int:
    if folder is None:
        return -1
    try:
        return os.open(f"{folder}/{name}", flags)
    except OSError:
        return -1


class Cgroup:
    """The group of one sandbox, in each hierarchy that there is."""

    def __init__(self, hierarchies: Hierarchies, name: str) -> None:
        self._limits_memory_by_v2 = "memory" in hierarchies.unified_controllers
        self._unified = _child(hierarchies.unified, name)
        self._memory = _child(hierarchies.memory, name)
        self._pids = _child(hierarchies.pids, name)
        self._cpu = _child(hierarchies.cpu, name)
        self._controllers = hierarchies.unified_controllers
        self._folders = [
            folder
            for folder in (self._unified, self._memory, self._pids, self._cpu)
            if folder is not None
        ]
        self.limits_memory = hierarchies.limits_memory
        self._usage_file = ""
        self._usage = -1
        if self._memory is not None:
            self._usage_file = f"{self._memory}/memory.usage_in_bytes"
        elif self._unified is not None and self._limits_memory_by_v2:
            self._usage_file = f"{self._unified}/memory.current"

    @property
    def identity(self) -> int:
        """The kernel's number of the version 2 group; 0 if there is none."""
        try:
            return 0 if self._unified is None else os.stat(self._unified).st_ino
        except OSError:
            return 0

    def make(self) -> None:
        """Make the groups: a tenth of a millisecond each, unless somebody is being moved."""
        for folder in self._folders:
            with suppress(OSError):
                os.mkdir(folder)
        if self._pids is not None:
            try_write(f"{self._pids}/pids.max", str(_PROCESSES))
        elif self._unified is not None and "pids" in self._controllers:
            try_write(f"{self._unified}/pids.max", str(_PROCESSES))

    def open_entrances(self) -> "Entrances":
        """The descriptors by which a process that is being forked gets in."""
        born = _opened(self._unified, "", os.O_PATH | os.O_DIRECTORY)
        moved = _opened(self._unified, "cgroup.procs", os.O_WRONLY)
        version_1 = (self._memory, self._pids, self._cpu)
        steps = [_opened(folder, "tasks", os.O_WRONLY) for folder in version_1]
        return Entrances(born, moved, [step for step in steps if step >= 0])

    def move(self, pid: int) -> None:
        """Move a process and its children in. Slow: for a thread."""
        for folder in self._folders:
            try_write(f"{folder}/cgroup.procs", str(pid))
        # A child made meanwhile is in some of them; one made from here on is in all.
        for child in words(f"/proc/{pid}/task/{pid}/children"):
            for folder in self._folders:
                try_write(f"{folder}/cgroup.procs", child)

    def limit(self, memory_megabytes: int, tmp_megabytes: int) -> None:
        """
        Set the share of the CPU and the limit of memory.

        What a function keeps in /tmp is memory to the kernel but disk to AWS, so the hard limit
        has room for it; `memory_used` leaves it out, and the server watches that.
        """
        limit = str((memory_megabytes + tmp_megabytes) << 20)
        if self._memory is not None:
            try_write(f"{self._memory}/memory.limit_in_bytes", limit)
        elif self._unified is not None and self._limits_memory_by_v2:
            try_write(f"{self._unified}/memory.max", limit)
            try_write(f"{self._unified}/memory.swap.max", "0")
            try_write(f"{self._unified}/memory.oom.group", "1")
        share = memory_megabytes / _MEGABYTES_PER_CPU
        if self._cpu is not None:
            try_write(f"{self._cpu}/cpu.shares", str(max(2, int(SHARES_PER_CPU * share))))
        elif self._unified is not None and "cpu" in self._controllers:
            try_write(f"{self._unified}/cpu.weight", str(min(10000, max(1, int(100 * share)))))

    def limit_cpu(self, memory_megabytes: int) -> None:
        """Hold it to its share of the processors even when they are idle."""
        quota = max(1000, int(_PERIOD_MICROSECONDS * memory_megabytes / _MEGABYTES_PER_CPU))
        if self._cpu is not None:
            try_write(f"{self._cpu}/cpu.cfs_period_us", str(_PERIOD_MICROSECONDS))
            try_write(f"{self._cpu}/cpu.cfs_quota_us", str(quota))
        elif self._unified is not None and "cpu" in self._controllers:
            try_write(f"{self._unified}/cpu.max", f"{quota} {_PERIOD_MICROSECONDS}")

    def freeze(self) -> bool:
        return self._unified is not None and try_write(f"{self._unified}/cgroup.freeze", "1")

    def thaw(self) -> bool:
        return self._unified is not None and try_write(f"{self._unified}/cgroup.freeze", "0")

    def kill(self) -> bool:
        return self._unified is not None and try_write(f"{self._unified}/cgroup.kill", "1")

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed something in it for its memory."""
        if self._memory is not None:
            found = words(f"{self._memory}/memory.oom_control")
        elif self._unified is not None:
            found = words(f"{self._unified}/memory.events")
        else:
            return False
        return "oom_kill" in found and found[found.index("oom_kill") + 1] != "0"

    def usage(self) -> int:
        """Bytes of all kinds; cheap."""
        if not self._usage_file:
            return 0
        try:
            if self._usage < 0:
                # It is looked at again and again.
                self._usage = os.open(self._usage_file, os.O_RDONLY)
            return int(os.pread(self._usage, 32, 0))
        except (OSError, ValueError):
            return 0

    def anonymous(self) -> int:
        """Bytes that the processes hold themselves."""
        if self._memory is not None:
            found, name = words(f"{self._memory}/memory.stat"), "total_rss"
        elif self._unified is not None:
            found, name = words(f"{self._unified}/memory.stat"), "anon"
        else:
            return 0
        return int(found[found.index(name) + 1]) if name in found else 0

    def remove(self) -> bool:
        if self._usage >= 0:
            os.close(self._usage)
            self._usage = -1
        left = [folder for folder in self._folders if not try_remove(folder)]
        return not any(os.path.exists(folder) for folder in left)


def _child(folder: Path | None, name: str) -> str | None:
    return None if folder is None else f"{folder}/{name}"
