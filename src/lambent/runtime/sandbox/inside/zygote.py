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
from struct import pack
from types import FrameType
from typing import Any

from lambent.runtime.bootstraps.provided import launcher
from lambent.runtime.bootstraps.python import bootstrap, warming
from lambent.runtime.sandbox.inside import keeper, linux, requests, root, seccomp, signals

# A step of warming takes up to 50 ms, so it waits until nobody is likely to ask for a sandbox.
_QUIET_MILLISECONDS = 50
_NAMESPACES = linux.CLONE_NEWNS | linux.CLONE_NEWIPC if linux.is_supported_machine() else 0


def serve(server: socket.socket, asked: Sequence[socket.socket], plan: dict[str, Any]) -> None:
    """
    Become warm, say so to the server, and fork whenever it is requested.

    With a second place to be asked at there is a second, lean zygote: what we are before we
    import what only some functions use. To fork it takes half as long.
    """
    sys.path[:] = plan["path"]
    warming.begin()
    bootstrap.rehearse()
    seccomp.rehearse()
    lean = -1
    if len(asked) > 1 and plan["warm"]:
        lean = os.fork()
        if lean == 0:
            linux.die_with_parent()
            _keep_for_ever()
            _Zygote(server, asked[1], plan).serve(iter(()))
            return
    warming.import_all(plan["warm"])
    _keep_for_ever()
    server.send(b'{"ready": true}')
    _Zygote(server, asked[0], plan, lean).serve(warming.steps(plan["warm"]))


def _keep_for_ever() -> None:
    """What lives now never dies: keep the collector from touching, and so copying, it."""
    gc.collect()
    gc.freeze()


class _Zygote:
    """
    It holds as few descriptors as it can: each is copied by every fork, and closed in the child.
    """

    def __init__(
        self, server: socket.socket, asked: socket.socket, plan: dict[str, Any], lean: int = -1
    ) -> None:
        self._server = server
        self._asked = asked
        self._plan = plan
        self._lean = lean
        self._contained = plan["mode"] == "namespaces"
        self._passed = requests.OF_FIRST if self._contained else 0
        self._namespaces = _NAMESPACES | (linux.CLONE_NEWNET if plan["ports"] else 0)
        # The number of the request that each was forked for.
        self._alive: dict[int, int] = {}
        self._firsts = ""
        self._ends, heard_ends = socket.socketpair()
        for end in (self._ends, heard_ends):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, _note)
        signal.set_wakeup_fd(heard_ends.detach(), warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(asked, select.POLLIN)
        self._poll.register(self._ends, select.POLLIN)
        self._buffer = bytearray(requests.LONGEST)
        self._space = socket.CMSG_SPACE(4 * (requests.OF_FIRST + requests.MOST))

    def serve(self, warming_steps: Iterator[None]) -> None:
        """Fork when asked; get warmer while nobody asks."""
        is_warm = False
        while True:
            heard = self._poll.poll(None if is_warm else _QUIET_MILLISECONDS)
            if not heard and self._is_quiet():
                is_warm = next(warming_steps, "done") == "done"
                _keep_for_ever()
                if is_warm:
                    # A fork copies the tables of small pages, one entry after the other.
                    linux.use_huge_pages(root.HOST if self._contained else "")
            for descriptor, _ in heard:
                goes_on = self._bury() if descriptor == self._ends.fileno() else self._hear()
                if not goes_on:
                    signals.stop_listening()
                    return

    def _is_quiet(self) -> bool:
        """Whether nobody has asked the other zygote either since the last look."""
        if not self._contained:
            return True
        # Each request makes a first process.
        parent = os.getppid()
        before = self._firsts
        self._firsts = linux.read(f"{root.HOST}/proc/{parent}/task/{parent}/children")
        return self._firsts == before

    def _hear(self) -> bool:
        """
        Fork for a request. Whether anybody is there to be heard.

        What this touches the kernel copies after every fork, so the child does what it can.
        """
        length, ancillary, _, _ = self._asked.recvmsg_into(
            [self._buffer], self._space, socket.MSG_CMSG_CLOEXEC
        )
        if not length:
            for pid in self._alive:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            return False
        number, is_born, _ = requests.HEAD.unpack_from(self._buffer)
        descriptors = memoryview(ancillary[0][2]).cast("i")
        try:
            pid, is_inside = self._fork(descriptors, is_born)
        except OSError as error:
            self._tell({"refused": number, "error": str(error)}, descriptors[1 : self._passed])
        else:
            if pid == 0:
                self._become_sandbox(length, list(descriptors), is_inside)
            self._alive[pid] = number
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _fork(self, descriptors: memoryview[int], is_born: bool) -> tuple[int, bool]:
        namespaces, group = 0, -1
        if self._contained:
            linux.join(descriptors[0], linux.CLONE_NEWPID)
            namespaces = self._namespaces
        if is_born:
            group = descriptors[self._passed + requests.ALWAYS]
        return _forked(namespaces, group)

    def _become_sandbox(self, length: int, descriptors: list[int], is_inside: bool) -> None:
        """In the child: go on as what it is asked to be, and say when it is there."""
        number, is_born, _ = requests.HEAD.unpack_from(self._buffer)
        request = json.loads(bytes(self._buffer[requests.HEAD.size : length]))
        first = descriptors[1 : self._passed]
        given = descriptors[self._passed : self._passed + requests.ALWAYS]
        entrances = descriptors[self._passed + requests.ALWAYS + is_born :]
        moved = [entrances.pop(0)] if request["moved"] else []
        # Who knows what it is for has no time to rehearse.
        run: keeper.Run = partial(bootstrap.run, rehearses=request["outfit"] is None)
        if request["launches"]:
            run = launcher.run
        status = 1
        try:
            signals.stop_listening()
            keeper.step_into(entrances if is_inside else [*entrances, *moved])
            if not request["alone"]:
                self._tell_of_fork(number, first)
                status = keeper.keep(self._plan, request, given, run)
            elif error := keeper.settle_alone(self._plan, request, given):
                self._tell({"refused": number, "error": error}, first)
            else:
                self._tell_of_fork(number, first)
                keeper.become_function(self._plan, request, given, run)
        except Exception as error:
            # Nobody is above us to catch it; the function's log is where it can be read.
            os.write(given[2], f"sandbox: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)

    def _tell_of_fork(self, number: int, first: list[int]) -> None:
        """What every start says, so without all that makes JSON and lists of descriptors."""
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, pack("i", each)) for each in first]
        with suppress(OSError):
            self._server.sendmsg([requests.FORKED.pack(number)], ancillary)

    def _bury(self) -> bool:
        """Whether the lean zygote is still there; without it we are of no use."""
        with suppress(BlockingIOError):
            self._ends.recv(1 << 12)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                if pid == self._lean:
                    return False
                code = os.waitstatus_to_exitcode(status)
                self._tell({"exited": self._alive.pop(pid), "status": code})
        return True

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
