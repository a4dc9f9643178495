"""What this machine allows, found out once by trying, and said in sentences."""

import os
import sys
from pathlib import Path

from lambent.runtime.api import Capabilities, RuntimeSettings
from lambent.runtime.sandbox.hierarchies import Hierarchies
from lambent.runtime.sandbox.inside import linux

# The functions' own user outside the sandbox: one that nothing else on the machine has.
_OWN_USER = 1_862_000_993
_NAMESPACES = (
    linux.CLONE_NEWUSER
    | linux.CLONE_NEWNS
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
)


def find_capabilities(settings: RuntimeSettings, hierarchies: Hierarchies) -> Capabilities:
    missing: list[str] = []
    mode, network = settings.sandbox, settings.network
    namespaces = mode != "process" and _can_isolate()
    if mode == "process":
        missing.append(
            "Functions run as plain processes, without isolation, because the settings say so."
        )
    elif not namespaces:
        missing.append(
            "Functions run as plain processes, without isolation: this machine does not allow"
            " user namespaces with mounts (see kernel.unprivileged_userns_clone,"
            " kernel.apparmor_restrict_unprivileged_userns and user.max_user_namespaces)."
        )
    if not namespaces and os.geteuid() == 0:
        missing.append("Functions run as root: start the server as another user, or allow it more.")
    own_user = _find_own_user() if namespaces else None
    if namespaces and own_user is None:
        missing.append(
            "Functions run as this server's own user: namespaces alone keep them from what that"
            " user may do (a server that root starts, outside of containers that map users,"
            " gives them a user of their own)."
        )
    if not hierarchies.limits_memory:
        missing.append(
            "Memory limits are kept by looking, up to twenty times a second:"
            f" {_no_group_with('a memory')}."
        )
    if not hierarchies.limits_cpu:
        consequence = (
            "CPU shares do not follow memory"
            if settings.cpu == "shared"
            else "Functions get more than their share of a processor although the settings do not"
            " allow it"
        )
        missing.append(f"{consequence}: {_no_group_with('a processor')}.")
    if namespaces and network == "allowed" and not linux.can_scope_sockets():
        missing.append(
            "Functions reach the abstract local sockets of this machine: the kernel has no scopes"
            " of Landlock (6.12), and functions are allowed the machine's network."
        )
    if hierarchies.unified is None:
        missing.append(
            "Idle functions are stopped by signals: there is no version 2 control group to freeze."
        )
    return Capabilities(namespaces, own_user, hierarchies.kind, hierarchies.limits_memory, missing)


def _no_group_with(kind: str) -> str:
    return (
        f"no control group with {kind} controller can be written (run as root, or under systemd"
        " with Delegate=yes: systemd-run --user --scope -p Delegate=yes lambent serve)"
    )


def _find_own_user() -> int | None:
    """A user for functions alone: root may have any, if this machine knows so many."""
    if os.geteuid() != 0 or not all(map(_knows_own_user, ("uid_map", "gid_map"))):
        return None
    return _OWN_USER


def _knows_own_user(file: str) -> bool:
    """In a container the users of the machine may be only some."""
    try:
        lines = Path(f"/proc/self/{file}").read_text().splitlines()
    except OSError:
        return True
    ranges = [tuple(map(int, line.split())) for line in lines]
    return any(first <= _OWN_USER < first + count for first, _, count in ranges)


def _can_isolate() -> bool:
    """Try it in a child: namespaces, a mount in them, and to go into one."""
    if not sys.platform.startswith("linux") or not linux.is_supported_machine():
        return False
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            user, group = os.geteuid(), os.getegid()
            linux.unshare(_NAMESPACES)
            linux.map_user("self", [(0, user)], [(0, group)])
            linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
            own = os.open("/proc/self/ns/ipc", os.O_RDONLY)
            linux.mount("tmpfs", "/", "tmpfs", linux.MS_NOSUID)
            linux.join(own, linux.CLONE_NEWIPC)
            status = 0
        except OSError:
            pass
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1] == 0
