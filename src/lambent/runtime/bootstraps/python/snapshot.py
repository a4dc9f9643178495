"""
An initialised interpreter as a snapshot: it waits, and forks a copy for each environment.

It holds no rights. A copy gets namespaces of its own by a user namespace of its own, and gives up
what that brings before any more of the function runs.

    server → template   T  a copy is wanted; its control channel and its log come with it
    template → server   K  a copy is there; its pidfd comes with it     Z  one has ended, JSON
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import shutil
import socket
import stat
import struct
import sys
from typing import Any

from lambent.runtime.bootstraps.python.frames import receive
from lambent.runtime.sandbox.inside import keeper, linux, root, seccomp

_HEADER = struct.Struct("!cII")
_NAMESPACES = (
    linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC
    if linux.is_supported_machine()
    else 0
)
_ASIDE = "/.host"


def run_hooks(which: str) -> None:
    """The hooks that the function has registered, if it has."""
    module = sys.modules.get("snapshot_restore_py")
    if module is None:
        return
    hooks = list(getattr(module, f"get_{which}")())
    for function, args, kwargs in reversed(hooks) if which == "before_snapshot" else hooks:
        function(*args, **kwargs)


def serve(descriptor: int, setup: dict[str, Any]) -> int:
    """
    Fork a copy whenever the server asks. Returns in the copies only, once the server has told
    what they are for; the answer is their control channel.
    """
    _hang_up(descriptor)
    gc.collect()
    gc.freeze()
    server = socket.socket(fileno=descriptor)
    poll = select.poll()
    poll.register(server, select.POLLIN)
    copies: dict[int, int] = {}  # pidfd: pid
    while True:
        for ready, _ in poll.poll():
            if ready != descriptor:
                poll.unregister(ready)
                os.close(ready)
                pid, status = os.waitpid(copies.pop(ready), 0)
                ended = {"pid": pid, "status": os.waitstatus_to_exitcode(status)}
                _tell(server, b"Z", json.dumps(ended).encode())
                continue
            message, descriptors, _, _ = socket.recv_fds(server, _HEADER.size, 2)
            if not message:
                os._exit(0)
            contained = setup["contained"]
            pid = linux.fork_into(_NAMESPACES) if contained else os.fork()
            if pid == 0:
                server.detach()
                poll.unregister(descriptor)
                for pidfd in copies:
                    os.close(pidfd)
                return _become(setup, descriptors)
            for received in descriptors:
                os.close(received)
            pidfd = os.pidfd_open(pid)
            copies[pidfd] = pid
            poll.register(pidfd, select.POLLIN)
            socket.send_fds(server, [_HEADER.pack(b"K", pid, 0)], [pidfd])


def _tell(server: socket.socket, kind: bytes, body: bytes) -> None:
    server.sendall(_HEADER.pack(kind, 0, len(body)) + body)


def _hang_up(own: int) -> None:
    """
    End the connections that the function has made.

    AWS: they do not survive a snapshot. Here copies would share them, and mix their words.
    """
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        try:
            if number != own and stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as connection:
                    connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It is no connection, or not any more.
            continue


def _become(setup: dict[str, Any], descriptors: list[int]) -> int:
    """The first process of a copy: sets its walls up, forks the function, and buries the dead."""
    control, log = descriptors
    contained = setup["contained"]
    try:
        if contained:
            _separate(setup["tmp_megabytes"])
            linux.scope_sockets()
        else:
            os.setsid()
            linux.adopt_orphans()
        child = os.fork()
        if contained:
            _give_up()
        if child == 0:
            keeper.arrange_descriptors(control, log)
            linux.set_dumpable(True)
        linux.die_with_parent()
    except OSError as error:
        os.write(log, f"sandbox: {error}\n".encode())
        os._exit(1)
    if child == 0:
        return keeper.CONTROL
    os.close(control)
    os.close(log)
    os._exit(keeper.bury(child))


def _separate(tmp_megabytes: int) -> None:
    linux.map_user("self", [(keeper.USER, keeper.USER)], [(keeper.GROUP, keeper.GROUP)])
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    flags = linux.MS_NOSUID | linux.MS_NODEV
    if os.listdir("/tmp"):
        # AWS: what the Init phase has written to /tmp is part of the snapshot.
        root.mount_tmp(_ASIDE, tmp_megabytes)
        shutil.copytree("/tmp", _ASIDE, symlinks=True, dirs_exist_ok=True)
        linux.mount(_ASIDE, "/tmp", flags=linux.MS_BIND)
        linux.detach(_ASIDE)
    else:
        root.mount_tmp("/tmp", tmp_megabytes)
    linux.mount("proc", "/proc", "proc", flags | linux.MS_NOEXEC)


def _give_up() -> None:
    linux.forbid_user_namespaces()
    linux.drop_capabilities()
    linux.forbid_new_privileges()
    seccomp.install()


def restored(descriptor: int) -> dict[str, Any]:
    """Wait for what this copy is for, and see to it that it is not like the others."""
    kind, _, body = receive(descriptor)
    if kind != b"S":
        os._exit(0)
    setup: dict[str, Any] = json.loads(body)
    random.seed()
    os.environ.clear()
    os.environ.update(setup["environment"])
    return setup
