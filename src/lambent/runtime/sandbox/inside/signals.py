"""
Which signals count: none of those that end a server for its zygotes and keepers, all for functions.
"""

from __future__ import annotations

import signal

# What `signal.signal` calls, without looking every handler up among its constants. That costs
# ten times as much, in every sandbox.
from _signal import SIG_DFL, SIG_IGN  # type: ignore[import-not-found]
from _signal import signal as _set

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ignore() -> None:
    """What is sent to a terminal's group or to all of a service is the server's matter."""
    for number in _ENDS:
        _set(number, SIG_IGN)


def stop_listening() -> None:
    """No more of what the zygote hears of its children."""
    signal.set_wakeup_fd(-1)
    _set(signal.SIGCHLD, SIG_DFL)


def restore() -> None:
    """As a new interpreter has them."""
    for number in _ENDS:
        _set(number, SIG_DFL)
    _set(signal.SIGINT, signal.default_int_handler)


def reset() -> None:
    """As other programs expect them: an interpreter ignores some of its own accord."""
    for number in (*_ENDS, signal.SIGPIPE, signal.SIGXFSZ):
        _set(number, SIG_DFL)
