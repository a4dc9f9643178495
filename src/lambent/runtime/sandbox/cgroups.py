"""
Limits and freezing by control groups: version 2, version 1, both at once, or none.

Moving a process into a group takes the kernel about 10 ms, and holds a lock that every freezing and
killing needs. So a sandbox begins in its groups: in that of version 2 it is born, and into those of
version 1 it steps by itself, as a thread that moves nobody else. Only copies of a snapshot, which
an unprivileged process forks, are moved.
"""

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
# AWS: one virtual CPU at 1,769 MB, and in proportion below and above.
_MEGABYTES_PER_CPU = 1769
_SHARES_PER_CPU = 1024
# Long enough for the kernel, short enough for an answer of some milliseconds.
_PERIOD_MICROSECONDS = 20_000
_PROCESSES = 1024 + 8  # AWS: 1,024 processes and threads; some are the keeper's.


@dataclass(frozen=True, slots=True)
class Hierarchies:
    """Where our groups may be made. `unified` is version 2: freeze and kill, perhaps limits."""

    unified: Path | None
    unified_controllers: frozenset[str]
    memory: Path | None  # the rest are version 1
    pids: Path | None
    cpu: Path | None
    # Open as long as the groups are somebody's: no other server removes them.
    locks: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        version_1 = self.memory or self.pids or self.cpu
        if self.unified is not None:
            return "hybrid" if version_1 else "v2"
        return "v1" if version_1 else "none"

    @property
    def limits_cpu(self) -> bool:
        return self.cpu is not None or "cpu" in self.unified_controllers

    @property
    def limits_memory(self) -> bool:
        return self.memory is not None or "memory" in self.unified_controllers


def find_hierarchies(owner: str) -> Hierarchies:
    """Make a folder named `owner` wherever we are allowed to, and say where."""
    memberships = _memberships()
    locks: list[int] = []
    unified_mount = _ROOT if (_ROOT / "cgroup.controllers").exists() else _ROOT / "unified"
    unified, controllers = _own_unified(unified_mount, memberships.get("", "/"), owner, locks)
    version_1 = {
        name: _made(_ROOT / name / memberships.get(name, "/").lstrip("/") / owner, locks)
        for name in ("memory", "pids", "cpu")
        if name in memberships
    }
    cpu = version_1.get("cpu")
    if cpu is not None:
        # All functions together weigh as much as a busy process on each processor.
        _try_write(cpu / "cpu.shares", str(_SHARES_PER_CPU * (os.cpu_count() or 1)))
    return Hierarchies(
        unified,
        controllers,
        version_1.get("memory"),
        version_1.get("pids"),
        version_1.get("cpu"),
        tuple(locks),
    )


def _memberships() -> dict[str, str]:
    """The group of this process by controller; "" is version 2."""
    found: dict[str, str] = {}
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            found[controller] = path
    return found


def _own_unified(
    mount: Path, own: str, owner: str, locks: list[int]
) -> tuple[Path | None, frozenset[str]]:
    """Our folder in the version 2 tree, and the controllers that groups in it can use."""
    if not (mount / "cgroup.procs").exists():
        return None, frozenset()
    # A group that holds processes cannot pass controllers on, so the machine's root comes
    # first, which may; then our own group.
    for parent in (mount, mount / own.lstrip("/")):
        folder = _made(parent / owner, locks)
        if folder is None:
            continue
        wanted = {"memory", "pids", "cpu"} & set(_words(parent / "cgroup.controllers"))
        if not _pass_on(parent, wanted) and _words(parent / "cgroup.procs") == [str(os.getpid())]:
            # It is ours alone (systemd's Delegate=yes): we step aside, so that it holds nobody.
            aside = parent / "lambent-server"
            with suppress(OSError):
                aside.mkdir(exist_ok=True)
            if _try_write(aside / "cgroup.procs", str(os.getpid())):
                _pass_on(parent, wanted)
        usable = wanted & set(_words(folder / "cgroup.controllers"))
        _pass_on(folder, usable)
        return folder, frozenset(usable)
    return None, frozenset()


def _pass_on(folder: Path, controllers: set[str]) -> bool:
    """Let the groups in a folder use controllers."""
    wanted = " ".join(f"+{controller}" for controller in sorted(controllers))
    return _try_write(folder / "cgroup.subtree_control", wanted)


def _made(folder: Path, locks: list[int]) -> Path | None:
    """The folder, with our lock on it; None where we may not make one."""
    while True:
        try:
            folder.mkdir(exist_ok=True)
            lock = _lock(folder)
        except FileNotFoundError:
            continue  # another server took it for abandoned
        except OSError:
            return None
        if lock is not None:
            break
    if os.access(folder / "cgroup.procs", os.W_OK):
        locks.append(lock)
        return folder
    os.close(lock)
    return None


