"""A definition, made ready to run: every path, expression and template is compiled once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateMachine:
    """
    Immutable and shareable. `timeout_seconds` is the execution's own TimeoutSeconds.
    """

    definition: str
    start_at: str
    timeout_seconds: float | None
    comment: str | None
    query_language: str

    def child(self, region: str, state: str) -> "StateMachine":
        """What each child execution of a distributed Map state runs."""
        raise NotImplementedError
