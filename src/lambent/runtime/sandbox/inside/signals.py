"""
Which signals count: none of those that end a server for its zygotes and keepers, all for functions.
"""

from __future__ import annotations

import signal

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ignore() -> None:
    """What is sent to a terminal's group or to all of a service is the server's matter."""
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)


def restore() -> None:
    """As a new interpreter has them."""
    for number in _ENDS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def reset() -> None:
    """As other programs expect them: an interpreter ignores some of its own accord."""
    for number in (*_ENDS, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
