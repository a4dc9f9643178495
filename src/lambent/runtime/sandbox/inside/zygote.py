"""
The zygote: a small warmed process that turns into sandboxes by forking.

Started as `python -I -S -B zygote.py <socket>`; the plan, as JSON, is the first thing that it is
sent. It enters the file system that functions see, imports what functions are likely to import,
says that it is ready, and then forks a keeper for each request. It ends when the server does, and
takes every sandbox with it.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

sys.path.insert(0, os.path.abspath(__file__).rsplit("/lambent/runtime/", 1)[0])

from lambent.runtime.bootstraps.provided import launcher
from lambent.runtime.bootstraps.python import bootstrap, warming
from lambent.runtime.sandbox.inside import keeper, linux, root, seccomp, signals

# A step of warming takes up to 50 ms, so it waits until nobody is likely to ask for a sandbox.
_QUIET_MILLISECONDS = 50
_NAMESPACES = (
    linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
    if linux.is_supported_machine()
    else 0
)


# More than a plan has.
_LONGEST_MESSAGE = 1 << 20
# Keeper, control channel and log; and the control groups.
_MOST_DESCRIPTORS = 3 + 5
# Processes that the kernel should end first when the machine runs out of memory.
_OUT_OF_MEMORY_SCORE = 500


def main(descriptor: int) -> None:
    server = socket.socket(fileno=descriptor)
    plan: dict[str, Any] = json.loads(server.recv(_LONGEST_MESSAGE))
    signals.ignore()
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write(str(_OUT_OF_MEMORY_SCORE))
    # The server's may keep its data private; what is made here is for the functions' user.
    os.umask(0o022)
    try:
        if plan["mode"] == "namespaces":
            _enter_user_namespace(plan)
            root.enter(plan)
        linux.die_with_parent()
        sys.path[:] = plan["path"]
        warming.begin(plan["warm"])
        bootstrap.rehearse()
        seccomp.rehearse()
    except Exception as error:
        # Nobody is above us: the server tells the one who wanted to run a function.
        server.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        return
    _keep_for_ever()
    server.send(b'{"ready": true}')
    _serve(server, plan, warming.steps(plan["warm"]))


def _keep_for_ever() -> None:
    """What lives now never dies: keep the collector from touching, and so copying, it."""
    gc.collect()
    gc.freeze()


def _enter_user_namespace(plan: dict[str, Any]) -> None:
    """
    In it we are root over mounts and processes of our own, and nobody outside.

    Everybody is mapped if the server may: a folder that only its owner may enter, as homes are,
    is closed even to root where its owner is not known. Else it is the server's own user alone.
    """
    flags = linux.CLONE_NEWUSER | linux.CLONE_NEWNS
    user, group = os.getuid(), os.getgid()
    if not plan["has_own_user"]:
        linux.unshare(flags)
        linux.map_user("self", [(0, user)], [(0, group)])
        return
    # Only a process outside the namespace has the right to map a user that is not its own.
    us = os.getpid()
    unshared_read, unshared_write = os.pipe()
    outside = os.fork()
    if outside == 0:
        os.close(unshared_write)
        os.read(unshared_read, 1)
        linux.map_everybody(us)
        os._exit(0)
    linux.unshare(flags)
    os.close(unshared_read)
    os.close(unshared_write)
    if os.waitpid(outside, 0)[1] != 0:
        raise PermissionError("the users of the namespace cannot be mapped")


def _serve(server: socket.socket, plan: dict[str, Any], warming_steps: Iterator[None]) -> None:
    """Fork when asked; get warmer while nobody asks."""
    is_warm = False
    poll = select.poll()
    poll.register(server, select.POLLIN)
    alive: dict[int, int] = {}  # pidfd: pid
    while True:
        heard = poll.poll(None if is_warm else _QUIET_MILLISECONDS)
        if not heard:
            is_warm = next(warming_steps, "done") == "done"
            _keep_for_ever()
            if is_warm:
                # A fork copies the tables of small pages, one entry after the other.
                linux.use_huge_pages(root.HOST if plan["mode"] == "namespaces" else "")
        for descriptor, _ in heard:
            if descriptor == server.fileno():
                message, descriptors, _, _ = socket.recv_fds(
                    server, _LONGEST_MESSAGE, _MOST_DESCRIPTORS
                )
                if not message:
                    _end(alive)
                    return
                pid = _fork(server, plan, json.loads(message), descriptors)
                if pid:
                    pidfd = os.pidfd_open(pid)
                    alive[pidfd] = pid
                    poll.register(pidfd, select.POLLIN)
            else:
                poll.unregister(descriptor)
                os.close(descriptor)
                pid, status = os.waitpid(alive.pop(descriptor), 0)
                _tell(server, {"exited": pid, "status": os.waitstatus_to_exitcode(status)})


def _fork(
    server: socket.socket, plan: dict[str, Any], request: dict[str, Any], descriptors: list[int]
) -> int:
    entrances = descriptors[3:]
    born = entrances.pop(0) if request["born"] else -1
    moved = entrances.pop(0) if request["moved"] else -1
    try:
        pid, is_inside = _fork_into(_namespaces(plan), born)
    except OSError as error:
        _tell(server, {"refused": request["id"], "error": str(error)})
        pid = 0
    else:
        if pid == 0:
            server.close()
            if not is_inside and moved >= 0:
                entrances.append(moved)
            _keep(plan, request, descriptors[:3], entrances)
        _tell(server, {"forked": request["id"], "pid": pid})
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def _namespaces(plan: dict[str, Any]) -> int:
    if plan["mode"] != "namespaces":
        return 0
    return _NAMESPACES | (linux.CLONE_NEWNET if plan["ports"] else 0)


def _fork_into(namespaces: int, group: int) -> tuple[int, bool]:
    """Fork; the second answer is whether the child is in the group."""
    if group >= 0:
        # Old kernels and filters of containers do not have it.
        with suppress(OSError):
            return linux.fork_into(namespaces, group), True
    if namespaces:
        return linux.fork_into(namespaces), False
    return os.fork(), False


def _keep(
    plan: dict[str, Any], request: dict[str, Any], descriptors: list[int], entrances: list[int]
) -> None:
    # Who knows what it is for has no time to rehearse.
    run: keeper.Run = partial(bootstrap.run, rehearses=request["outfit"] is None)
    if request["launches"]:
        run = launcher.run
    status = 1
    try:
        keeper.step_into(entrances)
        status = keeper.keep(plan, request, descriptors, run)
    except Exception as error:
        # Nobody is above us to catch it; the log of the function is where it can be read.
        os.write(descriptors[2], f"sandbox: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(status)


def _tell(server: socket.socket, message: dict[str, Any]) -> None:
    try:
        server.send(json.dumps(message).encode())
    except OSError:
        # The server is gone; the next look at the socket ends us.
        pass


def _end(alive: dict[int, int]) -> None:
    for pid in alive.values():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
