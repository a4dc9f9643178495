"""
What modules want done around a fork, kept for the functions and left out of ours.

A zygote has one thread and holds no locks, so there is nothing to put right in what it forks but
the random numbers. The hooks of the standard library alone take as long as the fork itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

_register: Callable[..., None] = os.register_at_fork
_kept: list[dict[str, Any]] = []


def collect() -> None:
    """From here on. What has been imported before is as it is."""
    os.register_at_fork = lambda **hooks: _kept.append(hooks)


def hand_over() -> None:
    """For a process that runs a function, which may fork for itself."""
    os.register_at_fork = _register
    for hooks in _kept:
        _register(**hooks)
    # Not at the top: it has such a hook itself.
    import random

    random.seed()
