"""What is wrong with a definition, in AWS's codes and words."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding, as ValidateStateMachineDefinition answers it."""

    severity: Literal["ERROR", "WARNING"]
    code: str
    message: str
    location: str
    """A path such as /States/Foo/Next; "" when it is the text as a whole."""


class InvalidDefinition(Exception):
    """The definition cannot become a state machine. Its text is AWS's message."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        found = "; ".join(f"{d.code}: {d.message} at {d.location}" for d in diagnostics)
        super().__init__(f"Invalid State Machine Definition: '{found}'")
