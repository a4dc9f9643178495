"""
The server's end of a zygote: start it, ask it for blank sandboxes, hear of those that ended.
"""

import asyncio
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambent.runtime.api import SandboxFailed
from lambent.runtime.sandbox import inside
from lambent.runtime.sandbox.cgroups import Entrances
from lambent.runtime.sandbox.child import Child, end_first, opened_pidfd
from lambent.runtime.sandbox.inside import requests

_MOST_ASKED = 16
# Each is in use for as long as its sandbox is there.
_NUMBERS = 1 << 31
# struct ucred: process, user, group; and the first process of a namespace.
_CREDENTIALS = struct.Struct("iII")
_SPACE = socket.CMSG_SPACE(_CREDENTIALS.size) + socket.CMSG_SPACE(4)
_PROGRAM = Path(inside.__file__).with_name("cradle.py")


@dataclass(slots=True)
class Forked:
    """A sandbox as the zygote hands it over."""

    child: Child
    alone: bool  # without a keeper: what is forked is the function's own process
    keeper: socket.socket | None  # copies of a snapshot have none
    control: socket.socket
    log: int


class Zygote:
    """One zygote process. When it dies its sandboxes die; `alive` says so."""

    def __init__(self, process: "subprocess.Popen[bytes]", channel: socket.socket) -> None:
        self._process = process
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._requests: dict[int, asyncio.Future[Child]] = {}
        self._children: dict[int, Child] = {}
        self._next = 0
        # What is on its way has to fit into the channel, with its descriptors.
        self._asking = asyncio.Semaphore(_MOST_ASKED)
        self._lost = False
        # Asking for its status would wait for locks that forking holds.
        self._pidfd = opened_pidfd(process.pid)
        self._end = select.poll()
        if self._pidfd >= 0:
            self._end.register(self._pidfd, select.POLLIN)
        self._loop.add_reader(channel, self._hear)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False as soon as the process has ended, which may be before it is heard of."""
        if self._pidfd < 0:
            return not self._lost and self._process.poll() is None
        return not self._lost and not self._end.poll(0)

    async def fork(
        self,
        argv: list[str],
        environment: dict[str, str],
        entrances: Entrances,
        outfit: dict[str, Any] | None = None,
        *,
        alone: bool = False,
        lean: bool = False,
        template: bool = False,
        launches: bool = False,
    ) -> Forked:
        """
        Make a blank sandbox, or one with an `outfit`; with `argv`, its process executes that.

        Where only the function's process is to act, it is `alone`, without a keeper. One that is
        `lean` has nothing imported ahead but what all functions use.

        A template may fork copies of itself when it has been initialised. One that `launches`
        becomes an executable that only the function's setup names.
        """
        if not self.alive:
            raise SandboxFailed("the zygote has ended")
        keeper, their_keeper = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control, their_control = socket.socketpair()
        log, their_log = os.pipe()
        theirs = [their_keeper.fileno(), their_control.fileno(), their_log, *entrances.all()]
        request = {
            "argv": argv,
            "environment": environment,
            "alone": alone,
            "template": template,
            "moved": entrances.moved >= 0,
            "launches": launches,
            "outfit": outfit,
        }
        self._next = number = (self._next + 1) % _NUMBERS
        head = requests.HEAD.pack(number, entrances.born >= 0, lean)
        answer = self._requests[number] = self._loop.create_future()
        try:
            async with self._asking:
                socket.send_fds(self._channel, [head, json.dumps(request).encode()], theirs)
                # Its end may be heard of before we are back here; the child knows of it.
                child = await answer
        except (OSError, SandboxFailed) as error:
            keeper.close()
            control.close()
            os.close(log)
            raise SandboxFailed(f"A sandbox could not be started: {error}") from error
        finally:
            their_keeper.close()
            their_control.close()
            os.close(their_log)
        for channel in (keeper, control):
            channel.setblocking(False)
        os.set_blocking(log, False)
        return Forked(child, alone, keeper, control, log)

    def _hear(self) -> None:
        while True:
            try:
                message, ancillary, _, _ = self._channel.recvmsg(1 << 16, _SPACE)
            except BlockingIOError:
                return
            except OSError:
                message, ancillary = b"", []
            if not message:
                self._lose()
                return
            first = pid = -1
            for _, kind, data in ancillary:
                if kind == socket.SCM_RIGHTS:
                    first = int.from_bytes(data, sys.byteorder)
                else:
                    # The kernel's word, and in our numbers: the process is in a namespace.
                    pid, _, _ = _CREDENTIALS.unpack(data)
            if len(message) == requests.FORKED.size:
                (number,) = requests.FORKED.unpack(message)
                self._forked(number, pid, first)
            else:
                self._told(json.loads(message), first)

    def _forked(self, number: int, pid: int, first: int) -> None:
        child = self._children[number] = Child(pid, first=first)
        asked = self._requests.pop(number)
        if asked.done():
            # Who wanted it has gone away.
            child.ended.add_done_callback(lambda _: child.close())
            child.kill()
        else:
            asked.set_result(child)

    def _told(self, message: dict[str, Any], first: int) -> None:
        match message:
            case {"refused": number, "error": error}:
                end_first(first)
                _refuse(self._requests.pop(number), error)
            case {"exited": number, "status": status}:
                if number in self._requests:
                    _refuse(self._requests.pop(number), f"it ended at once, with status {status}")
                elif number in self._children:
                    self._children.pop(number).exited(status)

    def _lose(self) -> None:
        """The zygote has died, and the kernel ends its sandboxes with it."""
        if self._lost:
            return
        self._lost = True
        self._loop.remove_reader(self._channel)
        self._channel.close()
        for request in self._requests.values():
            _refuse(request, "the zygote has ended")
        for child in self._children.values():
            child.settle(-signal.SIGKILL)
        self._requests.clear()
        self._children.clear()
        self._process.kill()
        self._process.wait()
        if self._pidfd >= 0:
            os.close(self._pidfd)

    def close(self) -> None:
        self._lose()


def _refuse(future: "asyncio.Future[Child]", error: str) -> None:
    if not future.done():
        future.set_exception(SandboxFailed(error))


async def start_zygote(executable: str, plan: dict[str, Any]) -> Zygote:
    """Start the process and wait until it is warm."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # The plan comes over the socket: functions can read the arguments.
    ours.send(json.dumps(plan).encode())
    try:
        process = subprocess.Popen(
            [executable, "-I", "-S", "-B", str(_PROGRAM), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            # Who ends the server at a terminal does not mean its functions, which may go on for
            # as long as the server lets them.
            start_new_session=True,
        )
    except OSError as error:
        ours.close()
        raise SandboxFailed(f"A sandbox could not be started: {error}") from error
    finally:
        theirs.close()
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    loop = asyncio.get_running_loop()
    message = b""
    with suppress(OSError):
        message = await loop.sock_recv(ours, 1 << 16)
    told = json.loads(message or b'{"failed": "it ended"}')
    if "failed" in told:
        ours.close()
        process.kill()
        process.wait()
        raise SandboxFailed(f"A sandbox could not be started: {told['failed']}")
    return Zygote(process, ours)
