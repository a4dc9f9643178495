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
    """A path such as /States/Foo/Next; "" when AWS gives none."""


class InvalidDefinition(Exception):
    """The definition cannot become a state machine. Its text is AWS's message."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        # AWS: a finding without a place is "at null".
        found = ", ".join(f"{d.code}: {d.message} at {d.location or 'null'}" for d in diagnostics)
        super().__init__(f"Invalid State Machine Definition: '{found}'")
