"""Processes as the kernel shows them: who is below whom, what they hold, and signals to them."""

import os
import resource
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

# Who stops processes one by one may miss what is forked meanwhile.
_ROUNDS = 5


def children(pid: int) -> list[int]:
    """Of all its threads: the kernel lists the children of each by themselves."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            words = Path(f"/proc/{pid}/task/{thread}/children").read_text().split()
            found += map(int, words)
    return found


def descendants(pid: int) -> list[int]:
    """All that is below a process, without itself."""
    found = children(pid)
    for each in found:
        found += children(each)
    return found


def anonymous_memory(pid: int) -> int:
    """Bytes of a process that are not of a file."""
    try:
        words = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return (int(words[1]) - int(words[2])) * resource.getpagesize()


def signal_all(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def stop(found: Callable[[], Iterable[int]]) -> None:
    """Let all processes that are found stand still; those, too, that come into being meanwhile."""
    stopped: set[int] = set()
    for _ in range(_ROUNDS):
        running = set(found()) - stopped
        if not running:
            return
        signal_all(running, signal.SIGSTOP)
        stopped |= running


def kill_below(pid: int) -> None:
    """End everything below a process; first it stops, so that nothing forks away meanwhile."""
    for _ in range(_ROUNDS):
        stop(partial(descendants, pid))
        left = descendants(pid)
        if not left:
            return
        signal_all(left, signal.SIGKILL)
