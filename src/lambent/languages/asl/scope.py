"""What the expressions of a state can see."""

from collections.abc import Callable, Mapping
from typing import Any

from lambent.languages.asl.chance import Chance
from lambent.languages.asl.data import Data
from lambent.languages.jsonata import Expression, Reads, read_part

_STATES = {"input": True, "result": True, "errorOutput": True, "context": True}


class Scope:
    """
    The surroundings of one evaluation. Context and variables are made when first asked for.

    `$` of a JSONPath is not here: it changes from field to field and is passed beside the scope.
    """

    __slots__ = (
        "_context",
        "_make_context",
        "_make_variables",
        "_variables",
        "chance",
        "error_output",
        "input",
        "now",
        "result",
    )

    def __init__(
        self,
        input: Data,
        make_context: Callable[[], dict[str, Any]],
        make_variables: Callable[[], Mapping[str, Any]],
        now: float,
        chance: Chance,
    ) -> None:
        self.input = input
        self.result: Data | None = None
        self.error_output: Data | None = None
        self.now = now
        self.chance = chance
        self._make_context = make_context
        self._make_variables = make_variables
        self._context: dict[str, Any] | None = None
        self._variables: Mapping[str, Any] | None = None

    @property
    def context(self) -> dict[str, Any]:
        """The context object: $$ or $states.context."""
        if self._context is None:
            self._context = self._make_context()
        return self._context

    @property
    def variables(self) -> Mapping[str, Any]:
        if self._variables is None:
            self._variables = self._make_variables()
        return self._variables

    def with_context(self, **changes: Any) -> "Scope":
        """The same surroundings with other members in the context object."""
        before = self._make_context
        scope = Scope(
            self.input, lambda: {**before(), **changes}, self._make_variables, self.now, self.chance
        )
        scope.result = self.result
        scope.error_output = self.error_output
        return scope

    def bindings(self, expression: Expression) -> dict[str, Any]:
        """The variables that a JSONata expression reads, and no others."""
        reads = expression.variables
        if reads is None:
            return {**self.variables, "states": self._states(True)}
        bindings: dict[str, Any] = {}
        for name, read in reads.items():
            if name == "states":
                bindings["states"] = self._states(read)
            elif name in self.variables:
                bindings[name] = read_part(self.variables[name], read)
        return bindings

    def _states(self, reads: Reads) -> dict[str, Any]:
        members: Mapping[str, Any] = _STATES if isinstance(reads, bool) else reads
        states: dict[str, Any] = {}
        if "input" in members:
            states["input"] = read_part(self.input.value, members["input"])
        if self.result is not None and "result" in members:
            states["result"] = read_part(self.result.value, members["result"])
        if self.error_output is not None and "errorOutput" in members:
            states["errorOutput"] = self.error_output.value
        if "context" in members:
            states["context"] = read_part(self.context, members["context"])
        return states
