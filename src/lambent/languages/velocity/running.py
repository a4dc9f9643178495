"""One run of a template: its variables, its output, and how much it may do."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_MOST_STEPS = 200_000
_LONGEST_OUTPUT = 10 << 20
_MOST_DEPTH = 50
# What calls and loops may go through and make in all, in characters and members.
_MOST_TOUCHED = 64 << 20


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
    """What #define keeps: a block that is run wherever its name stands."""

    block: "Callable[[Run], None]"


class Run:
    __slots__ = ("depth", "length", "output", "steps", "touched", "variables")

    def __init__(self, variables: dict[str, Any]) -> None:
        self.variables = variables
        self.output: list[str] = []
        self.length = 0
        self.steps = 0
        self.depth = 0
        self.touched = 0

    def write(self, text: str) -> None:
        self.length += len(text)
        if self.length > _LONGEST_OUTPUT:
            raise TemplateFailed("The template's output is too long.")
        self.output.append(text)

    def step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise TemplateFailed("The template does too much.")

    def touch(self, size: int) -> None:
        """Account for texts and lists: a single step can double one."""
        self.touched += size
        if self.touched > _MOST_TOUCHED:
            raise TemplateFailed("The template makes too much.")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """While a macro or a block that has a name is run: they may call themselves."""
        if self.depth >= _MOST_DEPTH:
            raise TemplateFailed("Macros and blocks call each other too deeply.")
        self.depth += 1
        try:
            yield
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
