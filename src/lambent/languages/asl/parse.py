"""From a definition's text to a StateMachine, or to all that is wrong with it."""

from lambent.languages.asl.diagnostics import Diagnostic
from lambent.languages.asl.machine import StateMachine


def parse(definition: str) -> StateMachine:
    """Compile a definition; raises InvalidDefinition with all its errors."""
    raise NotImplementedError


def validate(definition: str) -> list[Diagnostic]:
    """All findings, errors before warnings, as ValidateStateMachineDefinition gives them."""
    raise NotImplementedError
