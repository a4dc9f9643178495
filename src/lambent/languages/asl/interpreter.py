"""The Amazon States Language as a pure machine: told what happened, says what follows."""

from lambent.languages.asl.chance import Chance
from lambent.languages.asl.machine import StateMachine
from lambent.languages.asl.transition import Execution, Frames, Resumption, Transition


def advance(  # noqa: PLR0917 (a machine, its state, an event: each is needed everywhere)
    machine: StateMachine,
    execution: Execution,
    frames: Frames,
    resumption: Resumption,
    now: float,
    chance: Chance,
) -> Transition:
    """Move an execution as far as it can go without help from outside."""
    raise NotImplementedError
