"""
The keeper of a sandbox that has extensions: it starts them, and outlives the function for them.

Each message is JSON in a packet of its own.

    server → keeper   {"start": id, "argv", "environment", "folder"} and the pipe of its log
                      {"connect": id, "port"}    {"end function": true}
    keeper → server   {"started": id}   {"not started": id, "error"}   {"exited": id, "status"}
                      {"function exited": status}   {"connected": id} and the socket
                      {"not connected": id}
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lambent.runtime.sandbox.inside import signals


def attend(channel: socket.socket, function: int, become_ready: Callable[[int], None]) -> None:
    """Serve the server until it ends the sandbox; does not return."""
    running: dict[int, int] = {}  # the server's number of each, by process id
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    pidfds: dict[int, int] = {}
    _watch(poll, pidfds, function)
    while True:
        for descriptor, _ in poll.poll(1000):
            if descriptor == channel.fileno():
                message, descriptors, _, _ = socket.recv_fds(channel, 1 << 20, 1)
                if not message:
                    os._exit(0)
                _obey(channel, json.loads(message), descriptors, running, function, become_ready)
                for pid in running:
                    if pid not in pidfds.values():
                        _watch(poll, pidfds, pid)
        _reap(channel, poll, pidfds, running, function)


def _watch(poll: select.poll, pidfds: dict[int, int], pid: int) -> None:
    with suppress(ProcessLookupError):
        pidfd = os.pidfd_open(pid)
        pidfds[pidfd] = pid
        poll.register(pidfd, select.POLLIN)


def _obey(
    channel: socket.socket,
    told: dict[str, Any],
    descriptors: list[int],
    running: dict[int, int],
    function: int,
    become_ready: Callable[[int], None],
) -> None:
    if "start" in told:
        pid = _start(told, descriptors[0], become_ready)
        os.close(descriptors[0])
        running[pid] = told["start"]
        _tell(channel, {"started": told["start"]})
    elif "connect" in told:
        _connect(channel, told["connect"], told["port"])
    else:
        _end_function(running)


def _start(told: dict[str, Any], log: int, become_ready: Callable[[int], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        become_ready(log)
        os.chdir(told["folder"])
        signals.reset()
        os.execve(told["argv"][0], told["argv"], told["environment"])
    except OSError as error:
        with suppress(OSError):
            os.write(2, f"fork/exec {told['argv'][0]}: {(error.strerror or '').lower()}\n".encode())
    finally:
        os._exit(127)


def _connect(channel: socket.socket, number: int, port: int) -> None:
    """A connection to a port of the sandbox, which the server may not be able to reach."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), 0.5)
    except OSError:
        _tell(channel, {"not connected": number})
        return
    with connection, suppress(OSError):
        message = json.dumps({"connected": number}).encode()
        socket.send_fds(channel, [message], [connection.fileno()])


def _end_function(running: dict[int, int]) -> None:
    """Kill everything in the sandbox but the extensions and what is theirs."""
    for _ in range(5):
        left = _descendants(os.getpid(), frozenset(running))
        if not left:
            return
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)


def _descendants(pid: int, left_out: frozenset[int]) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return []
    found = []
    for child in children:
        if child not in left_out:
            found += [child, *_descendants(child, left_out)]
    return found


def _reap(
    channel: socket.socket,
    poll: select.poll,
    pidfds: dict[int, int],
    running: dict[int, int],
    function: int,
) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        for pidfd in [each for each, watched in pidfds.items() if watched == pid]:
            poll.unregister(pidfd)
            os.close(pidfd)
            del pidfds[pidfd]
        code = os.waitstatus_to_exitcode(status)
        ended = code if code >= 0 else 128 - code
        if pid == function:
            _tell(channel, {"function exited": ended})
        elif pid in running:
            _tell(channel, {"exited": running.pop(pid), "status": ended})


def _tell(channel: socket.socket, message: dict[str, Any]) -> None:
    with suppress(OSError):
        channel.send(json.dumps(message).encode())
