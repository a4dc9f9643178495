"""
Where sandboxes begin: enters the file system that functions see, and forks the zygote.

Started as `python -I -S -B cradle.py <socket>`; the plan, as JSON, is the first thing that it is
sent. It stays small, because it is the parent of the first processes: a process namespace lives
as long as its first process, which has nothing to do but to be there and to bury the dead. To
fork it from the zygote, which is large, would cost as much as the function's own process does.

What is asked of the zygote passes through the first process that it is asked for; the zygote
answers the server itself. Both end when the server does, and take every sandbox with them.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

sys.path.insert(0, os.path.abspath(__file__).rsplit("/lambent/runtime/", 1)[0])

from lambent.runtime.sandbox.inside import fork_hooks, linux, requests, root, signals

# Processes that the kernel should end first when the machine runs out of memory.
_OUT_OF_MEMORY_SCORE = 500
# Long after everybody else in a process namespace has come.
_JOINED_SECONDS = 10.0


def main(descriptor: int) -> None:
    server = socket.socket(fileno=descriptor)
    plan: dict[str, Any] = json.loads(server.recv(requests.LONGEST))
    signals.ignore()
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write(str(_OUT_OF_MEMORY_SCORE))
    # The server's may keep its data private; what is made here is for the functions' user.
    os.umask(0o022)
    try:
        if plan["mode"] == "namespaces":
            _enter_user_namespace(plan)
            with suppress(OSError):
                # A service with ProtectHostname= may not; then functions see the machine's name.
                linux.set_host_name("lambda")
            linux.die_with_parent()
            _begin_apart(server, plan)
        else:
            linux.die_with_parent()
            _become_zygotes([server], server, plan)
    except Exception as error:
        # Nobody is above us: the server tells the one who wanted to run a function.
        server.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())


def _begin_apart(server: socket.socket, plan: dict[str, Any]) -> None:
    """Fork the zygotes, and stay what we are."""
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2)]
    ours, theirs = zip(*pairs, strict=True)
    pid = os.fork()
    for end in theirs if pid else ours:
        end.close()
    if pid == 0:
        linux.die_with_parent()
        _become_zygotes(theirs, server, plan)
    # They enter the file system for all of us.
    elif ours[0].recv(1):
        _serve(server, ours, pid)


def _become_zygotes(
    asked: Sequence[socket.socket], server: socket.socket, plan: dict[str, Any]
) -> None:
    fork_hooks.collect()
    # What it imports is what makes it large.
    from lambent.runtime.sandbox.inside import zygote

    if plan["mode"] == "namespaces":
        root.enter(plan)
        asked[0].send(b"!")
    zygote.serve(server, asked, plan)


def _enter_user_namespace(plan: dict[str, Any]) -> None:
    """
    In it we are root over mounts and processes of our own, and nobody outside.

    Everybody is mapped if the server may: a folder that only its owner may enter, as homes are,
    is closed even to root where its owner is not known. Else it is the server's own user alone.
    """
    # Of the names of the machine one copy is enough: no function has the right to change them.
    flags = linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWUTS
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


def _serve(server: socket.socket, zygotes: Sequence[socket.socket], pid: int) -> None:
    """Begin a process namespace for each request, and let its first process pass it on."""
    # The kernel buries what we fork, and in each namespace what is left to its first process.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    poll = select.poll()
    poll.register(server, select.POLLIN)
    poll.register(os.pidfd_open(pid), select.POLLIN)
    while True:
        if server.fileno() not in [descriptor for descriptor, _ in poll.poll()]:
            # The zygote has ended.
            return
        message, descriptors, _, _ = socket.recv_fds(server, requests.LONGEST, requests.MOST)
        if not message:
            return
        try:
            is_first = linux.fork_into(linux.CLONE_NEWPID) == 0
        except OSError as error:
            _refuse(server, message, error)
            is_first = False
        if is_first:
            try:
                _be_first(server, zygotes, message, descriptors)
            finally:
                os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)


def _be_first(
    server: socket.socket,
    zygotes: Sequence[socket.socket],
    message: bytes,
    descriptors: list[int],
) -> None:
    """
    Pass on what is asked, with the way into our process namespace; then only be there.

    Within its namespace nobody can signal the first process.
    """
    try:
        namespace = os.open(f"{root.HOST}/proc/self/ns/pid", os.O_RDONLY)
        own = os.pidfd_open(os.getpid())
        _, _, is_lean = requests.HEAD.unpack_from(message)
        socket.send_fds(zygotes[is_lean], [message], [namespace, own, *descriptors])
        linux.close_from(0)
        linux.set_dumpable(False)
        linux.give_up_capabilities()
        linux.die_with_parent()
    except OSError as error:
        _refuse(server, message, error)
        return
    time.sleep(_JOINED_SECONDS)
    while _has_others():
        signal.pause()


def _has_others() -> bool:
    """In our process namespace. Without, who was to come has ended before the server knew of us."""
    try:
        os.kill(-1, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # There are some, and they are another user's.
        pass
    return True


def _refuse(server: socket.socket, message: bytes, error: OSError) -> None:
    with suppress(OSError):
        number, _, _ = requests.HEAD.unpack_from(message)
        refused = {"refused": number, "error": str(error)}
        server.send(json.dumps(refused).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
