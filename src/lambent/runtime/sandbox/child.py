"""
The processes of a sandbox as the server reaches them: by descriptors, which nobody else can become.
"""

import asyncio
import os
import select
import signal
from contextlib import suppress

from lambent.runtime.sandbox import processes


class Child:
    """
    What a zygote, or a snapshot, has forked.

    `first` is the first process of a process namespace of its own. It does nothing, and takes all
    others along when it ends; without it (-1) `pid` is the one that does.
    """

    def __init__(self, pid: int, *, pidfd: int | None = None, first: int = -1) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._pidfd = opened_pidfd(pid) if pidfd is None else pidfd
        self._first = first
        self._poll = select.poll()
        if self._pidfd >= 0:
            self._poll.register(self._pidfd, select.POLLIN)

    def runs(self) -> bool:
        """False at once when it is killed, which is before `ended`."""
        return not self.ended.done() and not self._poll.poll(0)

    def kill(self) -> None:
        _kill(self._pidfd if self._first < 0 else self._first)

    def exited(self, status: int) -> None:
        """The process has; the sandbox has ended when all others have."""
        if self._first < 0:
            self.settle(status)
            return
        self.kill()
        asyncio.get_running_loop().add_reader(self._first, self.settle, status)

    def settle(self, status: int) -> None:
        if self._first >= 0:
            asyncio.get_running_loop().remove_reader(self._first)
        self._first = _closed(self._first)
        if not self.ended.done():
            self.ended.set_result(status)

    def close(self) -> None:
        self._pidfd = _closed(self._pidfd)

    def orphans(self) -> list[int]:
        """What the first process of the namespace has inherited."""
        with suppress(ProcessLookupError):
            if self._first >= 0:
                return processes.descendants(pid_behind(self._first))
        return []


def end_first(pidfd: int) -> None:
    """End a first process, if there is one, with whom nobody came to be."""
    _kill(pidfd)
    _closed(pidfd)


def _kill(pidfd: int) -> None:
    if pidfd >= 0:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def _closed(pidfd: int) -> int:
    if pidfd >= 0:
        os.close(pidfd)
    return -1


def opened_pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1


def pid_behind(pidfd: int) -> int:
    """As this process namespace counts. Raises ProcessLookupError when it has ended."""
    with open(f"/proc/self/fdinfo/{pidfd}") as file:
        for line in file:
            if line.startswith("Pid:"):
                pid = int(line.split()[1])
                if pid > 0:
                    return pid
    raise ProcessLookupError(pidfd)
