"""
The first process of a sandbox: sets it up, gives up its rights, and buries the dead.

It forks the function's process at once, so that both wait, ready, until the server says which
function they are for (`furnish`). When the function's process ends the keeper ends with its
status, and in a process namespace the kernel ends everything else.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from lambent.runtime.sandbox.inside import companions, fork_hooks, linux, root, seccomp, signals

# AWS: the user that functions run as, as `id` shows it in a function.
USER, GROUP = 993, 990
CONTROL = 3
_LIMITS = {
    # With 0 the kernel still starts a program of the host's that collects dumps; not with 1.
    resource.RLIMIT_CORE: 1,
    # AWS: file descriptors and processes, from the list of Lambda quotas.
    resource.RLIMIT_NOFILE: 1024,
    resource.RLIMIT_NPROC: 1024,
}


Run = Callable[[int], None]


def keep(plan: dict[str, Any], request: dict[str, Any], descriptors: list[int], run: Run) -> int:
    """
    Run as the keeper of a sandbox; answer with the exit status.

    `run` is what the function's process does if it is not told to execute something.

    Where the request says what the sandbox is for, that is seen to first, and the function's
    process has nothing left to give up. A blank one forks it ahead, and waits to be told.
    """
    channel = socket.socket(fileno=descriptors[0])
    _close_all_but(descriptors)
    _begin(plan, channel)
    linux.adopt_orphans()
    outfit = request["outfit"]
    if outfit is not None and not _is_furnished(plan, outfit, channel):
        return 1
    child = os.fork()
    if child == 0:
        channel.detach()
        if plan["mode"] == "namespaces" and outfit is None:
            _drop_rights(plan, may_fork_copies=request["template"])
        os.setsid()
        become_function(plan, request, descriptors, run)
    for descriptor in descriptors[1:]:
        os.close(descriptor)
    if outfit is None:
        told = channel.recv(1 << 20)
        if not told:
            return 0
        outfit = json.loads(told)
        if not _is_furnished(plan, outfit, channel):
            return 1
    linux.set_dumpable(False)
    linux.die_with_parent()
    channel.send(b"{}")
    if outfit["companions"]:
        companions.attend(channel, child, partial(become_ready, plan))
    return bury(child)


def settle_alone(plan: dict[str, Any], request: dict[str, Any], descriptors: list[int]) -> str:
    """
    Make a sandbox in which the function's process, that we are, is alone but for the first one.

    The answer is why it could not be done, or nothing.
    """
    channel = socket.socket(fileno=descriptors[0])
    try:
        _begin(plan, channel)
        _furnish(plan, request["outfit"])
    except OSError as error:
        return str(error)
    finally:
        channel.detach()
    return ""


def _begin(plan: dict[str, Any], channel: socket.socket) -> None:
    """What is the same for all functions."""
    os.setsid()
    if plan["mode"] == "namespaces":
        root.mount_proc()
        # Before the function's process is forked: it may talk with its extensions.
        linux.scope_sockets()
    if plan["ports"]:
        _open_doors(plan["ports"], channel)


def _furnish(plan: dict[str, Any], outfit: dict[str, Any]) -> None:
    if plan["mode"] == "namespaces":
        root.furnish(outfit)
        _drop_rights(plan)


def _is_furnished(plan: dict[str, Any], outfit: dict[str, Any], channel: socket.socket) -> bool:
    """Whether it could be done; the server is told why not."""
    try:
        _furnish(plan, outfit)
    except OSError as error:
        channel.send(json.dumps({"error": str(error)}).encode())
        return False
    return True


def _close_all_but(kept: list[int]) -> None:
    """Close what the zygote has open for itself and for others."""
    first = 3
    for descriptor in sorted(kept):
        linux.close_from(first, descriptor)
        first = descriptor + 1
    linux.close_from(first)


def step_into(entrances: list[int]) -> None:
    """Go into the control groups; 0 is who writes it, which spares the kernel a lock."""
    for entrance in entrances:
        with suppress(OSError):
            os.write(entrance, b"0")


def _open_doors(ports: list[int], channel: socket.socket) -> None:
    """Listen in the sandbox's own network, and hand the server the listening ends."""
    linux.raise_loopback()
    doors = [socket.create_server(("127.0.0.1", port)) for port in ports]
    # Where SDKs expect the X-Ray daemon.
    xray = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    xray.bind(("127.0.0.1", 2000))
    doors.append(xray)
    socket.send_fds(channel, [b"doors"], [door.fileno() for door in doors])
    for door in doors:
        door.close()


def bury(child: int) -> int:
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def become_function(
    plan: dict[str, Any], request: dict[str, Any], descriptors: list[int], run: Run
) -> None:
    """Does not return."""
    _, control, log = descriptors
    try:
        become_ready(plan, log, control)
        if request["argv"]:
            signals.reset()
            os.execve(request["argv"][0], request["argv"], request["environment"])
        fork_hooks.hand_over()
        run(CONTROL)
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    os._exit(1)


def become_ready(plan: dict[str, Any], log: int, control: int = -1) -> None:
    """The last that every process of a function's own needs before it runs its code."""
    _limit(plan)
    arrange_descriptors(control, log)
    linux.set_dumpable(True)
    linux.die_with_parent()
    signals.restore()


def _drop_rights(plan: dict[str, Any], *, may_fork_copies: bool = False) -> None:
    """
    Become nobody: another user if the server may, in a user namespace of its own if it can.

    The template of a snapshot may make further user namespaces, for its copies.

    Order matters: ids before the namespace (it gives every capability within itself), and
    capabilities last.
    """
    if plan["has_own_user"]:
        own = plan["own_user"]
        os.setgroups([])
        os.setresgid(own, own, own)
        os.setresuid(own, own, own)
        # Changing ids hands the files in /proc/self to root.
        linux.set_dumpable(True)
    user, group = os.getuid(), os.getgid()
    try:
        linux.unshare(linux.CLONE_NEWUSER)
    except OSError:
        # Some systems keep user namespaces for root; the ids are dropped all the same.
        if not plan["has_own_user"]:
            raise
    else:
        linux.map_user("self", [(USER, user)], [(GROUP, group)])
        if not may_fork_copies:
            linux.forbid_user_namespaces()
    linux.drop_capabilities()
    linux.forbid_new_privileges()
    seccomp.install(may_mount=may_fork_copies)


def _limit(plan: dict[str, Any]) -> None:
    for name, value in _LIMITS.items():
        if name == resource.RLIMIT_NPROC and plan["mode"] != "namespaces":
            # Counted over all processes of the user, the server's own among them.
            continue
        hard = resource.getrlimit(name)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (limit, limit))


def arrange_descriptors(control: int, log: int) -> None:
    """0 nothing, 1 and 2 the log, 3 the server if it is there; no other."""
    # Out of the way first: either may have one of the numbers that are about to be taken.
    log = fcntl.fcntl(log, fcntl.F_DUPFD, 10)
    if control >= 0:
        control = fcntl.fcntl(control, fcntl.F_DUPFD, 10)
    os.dup2(os.open("/dev/null", os.O_RDWR), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if control >= 0:
        os.dup2(control, CONTROL)
    linux.close_from(CONTROL + int(control >= 0))
