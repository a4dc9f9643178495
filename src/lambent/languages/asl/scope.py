"""What the expressions of a state can see."""

from collections.abc import Callable, Mapping
from typing import Any

from lambent.languages.asl.chance import Chance
from lambent.languages.asl.data import Data
from lambent.languages.jsonata import Expression


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
            return {**self.variables, "states": self._states(None)}
        bindings: dict[str, Any] = {}
        for name, members in reads.items():
            if name == "states":
                bindings["states"] = self._states(members)
            elif name in self.variables:
                bindings[name] = self.variables[name]
        return bindings

    def _states(self, members: frozenset[str] | None) -> dict[str, Any]:
        states: dict[str, Any] = {}
        if members is None or "input" in members:
            states["input"] = self.input.value
        if self.result is not None and (members is None or "result" in members):
            states["result"] = self.result.value
        if self.error_output is not None and (members is None or "errorOutput" in members):
            states["errorOutput"] = self.error_output.value
        if members is None or "context" in members:
            states["context"] = self.context
        return states
