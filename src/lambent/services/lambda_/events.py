"""
When an asynchronous invoke is tried again, and when it is given up. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from dataclasses import dataclass
from typing import Any

import orjson

from lambent.runtime.api import InvocationResult
from lambent.services.lambda_.event_invoke_config import DEFAULT, EventInvokeConfig
from lambent.work.backoff import exponential

# A function that fails is tried twice more: after one minute, and after two.
_RETRY_AFTER = (60.0, 120.0)
# What is throttled, or fails on our side, is kept for hours and tried ever less often.
_FIRST_BACKOFF, _LONGEST_BACKOFF = 1.0, 300.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """`failures` are the function's own, `refusals` those of the platform in a row."""

    accepted: float
    failures: int = 0
    refusals: int = 0

    @property
    def made(self) -> int:
        return self.failures + self.refusals


@dataclass(frozen=True, slots=True)
class Done:
    """The function has run."""


@dataclass(frozen=True, slots=True)
class Retry:
    at: float
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """`condition` is AWS's word in the records of failed events."""

    condition: str
    attempts: int
    error_code: str
    error_message: str


Decision = Done | Retry | GiveUp


def read_state(payload: dict[str, Any], run_at: float) -> Attempts:
    """What a work item remembers; nothing before its first attempt."""
    state = payload.get("state")
    return Attempts(run_at) if state is None else Attempts(**state)


def before_attempt(attempts: Attempts, now: float, config: EventInvokeConfig) -> GiveUp | None:
    """An event that has waited for too long is not even tried."""
    if now - attempts.accepted <= config.oldest_event:
        return None
    return GiveUp("EventAgeExceeded", attempts.made, "500", "The event has become too old.")


def switched_off(attempts: Attempts, message: str) -> GiveUp:
    """AWS: nothing is retried for a function whose reserved concurrency is zero."""
    return GiveUp("ZeroReservedConcurrency", attempts.made, "429", message)


def in_a_loop(attempts: Attempts, message: str) -> GiveUp:
    """AWS: an event that its own function has caused over and over is not tried again."""
    return GiveUp("RetriesExhausted", attempts.made, "400", message)


def after_result(
    attempts: Attempts, now: float, result: InvocationResult, config: EventInvokeConfig = DEFAULT
) -> Decision:
    if result.function_error is None:
        return Done()
    failures = attempts.failures + 1
    if failures > config.most_retries:
        return GiveUp("RetriesExhausted", failures, "200", _error_message(result.payload))
    at = now + _RETRY_AFTER[failures - 1]
    if at - attempts.accepted > config.oldest_event:
        return GiveUp("EventAgeExceeded", failures, "200", _error_message(result.payload))
    return Retry(at, _state(Attempts(attempts.accepted, failures)))


def after_refusal(
    attempts: Attempts,
    now: float,
    code: str,
    message: str,
    config: EventInvokeConfig = DEFAULT,
) -> Decision:
    """The function did not run: throttled, not ready, or a fault of the platform."""
    refusals = attempts.refusals + 1
    at = now + exponential(refusals, first=_FIRST_BACKOFF, most=_LONGEST_BACKOFF)
    if at - attempts.accepted > config.oldest_event:
        status = "429" if code == "TooManyRequestsException" else "500"
        return GiveUp("EventAgeExceeded", attempts.made, status, message)
    return Retry(at, _state(Attempts(attempts.accepted, attempts.failures, refusals)))


def _state(attempts: Attempts) -> dict[str, Any]:
    return {
        "accepted": attempts.accepted,
        "failures": attempts.failures,
        "refusals": attempts.refusals,
    }


def _error_message(payload: bytes) -> str:
    try:
        error = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode(errors="replace")
    return str(error.get("errorMessage", "")) if isinstance(error, dict) else ""
