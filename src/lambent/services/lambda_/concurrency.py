"""
How many invokes run at once, against what functions have reserved and the account may use.

Counted where they run: each node keeps its own count. Invokes of a version that has provisioned
concurrency take from that first, and then from what the function or the account has on demand.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from lambent.services.lambda_.errors import TooManyRequests

FunctionKey = tuple[str, str, str]

# AWS: ten requests a second for each concurrent execution.
_REQUESTS_PER_SECOND = 10
# AWS: a function takes so many more environments at once, and then so many more a second.
_BURST, _MORE_PER_SECOND = 1_000, 100.0


@dataclass(frozen=True, slots=True)
class Room:
    """
    Where the invokes of one version may run.

    `on_demand` is what the function has reserved, or what the account leaves to all functions
    that have reserved nothing: in both cases without what is provisioned.
    """

    key: FunctionKey
    version: str
    provisioned: int
    reserved: bool
    on_demand: int


class Running(NamedTuple):
    """How many invokes run at once; `provisioned` of one version."""

    function: int
    account: int
    unreserved: int
    provisioned: int


@dataclass(slots=True)
class _Rate:
    second: int = 0
    requests: int = 0


@dataclass(slots=True)
class _Scaling:
    """`most` have run at once so far; `left` more may at the moment of `at`."""

    at: float
    most: int = 0
    left: float = _BURST


class InFlight:
    """`enter` before an invoke runs, `leave` with what it gave when the invoke has ended."""

    __slots__ = (
        "_of_account",
        "_on_demand",
        "_provisioned",
        "_rates",
        "_running",
        "_scaling",
        "_unreserved",
    )

    def __init__(self) -> None:
        self._running: Counter[FunctionKey] = Counter()
        self._of_account: Counter[tuple[str, str]] = Counter()
        self._on_demand: Counter[FunctionKey] = Counter()
        self._provisioned: Counter[tuple[FunctionKey, str]] = Counter()
        self._unreserved: Counter[tuple[str, str]] = Counter()
        self._rates: dict[tuple[str, ...], _Rate] = {}
        self._scaling: dict[FunctionKey, _Scaling] = {}

    def running(self, key: FunctionKey) -> int:
        return self._running[key]

    def running_in(self, room: Room) -> Running:
        """How many run at once where the room is; for who has just entered."""
        key = room.key
        place = key[:2]
        provisioned = self._provisioned[key, room.version] if room.provisioned else 0
        unreserved = 0 if room.reserved else self._unreserved[place]
        return Running(self._running[key], self._of_account[place], unreserved, provisioned)

    def check_rate(self, room: Room, now: float) -> None:
        """Count a synchronous request; raises TooManyRequests when there were too many."""
        scope: tuple[str, ...] = room.key if room.reserved else room.key[:2]
        rate = self._rates.get(scope)
        if rate is None:
            rate = self._rates[scope] = _Rate()
        if rate.second != int(now):
            rate.second, rate.requests = int(now), 0
        concurrency = room.on_demand + room.provisioned
        # A function without any concurrency is refused for that.
        if concurrency and rate.requests >= concurrency * _REQUESTS_PER_SECOND:
            raise TooManyRequests(
                "ReservedFunctionInvocationRateLimitExceeded"
                if room.reserved
                else "FunctionInvocationRateLimitExceeded"
            )
        rate.requests += 1

    def enter(self, room: Room, now: float) -> bool:
        """
        Count one more; raises TooManyRequests with AWS's reason when there is no room.

        True where it counts as provisioned.
        """
        provisioned = self._enter(room, now)
        self._running[room.key] += 1
        self._of_account[room.key[:2]] += 1
        return provisioned

    def _enter(self, room: Room, now: float) -> bool:
        key = room.key
        if room.provisioned and self._provisioned[key, room.version] < room.provisioned:
            self._provisioned[key, room.version] += 1
            return True
        if room.reserved:
            if self._on_demand[key] >= room.on_demand:
                raise TooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded")
        elif self._unreserved[key[:2]] >= room.on_demand:
            raise TooManyRequests("ConcurrentInvocationLimitExceeded")
        self._scale(key, now)
        self._on_demand[key] += 1
        if not room.reserved:
            self._unreserved[key[:2]] += 1
        return False

    def leave(self, room: Room, provisioned: bool) -> None:
        """With the room and the answer of `enter`."""
        self._running[room.key] -= 1
        self._of_account[room.key[:2]] -= 1
        if provisioned:
            self._provisioned[room.key, room.version] -= 1
            return
        self._on_demand[room.key] -= 1
        if not room.reserved:
            self._unreserved[room.key[:2]] -= 1

    def _scale(self, key: FunctionKey, now: float) -> None:
        """More at once than ever before needs environments, which come at a bounded rate."""
        running = self._on_demand[key] + 1
        scaling = self._scaling.get(key)
        if scaling is None:
            scaling = self._scaling[key] = _Scaling(now)
        if running <= scaling.most:
            return
        left = min(_BURST, scaling.left + (now - scaling.at) * _MORE_PER_SECOND)
        scaling.at, scaling.left = now, left
        if left < 1:
            raise TooManyRequests("ConcurrentInvocationLimitExceeded")
        scaling.left -= 1
        scaling.most = running
