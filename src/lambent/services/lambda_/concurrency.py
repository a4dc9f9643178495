"""
How many invokes run at once, against what functions have reserved and the account may use.

Counted where they run: each node keeps its own count.
"""

from collections import Counter

from lambent.services.lambda_.errors import TooManyRequests

FunctionKey = tuple[str, str, str]


class InFlight:
    """`enter` before an invoke runs, `leave` when it has ended."""

    __slots__ = ("_by_function", "_unreserved")

    def __init__(self) -> None:
        self._by_function: Counter[FunctionKey] = Counter()
        self._unreserved: Counter[tuple[str, str]] = Counter()

    def running(self, key: FunctionKey) -> int:
        return self._by_function[key]

    def enter(self, key: FunctionKey, reserved: int | None, unreserved_limit: int) -> None:
        """Count one more; raises TooManyRequests with AWS's reason when there is no room."""
        if reserved is not None:
            if self._by_function[key] >= reserved:
                raise TooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded")
        else:
            account = key[:2]
            if self._unreserved[account] >= unreserved_limit:
                raise TooManyRequests("ConcurrentInvocationLimitExceeded")
            self._unreserved[account] += 1
        self._by_function[key] += 1

    def leave(self, key: FunctionKey, reserved: int | None) -> None:
        """With the same reservation that `enter` was given."""
        self._by_function[key] -= 1
        if reserved is None:
            self._unreserved[key[:2]] -= 1