def _lock(folder: Path) -> int | None:
    """A descriptor that nobody else can have; None where somebody has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if not folder.exists():
        os.close(descriptor)
        raise FileNotFoundError(folder)
    return descriptor


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def _try_write(path: Path, text: str) -> bool:
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError:
        return False
    return True


def remove_abandoned(prefix: str) -> None:
    """Remove the groups, of names with this prefix, of servers that are gone."""
    own = _memberships()
    parents = {_ROOT, _ROOT / "unified", _ROOT / "unified" / own.get("", "/").lstrip("/")}
    parents |= {_ROOT / name / own.get(name, "/").lstrip("/") for name in ("memory", "pids", "cpu")}
    parents.add(_ROOT / own.get("", "/").lstrip("/"))
    for parent in parents:
        for folder in parent.glob(f"{prefix}*"):
            try:
                # Not by its process id: the owner may be in another container.
                lock = _lock(folder)
            except OSError:
                continue
            if lock is not None:
                _remove(folder)
                os.close(lock)


def _remove(folder: Path) -> None:
    for child in [entry for entry in folder.iterdir() if entry.is_dir()]:
        _try_write(child / "cgroup.kill", "1")
        _try_rmdir(child)
    _try_rmdir(folder)


def _try_rmdir(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


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


def _opened(folder: Path | None, name: str, flags: int) -> int:
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
        if self._memory is not None:
            self._usage_file = str(self._memory / "memory.usage_in_bytes")
        elif self._unified is not None and self._limits_memory_by_v2:
            self._usage_file = str(self._unified / "memory.current")

    @property
    def identity(self) -> int:
        """The kernel's number of the version 2 group; 0 if there is none."""
        try:
            return 0 if self._unified is None else self._unified.stat().st_ino
        except OSError:
            return 0

    def make(self) -> None:
        """Make the groups. For a thread: the kernel's lock may be somebody else's for long."""
        for folder in self._folders:
            with suppress(OSError):
                folder.mkdir(exist_ok=True)
        if self._pids is not None:
            _try_write(self._pids / "pids.max", str(_PROCESSES))
        elif self._unified is not None and "pids" in self._controllers:
            _try_write(self._unified / "pids.max", str(_PROCESSES))

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
            _try_write(folder / "cgroup.procs", str(pid))
        # A child made meanwhile is in some of them; one made from here on is in all.
        for child in _words(Path(f"/proc/{pid}/task/{pid}/children")):
            for folder in self._folders:
                _try_write(folder / "cgroup.procs", child)

    def limit(self, memory_megabytes: int, tmp_megabytes: int) -> None:
        """
        Set the share of the CPU and the limit of memory.

        What a function keeps in /tmp is memory to the kernel but disk to AWS, so the hard limit
        has room for it; `memory_used` leaves it out, and the server watches that.
        """
        limit = str((memory_megabytes + tmp_megabytes) << 20)
        if self._memory is not None:
            _try_write(self._memory / "memory.limit_in_bytes", limit)
            _try_write(self._memory / "memory.swappiness", "0")
        elif self._unified is not None and self._limits_memory_by_v2:
            _try_write(self._unified / "memory.max", limit)
            _try_write(self._unified / "memory.swap.max", "0")
            _try_write(self._unified / "memory.oom.group", "1")
        share = memory_megabytes / _MEGABYTES_PER_CPU
        if self._cpu is not None:
            _try_write(self._cpu / "cpu.shares", str(max(2, int(_SHARES_PER_CPU * share))))
        elif self._unified is not None and "cpu" in self._controllers:
            _try_write(self._unified / "cpu.weight", str(min(10000, max(1, int(100 * share)))))

    def limit_cpu(self, memory_megabytes: int) -> None:
        """Hold it to its share of the processors even when they are idle."""
        quota = max(1000, int(_PERIOD_MICROSECONDS * memory_megabytes / _MEGABYTES_PER_CPU))
        if self._cpu is not None:
            _try_write(self._cpu / "cpu.cfs_period_us", str(_PERIOD_MICROSECONDS))
            _try_write(self._cpu / "cpu.cfs_quota_us", str(quota))
        elif self._unified is not None and "cpu" in self._controllers:
            _try_write(self._unified / "cpu.max", f"{quota} {_PERIOD_MICROSECONDS}")

    def freeze(self) -> bool:
        return self._unified is not None and _try_write(self._unified / "cgroup.freeze", "1")

    def thaw(self) -> bool:
        return self._unified is not None and _try_write(self._unified / "cgroup.freeze", "0")

    def kill(self) -> bool:
        return self._unified is not None and _try_write(self._unified / "cgroup.kill", "1")

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed something in it for its memory."""
        if self._memory is not None:
            words = _words(self._memory / "memory.oom_control")
        elif self._unified is not None:
            words = _words(self._unified / "memory.events")
        else:
            return False
        return "oom_kill" in words and words[words.index("oom_kill") + 1] != "0"

    def usage(self) -> int:
        """Bytes of all kinds; cheap."""
        if not self._usage_file:
            return 0
        try:
            descriptor = os.open(self._usage_file, os.O_RDONLY)
            try:
                return int(os.read(descriptor, 32))
            finally:
                os.close(descriptor)
        except (OSError, ValueError):
            return 0

    def anonymous(self) -> int:
        """Bytes that the processes hold themselves."""
        if self._memory is not None:
            words, name = _words(self._memory / "memory.stat"), "total_rss"
        elif self._unified is not None:
            words, name = _words(self._unified / "memory.stat"), "anon"
        else:
            return 0
        return int(words[words.index(name) + 1]) if name in words else 0

    def remove(self) -> bool:
        left = [folder for folder in self._folders if not _try_rmdir(folder)]
        return not any(folder.exists() for folder in left)


def _child(folder: Path | None, name: str) -> Path | None:
    return None if folder is None else folder / name


def remove_all(hierarchies: Hierarchies) -> None:
    for folder in (
        hierarchies.unified,
        hierarchies.memory,
        hierarchies.pids,
        hierarchies.cpu,
    ):
        if folder is not None and folder.exists():
            _remove(folder)
    for lock in hierarchies.locks:
        os.close(lock)
