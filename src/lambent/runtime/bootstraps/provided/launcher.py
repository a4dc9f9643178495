"""
Waits in a blank sandbox for its function, then becomes the function's own executable, or the
wrapper script that starts the runtime.

Speaks the frames of `../python/bootstrap.py`: hears the setup, and says what cannot be executed.
"""

from __future__ import annotations

import json
import os
import resource
from typing import Any

from lambent.runtime.bootstraps.python.frames import receive, send
from lambent.runtime.sandbox.inside import signals


def run(descriptor: int) -> None:
    """Serve the server at the other end of `descriptor`; does not return."""
    kind, _, body = receive(descriptor)
    if kind == b"S":
        setup = json.loads(body)
        if "wrapped" in setup:
            _become_wrapper(setup)
        failure = _become(setup, descriptor)
        error = {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": failure}
        send(descriptor, b"X", 0, json.dumps(error).encode())
    os._exit(1)


def _become(setup: dict[str, Any], descriptor: int) -> str:
    """Why it could not be done."""
    os.umask(0o022)
    candidates: list[str] = setup["entry_points"]
    found = next((path for path in candidates if os.path.exists(path)), None)
    if found is None:
        # AWS: a list as Go prints it.
        return f"Couldn't find valid bootstrap(s): [{' '.join(candidates)}]"
    _limit(setup)
    os.set_inheritable(descriptor, False)
    try:
        os.chdir(setup["task_root"])
        signals.reset()
        os.execve(found, [found, *setup["arguments"]], setup["environment"])
    except OSError as error:
        return f"fork/exec {found}: {(error.strerror or '').lower()}"


def _become_wrapper(setup: dict[str, Any]) -> None:
    """The runtime that it starts speaks for itself, at the descriptor that stays open."""
    command: list[str] = setup["wrapped"]
    wrapper = command[0]
    os.umask(0o022)
    # AWS: the words and the statuses are those of its runtimes.
    if not os.path.isfile(wrapper):
        _end(f"{wrapper}: does not exist", 127)
    if not os.access(wrapper, os.X_OK):
        _end(f"{wrapper}: is not an executable", 126)
    _limit(setup)
    try:
        os.chdir(setup["task_root"])
        signals.reset()
        os.execve(wrapper, command, setup["environment"])
    except OSError as error:
        _end(f"fork/exec {wrapper}: {(error.strerror or '').lower()}", 126)


def _limit(setup: dict[str, Any]) -> None:
    if setup["limit_data"]:
        limit = (setup["memory_size"] + 512) << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _end(words: str, status: int) -> None:
    os.write(2, f"{words}\n".encode())
    os._exit(status)
