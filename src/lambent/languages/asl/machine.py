"""
A definition made ready to run: every path, expression and template is a closure already.

A *region* is one `States` object: the top level, a branch, a Map's processor. Its name is its path
in the definition, "" for the top level, else such as "/States/M/ItemProcessor".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from lambent.languages.asl.data import Data
from lambent.languages.asl.scope import Scope
from lambent.languages.asl.templates import Render

Assign = Callable[[Scope, Data], dict[str, Data]]
Test = Callable[[Scope, Data], bool]
Number = Callable[[Scope, Data], float]


@dataclass(frozen=True, slots=True)
class Retrier:
    errors: frozenset[str]
    interval: float
    max_attempts: int
    backoff: float
    max_delay: float | None
    jitter: bool


@dataclass(frozen=True, slots=True)
class Catcher:
    errors: frozenset[str]
    next: str
    output: Render | None
    """From the error output; None: the error output itself."""
    assign: Assign | None
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What all states have."""

    name: str
    kind: str
    jsonata: bool
    next: str | None = None
    """None: the last state of its region."""
    prepare: Render | None = None
    """From the raw input to what the state works on; None: the same."""
    finish: Render | None = None
    """From the result to the output; None: the same."""
    assign: Assign | None = None
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PassState(State):
    result: Data | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SucceedState(State):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class FailState(State):
    error: Render | None = None
    cause: Render | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRule:
    test: Test
    next: str
    output: Render | None = None
    assign: Assign | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceState(State):
    rules: tuple[ChoiceRule, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitState(State):
    until: Number
    """When it ends, in seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState(State):
    resource: str
    task_kind: Literal["lambda", "activity", "integration"]
    pattern: Literal["request_response", "sync", "sync2", "wait_for_task_token"]
    resource_type: str
    """Of an integration, as the history names it: lambda, aws-sdk:sfn."""
    resource_name: str
    selection: Render | None = None
    """InputPath alone: what the paths of the following fields look into."""
    timeout: Number | None = None
    heartbeat: Number | None = None
    credentials: Render | None = None

    @property
    def needs_token(self) -> bool:
        # AWS: a job has one too, although its own service does not need it.
        return self.pattern != "request_response" or self.task_kind == "activity"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelState(State):
    branches: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributed:
    """What only a distributed Map has."""

    execution_type: Literal["STANDARD", "EXPRESS"]
    label: str | None = None
    reader: Render | None = None
    batcher: Render | None = None
    writer: Render | None = None
    tolerated_count: Number | None = None
    tolerated_percentage: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapState(State):
    processor: str
    items: Callable[[Scope, Data], Any] | None = None
    """The list (or object) to go over; None: the effective input."""
    selector: Render | None = None
    max_concurrency: Number | None = None
    distributed: Distributed | None = None


@dataclass(frozen=True, slots=True)
class Region:
    path: str
    start_at: str
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class StateMachine:
    """Immutable, made by `parse`, shared by all its executions."""

    definition: str
    start_at: str
    timeout_seconds: float | None
    """The execution's own TimeoutSeconds; None: without end."""
    comment: str | None
    query_language: str
    regions: Mapping[str, Region]
    variable_references: Mapping[str, list[str]]
    """By state: the variables that it refers to, as DescribeStateMachine tells them."""
    root: str = ""

    def state(self, region: str, name: str) -> State:
        return self.regions[region].states[name]

    def child(self, region: str, state: str) -> "StateMachine":
        """What each child execution of a distributed Map state runs."""
        map_state = self.regions[region].states[state]
        assert isinstance(map_state, MapState)
        processor = self.regions[map_state.processor]
        return replace(self, root=processor.path, start_at=processor.start_at, timeout_seconds=None)
