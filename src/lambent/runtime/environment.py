"""
The life of one execution environment, as a pure machine: told what happened, says what follows.

    starting ──initialised──▶ idle ──assigned──▶ busy ──answered──▶ settling ──settled──▶ idle
        │                      ▲                   │                    │
        └─ failed, once: again ┘                   └─ timed out, exited ┴──▶ ended

Settling is what the runtime and the extensions do between the answer and asking for more.

AWS: when the Init phase fails, the environment is started once more as part of the invocation
that waits for it, and only then does the invocation fail.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Phase = Literal["starting", "idle", "busy", "settling", "ended"]


class Environment(NamedTuple):
    """Changes some times in each invocation, so it is what is changed fastest."""

    phase: Phase = "starting"
    attempt: int = 1
    assigned: bool = False
    retiring: bool = False


# What it is told.


@dataclass(frozen=True, slots=True)
class Assigned:
    """An invocation is given to it."""


@dataclass(frozen=True, slots=True)
class Initialised:
    pass


@dataclass(frozen=True, slots=True)
class Answered:
    """The handler has returned or raised."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The runtime and all extensions ask for what comes next."""


@dataclass(frozen=True, slots=True)
class TimeWasUp:
    """The limit of the Init phase, or of the function, has passed."""


@dataclass(frozen=True, slots=True)
class InitFailed:
    """The bootstrap says that the handler cannot be had."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Its processes are gone."""


@dataclass(frozen=True, slots=True)
class Retired:
    """It gets nothing further to do."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """It has to end now, whatever it does."""


Told = (
    Assigned
    | Initialised
    | Answered
    | Settled
    | TimeWasUp
    | InitFailed
    | Ended
    | Retired
    | Abandoned
)

# What follows, in order.
Answer = Literal[
    "deliver",  # send it the invocation
    "rest",  # it has nothing to do: freeze it
    "complete",  # the invocation is over: tell its caller
    "start again",  # end its processes and start the Init phase anew
    "kill",  # end its processes
]

_ATTEMPTS = 2


def react(environment: Environment, told: Told) -> tuple[Environment, tuple[Answer, ...]]:
    if environment.phase == "ended":
        return environment, ()
    match environment.phase, told:
        case _, Abandoned():
            return _end(environment)
        case "idle", Assigned():
            return environment._replace(phase="busy", assigned=True), ("deliver",)
        case "starting", Assigned():
            return environment._replace(assigned=True), ()
        case "starting", Initialised():
            if environment.assigned:
                return environment._replace(phase="busy"), ("deliver",)
            return _rest(environment)
        case "starting", InitFailed() | TimeWasUp() | Ended():
            if environment.assigned and environment.attempt < _ATTEMPTS:
                return environment._replace(attempt=environment.attempt + 1), ("start again",)
            return _end(environment)
        case "busy", Answered():
            return environment._replace(phase="settling", assigned=False), ("complete",)
        case "settling", Settled():
            return _rest(environment)
        case _, Retired() if environment.phase != "idle":
            return environment._replace(retiring=True), ()
        case _, TimeWasUp() | Ended() | Retired() | InitFailed():
            return _end(environment)
        case _:
            # The function speaks out of turn: what it says has no meaning, and no trust.
            return _end(environment)


def _rest(environment: Environment) -> tuple[Environment, tuple[Answer, ...]]:
    if environment.retiring:
        return environment._replace(phase="ended"), ("kill",)
    return environment._replace(phase="idle"), ("rest",)


def _end(environment: Environment) -> tuple[Environment, tuple[Answer, ...]]:
    ended = environment._replace(phase="ended", assigned=False)
    return ended, ("complete", "kill") if environment.assigned else ("kill",)
