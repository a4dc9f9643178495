"""
How many invokes run at once, against what functions have reserved and the account may use.

Counted where they run: each node keeps its own count. Invokes of a version that has provisioned
concurrency take from that first, and then from what the function or the account has on demand.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from dataclasses import dataclass, field

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


# How many invokes run at once: of the function, in the account, and there without a reservation.
Running = tuple[int, int, int]


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


@dataclass(slots=True)
class _Account:
    """In one region."""

    rate: _Rate
    running: int = 0
    unreserved: int = 0


@dataclass(slots=True)
class _Function:
    account: _Account
    rate: _Rate
    scaling: _Scaling
    running: int = 0
    on_demand: int = 0
    # By version.
    provisioned: dict[str, int] = field(default_factory=dict)


class InFlight:
    """`enter` before an invoke runs, `leave` with what it gave when the invoke has ended."""

    __slots__ = ("_accounts", "_functions")

    def __init__(self) -> None:
        self._functions: dict[FunctionKey, _Function] = {}
        self._accounts: dict[tuple[str, str], _Account] = {}

    def running(self, key: FunctionKey) -> int:
        function = self._functions.get(key)
        return 0 if function is None else function.running

    def running_in(self, room: Room) -> Running:
        function = self._functions[room.key]
        account = function.account
        return function.running, account.running, account.unreserved

    def provisioned(self, room: Room) -> int:
        """How many of its provisioned environments a version uses."""
        return self._functions[room.key].provisioned.get(room.version, 0)

    def check_rate(self, room: Room, now: float) -> None:
        """Count a synchronous request; raises TooManyRequests when there were too many."""
        function = self._functions.get(room.key) or self._new_function(room.key, now)
        rate = function.rate if room.reserved else function.account.rate
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
        function = self._functions.get(room.key) or self._new_function(room.key, now)
        if room.provisioned:
            busy = function.provisioned.get(room.version, 0)
            if busy < room.provisioned:
                function.provisioned[room.version] = busy + 1
                function.running += 1
                function.account.running += 1
                return True
        if room.reserved:
            if function.on_demand >= room.on_demand:
                raise TooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded")
        elif function.account.unreserved >= room.on_demand:
            raise TooManyRequests("ConcurrentInvocationLimitExceeded")
        if function.on_demand >= function.scaling.most:
            _scale(function, now)
        function.on_demand += 1
        function.running += 1
        function.account.running += 1
        if not room.reserved:
            function.account.unreserved += 1
        return False

    def left(self, room: Room) -> int:
        """For how many more there is room now."""
        function = self._functions.get(room.key)
        if function is None:
            return room.provisioned + room.on_demand
        free = room.provisioned - function.provisioned.get(room.version, 0)
        busy = function.on_demand if room.reserved else function.account.unreserved
        return max(0, free) + max(0, room.on_demand - busy)

    def leave(self, room: Room, provisioned: bool) -> None:
        """With the room and the answer of `enter`."""
        function = self._functions[room.key]
        function.running -= 1
        function.account.running -= 1
        if provisioned:
            function.provisioned[room.version] -= 1
            return
        function.on_demand -= 1
        if not room.reserved:
            function.account.unreserved -= 1

    def _new_function(self, key: FunctionKey, now: float) -> _Function:
        account = self._accounts.get(key[:2])
        if account is None:
            account = self._accounts[key[:2]] = _Account(_Rate())
        function = self._functions[key] = _Function(account, _Rate(), _Scaling(now))
        return function


def _scale(function: _Function, now: float) -> None:
    """More at once than ever before needs environments, which come at a bounded rate."""
    scaling = function.scaling
    left = min(_BURST, scaling.left + (now - scaling.at) * _MORE_PER_SECOND)
    scaling.at, scaling.left = now, left
    if left < 1:
        raise TooManyRequests("ConcurrentInvocationLimitExceeded")
    scaling.left -= 1
    scaling.most = function.on_demand + 1
