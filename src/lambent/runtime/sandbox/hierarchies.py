"""
Where control groups can be made: version 2, version 1, both at once, or nowhere.

On version 2 a group that holds processes cannot give its own groups a share of what it has, so a
server that systemd has given a group (Delegate=yes) steps aside in it. Root without such a group
uses the top of the tree.
"""

import fcntl
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lambent.runtime.sandbox.control_files import try_remove, try_write, words

_ROOT = Path("/sys/fs/cgroup")
SHARES_PER_CPU = 1024  # version 1: what one that wants a whole processor has
_CONTROLLERS = frozenset({"memory", "pids", "cpu"})
# Where a server steps aside to, so that the group that it was started in holds no process.
_ASIDE = "lambent-server"


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


def find_hierarchies(
    owner: str, root: Path = _ROOT, memberships: Mapping[str, str] | None = None
) -> Hierarchies:
    """Make a folder named `owner` wherever we are allowed to, and say where."""
    if memberships is None:
        memberships = _memberships()
    locks: list[int] = []
    unified_mount = root if (root / "cgroup.controllers").exists() else root / "unified"
    unified, controllers = _own_unified(unified_mount, memberships, owner, locks)
    version_1 = {
        name: _made(_own_group(root / name, memberships, name) / owner, locks)
        for name in sorted(_CONTROLLERS)
        if name in memberships
    }
    cpu = version_1.get("cpu")
    if cpu is not None:
        # All functions together weigh as much as a busy process on each processor.
        try_write(cpu / "cpu.shares", str(SHARES_PER_CPU * (os.cpu_count() or 1)))
    memory = version_1.get("memory")
    if memory is not None:
        # The groups of sandboxes inherit it.
        try_write(memory / "memory.swappiness", "0")
    return Hierarchies(
        unified,
        controllers,
        memory,
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


def _own_group(mount: Path, memberships: Mapping[str, str], controller: str = "") -> Path:
    """The folder of the group that we were started in."""
    folder = mount / memberships.get(controller, "/").lstrip("/")
    if not (folder / "cgroup.procs").exists():
        # The path is the machine's, and what a container sees of it begins with its own group.
        return mount
    return folder.parent if folder.name == _ASIDE else folder


def _own_unified(
    mount: Path, memberships: Mapping[str, str], owner: str, locks: list[int]
) -> tuple[Path | None, frozenset[str]]:
    """Our folder in the version 2 tree, and the controllers that groups in it can use."""
    if not (mount / "cgroup.procs").exists():
        return None, frozenset()
    own_group = _own_group(mount, memberships)
    parents = [mount, own_group]
    if _is_delegated(own_group):
        parents.reverse()
    for parent in parents:
        _empty(parent)
        folder = _made(parent / owner, locks)
        if folder is not None:
            _pass_on(parent)
            _pass_on(folder)
            return folder, _CONTROLLERS & set(words(folder / "cgroup.subtree_control"))
    return None, frozenset()


def _is_delegated(group: Path) -> bool:
    """
    Whether systemd has left a group and all below it to whoever runs in it (Delegate=yes).

    https://systemd.io/CGROUP_DELEGATION/
    """
    for name in ("user.delegate", "trusted.delegate"):
        with suppress(OSError):
            if os.getxattr(group, name) == b"1":
                return True
    return False


def _has_processes(group: Path) -> bool:
    """Whether processes keep it from passing controllers on, as they do except at the very top."""
    return (group / "cgroup.type").exists() and bool(words(group / "cgroup.procs"))


def _empty(group: Path) -> None:
    """Move what runs in a group that is ours (a shell and this server, say) to a place below it."""
    own = str(os.getpid())
    if not _has_processes(group):
        return
    if not _is_delegated(group) and words(group / "cgroup.procs") != [own]:
        return
    aside = group / _ASIDE
    with suppress(OSError):
        aside.mkdir(exist_ok=True)
    for pid in words(group / "cgroup.procs"):
        try_write(aside / "cgroup.procs", pid)


def _pass_on(group: Path) -> None:
    """Let the groups in a group use its controllers."""
    if _has_processes(group):
        # The kernel would pass some on, and then take its groups for groups of threads.
        return
    # One by one: what one of them lacks should not take the others away.
    for controller in sorted(_CONTROLLERS & set(words(group / "cgroup.controllers"))):
        try_write(group / "cgroup.subtree_control", f"+{controller}")


def _made(folder: Path, locks: list[int]) -> Path | None:
    """The folder, with our lock on it; None where we may not make one."""
    while folder.parent.exists():
        try:
            folder.mkdir(exist_ok=True)
            lock = _lock(folder)
        except FileNotFoundError:
            continue  # another server took it for abandoned
        except OSError:
            return None
        if lock is None:
            continue  # another server looks whether it is abandoned
        if os.access(folder / "cgroup.procs", os.W_OK):
            locks.append(lock)
            return folder
        os.close(lock)
        break
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


def remove_abandoned(prefix: str) -> None:
    """Remove the groups, of names with this prefix, of servers that are gone."""
    memberships = _memberships()
    parents = {_ROOT, _ROOT / "unified"}
    parents |= {_own_group(mount, memberships) for mount in parents}
    parents |= {_own_group(_ROOT / name, memberships, name) for name in _CONTROLLERS}
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
        try_write(child / "cgroup.kill", "1")
        try_remove(child)
    try_remove(folder)


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
