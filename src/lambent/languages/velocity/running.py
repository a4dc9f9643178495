"""One run of a template: its variables, its output, and how much it may do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_MOST_STEPS = 200_000
_LONGEST_OUTPUT = 10 << 20
MOST_DEPTH = 50


class TemplateFailed(Exception):
    """The template cannot be read, or does more than it may."""


class Stopped(Exception):
    """#stop: nothing more of the template."""


class Broken(Exception):
    """#break: out of the loop."""


@dataclass(frozen=True, slots=True)
class Host:
    """An object from outside, such as `$input`: what can be called on it, and what it has."""

    methods: Mapping[str, Callable[..., Any]]
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Defined:
    """What #define names: a block, which is run wherever it is shown."""

    block: Callable[["Run"], None]


class Run:
    __slots__ = ("depth", "length", "output", "steps", "variables")

    def __init__(self, variables: dict[str, Any]) -> None:
        self.variables = variables
        self.output: list[str] = []
        self.length = 0
        self.steps = 0
        self.depth = 0

    def write(self, text: str) -> None:
        self.length += len(text)
        if self.length > _LONGEST_OUTPUT:
            raise TemplateFailed("The template's output is too long.")
        self.output.append(text)

    def step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise TemplateFailed("The template does too much.")

    def show(self, defined: Defined) -> None:
        if self.depth >= MOST_DEPTH:
            raise TemplateFailed("Blocks and macros use each other too deeply.")
        self.depth += 1
        try:
            defined.block(self)
        finally:
            self.depth -= 1

    def captured(self, block: Callable[["Run"], None]) -> str:
        """What a block writes, as a value."""
        kept, self.output = self.output, []
        try:
            block(self)
            return "".join(self.output)
        finally:
            self.output = kept
