"""
The zygote: a warmed process that turns into sandboxes by forking.

It imports what functions are likely to import, says that it is ready, and then forks a process
for each request.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

from lambent.runtime.bootstraps.provided import launcher
from lambent.runtime.bootstraps.python import bootstrap, warming
from lambent.runtime.sandbox.inside import cradle, keeper, linux, root, seccomp

# A step of warming takes up to 50 ms, so it waits until nobody is likely to ask for a sandbox.
_QUIET_MILLISECONDS = 50
_NAMESPACES = (
    linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
    if linux.is_supported_machine()
    else 0
)
# The way into a process namespace, and its first process.
_OF_FIRST = 2


def serve(server: socket.socket, requests: socket.socket, plan: dict[str, Any]) -> None:
    """Become warm, say so to the server, and fork whenever it is requested."""
    sys.path[:] = plan["path"]
    warming.begin(plan["warm"])
    bootstrap.rehearse()
    seccomp.rehearse()
    _keep_for_ever()
    server.send(b'{"ready": true}')
    _Zygote(server, requests, plan).serve(warming.steps(plan["warm"]))


def _keep_for_ever() -> None:
    """What lives now never dies: keep the collector from touching, and so copying, it."""
    gc.collect()
    gc.freeze()


class _Zygote:
    """
    It holds as few descriptors as it can: each is copied by every fork, and closed in the child.
    """

    def __init__(
        self, server: socket.socket, requests: socket.socket, plan: dict[str, Any]
    ) -> None:
        self._server = server
        self._requests = requests
        self._plan = plan
        self._contained = plan["mode"] == "namespaces"
        self._alive: set[int] = set()
        self._ends, heard_ends = socket.socketpair()
        for end in (self._ends, heard_ends):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, _note)
        signal.set_wakeup_fd(heard_ends.detach(), warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(requests, select.POLLIN)
        self._poll.register(self._ends, select.POLLIN)

    def serve(self, warming_steps: Iterator[None]) -> None:
        """Fork when asked; get warmer while nobody asks."""
        is_warm = False
        while True:
            heard = self._poll.poll(None if is_warm else _QUIET_MILLISECONDS)
            if not heard:
                is_warm = next(warming_steps, "done") == "done"
                _keep_for_ever()
                if is_warm:
                    # A fork copies the tables of small pages, one entry after the other.
                    linux.use_huge_pages(root.HOST if self._contained else "")
            for descriptor, _ in heard:
                if descriptor == self._ends.fileno():
                    self._bury()
                elif not self._hear():
                    return

    def _hear(self) -> bool:
        """Whether anybody is there to be heard."""
        message, descriptors, _, _ = socket.recv_fds(
            self._requests, cradle.LONGEST_MESSAGE, _OF_FIRST + cradle.MOST_DESCRIPTORS
        )
        if not message:
            for pid in self._alive:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            return False
        request = json.loads(message)
        first: list[int] = []
        namespace = -1
        if self._contained:
            namespace, *first = descriptors[:_OF_FIRST]
            del descriptors[:_OF_FIRST]
        try:
            pid = self._fork(request, descriptors, namespace)
        except OSError as error:
            # The server has nobody to end who has been forked for nothing.
            for pidfd in first:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            self._tell({"refused": request["id"], "error": str(error)})
        else:
            self._alive.add(pid)
            self._tell({"forked": request["id"], "pid": pid}, first)
        for descriptor in (namespace, *first, *descriptors):
            if descriptor >= 0:
                os.close(descriptor)
        return True

    def _fork(self, request: dict[str, Any], descriptors: list[int], namespace: int) -> int:
        namespaces = 0
        if namespace >= 0:
            linux.join(namespace, linux.CLONE_NEWPID)
            namespaces = _NAMESPACES | (linux.CLONE_NEWNET if self._plan["ports"] else 0)
        entrances = descriptors[3:]
        born = entrances.pop(0) if request["born"] else -1
        moved = entrances.pop(0) if request["moved"] else -1
        pid, is_inside = _forked(namespaces, born)
        if pid == 0:
            if not is_inside and moved >= 0:
                entrances.append(moved)
            self._become_sandbox(request, descriptors[:3], entrances)
        return pid

    def _become_sandbox(
        self, request: dict[str, Any], descriptors: list[int], entrances: list[int]
    ) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Who knows what it is for has no time to rehearse.
        run: keeper.Run = partial(bootstrap.run, rehearses=request["outfit"] is None)
        if request["launches"]:
            run = launcher.run
        status = 1
        try:
            keeper.step_into(entrances)
            begin = keeper.be_alone if request["alone"] else keeper.keep
            status = begin(self._plan, request, descriptors, run)
        except Exception as error:
            # Nobody is above us to catch it; the function's log is where it can be read.
            os.write(descriptors[2], f"sandbox: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)

    def _bury(self) -> None:
        with suppress(BlockingIOError):
            self._ends.recv(1 << 12)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                self._alive.discard(pid)
                self._tell({"exited": pid, "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        # If the server is gone, the next look at the requests ends us.
        with suppress(OSError):
            socket.send_fds(self._server, [json.dumps(message).encode()], descriptors)


def _note(number: int, frame: FrameType | None) -> None:
    """Only heard by the descriptor that it is told to."""


def _forked(namespaces: int, group: int) -> tuple[int, bool]:
    """Fork; the second answer is whether the child is in the group."""
    if group >= 0:
        # Old kernels and filters of containers do not have it.
        with suppress(OSError):
            return linux.fork_into(namespaces, group), True
    if namespaces:
        return linux.fork_into(namespaces), False
    return os.fork(), False
