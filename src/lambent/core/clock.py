"""
One clock, passed in. Times are seconds since 1970 (UTC) as floats, everywhere.

Nothing in Lambent asks the operating system for the time but `SystemClock`. It can be
moved forward, so that a day passes at once.
"""

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def advance(self, seconds: float) -> None:
        """Move the clock forward; it never goes back."""
        ...


class SystemClock:
    """The machine's time plus how far the clock was moved."""

    def __init__(self, moved: float = 0.0) -> None:
        self.moved = moved

    def now(self) -> float:
        return time.time() + self.moved

    def advance(self, seconds: float) -> None:
        self.moved += seconds


class ManualClock:
    """A clock that stands until it is moved; for tests."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds
